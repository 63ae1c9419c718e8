import type { Seal } from '../../protocol/block.ts';
import type { Frame, Hearing } from '../../protocol/dialect.ts';
import { GatewayError } from '../../protocol/errors.ts';
import type { Json } from '../../protocol/json.ts';
import { isObject, isSilent, stringIn } from '../../protocol/json.ts';
import type { BlockStart, FinishReason, Part } from '../../protocol/part.ts';
import type { Rest } from '../../protocol/rest.ts';
import { parseObject } from '../../protocol/tools.ts';
import type { Usage } from '../../protocol/usage.ts';
import { count } from '../../protocol/usage.ts';
import { hearInBand } from './errors.ts';
import { NAME } from './shapes.ts';

/** Stop reasons of the API in the canonical vocabulary. */
export const STOP_REASONS: ReadonlyMap<string, FinishReason> = new Map(
  Object.entries<FinishReason>({
    end_turn: 'stop',
    stop_sequence: 'stop',
    max_tokens: 'length',
    model_context_window_exceeded: 'length',
    tool_use: 'tool-calls',
    pause_turn: 'pause',
    refusal: 'refusal',
  }),
);

/** A block that has begun and not ended. */
interface Open {
  index: number;
  kind: BlockStart['kind'];
  /** What its start said of it and is not modelled. */
  rest: Rest;
  citations: unknown[];
  seal?: Seal;
  /** A call's input as its start gave it, for servers that send no deltas. */
  input?: unknown;
  said: boolean;
  /** An opaque block as it grows, and its pieces of JSON input. */
  raw: Json;
  json: string[];
}

/** Reads one answer of the Messages API (https://platform.claude.com/docs/en/build-with-claude/streaming). */
export function hear(): Hearing {
  return new Reader();
}

class Reader implements Hearing {
  /** Open blocks by the upstream's own index, which is trusted only to tell blocks apart. */
  readonly #open = new Map<unknown, Open>();
  #next = 0;
  #usage: Json = {};
  #finish: Extract<Part, { type: 'finish' }> = { type: 'finish', reason: 'stop' };
  #over = false;

