import type { Frame, Hearing } from '../../protocol/dialect.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { isObject, type Json, list, said, stringIn } from '../../protocol/json.ts';
import type { BlockStart, FinishReason, Part } from '../../protocol/part.ts';
import { count, type Usage } from '../../protocol/usage.ts';
import { hearException } from './errors.ts';
import { NAME, type OwnSeal } from './shapes.ts';

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_MessageStopEvent.html */
const STOP_REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['tool_use', 'tool-calls'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['guardrail_intervened', 'filter'],
  ['content_filtered', 'filter'],
]);
/** The model wrote what is no answer: said as a stop reason, meant as a failure. */
const BROKEN: ReadonlySet<string> = new Set(['malformed_model_output', 'malformed_tool_use']);

interface Open {
  index: number;
  kind: BlockStart['kind'];
  /** Something was said: a call without arguments still needs its `{}`. */
  said: boolean;
  seal?: OwnSeal;
  rest?: Json;
}

/** Reads one answer of Converse or ConverseStream. */
export function hear(): Hearing {
  return new Reader();
}

class Reader implements Hearing {
  /** By the upstream's own index, which is trusted only to tell blocks apart. */
  readonly #open = new Map<unknown, Open>();
  #next = 0;
  #finish: Extract<Part, { type: 'finish' | 'fault' }> | undefined;
  #over = false;

