import type { Seal } from '../../protocol/block.ts';
import type { Made } from '../../protocol/dialect.ts';
import { type Json, list, object, stringIn } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { BlockStart, Part } from '../../protocol/part.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Rest } from '../../protocol/rest.ts';
import { wrapSeal } from '../../protocol/seal.ts';
import { declared, isJsonObject, unwrapText } from '../../protocol/tools.ts';
import { sseFrame } from '../../wire/sse.ts';
import { CALL_SEAL, NAME } from './shapes.ts';

export type ItemStatus = 'completed' | 'incomplete';

/** Where an event belongs: the fields all events of an item or of its part carry. */
interface Place {
  item_id: string;
  output_index: number;
}

interface Message {
  place: Place;
  content: Json[];
  phase?: string;
}

/** The block being written. */
interface Writing {
  start: BlockStart;
  pieces: string[];
  /** Absent for blocks that are written when they end. */
  place?: Place;
  /** A delta's frame around its number and its text. */
  frame?: [head: string, middle: string, tail: string];
}

/**
 * Writes blocks as output items: the full event sequence as the official SDK demands it, each item complete in its `output_item.done`,
 * and the same items in `output` for the final response. Neighbouring texts are the parts of one message.
 */
export class AnswerItems {
  readonly #to: Prompt;
  readonly #made: Made;
  readonly #notes: Note[];
  readonly output: Json[] = [];
  /** Only `output` is wanted: no event is written. */
  muted = false;
  /** A refusal was written in a part of its own. */
  refused = false;
  #number = 0;
  #index = 0;
  #message: Message | undefined;
  #writing: Writing | undefined;

  constructor(to: Prompt, made: Made, notes: Note[]) {
    this.#to = to;
    this.#made = made;
    this.#notes = notes;
  }

  event(type: string, fields: Json): string {
    return this.muted ? '' : sseFrame(JSON.stringify({ type, sequence_number: this.#number++, ...fields }), type);
  }

  start({ block }: Extract<Part, { type: 'block-start' }>): string {
    this.#writing = { start: block, pieces: [] };
    if (block.kind === 'text') return this.#startText(this.#writing, block.refusal === true);
    const closing = this.close('completed');
    if (block.kind !== 'reasoning') return closing;
    const place = this.#place('rs');
    this.#writing.place = place;
    this.#writing.frame = frameOf('response.reasoning_summary_text.delta', { ...place, summary_index: 0 });
    return closing + this.#added(place, { id: place.item_id, type: 'reasoning', summary: [] });
  }

  delta(text: string): string {
    const writing = this.#writing;
    if (!writing) return '';
    const isFirst = writing.pieces.push(text) === 1;
    if (this.muted || !writing.frame) return '';
    const opening =
      isFirst && writing.start.kind === 'reasoning'
        ? this.event('response.reasoning_summary_part.added', {
            ...writing.place,
            summary_index: 0,
            part: { type: 'summary_text', text: '' },
          })
        : '';
    const [head, middle, tail] = writing.frame;
    return `${opening}${head}${this.#number++}${middle}${JSON.stringify(text)}${tail}`;
  }

  end(part: Extract<Part, { type: 'block-end' }>): string {
    const writing = this.#writing;
    this.#writing = undefined;
    if (!writing) return '';
    const text = writing.pieces.join('');
    switch (writing.start.kind) {
      case 'text':
        return this.#endText(writing.start.refusal === true, text, part.rest);
      case 'reasoning':
        return this.#endReasoning(writing.place as Place, text, part.seal);
      case 'tool-call':
        this.#drop(part.rest);
        return this.#call(writing.start, text, part.seal);
      case 'opaque':
        return this.#opaque(writing.start, part.raw ?? writing.start.raw);
    }
  }

  /** Completes the open message. */
  close(status: ItemStatus): string {
    const message = this.#message;
    if (!message) return '';
    this.#message = undefined;
    const { place, content, phase } = message;
    return this.#done(place, { id: place.item_id, type: 'message', status, role: 'assistant', content, ...(phase && { phase }) });
  }

  #place(prefix: string): Place {
    const index = this.#index++;
    return { item_id: `${prefix}_${this.#made.id}_${index}`, output_index: index };
  }

  #added({ output_index }: Place, item: Json): string {
    return this.event('response.output_item.added', { output_index, item });
  }

  #done({ output_index }: Place, item: Json): string {
    this.output.push(item);
    return this.event('response.output_item.done', { output_index, item });
  }

  #startText(writing: Writing, refusal: boolean): string {
    let opening = '';
    if (refusal) this.refused = true;
    if (!this.#message) {
      const place = this.#place('msg');
      this.#message = { place, content: [] };
      opening = this.#added(place, { id: place.item_id, type: 'message', status: 'in_progress', role: 'assistant', content: [] });
    }
    const place = { ...this.#message.place, content_index: this.#message.content.length };
    writing.place = place;
    writing.frame = refusal ? frameOf('response.refusal.delta', place) : frameOf('response.output_text.delta', place, ',"logprobs":[]');
    return (
      opening +
      this.event('response.content_part.added', { ...place, part: refusal ? { type: 'refusal', refusal: '' } : textPart('', [], []) })
    );
  }

