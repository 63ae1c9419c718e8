import type { Frame, Hearing } from '../../protocol/dialect.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { isSilent, type Json, list, object, parseExact, said } from '../../protocol/json.ts';
import type { FinishReason, Part } from '../../protocol/part.ts';
import { count, type Usage } from '../../protocol/usage.ts';
import { hearInBand } from './errors.ts';
import { CALL_SIGNATURE, NAME, SIGNATURES } from './shapes.ts';

/** Reasons of the server, and two of ours for what it has no word for. `load` and `unload` answer an empty prompt. */
export const REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'filter',
  refusal: 'refusal',
};

/** Reads one answer of `/api/chat` or `/api/generate`: lines of which the last says `done`, or one such object. */
export function hear(): Hearing {
  return new Reader();
}

class Reader implements Hearing {
  #parts: Part[] = [];
  #next = 0;
  #open: { kind: 'text' | 'reasoning'; index: number; signatures: unknown[] } | undefined;
  /** White space before any text: models put it between a thought and a call, where it says nothing. */
  #blank = '';
  #hasCalled = false;
  readonly #ids = new Set<string>();
  #started = false;
  #over = false;

  frame(frame: Frame): Part[] {
    if (this.#over || frame.data === '') return [];
    let value: unknown;
    try {
      value = parseExact(frame.data);
    } catch {
      return this.#fail(new GatewayError('malformed', 'the provider sent a line that is not JSON'));
    }
    const line = object(value);
    if (line) this.#line(line);
    return this.#take();
  }

  end(): Part[] {
    if (this.#over) return [];
    return this.#fail(new GatewayError('truncated', 'the provider ended its answer before the line that says "done"'));
  }

  whole(body: unknown): Part[] {
    const line = object(body) ?? {};
    if (!isSilent(line['error'] ?? null)) return this.#fail(hearInBand(line));
    if (!object(line['message']) && typeof line['response'] !== 'string')
      return this.#fail(new GatewayError('malformed', 'the provider sent an answer without a message'));
    this.#line(line);
    return [...this.#take(), ...this.end()];
  }

  #take(): Part[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  #fail(error: GatewayError): Part[] {
    this.#over = true;
    return [...this.#take(), { type: 'fault', error }];
  }

  #line(line: Json): void {
    if (!isSilent(line['error'] ?? null)) {
      this.#over = true;
      this.#parts.push({ type: 'fault', error: hearInBand(line) });
      return;
    }
    const model = said(line['model']);
    if (model && !this.#started) {
      this.#started = true;
      this.#parts.push({ type: 'start', model });
    }
    // A question's answer stands beside the facts, a conversation's in a message.
    const message = object(line['message']) ?? { ...line, content: line['response'] };
    const thought = said(message['thinking']);
    if (thought) this.#say('reasoning', thought);
    const signatures = list(message[SIGNATURES]);
    if (signatures.length) this.#say('reasoning', '').signatures.push(...signatures);
    const content = said(message['content']);
    if (content) this.#text(content);
    for (const key of ['images', 'image']) if (!isSilent(message[key] ?? null)) this.#opaque(key, message[key]);
    for (const call of list(message['tool_calls'])) if (!this.#over) this.#call(object(call) ?? {});
    if (line['done'] === true && !this.#over) this.#finish(line);
  }

  /** Text of the answer. White space alone waits for what follows it and goes when that is a call. */
  #text(text: string): void {
    if (this.#open?.kind !== 'text' && text.trim() === '') {
      this.#blank += text;
      return;
    }
    this.#say('text', this.#blank + text);
    this.#blank = '';
  }

  /** More of the block that is open, or of a new one. */
  #say(kind: 'text' | 'reasoning', text: string): { signatures: unknown[] } {
    if (this.#open?.kind !== kind) {
      this.#close();
      this.#open = { kind, index: this.#next++, signatures: [] };
      this.#parts.push({ type: 'block-start', index: this.#open.index, block: { kind } });
    }
    if (text) this.#parts.push({ type: 'block-delta', index: this.#open.index, text });
    return this.#open;
  }

  #close(): void {
    if (!this.#open) return;
    const { index, signatures } = this.#open;
    this.#open = undefined;
    const end: Part = { type: 'block-end', index };
    if (signatures.length) end.seal = { by: NAME, raw: signatures };
    this.#parts.push(end);
  }

  #opaque(label: string, raw: unknown): void {
    this.#close();
    const index = this.#next++;
    this.#parts.push({ type: 'block-start', index, block: { kind: 'opaque', dialect: NAME, label, raw } }, { type: 'block-end', index });
  }

  /** A call comes whole, with an object of arguments; older servers give it no id, and some the same one again. */
  #call(call: Json): void {
    const body = object(call['function']) ?? {};
    const name = said(body['name']);
    if (!name) {
      this.#over = true;
      this.#parts.push({ type: 'fault', error: new GatewayError('malformed', 'the model called a tool without naming it') });
      return;
    }
    this.#close();
    this.#blank = '';
    this.#hasCalled = true;
    const given = said(call['id']) ?? '';
    const id = this.#ids.has(given) ? '' : given;
    this.#ids.add(given);
    const args = body['arguments'];
    const text = typeof args === 'string' ? args : args === undefined || args === null ? '' : JSON.stringify(args);
    const index = this.#next++;
    this.#parts.push({ type: 'block-start', index, block: { kind: 'tool-call', id, name, input: 'json' } });
    if (text) this.#parts.push({ type: 'block-delta', index, text });
    const end: Part = { type: 'block-end', index };
    const signature = said(call[CALL_SIGNATURE]);
    if (signature) end.seal = { by: NAME, raw: signature };
    this.#parts.push(end);
  }

  #finish(line: Json): void {
    if (this.#blank && !this.#hasCalled) this.#say('text', this.#blank);
    this.#close();
    this.#over = true;
    const usage = usageIn(line);
    if (usage) this.#parts.push({ type: 'usage', usage });
    const raw = said(line['done_reason']);
    this.#parts.push({ type: 'finish', reason: raw === undefined ? 'stop' : Object.hasOwn(REASONS, raw) ? REASONS[raw]! : 'other', raw });
  }
}

/** Counts are left out where they are zero: a prompt that came from the cache alone has none. */
function usageIn(line: Json): Usage | undefined {
  const input = count(line['prompt_eval_count']);
  const output = count(line['eval_count']);
  if (input === undefined && output === undefined) return undefined;
  const usage: Usage = {};
  if (input !== undefined) usage.input = input;
  if (output !== undefined) usage.output = output;
  return usage;
}