  frame({ event = '', data }: Frame): Part[] {
    if (this.#over) return [];
    let body: unknown;
    try {
      body = data === '' ? {} : JSON.parse(data);
    } catch {
      return this.#fail(new GatewayError('malformed', 'the provider sent an event that is not JSON'));
    }
    const [kind, name] = event.split(' ', 2);
    if (kind === 'exception' || kind === 'error') return this.#fail(hearException(name ?? '', body));
    return isObject(body) ? this.#event(event, body) : [];
  }

  end(): Part[] {
    if (this.#over) return [];
    this.#over = true;
    // Counts come behind the terminal event; an answer without them is complete all the same.
    if (this.#finish) return [this.#finish];
    return [{ type: 'fault', error: new GatewayError('truncated', 'the provider ended the stream before messageStop') }];
  }

  whole(body: unknown): Part[] {
    const message = isObject(body) && isObject(body.output) ? body.output.message : undefined;
    if (!isObject(body) || !isObject(message) || !Array.isArray(message.content))
      return this.#fail(new GatewayError('malformed', 'the provider sent an answer without output.message.content'));
    const parts: Part[] = [{ type: 'start' }];
    message.content.forEach((block: unknown, key) => {
      if (this.#over || !isObject(block)) return;
      const { toolUse, text, reasoningContent, citationsContent: cited, ...others } = block;
      const thought = isObject(reasoningContent) ? reasoningContent : undefined;
      if (isObject(toolUse)) {
        const { input, ...start } = toolUse;
        parts.push(...this.#begin(key, { toolUse: start }));
        if (input !== undefined) parts.push(...this.#delta(key, { toolUse: { input: JSON.stringify(input) } }));
      } else if (typeof text === 'string') parts.push(...this.#delta(key, { text }));
      else if (thought) {
        const said = isObject(thought.reasoningText) ? thought.reasoningText : {};
        parts.push(...this.#delta(key, { reasoningContent: { text: said.text ?? '' } }));
        for (const piece of [{ signature: said.signature }, { redactedContent: thought.redactedContent }])
          parts.push(...this.#delta(key, { reasoningContent: piece }));
      } else if (isObject(cited)) {
        for (const { text } of list(cited.content).filter(isObject)) parts.push(...this.#delta(key, { text }));
        for (const citation of list(cited.citations)) parts.push(...this.#delta(key, { citation }));
      } else parts.push(...this.#opaque(others));
      if (!this.#over) parts.push(...this.#close(key));
    });
    if (this.#over) return parts;
    parts.push(...this.#event('messageStop', body));
    if (!this.#over) parts.push(...this.#event('metadata', body));
    return [...parts, ...this.end()];
  }

  #event(type: string, event: Json): Part[] {
    const key = event.contentBlockIndex;
    switch (type) {
      case 'messageStart':
        return [{ type: 'start' }];
      case 'contentBlockStart':
        return isObject(event.start) ? this.#begin(key, event.start) : [];
      case 'contentBlockDelta':
        return isObject(event.delta) ? this.#delta(key, event.delta) : [];
      case 'contentBlockStop':
        return this.#close(key);
      case 'messageStop':
        return this.#stop(said(event.stopReason));
      case 'metadata':
        return isObject(event.usage) ? [{ type: 'usage', usage: readUsage(event.usage) }] : [];
      default:
        return [];
    }
  }

  #fail(error: GatewayError): Part[] {
    this.#over = true;
    return [{ type: 'fault', error }];
  }

  #stop(raw: string | undefined): Part[] {
    if (raw !== undefined && BROKEN.has(raw))
      return this.#fail(new GatewayError('malformed', `the model's output could not be read by its provider (${raw})`, { code: raw }));
    const parts = [...this.#open.keys()].flatMap((key) => this.#close(key));
    this.#finish = { type: 'finish', reason: STOP_REASONS.get(raw ?? '') ?? (raw === undefined ? 'stop' : 'other'), raw };
    return parts;
  }

  #begin(key: unknown, start: Json): Part[] {
    const call = start.toolUse;
    if (!isObject(call)) return [];
    const name = said(call.name);
    if (name === undefined) return this.#fail(new GatewayError('malformed', 'the model called a tool without a name'));
    const parts = this.#close(key);
    const { toolUseId, name: _name, type, ...others } = call;
    // Tools that the service runs itself carry a type; their calls are not the client's to answer.
    if (typeof type === 'string' && type !== 'tool_use') return [...parts, ...this.#opaque({ toolUse: call })];
    const open = this.#start(key, { kind: 'tool-call', id: stringIn(toolUseId) ?? '', name, input: 'json' }, parts);
    if (Object.keys(others).length) open.rest = others;
    return parts;
  }

  #start(key: unknown, block: BlockStart, into: Part[]): Open {
    const open: Open = { index: this.#next++, kind: block.kind, said: false };
    this.#open.set(key, open);
    into.push({ type: 'block-start', index: open.index, block });
    return open;
  }

  #delta(key: unknown, delta: Json): Part[] {
    if (typeof delta.text === 'string') return this.#say(key, 'text', delta.text);
    const thought = delta.reasoningContent;
    if (isObject(thought)) return this.#think(key, thought);
    const input = isObject(delta.toolUse) ? stringIn(delta.toolUse.input) : undefined;
    const open = this.#open.get(key);
    if (open?.kind === 'tool-call' && input) {
      open.said = true;
      return [{ type: 'block-delta', index: open.index, text: input }];
    }
    if (open && isObject(delta.citation))
      open.rest = { citationsContent: [...((open.rest?.citationsContent as unknown[]) ?? []), delta.citation] };
    return [];
  }

  #think(key: unknown, thought: Json): Part[] {
    const parts = typeof thought.text === 'string' ? this.#say(key, 'reasoning', thought.text) : [];
    const signature = said(thought.signature);
    const redacted = said(thought.redactedContent);
    if (signature === undefined && redacted === undefined) return parts;
    let open = this.#open.get(key);
    if (open?.kind !== 'reasoning') open = this.#start(key, { kind: 'reasoning' }, parts);
    const before = open.seal;
    if (redacted !== undefined) open.seal = { redacted: (before && 'redacted' in before ? before.redacted : '') + redacted };
    else open.seal = { signature: (before && 'signature' in before ? before.signature : '') + signature };
    return parts;
  }

  /** Text and thoughts have no start event of their own: the first delta is their start. */
  #say(key: unknown, kind: 'text' | 'reasoning', text: string): Part[] {
    const parts: Part[] = [];
    let open = this.#open.get(key);
    if (open?.kind !== kind) {
      parts.push(...this.#close(key));
      open = this.#start(key, { kind }, parts);
    }
    if (text !== '') parts.push({ type: 'block-delta', index: open.index, text });
    return parts;
  }

  /** A block that is not modelled, whole. */
  #opaque(block: Json): Part[] {
    const label = Object.keys(block)[0];
    if (label === undefined) return [];
    const index = this.#next++;
    const start: BlockStart = { kind: 'opaque', dialect: NAME, label, raw: block };
    return [
      { type: 'block-start', index, block: start },
      { type: 'block-end', index, raw: block },
    ];
  }

  #close(key: unknown): Part[] {
    const open = this.#open.get(key);
    if (!open) return [];
    this.#open.delete(key);
    const { index, seal, rest } = open;
    const parts: Part[] = open.kind === 'tool-call' && !open.said ? [{ type: 'block-delta', index, text: '{}' }] : [];
    const end: Extract<Part, { type: 'block-end' }> = { type: 'block-end', index };
    if (seal) end.seal = { by: NAME, raw: seal };
    if (rest) end.rest = rest;
    return [...parts, end];
  }
}

/** `inputTokens` leave out what was read from and written to the cache; ours hold everything. */
function readUsage(raw: Json): Usage {
  const fresh = count(raw.inputTokens);
  const cacheRead = count(raw.cacheReadInputTokens);
  const cacheWrite = count(raw.cacheWriteInputTokens);
  const output = count(raw.outputTokens);
  const usage: Usage = {};
  if (fresh !== undefined || cacheRead !== undefined || cacheWrite !== undefined)
    usage.input = (fresh ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0);
  if (output !== undefined) usage.output = output;
  if (cacheRead !== undefined) usage.cacheRead = cacheRead;
  if (cacheWrite !== undefined) usage.cacheWrite = cacheWrite;
  const hour = Array.isArray(raw.cacheDetails) ? raw.cacheDetails.filter(isObject).find(({ ttl }) => ttl === '1h') : undefined;
  const cacheWrite1h = count(hour?.inputTokens);
  if (cacheWrite1h !== undefined) usage.cacheWrite1h = cacheWrite1h;
  return usage;
}
