import type { Block, Seal } from '../../protocol/block.ts';
import type { Answering, Made } from '../../protocol/dialect.ts';
import { estimateBlocks, estimatePrompt, estimateText } from '../../protocol/estimate.ts';
import type { Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { BlockStart, FinishReason, Part } from '../../protocol/part.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Reply } from '../../protocol/reply.ts';
import type { Usage } from '../../protocol/usage.ts';
import { mergeUsage } from '../../protocol/usage.ts';
import { sseFrame } from '../../wire/sse.ts';
import { argumentsText, calledName, contentOf, extrasOf } from './answer-blocks.ts';
import { writeError } from './errors.ts';
import { STOP_REASONS } from './hear.ts';
import { ownSeal, signatureFor, signatureForCall } from './seals.ts';

const REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  filter: 'refusal',
  refusal: 'refusal',
  pause: 'pause_turn',
  other: 'end_turn',
};

/** Writes one answer as the Messages API does, whole or streamed. */
export function answer(to: Prompt, made: Made): Answering {
  return new Writer(to, made);
}

function event(data: Json & { type: string }): string {
  return sseFrame(JSON.stringify(data), data.type);
}

/** The block being received. It is begun towards the client with its first text; calls and the like wait until they are complete. */
interface Current {
  start: BlockStart;
  path: string;
  open: boolean;
  pieces: string[];
}

class Writer implements Answering {
  readonly notes: Note[] = [];
  readonly #to: Prompt;
  readonly #id: string;
  #usage: Usage = {};
  /** Estimated tokens of what was written, for providers that count nothing. */
  #written = 0;
  #started = false;
  /** The next content block's index towards the client, which counts only blocks that were written. */
  #index = 0;
  #current: Current | undefined;

  constructor(to: Prompt, made: Made) {
    this.#to = to;
    this.#id = `msg_${made.id}`;
  }

  part(part: Part): string {
    switch (part.type) {
      case 'start':
        return '';
      case 'usage':
        this.#usage = mergeUsage(this.#usage, part.usage);
        return '';
      case 'block-start':
        this.#current = { start: part.block, path: `content[${part.index}]`, open: false, pieces: [] };
        return this.#begin();
      case 'block-delta':
        return this.#delta(part.text);
      case 'block-end':
        return this.#close(part);
      case 'finish': {
        const delta = stopOf(part);
        return `${this.#begin()}${event({ type: 'message_delta', delta, usage: this.#count() })}${event({ type: 'message_stop' })}`;
      }
      case 'fault':
        return event({ type: 'error', error: writeError(part.error) });
    }
  }

  /** Nothing stands behind message_stop or an error event. */
  end(): string {
    return '';
  }

