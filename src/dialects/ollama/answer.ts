import type { Block, OpaqueBlock, ReasoningBlock, ToolCallBlock } from '../../protocol/block.ts';
import type { Answering, Made } from '../../protocol/dialect.ts';
import type { Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { BlockStart, FinishReason, Part } from '../../protocol/part.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Reply } from '../../protocol/reply.ts';
import { noteRest } from '../../protocol/rest.ts';
import { declared, parseObject, wireName, wrapText } from '../../protocol/tools.ts';
import { mergeUsage, type Usage } from '../../protocol/usage.ts';
import { errorLine } from './errors.ts';
import { callSignature, signaturesFor } from './seals.ts';
import { CALL_SIGNATURE, NAME, SIGNATURES } from './shapes.ts';

/**
 * Writes one answer as the server does: lines of which the last says `done`, or one such object. Calls end with `stop` here. Durations are
 * left out, as the server leaves them out where they are zero: nobody here measured them.
 */
export function answer(to: Prompt, made: Made): Answering {
  return new Writer(to, made);
}

const REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'stop',
  filter: 'content_filter',
  refusal: 'refusal',
  pause: 'stop',
  other: 'stop',
};

class Writer implements Answering {
  readonly notes: Note[] = [];
  readonly #to: Prompt;
  /** A client of `/api/generate` reads the text in `response`, beside everything else. */
  readonly #isQuestion: boolean;
  readonly #facts: Json;
  /** The facts as a line begins with them. */
  readonly #head: string;
  #block: BlockStart | undefined;
  #pieces: string[] = [];
  #calls = 0;
  #refused = false;
  /** Characters of thought so far, and at the start of the block. */
  #thought = 0;
  #from = 0;
  #usage: Usage | undefined;

  constructor(to: Prompt, made: Made) {
    this.#to = to;
    this.#isQuestion = to.dialect === NAME && to.form?.['door'] === 'generate';
    this.#facts = { model: to.model, created_at: new Date(made.at * 1000).toISOString() };
    this.#head = JSON.stringify(this.#facts).slice(0, -1);
  }

  part(part: Part): string {
    switch (part.type) {
      case 'start':
        return '';
      case 'block-start':
        this.#block = part.block;
        this.#pieces = [];
        this.#from = this.#thought;
        return '';
      case 'block-delta':
        return this.#delta(part.text);
      case 'block-end':
        return this.#end(part);
      case 'usage':
        this.#usage = mergeUsage(this.#usage, part.usage);
        return '';
      case 'finish':
        return this.#line({}, { done: true, ...this.#last(part, this.#usage) });
      case 'fault':
        return `${JSON.stringify(errorLine(part.error))}\n`;
    }
  }

  /** Nothing stands behind the line that says `done`, or the error. */
  end(): string {
    return '';
  }

  whole(reply: Reply): unknown {
    const message: Json = { content: '' };
    const add = (key: string, entries: readonly unknown[]) => {
      message[key] = [...((message[key] as unknown[] | undefined) ?? []), ...entries];
    };
    for (const block of reply.blocks) {
      if (block.kind === 'text') {
        message['content'] += block.text;
        if (block.refusal) this.#refused = true;
        if (message['tool_calls'])
          this.notes.push({ path: 'answer.text', action: 'changed', why: `${NAME} has all text before the calls` });
      } else if (block.kind === 'reasoning') {
        message['thinking'] = ((message['thinking'] as string | undefined) ?? '') + block.text;
        const signatures = this.#seal(block);
        if (signatures.length) add(SIGNATURES, signatures);
      } else if (block.kind === 'tool-call') {
        const call = this.#call(block);
        if (call) add('tool_calls', [call]);
      } else if (block.kind === 'opaque') Object.assign(message, this.#opaque(block));
      if (block.kind !== 'opaque') this.#rest(block);
    }
    return { ...this.#facts, ...this.#message(message), done: true, ...this.#last(reply.finish ?? { reason: 'other' }, reply.usage) };
  }

  /** A line's own fields. There is always text, be it empty: clients join it without looking. */
  #message(fields: Json): Json {
    if (!this.#isQuestion) return { message: { role: 'assistant', content: '', ...fields } };
    const { content = '', ...others } = fields;
    return { response: content, ...others };
  }

  #line(fields: Json, end: Json = { done: false }): string {
    return `${this.#head},${JSON.stringify({ ...this.#message(fields), ...end }).slice(1)}
`;
  }

  #delta(text: string): string {
    const kind = this.#block?.kind;
    if (kind === 'text') return this.#line({ content: text });
    if (kind === 'reasoning') {
      this.#thought += text.length;
      return this.#line({ thinking: text });
    }
    this.#pieces.push(text);
    return '';
  }

