import type { Frame, Hearing } from '../../protocol/dialect.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { isObject, type Json, parseExact, stringIn } from '../../protocol/json.ts';
import type { FinishReason, Part } from '../../protocol/part.ts';
import type { Rest } from '../../protocol/rest.ts';
import type { Usage } from '../../protocol/usage.ts';
import { count } from '../../protocol/usage.ts';
import { hearInBand } from './errors.ts';
import { NAME } from './shapes.ts';

/** Finish reasons of the API (https://ai.google.dev/api/generate-content#FinishReason) in the canonical vocabulary. */
export const FINISH_REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  // The answer goes on only for who sends a token back.
  ['CONTINUATION', 'length'],
  ['SAFETY', 'filter'],
  ['RECITATION', 'filter'],
  ['LANGUAGE', 'filter'],
  ['BLOCKLIST', 'filter'],
  ['PROHIBITED_CONTENT', 'filter'],
  ['SPII', 'filter'],
  ['IMAGE_SAFETY', 'filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'filter'],
  ['IMAGE_RECITATION', 'filter'],
]);
/** The model wrote what the provider could not read; asked again it mostly does better. */
const BROKEN: ReadonlySet<string> = new Set([
  'MALFORMED_FUNCTION_CALL',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'MALFORMED_RESPONSE',
]);
/** Said of the whole answer; it stays with its last text. */
export const ABOUT_ANSWER = ['citationMetadata', 'groundingMetadata', 'urlContextMetadata'] as const;

/** Reads one answer of generateContent or streamGenerateContent. */
export function hear(): Hearing {
  return new Reader();
}

interface Open {
  index: number;
  kind: 'text' | 'reasoning';
  rest?: Rest;
}

class Reader implements Hearing {
  /** The text or thought that the next part may continue: the API does not say where one ends. */
  #open: Open | undefined;
  #next = 0;
  #begun = false;
  #finish: Extract<Part, { type: 'finish' }> | undefined;
  #over = false;

