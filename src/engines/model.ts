import { setTimeout as sleep } from 'node:timers/promises';
import type { LlamaContextSequence, LlamaEmbeddingContext, LlamaModel } from 'node-llama-cpp';
import type { AskTool, ChatAsk, CompletionAsk, EmbeddingAsk, Sampling } from './ask.ts';
import { badField, EngineFault } from './fault.ts';
import { planOpening } from './fit.ts';
import { generate, type Job, type Loom, type Outcome, type Piece } from './generate.ts';
import { readGguf } from './gguf.ts';
import { grammarForSchema, literal } from './schema-grammar.ts';
import { Seats } from './seats.ts';
import { ChatTemplate } from './template.ts';
import { threadsHere } from './threads.ts';

type Lib = typeof import('node-llama-cpp');

/** How a model is to be loaded. */
export interface LoadOptions {
  /** Path of the GGUF file. */
  model: string;
  /** Requests answered at once; undefined for what fits the memory. */
  sequences: number | undefined;
  /** Tokens a request and its answer may have together; undefined for what fits the memory. */
  contextTokens: number | undefined;
  /** Requests that may wait for a sequence. */
  queueLength: number;
  /** CPU threads before one is left to the rest of the machine; undefined for all. */
  threads: number | undefined;
  /** 'auto' uses a GPU build where one is installed. */
  gpu: 'auto' | false;
}

/** What a loaded model is and can do. */
export interface ModelFacts {
  contextTokens: number;
  trainContextTokens: number;
  embeddingLength: number;
  architecture: string;
  isChat: boolean;
  canFillMiddle: boolean;
  sequences: number;
  threads: number;
  gpu: string;
  template: string;
}

// On average over a whole window; text has 3 to 5.
const MOST_CHARACTERS_PER_TOKEN = 64;

/** A loaded model with its sequences; answers checked asks as pieces. */
export class EngineModel {
  readonly facts: ModelFacts;
  readonly seats: Seats<LlamaContextSequence>;
  readonly #loom: Loom;
  readonly #model: LlamaModel;
  #embedder: Promise<LlamaEmbeddingContext> | undefined;

  private constructor(loom: Loom, facts: ModelFacts, seats: Seats<LlamaContextSequence>) {
    this.#loom = loom;
    this.#model = loom.model;
    this.facts = facts;
    this.seats = seats;
  }

  /**
   * Loads the weights and opens one context with all its sequences.
   * @param onProgress told the loaded part, 0 to 1
   * @throws whatever llama.cpp says of a file it cannot read
   */
  static async load(lib: Lib, options: LoadOptions, onProgress: (part: number) => void): Promise<EngineModel> {
    const head = await readGguf(options.model);
    const threads = threadsHere(head.fileBytes, options.threads);
    const said: string[] = [];
    const llama = await lib.getLlama({
      build: 'never',
      skipDownload: true,
      gpu: options.gpu,
      maxThreads: threads,
      logLevel: lib.LlamaLogLevel.error,
      logger: (_level, message) => {
        if (said.length < 3) said.push(message.trim());
        process.stderr.write(`${message.trim()}\n`);
      },
    });
    const model = await llama.loadModel({ modelPath: options.model, onLoadProgress: onProgress }).catch(async (error: Error) => {
      await sleep(100); // the library's log comes a moment after its error
      throw new Error([error.message, ...said].join(': '));
    });
    const { contextTokens, sequences } = planOpening(
      { ...head, contextTokens: model.trainContextSize },
      process.availableMemory() + head.fileBytes,
      options,
    );
    const context = await model.createContext({ sequences, contextSize: contextTokens, threads });
    const template = new ChatTemplate(lib, model);
    const grammarState = (grammar: string) =>
      new lib.LlamaGrammarEvaluationState({ model, grammar: new lib.LlamaGrammar(llama, { grammar }) });
    const { prefix, suffix } = model.tokens.infill;
    const facts: ModelFacts = {
      contextTokens: context.contextSize,
      trainContextTokens: model.trainContextSize,
      embeddingLength: model.embeddingVectorSize,
      architecture: String(model.architecture ?? 'unknown'),
      isChat: template.isChat,
      canFillMiddle: prefix !== null && suffix !== null,
      sequences,
      threads,
      gpu: String(llama.gpu || 'none'),
      template: template.name,
    };
    const seats = Array.from({ length: sequences }, () => context.getSequence());
    return new EngineModel({ model, template, grammarState }, facts, new Seats(seats, options.queueLength));
  }

