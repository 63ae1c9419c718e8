import type { LlamaContextSequence, LlamaGrammarEvaluationState, LlamaModel, Token } from 'node-llama-cpp';
import type { AskTool, Sampling } from './ask.ts';
import { type Mark, Scanner } from './scan.ts';
import { grammarForChoice } from './schema-grammar.ts';
import type { CallSyntax, ChatTemplate } from './template.ts';

/** What a generation says while it runs. */
export type Piece =
  | { kind: 'text' | 'thought'; text: string }
  | { kind: 'call'; index: number; name: string }
  | { kind: 'arguments'; index: number; text: string };

/** How it ended, in OpenAI's words, and the tokens it took. */
export interface Outcome {
  finish: 'stop' | 'length' | 'tool_calls';
  promptTokens: number;
  /** Prompt tokens that were still in the sequence from an earlier request. */
  cachedTokens: number;
  completionTokens: number;
  thoughtTokens: number;
}

export interface Job {
  tokens: Token[];
  /** Most tokens to write; never more than what the window has left. */
  maxTokens: number;
  sampling: Sampling;
  marks: Mark[];
  isThinkingFirst: boolean;
  /** A grammar the whole answer must follow, with 'call' marks allowed in it where tools are on offer. */
  grammar: string | undefined;
  tools?: {
    offered: readonly AskTool[];
    grammars: ReadonlyMap<string, string>;
    mustCall: boolean;
    isParallel: boolean;
    syntax: CallSyntax;
  };
}

/** What the loop needs of the loaded model. */
export interface Loom {
  model: LlamaModel;
  template: ChatTemplate;
  grammarState: (grammar: string) => LlamaGrammarEvaluationState;
}

// Between two of these the prompt can be abandoned: small enough to leave at once, large enough to stay fast.
const PROMPT_STEP_TOKENS = 256;
const NO_SHIFT = {
  strategy: () => {
    throw new Error('the window is full'); // a silent cut would answer another question than the one asked
  },
};

type Mode = 'free' | 'name' | 'arguments' | 'after-call';

/**
 * Runs one generation on one sequence, reusing whatever beginning of the prompt the sequence already holds.
 * @param signal stops at the next token; the generator then throws the signal's reason
 */
export async function* generate(sequence: LlamaContextSequence, loom: Loom, job: Job, signal: AbortSignal): AsyncGenerator<Piece, Outcome> {
  const cachedTokens = await readPrompt(sequence, job.tokens, signal);
  return yield* new Run(sequence, loom, job, signal, cachedTokens).write();
}

async function readPrompt(sequence: LlamaContextSequence, tokens: readonly Token[], signal: AbortSignal): Promise<number> {
  await sequence.adaptStateToTokens(tokens.slice(0, -1), false);
  const cached = sequence.nextTokenIndex;
  while (tokens.length - sequence.nextTokenIndex > PROMPT_STEP_TOKENS) {
    signal.throwIfAborted();
    const from = sequence.nextTokenIndex;
    await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(from, from + PROMPT_STEP_TOKENS), { contextShift: NO_SHIFT });
  }
  signal.throwIfAborted();
  return cached;
}

class Run {
  readonly #sequence: LlamaContextSequence;
  readonly #loom: Loom;
  readonly #job: Job;
  readonly #signal: AbortSignal;
  readonly #cachedTokens: number;
  readonly #written: Token[] = [];
  #scanner: Scanner;
  #mode: Mode = 'free';
  #isThinking: boolean;
  /** The line breaks a template puts around thoughts belong to nobody. */
  #isTrimming: boolean;
  #thoughtTokens = 0;
  #calls = 0;
  #spent = 0;
  #name = '';
  #state: LlamaGrammarEvaluationState | undefined;
  #partial: Token[] = [];

  constructor(sequence: LlamaContextSequence, loom: Loom, job: Job, signal: AbortSignal, cachedTokens: number) {
    this.#sequence = sequence;
    this.#loom = loom;
    this.#job = job;
    this.#signal = signal;
    this.#cachedTokens = cachedTokens;
    this.#scanner = new Scanner(job.marks);
    this.#isThinking = job.isThinkingFirst;
    this.#isTrimming = job.isThinkingFirst;
    this.#state = job.grammar === undefined ? undefined : loom.grammarState(job.grammar);
  }

  async *write(): AsyncGenerator<Piece, Outcome> {
    const { sampling, tokens, tools } = this.#job;
    let feed: Token[] = tokens.slice(this.#sequence.nextTokenIndex);
    if (tools?.mustCall) {
      const opening = yield* this.#beginCall(this.#loom.template.tokens(tools.syntax.prefix));
      this.#spent += opening.length;
      feed = [...feed, ...opening];
    }
    const evaluation = this.#sequence.evaluate(feed, {
      ...sampling,
      seed: sampling.seed ?? Math.floor(Math.random() * 2 ** 31),
      yieldEogToken: true,
      contextShift: NO_SHIFT,
      // Thinking comes before the answer and is not bound by its grammar.
      grammarEvaluationState: () => (this.#isThinking ? undefined : this.#state),
      ...(sampling.frequencyPenalty !== 0 || sampling.presencePenalty !== 0
        ? {
            repeatPenalty: {
              punishTokens: () => this.#written,
              penalty: 1,
              frequencyPenalty: sampling.frequencyPenalty,
              presencePenalty: sampling.presencePenalty,
            },
          }
        : {}),
    });
    try {
      let step = await evaluation.next();
      while (step.done !== true) {
        this.#signal.throwIfAborted();
        const next = yield* this.#take(step.value);
        if (typeof next === 'string') return this.#outcome(next);
        this.#spent += next.length;
        if (this.#spent >= this.#job.maxTokens) {
          yield* this.#say(this.#scanner.flush());
          return this.#outcome('length');
        }
        step = await evaluation.next(next);
      }
      return this.#outcome('stop');
    } finally {
      await evaluation.return();
    }
  }

