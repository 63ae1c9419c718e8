import type { Answering, Made } from '../../protocol/dialect.ts';
import type { Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { BlockStart, FinishReason, Part } from '../../protocol/part.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Reply } from '../../protocol/reply.ts';
import type { Usage } from '../../protocol/usage.ts';
import { mergeUsage } from '../../protocol/usage.ts';
import { LIST } from './accept.ts';
import { PartWriter } from './answer-parts.ts';
import { writeError } from './errors.ts';
import { FINISH_REASONS } from './hear.ts';
import { NAME } from './shapes.ts';

const REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  'tool-calls': 'STOP',
  filter: 'SAFETY',
  refusal: 'SAFETY',
  pause: 'OTHER',
  other: 'OTHER',
};

/** Writes one answer as generateContent does, or as one of its two streams: events, or one list that grows. */
export function answer(to: Prompt, made: Made): Answering {
  return new Writer(to, made);
}

/** The block being received. Text goes out as it comes; of a thought the last piece waits, so that its seal can stand on it. */
interface Current {
  start: BlockStart;
  path: string;
  pieces: string[];
  held: string;
}

class Writer implements Answering {
  readonly contentType?: string;
  readonly #writer: PartWriter;
  readonly #model: string;
  readonly #id: string;
  readonly #isList: boolean;
  /** What each chunk ends with. */
  readonly #tail: string;
  #usage: Usage | undefined;
  #current: Current | undefined;
  #chunks = 0;
  #broken: Json | undefined;

  constructor(to: Prompt, made: Made) {
    this.#writer = new PartWriter(to);
    this.#model = to.model;
    this.#id = made.id;
    this.#tail = `"modelVersion":${JSON.stringify(to.model)},"responseId":${JSON.stringify(made.id)}}`;
    this.#isList = to.form?.framing === LIST;
    if (this.#isList) this.contentType = 'application/json; charset=utf-8';
  }

  get notes(): Note[] {
    return this.#writer.notes;
  }

  part(part: Part): string {
    switch (part.type) {
      case 'start':
        return '';
      case 'usage':
        this.#usage = mergeUsage(this.#usage, part.usage);
        return '';
      case 'block-start':
        if (part.block.kind === 'text' && part.block.refusal) this.#writer.declined = true;
        this.#current = { start: part.block, path: `parts[${part.index}]`, pieces: [], held: '' };
        return this.#parts(this.#writer.before(part.block.kind));
      case 'block-delta':
        return this.#delta(part.text);
      case 'block-end':
        return this.#close(part);
      case 'finish':
        return this.#write({ ...this.#finished(part, [{ text: '' }]), ...this.#facts() });
      case 'fault':
        this.#broken = { error: writeError(part.error) };
        return this.#write(this.#broken);
    }
  }

  /**
   * A list is closed only when it is complete. A broken stream must not end like a whole one, and not every client reads the error
   * event: an older AI SDK stops at an event of the wrong shape, and Gemini CLI (after a tool call it takes an answer without a
   * finishReason for whole) tries again when the stream ends in the middle of something, which must be no comment.
   */
  end(): string {
    if (this.#broken) return this.#isList ? '' : `${event({ ...this.#broken, promptFeedback: false })}${JSON.stringify(this.#broken)}`;
    return this.#isList ? `${this.#chunks === 0 ? '[' : ''}\n]\n` : '';
  }

  whole(reply: Reply): unknown {
    if (reply.usage) this.#usage = mergeUsage(this.#usage, reply.usage);
    const parts = reply.blocks.flatMap((block, at) => this.#writer.parts(block, `parts[${at}]`));
    return { ...this.#finished(reply.finish ?? { reason: 'other' }, parts), ...this.#facts() };
  }

  /** Written by hand: it is nearly all that a stream consists of. */
  #text(text: string, thought: boolean): string {
    const part = `{"text":${JSON.stringify(text)}${thought ? ',"thought":true' : ''}}`;
    return this.#frame(`{"candidates":[{"content":{"parts":[${part}],"role":"model"},"index":0}],${this.#tail}`);
  }

  #parts(parts: readonly Json[]): string {
    if (parts.length === 0) return '';
    return this.#write({ candidates: [{ content: { parts, role: 'model' }, index: 0 }], modelVersion: this.#model, responseId: this.#id });
  }

  #write(chunk: Json): string {
    return this.#frame(JSON.stringify(chunk));
  }

  #frame(data: string): string {
    const first = this.#chunks++ === 0;
    if (!this.#isList) return `data: ${data}\n\n`;
    return (first ? '[' : ',\n') + data;
  }

  #delta(text: string): string {
    const current = this.#current;
    if (!current || text === '') return '';
    const { kind } = current.start;
    if (kind === 'text') return this.#text(text, false);
    current.pieces.push(text);
    if (kind !== 'reasoning') return '';
    const before = current.held;
    current.held = text;
    return before && this.#text(before, true);
  }

  #close(end: Extract<Part, { type: 'block-end' }>): string {
    const current = this.#current;
    if (!current) return '';
    this.#current = undefined;
    const { start, path, pieces } = current;
    switch (start.kind) {
      case 'text': {
        const signature = this.#writer.textSignature(end.rest, path);
        return signature === undefined ? '' : this.#parts([{ text: '', thoughtSignature: signature }]);
      }
      case 'reasoning': {
        this.#writer.noteRest(end.rest, path);
        const part = this.#writer.thought(current.held, { text: pieces.join(''), seal: end.seal });
        return part ? this.#parts([part]) : '';
      }
      case 'tool-call':
        return this.#parts(this.#writer.call({ ...start, arguments: pieces.join(''), seal: end.seal, rest: end.rest }, path));
      case 'opaque':
        return this.#parts(this.#writer.opaque({ ...start, raw: end.raw ?? start.raw }, path));
    }
  }

  #finished(finish: { reason: FinishReason; raw?: string; stop?: string }, parts: readonly Json[]): Json {
    const content = parts.length ? { parts, role: 'model' } : { role: 'model' };
    return { candidates: [{ content, finishReason: this.#reason(finish), index: 0, ...this.#writer.about }] };
  }

  /** The API's own word where the reply kept it and it still means the same. */
  #reason({ reason, raw, stop }: { reason: FinishReason; raw?: string; stop?: string }): string {
    const drop = (path: string, why: string) => this.notes.push({ path, action: 'changed', why });
    if (stop !== undefined) drop('finish.stop', `${NAME} does not say which stop sequence matched`);
    if (reason === 'pause') drop('finish.reason', `${NAME} knows no "pause"; sent as ${REASONS.pause}`);
    if (this.#writer.declined && reason !== 'length') return REASONS.refusal;
    return raw !== undefined && FINISH_REASONS.get(raw) === reason ? raw : REASONS[reason];
  }

  /** Usage in the API's meaning: the prompt with its cached part, thoughts apart from what was said. Nothing where nobody counted. */
  #facts(): Json {
    const facts = { modelVersion: this.#model, responseId: this.#id };
    if (!this.#usage) return facts;
    const { input = 0, output = 0, cacheRead, reasoning } = this.#usage;
    const usage: Json = {
      promptTokenCount: input,
      candidatesTokenCount: Math.max(0, output - (reasoning ?? 0)),
      totalTokenCount: input + output,
    };
    if (cacheRead !== undefined) usage.cachedContentTokenCount = cacheRead;
    if (reasoning !== undefined) usage.thoughtsTokenCount = reasoning;
    return { usageMetadata: usage, ...facts };
  }
}

function event(data: Json): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