  #end({ seal, rest, raw }: Extract<Part, { type: 'block-end' }>): string {
    const block = this.#block;
    this.#block = undefined;
    if (!block) return '';
    if (block.kind === 'opaque') {
      const fields = this.#opaque({ ...block, raw: raw ?? block.raw });
      return Object.keys(fields).length ? this.#line(fields) : '';
    }
    this.#rest({ rest });
    if (block.kind === 'text' && block.refusal) this.#refused = true;
    if (block.kind === 'reasoning' && seal) return this.#line({ [SIGNATURES]: signaturesFor(seal, this.#from, this.#thought) });
    if (block.kind !== 'tool-call') return '';
    const call = this.#call({ ...block, arguments: this.#pieces.join(''), seal });
    return call ? this.#line({ tool_calls: [call] }) : '';
  }

  /** The signatures of a whole answer's thought. */
  #seal({ text, seal }: ReasoningBlock): readonly unknown[] {
    const from = this.#thought;
    this.#thought += text.length;
    return seal ? signaturesFor(seal, from, this.#thought) : [];
  }

  /** A call as its entry in the message. One that was cut has no object of arguments, and an agent would run what is made up for it. */
  #call(call: Pick<ToolCallBlock, 'id' | 'name' | 'namespace' | 'input' | 'arguments' | 'seal'>): Json | undefined {
    const called = wireName(call);
    const name = (declared(this.#to, call.name) ?? declared(this.#to, called))?.name ?? (call.namespace ? called : call.name);
    const value = parseObject(call.input === 'text' ? wrapText(call.arguments) : call.arguments);
    if (!value || (call.input === 'json' && call.arguments === '')) {
      const why = `the call of ${name} broke off before its arguments were complete; its text is left out`;
      this.notes.push({ path: 'answer.tool_calls', action: 'dropped', why });
      return undefined;
    }
    const entry: Json = { id: call.id, function: { index: this.#calls++, name, arguments: value } };
    if (call.seal) entry[CALL_SIGNATURE] = callSignature(call.seal);
    return entry;
  }

  #opaque({ dialect, label, raw }: Pick<OpaqueBlock, 'dialect' | 'label' | 'raw'>): Json {
    if (dialect === NAME) return { [label]: raw };
    this.notes.push({ path: `answer.${label}`, action: 'dropped', why: `it is known to ${dialect} only` });
    return {};
  }

  #rest({ rest }: Pick<Exclude<Block, OpaqueBlock>, 'rest'>): void {
    noteRest(rest, 'answer', `${NAME} answers have no place for it`, this.notes);
  }

  /** What the last line says beside its message. */
  #last({ reason, stop }: { reason: FinishReason; stop?: string }, usage: Usage | undefined): Json {
    if (stop !== undefined)
      this.notes.push({ path: 'answer.stop_sequence', action: 'dropped', why: `${NAME} does not say which one matched` });
    if (reason === 'pause') this.notes.push({ path: 'answer.pause', action: 'changed', why: `${NAME} knows no pause; sent as a stop` });
    const said = reason === 'stop' && this.#refused ? 'refusal' : reason;
    const fields: Json = { done_reason: REASONS[said] };
    if (usage?.input !== undefined) fields['prompt_eval_count'] = usage.input;
    if (usage?.output !== undefined) fields['eval_count'] = usage.output;
    if (usage?.cacheRead || usage?.cacheWrite || usage?.reasoning)
      this.notes.push({ path: 'answer.usage', action: 'dropped', why: `${NAME} counts cached tokens and thoughts with all others` });
    return fields;
  }
}