  /**
   * Prepares a chat; everything that can be refused is refused here, before anything is sent.
   * @throws EngineFault 400 for a prompt beyond the window or a schema that cannot be followed
   */
  chat(ask: ChatAsk): (signal: AbortSignal) => AsyncGenerator<Piece, Outcome> {
    const { toolChoice } = ask;
    const offered = typeof toolChoice === 'object' ? ask.tools.filter((tool) => tool.name === toolChoice.name) : ask.tools;
    const mustCall = offered.length > 0 && toolChoice !== 'auto';
    this.#assureLength(
      ask.messages.reduce((sum, message) => sum + message.text.length, 0),
      'messages',
    );
    const rendered = this.#loom.template.render(ask.messages, ask.tools, mustCall);
    const callMarks = rendered.marks.filter((mark) => mark.kind === 'call').map((mark) => literal(mark.text));
    const job: Job = {
      tokens: rendered.tokens,
      maxTokens: this.#room(rendered.tokens.length, ask.maxTokens, 'messages'),
      sampling: ask.sampling,
      marks: [...rendered.marks, ...ask.stops.map((text) => ({ text, kind: 'stop' as const }))],
      isThinkingFirst: rendered.isThinkingFirst,
      grammar:
        ask.format === undefined || mustCall
          ? undefined
          : this.#grammar(ask.format === true ? { type: 'object' } : ask.format, 'response_format', callMarks),
      ...(offered.length > 0
        ? { tools: { offered, grammars: this.#toolGrammars(offered), mustCall, isParallel: ask.isParallel, syntax: rendered.call } }
        : {}),
    };
    return (signal) => this.seats.use(job.tokens, signal, (sequence) => generate(sequence, this.#loom, job, signal));
  }

  /**
   * Prepares a text completion.
   * @throws EngineFault 400 for a prompt beyond the window, or a suffix where the model cannot fill a middle
   */
  complete(ask: CompletionAsk): (signal: AbortSignal) => AsyncGenerator<Piece, Outcome> {
    const { tokens: special, tokenizer } = this.#model;
    this.#assureLength(ask.prompt.length + (ask.suffix?.length ?? 0), 'prompt');
    const bos = special.shouldPrependBosToken && special.bos !== null ? [special.bos] : [];
    let tokens = [...bos, ...this.#model.tokenize(ask.prompt)];
    if (ask.suffix !== undefined) {
      const { prefix, middle, suffix } = special.infill;
      if (prefix === null || suffix === null)
        throw badField('suffix', 'This model was not trained to fill a middle; send the prompt without suffix.', 'unsupported_value');
      tokens = [
        ...bos,
        prefix,
        ...tokenizer(ask.prompt, false),
        suffix,
        ...tokenizer(ask.suffix, false),
        ...(middle === null ? [] : [middle]),
      ];
    }
    if (tokens.length === 0) throw badField('prompt', 'prompt is empty and this model has no token to begin with.');
    const job = {
      tokens,
      maxTokens: this.#room(tokens.length, ask.maxTokens, 'prompt'),
      sampling: ask.sampling satisfies Sampling,
      marks: ask.stops.map((text) => ({ text, kind: 'stop' as const })),
      isThinkingFirst: false,
      grammar: undefined,
    };
    return (signal) => this.seats.use(tokens, signal, (sequence) => generate(sequence, this.#loom, job, signal));
  }

  /**
   * Vectors for texts, in order, and the tokens read.
   * @throws EngineFault 400 for a text beyond the window or another length than the model's
   */
  async embed(ask: EmbeddingAsk, signal: AbortSignal): Promise<{ vectors: (readonly number[])[]; tokens: number }> {
    const length = this.facts.embeddingLength;
    if (ask.dimensions !== undefined && ask.dimensions !== length)
      throw badField('dimensions', `This model's vectors have ${length} numbers; leave dimensions out.`, 'unsupported_value');
    this.#embedder ??= this.#model.createEmbeddingContext({
      contextSize: Math.min(this.facts.contextTokens, 2048),
      threads: this.facts.threads,
    });
    const embedder = await this.#embedder;
    for (const [i, text] of ask.input.entries()) this.#assureLength(text.length, `input[${i}]`);
    const texts = ask.input.map((text) => this.#model.tokenize(text));
    const most = Math.min(this.facts.contextTokens, 2048) - 2; // a start and an end token are put around it
    texts.forEach((tokens, i) => {
      if (tokens.length > most) throw tooLong(tokens.length, most, `input[${i}]`);
    });
    const vectors: (readonly number[])[] = [];
    for (const tokens of texts) {
      signal.throwIfAborted();
      vectors.push((await embedder.getEmbeddingFor(tokens)).vector);
    }
    return { vectors, tokens: texts.reduce((sum, tokens) => sum + tokens.length, 0) };
  }

  // Counting the tokens of megabytes takes seconds in which no other request moves.
  #assureLength(characters: number, param: string): void {
    const least = Math.ceil(characters / MOST_CHARACTERS_PER_TOKEN);
    if (least > this.facts.contextTokens) throw tooLong(`at least ${least}`, this.facts.contextTokens - 2, param);
  }

  #room(promptTokens: number, asked: number | undefined, param: string): number {
    const room = this.facts.contextTokens - promptTokens - 1;
    if (room < 1) throw tooLong(promptTokens, this.facts.contextTokens - 2, param);
    return Math.min(asked ?? room, room);
  }

  #toolGrammars(tools: readonly AskTool[]): Map<string, string> {
    return new Map(
      tools.map((tool, i) => {
        const schema =
          tool.parameters === undefined || Object.keys(tool.parameters).length === 0
            ? { type: 'object' }
            : { type: 'object', ...tool.parameters };
        return [tool.name, this.#grammar(schema, `tools[${i}].function.parameters`, [])];
      }),
    );
  }

  #grammar(schema: unknown, param: string, alternatives: readonly string[]): string {
    try {
      const grammar = grammarForSchema(schema, alternatives);
      this.#loom.grammarState(grammar); // llama.cpp's own verdict, before the answer begins
      return grammar;
    } catch (error) {
      throw new EngineFault(400, `${param} cannot be turned into a grammar: ${(error as Error).message}`, {
        code: 'invalid_schema',
        param,
      });
    }
  }
}

function tooLong(tokens: number | string, most: number, param: string): EngineFault {
  return badField(
    param,
    `The prompt has ${tokens} tokens and this model's window takes at most ${most}; shorten it or serve the model with a larger context.`,
    'context_length_exceeded',
  );
}