  #endText(refusal: boolean, text: string, rest: Rest | undefined): string {
    const message = this.#message as Message;
    const place = { ...message.place, content_index: message.content.length };
    const { annotations, logprobs, phase, ...others } = rest ?? {};
    const known = list(annotations).filter(isAnnotation);
    if (annotations !== undefined && known.length === 0) this.#drop({ annotations });
    this.#drop(others);
    const part = refusal ? { type: 'refusal', refusal: text } : textPart(text, known, [...list(logprobs)]);
    message.content.push(part);
    let written = '';
    if (refusal) written = this.event('response.refusal.done', { ...place, refusal: text });
    else {
      known.forEach((annotation, at) => {
        written += this.event('response.output_text.annotation.added', { ...place, annotation_index: at, annotation });
      });
      written += this.event('response.output_text.done', { ...place, text, logprobs: list(logprobs) });
    }
    written += this.event('response.content_part.done', { ...place, part });
    if (typeof phase !== 'string') return written;
    // A message has one phase, so one that has its own ends here.
    message.phase = phase;
    return written + this.close('completed');
  }

  #endReasoning(place: Place, text: string, seal: Seal | undefined): string {
    const part = { type: 'summary_text', text };
    let written = '';
    if (text) {
      written += this.event('response.reasoning_summary_text.done', { ...place, summary_index: 0, text });
      written += this.event('response.reasoning_summary_part.done', { ...place, summary_index: 0, part });
    }
    const sealed = seal && { encrypted_content: sealText(seal, place.item_id) };
    return written + this.#done(place, { id: place.item_id, type: 'reasoning', summary: text ? [part] : [], ...sealed });
  }

  /** A call as the client declared its tool: under its own name and namespace, and with raw text where it is a custom tool. */
  #call(start: Extract<BlockStart, { kind: 'tool-call' }>, text: string, seal: Seal | undefined): string {
    const tool = start.namespace
      ? this.#to.tools.find((tool) => tool.kind !== 'opaque' && tool.name === start.name && tool.namespace === start.namespace)
      : declared(this.#to, start.name);
    const isText = tool ? tool.kind === 'text' : start.input === 'text';
    const { name, namespace } = tool && tool.kind !== 'opaque' ? tool : start;
    const called = { call_id: start.id, name, ...(namespace && { namespace }) };
    const sealed = seal ? this.#callSeal(start.id, seal) : '';
    const place = this.#place(isText ? 'ctc' : 'fc');
    if (isText) {
      const input = start.input === 'text' ? text : unwrapText(text);
      const item = { id: place.item_id, type: 'custom_tool_call', status: 'in_progress', ...called, input: '' };
      return (
        sealed +
        this.#added(place, item) +
        (input ? this.event('response.custom_tool_call_input.delta', { ...place, delta: input }) : '') +
        this.event('response.custom_tool_call_input.done', { ...place, input }) +
        this.#done(place, { ...item, status: 'completed', input })
      );
    }
    const item = { id: place.item_id, type: 'function_call', status: 'in_progress', ...called, arguments: '' };
    // The model ran out of tokens within the call.
    const status = isJsonObject(text) && text !== '' ? 'completed' : 'incomplete';
    return (
      sealed +
      this.#added(place, item) +
      (text ? this.event('response.function_call_arguments.delta', { ...place, delta: text }) : '') +
      this.event('response.function_call_arguments.done', { ...place, name, arguments: text }) +
      this.#done(place, { ...item, status, arguments: text })
    );
  }

  #callSeal(id: string, seal: Seal): string {
    const place = this.#place('rs');
    const item = { id: place.item_id, type: 'reasoning', summary: [] };
    return this.#added(place, item) + this.#done(place, { ...item, encrypted_content: wrapSeal({ by: CALL_SEAL, raw: { id, seal } }) });
  }

  #opaque(start: Extract<BlockStart, { kind: 'opaque' }>, raw: unknown): string {
    const item = start.dialect === NAME ? object(raw) : undefined;
    if (!item) {
      this.#note(start.label, `${start.label} is known to ${start.dialect} only`);
      return '';
    }
    const place = { item_id: stringIn(item.id) ?? '', output_index: this.#index++ };
    return this.#added(place, item) + this.#done(place, item);
  }

  #drop(rest: Rest | undefined): void {
    for (const key in rest) if (rest[key] !== null && rest[key] !== undefined) this.#note(key, `${NAME} has no place for it`);
  }

  #note(path: string, why: string): void {
    if (!this.#notes.some((note) => note.path === path)) this.#notes.push({ path, action: 'dropped', why });
  }
}

/** The constant bytes of a delta's frame, written once a block: a long answer has thousands of deltas. */
function frameOf(type: string, place: Json | Place, tail = ''): [string, string, string] {
  const fields = JSON.stringify(place).slice(1, -1);
  return [`event: ${type}\ndata: {"type":"${type}","sequence_number":`, `,${fields},"delta":`, `${tail}}\n\n`];
}

function textPart(text: string, annotations: unknown[], logprobs: unknown[]): Json {
  return { type: 'output_text', annotations, logprobs, text };
}

/** The annotations of this dialect name their type and are flat; the similar ones of others nest. */
function isAnnotation(value: unknown): boolean {
  const annotation = object(value);
  return typeof annotation?.type === 'string' && object(annotation[annotation.type]) === undefined;
}

/**
 * A seal as `encrypted_content`. One of this dialect goes as it is only under the id it was made for: the provider checks both together.
 */
function sealText(seal: Seal, id: string): string {
  const own = seal.by === NAME ? object(seal.raw) : undefined;
  return typeof own?.encrypted_content === 'string' && (own.id === undefined || own.id === id) ? own.encrypted_content : wrapSeal(seal);
}
