import type { Frame, Hearing } from '../../protocol/dialect.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { isSilent, type Json, list, object, said } from '../../protocol/json.ts';
import type { Part } from '../../protocol/part.ts';
import { errorIn, inBand } from './errors.ts';
import { Blocks } from './hear-blocks.ts';
import { Calls } from './hear-calls.ts';
import { type Stop, stopOf, usageOf } from './hear-finish.ts';
import { Thoughts } from './hear-thoughts.ts';
import { textOfThinking } from './seals.ts';
import { NAME, placeIn } from './shapes.ts';

/**
 * Reads one Chat Completions answer, streamed (`chat.completion.chunk`) or whole (`chat.completion`): a whole message is taken as one
 * big delta. Only choice 0 is read. The terminal sign is a finish reason, held back until `[DONE]` or the end, because usage follows it;
 * `[DONE]` alone says that a server is done, not that the model is.
 */
export function hear(): Hearing {
  return new ChatHearing();
}

class ChatHearing implements Hearing {
  readonly #blocks = new Blocks();
  readonly #calls = new Calls(this.#blocks);
  readonly #thoughts = new Thoughts();
  #open: { kind: 'text' | 'refusal' | 'reasoning'; index: number } | undefined;
  /** White space that may be the start of a text, or just what an engine writes between thought and call. */
  #blank = '';
  #refused = false;
  /** The answer is a completion: its choices hold bare text, which may be empty. */
  #isBare = false;
  #annotations: unknown[] = [];
  #started = false;
  #stop: Stop | undefined;
  #over = false;

  get holdsCall(): boolean {
    return this.#calls.holds;
  }