  // Gives the tokens to feed next (the token itself, or others in its place), or how it ended.
  async *#take(token: Token): AsyncGenerator<Piece, Token[] | Outcome['finish']> {
    if (this.#loom.model.isEogToken(token)) return yield* this.#takeEnd();
    this.#written.push(token);
    if (this.#isThinking) this.#thoughtTokens++;
    const text = this.#decode(token);
    if (this.#mode === 'name') this.#name += text;
    else if (this.#mode === 'arguments') {
      if (text !== '') yield { kind: 'arguments', index: this.#calls - 1, text };
    } else return yield* this.#takeText(token, text);
    return [token];
  }

  async *#takeEnd(): AsyncGenerator<Piece, Token[] | Outcome['finish']> {
    const { tools } = this.#job;
    if (this.#mode === 'name') return yield* this.#beginArguments();
    if (this.#mode === 'arguments' && tools !== undefined) {
      if (!tools.isParallel || tools.syntax.betweenCalls === null) return 'tool_calls';
      this.#mode = 'after-call';
      this.#state = undefined;
      // Only another call is of interest now; prose behind a call would reach nobody.
      this.#scanner = new Scanner([
        ...this.#job.marks.filter((mark) => mark.kind === 'stop'),
        { text: tools.syntax.nextTrigger, kind: 'call' },
      ]);
      return this.#loom.template.tokens(tools.syntax.suffix(this.#name));
    }
    if (this.#calls === 0) yield* this.#say(this.#scanner.flush());
    return this.#calls > 0 ? 'tool_calls' : 'stop';
  }

  async *#takeText(token: Token, text: string): AsyncGenerator<Piece, Token[] | Outcome['finish']> {
    let rest = text;
    while (true) {
      const scanned = this.#scanner.push(rest);
      if (this.#mode === 'after-call') {
        if (scanned.text.trim() !== '') return 'tool_calls';
      } else yield* this.#say(scanned.text);
      if (scanned.hit === undefined) return [token];
      const { mark, rest: after } = scanned.hit;
      if (mark.kind === 'stop') return this.#calls > 0 ? 'tool_calls' : 'stop';
      if (mark.kind === 'call' && this.#job.tools !== undefined) {
        const before = text.slice(0, text.length - after.length);
        return yield* this.#beginCall(this.#restOfPrefix(before, mark));
      }
      this.#isThinking = mark.kind === 'think-open';
      this.#isTrimming = true;
      rest = after;
    }
  }

  // The model wrote the beginning of a call's prefix, perhaps with more behind it in the same token: that more is
  // dropped and the prefix completed, so what follows is always exactly what the model was trained to see.
  #restOfPrefix(before: string, mark: Mark): Token[] {
    const { syntax } = this.#job.tools as NonNullable<Job['tools']>;
    const whole = (this.#calls > 0 && syntax.betweenCalls !== null ? syntax.betweenCalls : syntax.prefix).toString();
    const at = whole.indexOf(mark.text);
    const missing = at < 0 ? '' : whole.slice(at + mark.text.length);
    return this.#loom.model.tokenize(before + missing, true, 'trimLeadingSpace');
  }

  async *#beginCall(feed: Token[]): AsyncGenerator<Piece, Token[]> {
    const { offered } = this.#job.tools as NonNullable<Job['tools']>;
    this.#name = '';
    this.#partial = [];
    this.#isThinking = false;
    if (offered.length === 1) {
      this.#name = (offered[0] as AskTool).name;
      return [...feed, ...this.#loom.model.tokenize(this.#name, false, 'trimLeadingSpace'), ...(yield* this.#beginArguments())];
    }
    this.#mode = 'name';
    this.#state = this.#loom.grammarState(grammarForChoice(offered.map((tool) => tool.name)));
    return feed;
  }

  async *#beginArguments(): AsyncGenerator<Piece, Token[]> {
    const { syntax, grammars } = this.#job.tools as NonNullable<Job['tools']>;
    this.#mode = 'arguments';
    this.#partial = [];
    this.#state = this.#loom.grammarState(grammars.get(this.#name) as string);
    yield { kind: 'call', index: this.#calls++, name: this.#name };
    return this.#loom.template.tokens(syntax.beforeArguments(this.#name));
  }

  *#say(text: string): Generator<Piece> {
    const shown = this.#isTrimming ? text.trimStart() : text;
    if (shown === '') return;
    this.#isTrimming = false;
    yield { kind: this.#isThinking ? 'thought' : 'text', text: shown };
  }

  // A character may be spread over several tokens; they are held until it is whole.
  #decode(token: Token): string {
    const { model } = this.#loom;
    if (model.isSpecialToken(token)) {
      const text = model.detokenize([token], true);
      return this.#job.marks.some((mark) => mark.text.includes(text)) ? text : '';
    }
    this.#partial.push(token);
    const before = this.#written.slice(0, -this.#partial.length).slice(-8);
    const text = model.detokenize(this.#partial, false, before);
    if (text.endsWith('\uFFFD') && this.#partial.length < 5) return '';
    this.#partial = [];
    return text;
  }

  #outcome(finish: Outcome['finish']): Outcome {
    return {
      finish,
      promptTokens: this.#job.tokens.length,
      cachedTokens: this.#cachedTokens,
      completionTokens: this.#spent + (finish === 'length' ? 0 : 1),
      thoughtTokens: this.#thoughtTokens,
    };
  }
}
