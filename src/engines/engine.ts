import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Order, Report } from './child.ts';
import type { ModelFacts } from './model.ts';
import { restartDelay, STEADY_MS } from './restart.ts';

/** Where an engine stands; `progress` is the loaded part of the weights, 0 to 1. */
export type EngineState =
  | { kind: 'loading'; progress: number; reason?: string }
  | { kind: 'ready'; facts: ModelFacts }
  | { kind: 'failed'; reason: string }
  | { kind: 'stopped' };

export interface EngineOptions {
  /** The name the model is served under. */
  name: string;
  /** Path of the GGUF file. */
  model: string;
  /** Requests answered at once; default what fits the memory, at most 4. */
  sequences?: number;
  /** Tokens of prompt and answer together; default what fits the memory, at most 32768 and the model's own window. */
  contextTokens?: number;
  /** Requests that may wait for a sequence before 429; default 64. */
  queueLength?: number;
  /** CPU threads, of which one is left to the rest of the machine; default all. */
  threads?: number;
  /** 'auto' (default) uses a GPU build where one is installed. */
  gpu?: 'auto' | false;
  /** How long loading may take in milliseconds; default a minute and 50 ms per megabyte. A damaged file may hang. */
  loadTimeoutMs?: number;
  /** Resident memory in bytes over which the child is restarted; default nine tenths of what was free when it started. */
  memoryCapBytes?: number;
  /** Told every change of state. */
  onState?: (state: EngineState) => void;
}

/** A running engine: one more provider that speaks openai-chat, at `url` with `token`. */
export interface Engine {
  readonly name: string;
  /** Base address with /v1, undefined until the first load is done. It may change when the child restarts. */
  readonly url: string | undefined;
  /** Bearer token of this engine, new with every startEngine. */
  readonly token: string;
  readonly state: EngineState;
  /** The child's resident memory in bytes as last reported. */
  readonly rssBytes: number;
  readonly pid: number | undefined;
  /** Resolves when the model answers; rejects with the reason when it failed or was stopped. */
  ready(): Promise<void>;
  /** Ends the child; resolves when it is gone. */
  stop(): Promise<void>;
}

const SILENCE_MS = 60_000;
const STDERR_LINES = 20;
const KILL_AFTER_MS = 3000;
const CAP_PART = 0.9;
const PASSED_VARIABLES =
  /^(PATH|HOME|USERPROFILE|TMPDIR|TEMP|TMP|SYSTEMROOT|LANG|LC_.*|LD_.*|DYLD_.*|CUDA_.*|NVIDIA_.*|HIP_.*|ROCR_.*|VK_.*|GGML_.*|NODE_LLAMA_CPP_.*)$/i;

/**
 * Starts a child process that serves one GGUF file, and keeps it alive: restarts with growing delays after a
 * crash, gives up on what cannot work. Returns at once; loading is reported through `state`.
 */
export function startEngine(options: EngineOptions): Engine {
  return new Supervisor(options);
}

