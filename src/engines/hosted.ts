import { basename } from 'node:path';
import { GatewayError } from '../protocol/errors.ts';
import { type Engine, type EngineState, startEngine } from './engine.ts';

/** One engine as the configuration describes it. */
export interface HostedConfig {
  /** Path of a GGUF file, or a name to pull. */
  model: string;
  /** Tokens. */
  context?: number;
  parallel?: number;
  queue?: number;
  threads?: number;
  memoryMib?: number;
  gpu?: 'auto' | false;
}

/** Turns an engine's `model` setting into a path of weights on this machine; downloads where needed and reports how far it is. */
export type Weights = (model: string, report: (state: EngineState) => void) => Promise<string>;

/** Requests that wait for an engine where the file says nothing else, and how long. Milliseconds. */
const QUEUE = 64;
const WAIT = 300_000;

/** An engine with the fetching of its weights in front. */
export class Hosted {
  readonly config: HostedConfig;
  #engine: Engine | undefined;
  #state: EngineState = { kind: 'loading', progress: 0 };
  #stopped = false;

  constructor(name: string, config: HostedConfig, weights: Weights, onState: (state: EngineState) => void) {
    this.config = config;
    const report = (state: EngineState) => {
      this.#state = state;
      onState(state);
    };
    weights(config.model, report).then(
      (file) => {
        if (this.#stopped) return;
        this.#engine = startEngine({
          name: basename(file).replace(/\.gguf$/i, ''),
          model: file,
          sequences: config.parallel,
          contextTokens: config.context,
          queueLength: config.queue,
          threads: config.threads,
          gpu: config.gpu,
          memoryCapBytes: config.memoryMib === undefined ? undefined : config.memoryMib * 1024 * 1024,
          onState: report,
        });
      },
      (error: unknown) => report({ kind: 'failed', reason: error instanceof Error ? error.message : `engine ${name}: ${String(error)}` }),
    );
  }

  get state(): EngineState {
    return this.#state;
  }

  get token(): string {
    return this.#engine?.token ?? '';
  }

  /** How much it takes at once; undefined until it is loaded. `waitMs` in milliseconds. */
  get load(): { concurrency: number; queue: number; waitMs: number; models: number } | undefined {
    if (this.#state.kind !== 'ready') return undefined;
    const { queue = QUEUE } = this.config;
    return { concurrency: this.#state.facts.sequences, queue, waitMs: WAIT, models: 1 };
  }

  /** @throws GatewayError `unavailable` while it is not loaded, with a code of its own where waiting helps */
  url(): string {
    const url = this.#state.kind === 'ready' ? this.#engine?.url : undefined;
    if (url === undefined)
      throw new GatewayError('unavailable', `the engine is ${this.#state.kind}; GET /readyz tells how far it is`, {
        retryAfter: 2,
        ...(this.#state.kind === 'loading' && { code: 'engine_loading' }),
      });
    return url;
  }

  /** Whether the engine's process listens at this origin. */
  isAt(origin: string): boolean {
    const url = this.#engine?.url;
    return url !== undefined && new URL(url).origin === origin;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#engine?.stop();
  }
}

/** What stands in the way of an engine's first answer, as a sentence; undefined when it is ready. */
export function tellState(name: string, state: EngineState): string | undefined {
  switch (state.kind) {
    case 'ready':
      return undefined;
    case 'loading':
      return `${name}: ${state.reason ?? `loading, ${Math.round(state.progress * 100)}%`}`;
    case 'failed':
      return `${name}: ${state.reason}`;
    case 'stopped':
      return `${name}: stopped`;
  }
}
