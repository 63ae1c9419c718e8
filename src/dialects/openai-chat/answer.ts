import type { Block, OpaqueBlock, ReasoningBlock, ToolCallBlock } from '../../protocol/block.ts';
import type { Answering, Made } from '../../protocol/dialect.ts';
import { type Json, list } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { BlockStart, FinishReason, Part } from '../../protocol/part.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Reply } from '../../protocol/reply.ts';
import { noteRest, type Rest } from '../../protocol/rest.ts';
import { declared, unwrapText } from '../../protocol/tools.ts';
import { mergeUsage, type Usage } from '../../protocol/usage.ts';
import { sseFrame } from '../../wire/sse.ts';
import { answerCompletion, isCompletion } from './completion.ts';
import { errorBody } from './errors.ts';
import { CALL_SEAL, callSeal, detailsOf, envelope } from './seals.ts';
import { NAME } from './shapes.ts';

/** Writes one Chat Completions answer: chunks of one id under the client's own name for the model, or the whole object. */
export function answer(to: Prompt, made: Made): Answering {
  return isCompletion(to) ? answerCompletion(to, made) : new ChatAnswering(to, made);
}

const REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  filter: 'content_filter',
  refusal: 'content_filter',
  pause: 'stop',
  other: 'stop',
};

class ChatAnswering implements Answering {
  readonly notes: Note[] = [];
  readonly #to: Prompt;
  readonly #made: Made;
  /** The client knows `functions` only, and so one `function_call`. */
  readonly #isLegacy: boolean;
  /** A chunk's JSON in front of its choices, and behind them. */
  readonly #head: string;
  readonly #tail: string;
  #hasRole = false;
  #refused = false;
  #thoughts = 0;
  #hasCalled = false;
  #calls = 0;
  #envelopes = 0;
  /** Characters of thought written so far, and at the start of the block. */
  #thought = 0;
  #from = 0;
  #block: BlockStart | undefined;
  #arguments: string[] = [];
  #usage: Usage | undefined;

  constructor(to: Prompt, made: Made) {
    this.#to = to;
    this.#made = made;
    this.#isLegacy = to.form?.['tools'] === 'functions' && to.dialect === NAME;
    this.#head = `${JSON.stringify({ ...this.#facts('chat.completion.chunk') }).slice(0, -1)},"choices":`;
    this.#tail = to.streamUsage ? ',"usage":null}' : '}';
  }

  part(part: Part): string {
    switch (part.type) {
      case 'start':
        return '';
      case 'block-start':
        this.#block = part.block;
        this.#order(part.block);
        this.#from = this.#thought;
        this.#arguments = [];
        return '';
      case 'block-delta':
        return this.#delta(part.text);
      case 'block-end':
        return this.#end(part);
      case 'usage':
        this.#usage = mergeUsage(this.#usage, part.usage);
        return '';
      case 'finish':
        return this.#finish(part);
      case 'fault':
        return sseFrame(JSON.stringify(errorBody(part.error)));
    }
  }

  end(): string {
    return sseFrame('[DONE]');
  }

  whole(reply: Reply): unknown {
    const texts = reply.blocks.filter((block) => block.kind === 'text');
    const refusals = texts.filter((block) => block.refusal);
    const content = texts.filter((block) => !block.refusal);
    const calls = reply.blocks.filter((block): block is ToolCallBlock => block.kind === 'tool-call');
    const { text: thought, details } = detailsOf(reply.blocks.filter((block): block is ReasoningBlock => block.kind === 'reasoning'));
    const message: Json = {
      role: 'assistant',
      content: content.length || !(calls.length || refusals.length) ? content.map(({ text }) => text).join('') : null,
      refusal: refusals.length ? refusals.map(({ text }) => text).join('') : null,
    };
    this.#refused = refusals.length > 0;
    if (thought) message['reasoning_content'] = thought;
    if (details.length) message['reasoning_details'] = details;
    for (const call of calls) {
      const entry = this.#call(call);
      if (!this.#isLegacy) message['tool_calls'] = [...list(message['tool_calls']), entry];
      else if (entry) message['function_call'] = entry['function'];
    }
    for (const block of reply.blocks) this.#account(block, message);
    const { reason = 'other', stop } = reply.finish ?? {};
    const choice = { index: 0, message, logprobs: null, finish_reason: this.#reason(reason, stop) };
    const body: Json = { ...this.#facts('chat.completion'), choices: [choice] };
    if (reply.usage) body['usage'] = usageBody(reply.usage, this.notes);
    return body;
  }

  #facts(object: string) {
    return { id: `chatcmpl-${this.#made.id}`, object, created: this.#made.at, model: this.#to.model };
  }

  /** A message is one thought, one text and its calls, in this order: what stood otherwise is announced. */
  #order(block: BlockStart | Block): void {
    if (block.kind === 'reasoning' && this.#thoughts++ === 1) {
      this.notes.push({ path: 'answer.reasoning', action: 'changed', why: `${NAME} joins all thoughts of a message` });
    } else if (block.kind === 'text' && this.#hasCalled) {
      this.notes.push({ path: 'answer.text', action: 'changed', why: `${NAME} has all text before the calls` });
    } else if (block.kind === 'tool-call') this.#hasCalled = true;
  }

  /** What of a whole block has no field of its own. */
  #account(block: Block, message: Json): void {
    this.#order(block);
    if (block.kind === 'opaque') Object.assign(message, this.#opaque(block));
    else this.#rest(block.rest);
  }

  #rest(rest: Rest | undefined): void {
    noteRest(rest, 'answer', `${NAME} answers have no place for it`, this.notes);
  }

  #opaque({ dialect, label, raw }: Pick<OpaqueBlock, 'dialect' | 'label' | 'raw'>): Json {
    if (dialect === NAME && label === 'images') return { images: raw };
    this.notes.push({ path: `answer.${label}`, action: 'dropped', why: `it is known to ${dialect} only` });
    return {};
  }