  frame(frame: Frame): Part[] {
    if (this.#over) return [];
    const data = frame.data.trim();
    if (data === '[DONE]') return this.end();
    if (data === '') return [];
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      return this.#fault(
        frame.event === 'error' ? inBand(data) : new GatewayError('malformed', 'the upstream sent an event that is not JSON'),
      );
    }
    const chunk = object(value);
    if (value === null) return [];
    if (!chunk) return this.#fault(new GatewayError('malformed', 'the upstream sent an event that is not a JSON object'));
    return this.#read(chunk, frame.event === 'error');
  }

  end(): Part[] {
    if (this.#over) return [];
    if (!this.#stop) return this.#fault(new GatewayError('truncated', 'the upstream ended the stream without a finish reason'));
    return this.#finish(this.#stop);
  }

  whole(body: unknown): Part[] {
    const answer = object(body);
    const choice = answer && zeroth(answer);
    const hasAnswer = choice && (object(choice['message']) ?? object(choice['delta']) ?? said(choice['finish_reason']) ?? choice['text']);
    if (!answer || (isSilent(hasAnswer ?? null) && errorIn(answer) === undefined)) {
      return this.#fault(new GatewayError('malformed', 'the upstream answered without a message'));
    }
    const parts = this.#read(answer, false, true);
    if (this.#over) return parts;
    // A whole body is complete by its framing, so a missing reason is no truncation.
    return parts.concat(this.#finish(this.#stop ?? { reason: 'stop' }));
  }

  #read(chunk: Json, isError: boolean, isWhole = false): Part[] {
    const choice = zeroth(chunk);
    const usage = usageOf(chunk['usage']) ?? usageOf(choice?.['usage']);
    const error = isError ? chunk : errorIn(chunk);
    const id = said(chunk['id']);
    const model = said(chunk['model']);
    if ((id ?? model) !== undefined && error === undefined) this.#start(id, model);
    if (usage) this.#blocks.push({ type: 'usage', usage });
    if (error !== undefined) return this.#fault(inBand(error));
    if (!choice) return this.#blocks.take();
    // A whole message behind the deltas repeats them.
    const delta = object(choice['delta']) ?? (this.#blocks.any ? undefined : object(choice['message']));
    if (delta) this.#delta(delta, isWhole);
    else if (typeof choice['text'] === 'string') {
      this.#isBare = true;
      this.#text(choice['text']);
    }
    const broken = errorIn(choice);
    if (broken !== undefined) return this.#fault(inBand(broken));
    this.#stop = stopOf(choice) ?? this.#stop;
    if (this.#stop?.failure) {
      return this.#fault(new GatewayError(this.#stop.failure, `the provider broke the answer off (finish reason "${this.#stop.raw}")`));
    }
    return this.#blocks.take();
  }

  #delta(delta: Json, isWhole: boolean): void {
    const hasSeal = this.#thoughts.gather(delta);
    const thought = this.#thoughts.text(delta);
    if (thought || (hasSeal && this.#open?.kind !== 'reasoning')) this.#say('reasoning', thought);
    const { content } = delta;
    if (typeof content === 'string') this.#text(content);
    else for (const part of list(content)) this.#part(part);
    const refusal = said(delta['refusal']);
    if (refusal) {
      this.#refused = true;
      this.#say('refusal', refusal);
    }
    this.#annotations.push(...list(delta['annotations']));
    if (list(delta['images']).length) this.#opaque('images', delta['images']);
    list(delta['tool_calls']).forEach((value, place) => {
      const entry = object(value);
      if (!entry) return;
      this.#beforeCall();
      this.#calls.push(entry, isWhole ? place : undefined);
    });
    const legacy = object(delta['function_call']);
    if (!legacy) return;
    this.#beforeCall();
    this.#calls.pushLegacy(legacy);
  }

  #beforeCall(): void {
    this.#close();
    this.#blank = '';
    this.#start();
  }

  /** A part of content given as a list. */
  #part(value: unknown): void {
    const part = object(value);
    if (typeof value === 'string') this.#text(value);
    else if (!part) return;
    else if (typeof part['text'] === 'string') this.#text(part['text']);
    else if (part['type'] === 'thinking') this.#say('reasoning', textOfThinking(part['thinking']));
    else this.#opaque(said(part['type']) ?? 'content', part);
  }

  /** Text of the answer. White space alone waits for what follows it and goes when that is a call. */
  #text(text: string): void {
    if (text === '') return;
    if (this.#open?.kind !== 'text' && text.trim() === '') {
      this.#blank += text;
      return;
    }
    this.#say('text', this.#blank + text);
    this.#blank = '';
  }

  #say(kind: 'text' | 'refusal' | 'reasoning', text: string): void {
    if (this.#open?.kind !== kind) {
      this.#close();
      this.#start();
      const index = this.#blocks.start(kind === 'refusal' ? { kind: 'text', refusal: true } : { kind });
      this.#open = { kind, index };
    }
    this.#blocks.delta(this.#open.index, text);
  }

  #opaque(label: string, raw: unknown): void {
    this.#close();
    this.#start();
    this.#blocks.end(this.#blocks.start({ kind: 'opaque', dialect: NAME, label, raw }));
  }

  /** Ends the text or thought that is open. */
  #close(): void {
    if (!this.#open) return;
    const { kind, index } = this.#open;
    this.#open = undefined;
    if (kind === 'reasoning') this.#blocks.end(index, { seal: this.#thoughts.take() });
    else if (kind === 'text' && this.#annotations.length) {
      this.#blocks.end(index, { rest: { annotations: this.#annotations } });
      this.#annotations = [];
    } else this.#blocks.end(index);
  }

  #start(id?: string, model?: string): void {
    if (this.#started) return;
    this.#started = true;
    this.#blocks.push({ type: 'start', id, model });
  }

  #finish({ reason, raw, stop }: Pick<Stop, 'reason' | 'stop'> & { raw?: string }): Part[] {
    if ((this.#blank || (this.#isBare && !this.#blocks.any)) && !this.#calls.any) this.#say('text', this.#blank);
    this.#close();
    const isCut = reason === 'length' || reason === 'filter';
    if (!this.#calls.close(isCut)) return this.#fault(new GatewayError('malformed', 'the model called a tool without naming it'));
    this.#over = true;
    this.#start();
    this.#blocks.push({ type: 'finish', reason: reason === 'stop' && this.#refused ? 'refusal' : reason, raw, stop });
    return this.#blocks.take();
  }

  #fault(error: GatewayError): Part[] {
    this.#over = true;
    this.#blocks.push({ type: 'fault', error });
    return this.#blocks.take();
  }
}

/** Choice 0 of a chunk or an answer; an index that is missing is 0. */
function zeroth(chunk: Json): Json | undefined {
  for (const value of list(chunk['choices'])) {
    const choice = object(value);
    if (choice && (placeIn(choice) ?? 0) === 0) return choice;
  }
  return undefined;
}