  frame(frame: Frame): Part[] {
    if (this.#over || frame.data === '' || frame.data === '[DONE]') return [];
    let event: unknown;
    try {
      event = JSON.parse(frame.data);
    } catch {
      return this.#fail(new GatewayError('malformed', 'the provider sent an event that is not JSON'));
    }
    return isObject(event) ? this.#event(event, stringIn(event.type) ?? frame.event ?? '') : [];
  }

  end(): Part[] {
    if (this.#over) return [];
    return this.#fail(new GatewayError('truncated', 'the provider ended the stream before message_stop'));
  }

  whole(body: unknown): Part[] {
    if (isObject(body) && (body.type === 'error' || (body.error !== undefined && body.error !== null))) return this.#fail(hearInBand(body));
    if (!isObject(body) || !Array.isArray(body.content))
      return this.#fail(new GatewayError('malformed', 'the provider sent an answer without a list "content"'));
    const parts = this.#event({ message: body }, 'message_start');
    for (const [index, block] of body.content.entries()) {
      parts.push(...this.#event({ index, content_block: block }, 'content_block_start'));
      if (this.#over) return parts;
      parts.push(...this.#event({ index }, 'content_block_stop'));
    }
    parts.push(...this.#event({ delta: body }, 'message_delta'), ...this.#event({}, 'message_stop'));
    return parts;
  }

  #event(event: Json, type: string): Part[] {
    if (type === 'error' || (event.error !== undefined && event.error !== null)) return this.#fail(hearInBand(event));
    switch (type) {
      case 'message_start':
        return this.#start(isObject(event.message) ? event.message : {});
      case 'content_block_start':
        return this.#begin(event.index, isObject(event.content_block) ? event.content_block : {});
      case 'content_block_delta':
        return isObject(event.delta) ? this.#delta(event.index, event.delta) : [];
      case 'content_block_stop':
        return this.#close(event.index);
      case 'message_delta':
        return this.#end(isObject(event.delta) ? event.delta : {}, event.usage);
      case 'message_stop': {
        const parts = [...this.#open.keys()].flatMap((key) => this.#close(key));
        this.#over = true;
        return [...parts, this.#finish];
      }
      default:
        return [];
    }
  }

  #fail(error: GatewayError): Part[] {
    this.#over = true;
    return [{ type: 'fault', error }];
  }

  #start(message: Json): Part[] {
    const start: Part = { type: 'start', id: stringIn(message.id), model: stringIn(message.model) };
    return [start, ...this.#count(message.usage)];
  }

  #begin(key: unknown, block: Json): Part[] {
    const parts = this.#open.has(key) ? this.#close(key) : [];
    const { type, ...fields } = block;
    const open: Open = { index: this.#next, kind: 'opaque', rest: {}, citations: [], said: false, raw: block, json: [] };
    let start: BlockStart;
    let text = '';
    switch (type) {
      case 'text': {
        const { text: said, citations, ...rest } = fields;
        start = { kind: 'text' };
        text = stringIn(said) ?? '';
        open.rest = rest;
        if (Array.isArray(citations)) open.citations = [...citations];
        break;
      }
      case 'thinking': {
        const { thinking, signature, ...rest } = fields;
        start = { kind: 'reasoning' };
        text = stringIn(thinking) ?? '';
        open.rest = rest;
        this.#sign(open, signature);
        break;
      }
      case 'redacted_thinking': {
        const { data, ...rest } = fields;
        start = { kind: 'reasoning' };
        open.rest = rest;
        if (typeof data === 'string') open.seal = { by: NAME, raw: { data } };
        break;
      }
      case 'tool_use': {
        const { id, name, input, ...rest } = fields;
        if (typeof name !== 'string' || name === '')
          return [...parts, ...this.#fail(new GatewayError('malformed', 'the model called a tool without a name'))];
        start = { kind: 'tool-call', id: stringIn(id) ?? '', name, input: 'json' };
        open.rest = rest;
        open.input = input;
        break;
      }
      default:
        start = { kind: 'opaque', dialect: NAME, label: stringIn(type) ?? 'unknown', raw: block };
        open.raw = { ...block };
    }
    open.kind = start.kind;
    this.#open.set(key, open);
    this.#next++;
    parts.push({ type: 'block-start', index: open.index, block: start });
    return text === '' ? parts : [...parts, ...this.#say(open, text)];
  }

  #delta(key: unknown, delta: Json): Part[] {
    switch (delta.type) {
      case 'text_delta':
        return this.#text(key, 'text', delta.text);
      case 'thinking_delta':
        return this.#text(key, 'reasoning', delta.thinking);
      case 'signature_delta': {
        const open = this.#find(key, 'reasoning');
        if (open) this.#sign(open, delta.signature);
        return [];
      }
      case 'citations_delta':
        if (delta.citation !== undefined) this.#find(key, 'text')?.citations.push(delta.citation);
        return [];
      case 'input_json_delta': {
        const piece = stringIn(delta.partial_json) ?? '';
        const open = this.#open.get(key);
        if (open?.kind === 'opaque') open.json.push(piece);
        const call = open?.kind === 'opaque' ? undefined : this.#find(key, 'tool-call');
        return call && piece ? this.#say(call, piece) : [];
      }
      default: {
        const open = this.#open.get(key);
        if (open?.kind === 'opaque') grow(open.raw, delta);
        return [];
      }
    }
  }

  /** The block a delta means: by index, else the one begun last, if it is of the right kind. */
  #find(key: unknown, kind: Open['kind']): Open | undefined {
    const named = this.#open.get(key);
    if (named?.kind === kind) return named;
    const last = [...this.#open.values()].at(-1);
    return last?.kind === kind ? last : undefined;
  }

  #text(key: unknown, kind: 'text' | 'reasoning', value: unknown): Part[] {
    if (typeof value !== 'string' || value === '') return [];
    const open = this.#find(key, kind);
    if (open) return this.#say(open, value);
    // Some servers forget to begin a block: what they say is still said.
    return this.#begin(key, kind === 'text' ? { type: 'text', text: value } : { type: 'thinking', thinking: value });
  }

  #say(open: Open, text: string): Part[] {
    open.said = true;
    return [{ type: 'block-delta', index: open.index, text }];
  }

  #sign(open: Open, signature: unknown): void {
    if (typeof signature === 'string' && signature !== '') open.seal = { by: NAME, raw: { signature } };
  }

  #close(key: unknown): Part[] {
    const open = this.#open.get(key);
    if (!open) return [];
    this.#open.delete(key);
    const parts: Part[] = [];
    // An empty object is what every call begins with, and what is left of one that was cut off before its arguments.
    if (open.kind === 'tool-call' && !open.said && !isSilent(open.input ?? null))
      parts.push(...this.#say(open, typeof open.input === 'string' ? open.input : JSON.stringify(open.input)));
    const end: Extract<Part, { type: 'block-end' }> = { type: 'block-end', index: open.index };
    if (open.kind === 'opaque') {
      if (open.json.length) open.raw.input = parseObject(open.json.join('')) ?? open.json.join('');
      end.raw = open.raw;
    } else {
      const rest = Object.fromEntries(Object.entries(open.rest).filter(([, value]) => value !== null && value !== undefined));
      if (open.citations.length) rest.citations = open.citations;
      if (Object.keys(rest).length) end.rest = rest;
      if (open.seal) end.seal = open.seal;
    }
    parts.push(end);
    return parts;
  }

  #end(delta: Json, usage: unknown): Part[] {
    const raw = stringIn(delta.stop_reason);
    if (raw !== undefined) {
      this.#finish = { type: 'finish', reason: STOP_REASONS.get(raw) ?? 'other', raw };
      const stop = stringIn(delta.stop_sequence);
      if (stop !== undefined) this.#finish.stop = stop;
    }
    return this.#count(usage);
  }

  /** Counters are cumulative: later ones replace earlier ones field by field, and a null says nothing. */
  #count(usage: unknown): Part[] {
    if (!isObject(usage)) return [];
    for (const key in usage) if (usage[key] !== null && usage[key] !== undefined) this.#usage[key] = usage[key];
    return [{ type: 'usage', usage: readUsage(this.#usage) }];
  }
}

/** An unknown delta onto an opaque block: text grows, everything else is set. */
function grow(raw: Json, delta: Json): void {
  for (const [key, value] of Object.entries(delta)) {
    if (key === 'type') continue;
    const before = raw[key];
    raw[key] = typeof value === 'string' && typeof before === 'string' ? before + value : value;
  }
}

/** The API's `input_tokens` leave out what was read from and written to the cache; ours hold everything. */
function readUsage(raw: Json): Usage {
  const created = isObject(raw.cache_creation) ? raw.cache_creation : {};
  const details = isObject(raw.output_tokens_details) ? raw.output_tokens_details : {};
  const fresh = count(raw.input_tokens);
  const cacheRead = count(raw.cache_read_input_tokens);
  const cacheWrite1h = count(created.ephemeral_1h_input_tokens);
  const cacheWrite5m = count(created.ephemeral_5m_input_tokens);
  const bothLives = cacheWrite1h === undefined && cacheWrite5m === undefined ? undefined : (cacheWrite1h ?? 0) + (cacheWrite5m ?? 0);
  const cacheWrite = count(raw.cache_creation_input_tokens) ?? bothLives;
  const usage: Usage = {};
  if (fresh !== undefined || cacheRead !== undefined || cacheWrite !== undefined)
    usage.input = (fresh ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0);
  const output = count(raw.output_tokens);
  const reasoning = count(details.thinking_tokens);
  if (output !== undefined) usage.output = output;
  if (cacheRead !== undefined) usage.cacheRead = cacheRead;
  if (cacheWrite !== undefined) usage.cacheWrite = cacheWrite;
  if (cacheWrite1h !== undefined) usage.cacheWrite1h = cacheWrite1h;
  if (reasoning !== undefined) usage.reasoning = reasoning;
  return usage;
}