  /** One chunk; the first names the role. */
  #chunk(delta: Json, finish: string | null = null): string {
    const said = this.#hasRole ? delta : { role: 'assistant', content: null, ...delta };
    this.#hasRole = true;
    return `data: ${this.#head}[{"index":0,"delta":${JSON.stringify(said)},"finish_reason":${JSON.stringify(finish)}}]${this.#tail}\n\n`;
  }

  #delta(text: string): string {
    const block = this.#block;
    if (block?.kind === 'text') {
      if (!block.refusal) return this.#chunk({ content: text });
      this.#refused = true;
      return this.#chunk({ refusal: text });
    }
    if (block?.kind === 'reasoning') {
      this.#thought += text.length;
      return this.#chunk({ reasoning_content: text });
    }
    this.#arguments.push(text);
    return '';
  }

  #end({ seal, rest, raw }: Extract<Part, { type: 'block-end' }>): string {
    const block = this.#block;
    this.#block = undefined;
    this.#rest(rest);
    if (block?.kind === 'reasoning' && seal) {
      const details = seal.by === NAME ? seal.raw : [envelope(seal, this.#envelopes++, this.#from, this.#thought)];
      return this.#chunk({ reasoning_details: details });
    }
    if (block?.kind === 'opaque') {
      const fields = this.#opaque({ ...block, raw: raw ?? block.raw });
      return Object.keys(fields).length ? this.#chunk(fields) : '';
    }
    return block?.kind === 'tool-call' ? this.#callChunks({ ...block, arguments: this.#arguments.join(''), seal }) : '';
  }

  /** A call as its entry in the message; undefined for a second one to a client that takes one. */
  #call(call: ToolCallBlock): Json | undefined {
    const tool = declared(this.#to, call.name);
    const name = tool?.name ?? call.name;
    const isText = call.input === 'text' || tool?.kind === 'text';
    if (this.#isLegacy && this.#calls++ > 0) {
      this.notes.push({ path: `answer.${name}`, action: 'dropped', why: 'a client of "functions" takes one call only' });
      return undefined;
    }
    const entry: Json = { id: call.id, type: isText ? 'custom' : 'function' };
    if (isText) entry['custom'] = { name, input: call.input === 'json' ? unwrapText(call.arguments) : call.arguments };
    else entry['function'] = { name, arguments: call.arguments };
    if (call.seal) entry[CALL_SEAL] = callSeal(call.seal);
    return entry;
  }

  /** A call's first chunk names it, the second brings its arguments: in one chunk some clients read them twice or not at all. */
  #callChunks(call: ToolCallBlock): string {
    const entry = this.#call(call);
    if (!entry) return '';
    if (this.#isLegacy) return this.#chunk({ function_call: entry['function'] });
    const index = this.#calls++;
    const key = entry['custom'] ? 'custom' : 'function';
    const field = key === 'custom' ? 'input' : 'arguments';
    const body = entry[key] as Json;
    const text = body[field];
    const first = this.#chunk({ tool_calls: [{ index, ...entry, [key]: { ...body, [field]: '' } }] });
    return text === '' ? first : first + this.#chunk({ tool_calls: [{ index, [key]: { [field]: text } }] });
  }

  #reason(reason: FinishReason, stop: string | undefined): string {
    if (stop !== undefined)
      this.notes.push({ path: 'finish.stop', action: 'dropped', why: `${NAME} does not say which stop_sequence matched` });
    if (reason === 'tool-calls' && this.#isLegacy) return 'function_call';
    if (reason === 'refusal' && this.#refused) return 'stop';
    const wire = REASONS[reason];
    if (reason === 'refusal' || reason === 'pause' || reason === 'other')
      this.notes.push({ path: 'finish.reason', action: 'changed', why: `${NAME} knows no "${reason}"; sent as ${wire}` });
    return wire;
  }

  #finish({ reason, stop }: Extract<Part, { type: 'finish' }>): string {
    const silent = this.#hasRole ? '' : this.#chunk({ content: '' });
    const last = silent + this.#chunk({}, this.#reason(reason, stop));
    if (!this.#to.streamUsage || !this.#usage) return last;
    return `${last}data: ${this.#head}[],"usage":${JSON.stringify(usageBody(this.#usage, this.notes))}}\n\n`;
  }
}

/** Usage in this dialect's meaning: the prompt with its cached part, the completion with its thoughts. */
function usageBody({ input = 0, output = 0, cacheRead, cacheWrite, cacheWrite1h, reasoning }: Usage, notes: Note[]): Json {
  if (cacheWrite1h) notes.push({ path: 'answer.usage', action: 'dropped', why: `${NAME} counts cache writes of all lifetimes together` });
  const usage: Json = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  if (cacheRead !== undefined || cacheWrite !== undefined) {
    usage['prompt_tokens_details'] = {
      cached_tokens: cacheRead ?? 0,
      ...(cacheWrite === undefined ? {} : { cache_write_tokens: cacheWrite }),
    };
  }
  if (reasoning !== undefined) usage['completion_tokens_details'] = { reasoning_tokens: reasoning };
  return usage;
}