  whole(reply: Reply): unknown {
    if (reply.usage) this.#usage = mergeUsage(this.#usage, reply.usage);
    const content = reply.blocks.flatMap((block, at) => contentOf(block, this.#to, `content[${at}]`, this.notes));
    this.#written = estimateBlocks(reply.blocks);
    const stop = reply.finish ? stopOf(reply.finish) : { stop_reason: null, stop_sequence: null };
    return { ...this.#message(), content, ...stop, usage: this.#count() };
  }

  #message(): Json {
    return { id: this.#id, type: 'message', role: 'assistant', model: this.#to.model };
  }

  /** message_start, once, when there is something to say: before that a failure can still get a real status. */
  #begin(): string {
    if (this.#started) return '';
    this.#started = true;
    const message = { ...this.#message(), content: [], stop_reason: null, stop_sequence: null, usage: this.#count() };
    return event({ type: 'message_start', message });
  }

  #delta(text: string): string {
    const current = this.#current;
    if (!current || text === '') return '';
    this.#written += estimateText(text);
    const { kind } = current.start;
    if (kind === 'tool-call' || kind === 'opaque') {
      current.pieces.push(text);
      return '';
    }
    let out = '';
    if (!current.open) {
      current.open = true;
      out = this.#start(kind === 'text' ? { type: 'text', text: '' } : { type: 'thinking', thinking: '', signature: '' });
    }
    // Written by hand: it is nearly all that a stream consists of.
    const delta = kind === 'text' ? '"text_delta","text"' : '"thinking_delta","thinking"';
    return `${out}event: content_block_delta\ndata: {"type":"content_block_delta","index":${this.#index},"delta":{"type":${delta}:${JSON.stringify(text)}}}\n\n`;
  }

  #close(part: Extract<Part, { type: 'block-end' }>): string {
    const current = this.#current;
    if (!current) return '';
    this.#current = undefined;
    const { start, path, open } = current;
    switch (start.kind) {
      case 'text': {
        const { citations } = extrasOf({ kind: 'text', rest: part.rest }, path, this.notes);
        if (!open) return '';
        const cited = Array.isArray(citations)
          ? citations.map((citation) => this.#more({ type: 'citations_delta', citation })).join('')
          : '';
        return cited + this.#stop();
      }
      case 'reasoning':
        return this.#closeThought(open, part.seal);
      case 'tool-call': {
        const extras = extrasOf({ kind: 'tool-call', rest: part.rest }, path, this.notes);
        const carrier = part.seal ? this.#thought(signatureForCall(start.id, part.seal)) : '';
        const json = argumentsText({ input: start.input, arguments: current.pieces.join('') });
        const block = { type: 'tool_use', id: start.id, name: calledName(this.#to, start), input: {}, ...extras };
        return carrier + this.#start(block) + this.#more({ type: 'input_json_delta', partial_json: json }) + this.#stop();
      }
      case 'opaque': {
        const block: Block = { ...start, raw: part.raw ?? start.raw };
        return contentOf(block, this.#to, path, this.notes)
          .map((raw) => this.#start(raw) + this.#stop())
          .join('');
      }
    }
  }

  #closeThought(open: boolean, seal: Seal | undefined): string {
    if (open) return this.#more({ type: 'signature_delta', signature: signatureFor(seal) }) + this.#stop();
    const own = ownSeal(seal);
    if (own && 'data' in own) return this.#start({ type: 'redacted_thinking', ...own }) + this.#stop();
    return seal ? this.#thought(signatureFor(seal)) : '';
  }

  /** A thought that shows nothing but has to come back. */
  #thought(signature: string): string {
    const start = this.#start({ type: 'thinking', thinking: '', signature: '' });
    return start + this.#more({ type: 'signature_delta', signature }) + this.#stop();
  }

  #start(block: Json): string {
    return event({ type: 'content_block_start', index: this.#index, content_block: block });
  }

  #more(delta: Json): string {
    return event({ type: 'content_block_delta', index: this.#index, delta });
  }

  #stop(): string {
    return event({ type: 'content_block_stop', index: this.#index++ });
  }

  /** Usage in the API's meaning: `input_tokens` without what the cache read and wrote. What nobody counted is estimated. */
  #count(): Json {
    const { input = estimatePrompt(this.#to), output, cacheRead = 0, cacheWrite = 0, cacheWrite1h, reasoning } = this.#usage;
    const usage: Json = {
      input_tokens: Math.max(0, input - cacheRead - cacheWrite),
      cache_creation_input_tokens: cacheWrite,
      cache_read_input_tokens: cacheRead,
      output_tokens: output ?? Math.ceil(this.#written),
    };
    if (cacheWrite1h !== undefined)
      usage.cache_creation = { ephemeral_5m_input_tokens: Math.max(0, cacheWrite - cacheWrite1h), ephemeral_1h_input_tokens: cacheWrite1h };
    if (reasoning !== undefined) usage.output_tokens_details = { thinking_tokens: reasoning };
    return usage;
  }
}

/** The API's own word where the reply kept it and it still means the same. */
function stopOf(finish: { reason: FinishReason; raw?: string; stop?: string }): { stop_reason: string; stop_sequence: string | null } {
  const { reason, raw, stop } = finish;
  if (reason === 'stop' && stop !== undefined) return { stop_reason: 'stop_sequence', stop_sequence: stop };
  const known = raw !== undefined && STOP_REASONS.get(raw) === reason && raw !== 'stop_sequence';
  return { stop_reason: known ? raw : REASONS[reason], stop_sequence: null };
}
