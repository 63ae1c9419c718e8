import type { Part } from '../protocol/part.ts';
import type { Usage } from '../protocol/usage.ts';
import type { Measurement, Spread } from './measured.ts';

/** One question to the model that is measured. */
export interface Question {
  text: string;
  /** Most tokens to write. */
  maxTokens: number;
}

export interface MeasureParts {
  /** Streams an answer. */
  ask(question: Question, signal: AbortSignal): AsyncIterable<Part>;
  /** Milliseconds, monotonic. */
  now(): number;
  /** 0 to below 1, for prompts that no cache has seen. */
  random(): number;
  signal: AbortSignal;
  /** Told of each step before it is made. */
  told?(step: string, share: number): void;
}

export interface MeasureOptions {
  /** Lengths of prompts, in tokens, about. */
  prompts: readonly number[];
  /** How many at the same time. */
  parallel: readonly number[];
  /** Tokens of an answer. */
  output: number;
  rounds: number;
  /** Tokens that the model takes, prompt and answer together. */
  window?: number;
}

/** How one question went. */
interface Heard {
  firstTokenMs: number;
  /** From the first token to the last. */
  writingMs: number;
  input: number;
  output: number;
  estimated: boolean;
}

/** What was found, without where and when. */
export type Found = Pick<Measurement, 'prefill' | 'load' | 'estimated' | 'notes'>;

/** Letters a token, before the first answer has told: English in the vocabularies of large models. */
const LETTERS = 4;
/** A prompt for answers under load, in tokens: a question with a little code. */
const USUAL = 256;

const WORDS = 'the of and to in is you that it he was for on are as with his they at be this have from or one had by word but not'.split(
  ' ',
);

/**
 * Measures how fast a model reads and writes. Prompts begin with letters of chance, so that no prompt cache helps. Reading is the prompt's
 * tokens over the time to the first token; writing what comes behind it. Figures of several rounds are given by their median.
 * @throws GatewayError when the model refuses, Error when it writes nothing
 */
export async function measure(parts: MeasureParts, options: MeasureOptions): Promise<Found> {
  const { prompts, parallel, output, rounds, window = Number.POSITIVE_INFINITY } = options;
  const notes: string[] = [];
  const { told = () => {} } = parts;
  const lengths = [...prompts].sort((a, b) => a - b).filter((tokens) => tokens + output <= window);
  const left = prompts.filter((tokens) => !lengths.includes(tokens));
  if (left.length)
    notes.push(`Prompts of ${left.join(', ')} tokens were left out: with the answer they do not fit into the window of ${window}.`);
  const usual = Math.min(USUAL, Math.max(16, Math.floor((window - output) / 2)));
  const steps = 1 + lengths.length * rounds + parallel.length * rounds;
  let step = 0;
  const next = (name: string) => told(name, step++ / steps);

  next('warming up');
  const first = await hear(parts, { text: textOf(parts, Math.min(usual, 64), LETTERS), maxTokens: Math.min(8, output) });
  const letters = Math.max(1, (Math.min(usual, 64) * LETTERS) / Math.max(1, first.input));
  let isEstimated = first.estimated;

  const prefill: Found['prefill'] = [];
  for (const tokens of lengths) {
    const heard: Heard[] = [];
    for (let round = 0; round < rounds; round++) {
      next(`reading ${tokens} tokens`);
      // One token to write would do, but some servers send none at all then.
      heard.push(await hear(parts, { text: textOf(parts, tokens, letters), maxTokens: Math.min(4, output) }));
    }
    isEstimated ||= heard.some(({ estimated }) => estimated);
    prefill.push({
      prompt_tokens: Math.round(middle(heard.map(({ input }) => input))),
      per_second: spreadOf(heard.map(({ input, firstTokenMs }) => (1000 * input) / firstTokenMs)),
      first_token_ms: spreadOf(heard.map(({ firstTokenMs }) => firstTokenMs)),
    });
  }

  const load: Found['load'] = [];
  for (const many of parallel) {
    const all: { wall: number; heard: Heard[] }[] = [];
    for (let round = 0; round < rounds; round++) {
      next(`${many} at the same time`);
      const began = parts.now();
      const questions = Array.from({ length: many }, () => ({ text: textOf(parts, usual, letters), maxTokens: output }));
      const heard = await Promise.all(questions.map((question) => hear(parts, question)));
      all.push({ wall: (parts.now() - began) / 1000, heard });
    }
    const each = all.flatMap(({ heard }) => heard);
    isEstimated ||= each.some(({ estimated }) => estimated);
    const sum = (heard: readonly Heard[], of: 'input' | 'output') => heard.reduce((total, one) => total + one[of], 0);
    load.push({
      parallel: many,
      prompt_tokens: Math.round(middle(each.map(({ input }) => input))),
      output_per_second: spreadOf(all.map(({ wall, heard }) => sum(heard, 'output') / wall)),
      each_per_second: spreadOf(each.flatMap(({ output: wrote, writingMs }) => (writingMs > 0 ? (1000 * (wrote - 1)) / writingMs : []))),
      first_token_ms: spreadOf(each.map(({ firstTokenMs }) => firstTokenMs)),
      total_per_second: spreadOf(all.map(({ wall, heard }) => (sum(heard, 'input') + sum(heard, 'output')) / wall)),
    });
    const short = middle(each.map((one) => one.output));
    if (short < output / 2)
      notes.push(
        `Answers to ${many} at the same time ended after about ${Math.round(short)} of ${output} tokens, so starting weighs more than it would.`,
      );
  }
  if (isEstimated) notes.push('The server reported no tokens; they were estimated from the text.');
  return { prefill, load, estimated: isEstimated, notes };
}

async function hear({ ask, now, signal }: MeasureParts, question: Question): Promise<Heard> {
  const began = now();
  let first: number | undefined;
  let last = began;
  let usage: Usage = {};
  let pieces = 0;
  for await (const part of ask(question, signal)) {
    if (part.type === 'fault') throw part.error;
    if (part.type === 'usage') usage = { ...usage, ...part.usage };
    if (part.type !== 'block-delta' || part.text === '') continue;
    last = now();
    first ??= last;
    pieces++;
  }
  if (first === undefined)
    throw new Error('the model wrote nothing, so there is nothing to measure; try another model, or a longer --output');
  const estimated = usage.estimated === true || usage.input === undefined || usage.output === undefined;
  const input = usage.input ?? Math.ceil(question.text.length / LETTERS);
  return { firstTokenMs: first - began, writingMs: last - first, input, output: usage.output ?? pieces, estimated };
}

/** Words of chance, about as many tokens long, that ask for a long answer. */
function textOf({ random }: MeasureParts, tokens: number, letters: number): string {
  const words = [Math.floor(random() * 2 ** 32).toString(36)];
  const ask = 'Go on with this for as long as you can:';
  let length = words[0]!.length + ask.length + 1;
  while (length < tokens * letters) {
    const word = WORDS[Math.floor(random() * WORDS.length)]!;
    words.push(word);
    length += word.length + 1;
  }
  return `${words[0]} ${ask} ${words.slice(1).join(' ')}`;
}

/** Of no values all are 0. */
function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) return { median: 0, low: 0, high: 0 };
  return { median: round(middle(values)), low: round(Math.min(...values)), high: round(Math.max(...values)) };
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