class Supervisor implements Engine {
  readonly name: string;
  readonly token = randomBytes(32).toString('base64url');
  readonly #options: EngineOptions;
  readonly #waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  #state: EngineState = { kind: 'loading', progress: 0 };
  #child: ChildProcess | undefined;
  #port = 0;
  #rssBytes = 0;
  #freeAtStart = 0;
  #failures = 0;
  #wasReady = false;
  #readySince = 0;
  #stderr: string[] = [];
  #blame: { reason: string; isHopeless: boolean } | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #restart: NodeJS.Timeout | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.name = options.name;
    this.#start();
  }

  get url(): string | undefined {
    return this.#port === 0 ? undefined : `http://127.0.0.1:${this.#port}/v1`;
  }

  get state(): EngineState {
    return this.#state;
  }

  get rssBytes(): number {
    return this.#rssBytes;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  ready(): Promise<void> {
    const state = this.#state;
    if (state.kind === 'ready') return Promise.resolve();
    if (state.kind !== 'loading') return Promise.reject(unavailable(this.name, state));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async stop(): Promise<void> {
    clearTimeout(this.#restart);
    const child = this.#child;
    if (this.#state.kind !== 'failed') this.#become({ kind: 'stopped' });
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const last = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    await gone;
    clearTimeout(last);
  }

  #start(): void {
    const { model, name } = this.#options;
    let bytes: number;
    try {
      bytes = statSync(model).size;
    } catch (error) {
      this.#become({ kind: 'failed', reason: `${model} cannot be read: ${(error as Error).message}` });
      return;
    }
    this.#freeAtStart = process.availableMemory();
    this.#blame = undefined;
    this.#stderr = [];
    this.#readySince = 0;
    const program = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './child.ts' : './child.js', import.meta.url));
    // Keys and tokens of this process's environment are none of the child's business.
    const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => PASSED_VARIABLES.test(key)));
    const child = fork(program, [], { execArgv: [], env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#child = child;
    child.on('message', (report: Report) => this.#hear(child, report));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = [...this.#stderr, ...text.split('\n').filter((line) => line.trim() !== '')].slice(-STDERR_LINES);
    });
    child.on('error', (error) => this.#end(child, `the process could not start: ${error.message}`));
    child.on('exit', (code, signal) => this.#end(child, signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`));
    child.send({ name, token: this.token, port: this.#port, load: this.#load() } satisfies Order, () => {});
    const limit = this.#options.loadTimeoutMs ?? 60_000 + (bytes / 1e6) * 50;
    this.#watch(
      child,
      limit,
      `loading took longer than ${Math.round(limit)} ms; the file may be damaged, or set a longer load timeout`,
      true,
    );
  }

  #load(): Order['load'] {
    const { model, sequences, contextTokens, queueLength = 64, threads, gpu = 'auto' } = this.#options;
    return { model, sequences, contextTokens, queueLength, threads, gpu };
  }

  #hear(child: ChildProcess, report: Report): void {
    if (child !== this.#child || this.#state.kind === 'stopped') return;
    this.#rssBytes = report.rssBytes;
    const cap = this.#options.memoryCapBytes ?? this.#freeAtStart * CAP_PART;
    if (report.rssBytes > cap) {
      this.#kill(child, `it held ${report.rssBytes} bytes of memory, over the cap of ${Math.round(cap)}`, this.#readySince === 0);
      return;
    }
    if (report.kind === 'progress' && this.#readySince === 0) this.#become({ kind: 'loading', progress: report.part });
    if (report.kind === 'failed') this.#blame = { reason: report.reason, isHopeless: true };
    if (report.kind === 'ready') {
      this.#port = report.port;
      this.#wasReady = true;
      this.#readySince = Date.now();
      this.#become({ kind: 'ready', facts: report.facts });
    }
    if (this.#readySince > 0) this.#watch(child, SILENCE_MS, `it gave no sign of life for ${SILENCE_MS} ms`, false);
  }

  #watch(child: ChildProcess, ms: number, reason: string, isHopeless: boolean): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#kill(child, reason, isHopeless), ms);
    this.#watchdog.unref();
  }

  #kill(child: ChildProcess, reason: string, isHopeless: boolean): void {
    this.#blame ??= { reason, isHopeless };
    child.kill('SIGKILL');
  }

  #end(child: ChildProcess, how: string): void {
    if (child !== this.#child) return;
    this.#child = undefined;
    clearTimeout(this.#watchdog);
    if (this.#state.kind === 'stopped') return;
    const said = this.#stderr.length > 0 ? `; its last words: ${this.#stderr.join(' | ').slice(-600)}` : '';
    const reason = this.#blame?.reason ?? `${how}${said}`;
    const isSteady = this.#readySince > 0 && Date.now() - this.#readySince >= STEADY_MS;
    this.#failures = isSteady ? 1 : this.#failures + 1;
    const delay = restartDelay({ wasReady: this.#wasReady, failures: this.#failures, isHopeless: this.#blame?.isHopeless ?? false });
    if (delay === undefined) {
      this.#become({ kind: 'failed', reason });
      return;
    }
    this.#become({ kind: 'loading', progress: 0, reason });
    this.#restart = setTimeout(() => this.#start(), delay);
  }

  #become(state: EngineState): void {
    this.#state = state;
    if (state.kind !== 'loading') {
      for (const { resolve, reject } of this.#waiting.splice(0)) {
        if (state.kind === 'ready') resolve();
        else reject(unavailable(this.name, state));
      }
    }
    this.#options.onState?.(state);
  }
}

function unavailable(name: string, state: EngineState): Error {
  return new Error(state.kind === 'failed' ? `Engine "${name}" failed: ${state.reason}` : `Engine "${name}" was stopped.`);
}