  frame(frame: Frame): Part[] {
    if (this.#over || frame.data === '' || frame.data === '[DONE]') return [];
    let chunk: unknown;
    try {
      chunk = parseExact(frame.data);
    } catch {
      return this.#fail(new GatewayError('malformed', 'the provider sent an event that is not JSON'));
    }
    return isObject(chunk) ? this.#chunk(chunk) : [];
  }

  /** The finish is told last, because some servers repeat it on every chunk. */
  end(): Part[] {
    if (this.#over) return [];
    if (!this.#finish) return this.#fail(new GatewayError('truncated', 'the provider ended the stream without a finishReason'));
    this.#over = true;
    return [...this.#close(), this.#finish];
  }

  /** Without `alt=sse` a stream is one list of chunks. */
  whole(body: unknown): Part[] {
    const chunks = (Array.isArray(body) ? body : [body]).filter(isObject);
    const parts = chunks.flatMap((chunk) => (this.#over ? [] : this.#chunk(chunk)));
    if (this.#over) return parts;
    const answered = chunks.some((chunk) => isObject(candidateIn(chunk)?.content));
    if (this.#finish || Array.isArray(body)) return [...parts, ...this.end()];
    if (!answered) return [...parts, ...this.#fail(new GatewayError('malformed', 'the provider sent an answer without a candidate'))];
    this.#finish = { type: 'finish', reason: 'other' };
    return [...parts, ...this.end()];
  }

  #fail(error: GatewayError): Part[] {
    this.#over = true;
    return [{ type: 'fault', error }];
  }

  #chunk(chunk: Json): Part[] {
    if (chunk.error !== undefined && chunk.error !== null) return this.#fail(hearInBand(chunk));
    const parts: Part[] = [];
    if (!this.#begun) {
      this.#begun = true;
      parts.push({ type: 'start', id: stringIn(chunk.responseId), model: stringIn(chunk.modelVersion) });
    }
    const candidate = candidateIn(chunk);
    const content = isObject(candidate?.content) ? candidate.content : {};
    if (Array.isArray(content.parts)) for (const part of content.parts) if (isObject(part) && !this.#over) parts.push(...this.#part(part));
    if (this.#over) return parts;
    if (isObject(chunk.usageMetadata)) parts.push({ type: 'usage', usage: readUsage(chunk.usageMetadata) });
    if (candidate) this.#about(candidate);
    const said = specified(candidate?.finishReason);
    const raw = said ?? blockedBy(chunk);
    if (raw === undefined) return parts;
    if (BROKEN.has(raw))
      return [...parts, ...this.#fail(new GatewayError('malformed', `the model's answer broke off: ${raw}`, { code: raw }))];
    this.#finish = { type: 'finish', reason: said === undefined ? 'filter' : (FINISH_REASONS.get(raw) ?? 'other'), raw };
    return parts;
  }

  #about(candidate: Json): void {
    for (const key of ABOUT_ANSWER)
      if (this.#open?.kind === 'text' && isObject(candidate[key])) this.#open.rest = { ...this.#open.rest, [key]: candidate[key] };
  }

  #part(part: Json): Part[] {
    const { functionCall: call, thoughtSignature } = part;
    const signature = stringIn(thoughtSignature) || undefined;
    if (isObject(call) && !isPartial(call)) {
      if (!call.name || typeof call.name !== 'string')
        return this.#fail(new GatewayError('malformed', 'the model called a tool without naming it'));
      return [...this.#close(), ...this.#call(call, call.name, signature)];
    }
    const keys = Object.keys(part).filter((key) => part[key] !== null && part[key] !== undefined);
    if (keys.every((key) => key === 'text' || key === 'thought' || key === 'thoughtSignature'))
      return this.#say(part.thought === true ? 'reasoning' : 'text', stringIn(part.text) ?? '', signature);
    return this.#opaque(part, keys);
  }

  #opaque(part: Json, keys: readonly string[]): Part[] {
    const label = keys.find((key) => key !== 'thought' && key !== 'thoughtSignature') ?? 'part';
    const index = this.#next;
    const parts = this.#close();
    this.#next++;
    return [
      ...parts,
      { type: 'block-start', index, block: { kind: 'opaque', dialect: NAME, label, raw: part } },
      { type: 'block-end', index, raw: part },
    ];
  }

  #call(call: Json, name: string, signature: string | undefined): Part[] {
    const index = this.#next++;
    const args = typeof call.args === 'string' ? call.args : JSON.stringify(call.args ?? {});
    return [
      { type: 'block-start', index, block: { kind: 'tool-call', id: stringIn(call.id) ?? '', name, input: 'json' } },
      { type: 'block-delta', index, text: args },
      { type: 'block-end', index, ...(signature && { seal: { by: NAME, raw: signature } }) },
    ];
  }

  /** A signature ends the block it stands on. */
  #say(kind: Open['kind'], text: string, signature: string | undefined): Part[] {
    if (text === '' && signature === undefined) return [];
    const parts = this.#open && this.#open.kind !== kind ? this.#close() : [];
    if (!this.#open) {
      this.#open = { index: this.#next++, kind };
      parts.push({ type: 'block-start', index: this.#open.index, block: { kind } });
    }
    if (text) parts.push({ type: 'block-delta', index: this.#open.index, text });
    return signature === undefined ? parts : [...parts, ...this.#close(signature)];
  }

  /** A text's signature is not a seal: the API wants it back and does not insist. */
  #close(signature?: string): Part[] {
    const open = this.#open;
    if (!open) return [];
    this.#open = undefined;
    const end: Extract<Part, { type: 'block-end' }> = { type: 'block-end', index: open.index };
    if (open.kind === 'reasoning' && signature) end.seal = { by: NAME, raw: signature };
    const rest = open.kind === 'text' && signature ? { ...open.rest, thoughtSignature: signature } : open.rest;
    if (rest) end.rest = rest;
    return [end];
  }
}

/** The first candidate; others were never asked for by us. */
function candidateIn(chunk: Json): Json | undefined {
  const candidates: unknown[] = Array.isArray(chunk.candidates) ? chunk.candidates : [];
  return candidates.filter(isObject).find((one) => one.index === undefined || one.index === null || one.index === 0);
}

function blockedBy(chunk: Json): string | undefined {
  return isObject(chunk.promptFeedback) ? specified(chunk.promptFeedback.blockReason) : undefined;
}

/** A reason that says something: servers spell "none yet" as the zero of its list. */
function specified(reason: unknown): string | undefined {
  return typeof reason === 'string' && reason !== '' && !reason.endsWith('_UNSPECIFIED') ? reason : undefined;
}

/** A call whose arguments come piece by piece, for clients that asked for it (`streamFunctionCallArguments`). */
function isPartial(call: Json): boolean {
  return call.willContinue === true || Array.isArray(call.partialArgs);
}

/** `promptTokenCount` holds what came from a cache; thoughts and the results of hosted tools are counted apart. */
function readUsage(raw: Json): Usage {
  const prompt = count(raw.promptTokenCount);
  const tools = count(raw.toolUsePromptTokenCount);
  const said = count(raw.candidatesTokenCount);
  const reasoning = count(raw.thoughtsTokenCount);
  const cacheRead = count(raw.cachedContentTokenCount);
  const usage: Usage = {};
  if (prompt !== undefined || tools !== undefined) usage.input = (prompt ?? 0) + (tools ?? 0);
  if (said !== undefined || reasoning !== undefined) usage.output = (said ?? 0) + (reasoning ?? 0);
  if (cacheRead !== undefined) usage.cacheRead = cacheRead;
  if (reasoning !== undefined) usage.reasoning = reasoning;
  return usage;
}
