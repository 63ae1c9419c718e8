import { createHash } from 'node:crypto';
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Flags, weightsDir } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { JournalKeys } from '../egress/journal/keys.ts';
import { findPulled } from '../engines/pull.ts';
import { parseSource } from '../engines/source.ts';
import type { Answered, AskModel, Entrant } from '../evals/run/result.ts';
import { type Outside, outbound } from '../gateway.ts';
import type { PriceView } from '../http/contract.ts';
import { GatewayError } from '../protocol/errors.ts';
import { Fold } from '../protocol/fold.ts';
import type { Prompt } from '../protocol/prompt.ts';
import { secretIn } from '../store/place.ts';
import type { AdminClient } from './admin.ts';
import { load, read } from './prepare.ts';
import { startGateway, wayOut } from './run.ts';
import { type Shell, tell } from './shell.ts';
import { findGateway } from './survey.ts';
import { version } from './version.ts';

/** How evaluation is known among the tools that ask: reports of a team's own work leave it out by this name. */
const CLIENT = 'freehold-eval';

/** Requests at the same time to a provider that sets no limit itself. */
const AT_ONCE = 4;

/** How long engines of our own may take to load, and their models to be listed then. Milliseconds. */
const LOADING = 10 * 60_000;
const LISTED = 3000;

/** Bytes at either end of a file of weights that tell it from others. */
const ENDS = 1024 * 1024;

/** A gateway as evaluation asks it. */
export interface EvalGateway {
  ask: AskModel;
  admin: AdminClient;
  /**
   * Models as people name them: an address, or the name of one model.
   * @param atOnce requests at the same time, in place of what is configured
   * @throws Error naming the choices
   */
  entrants(names: readonly string[], atOnce?: number): Promise<Entrant[]>;
  /** It runs for this command alone. */
  isOwn: boolean;
  /** The data folder of this configuration. */
  folder: string | undefined;
  /** Who signs; absent where the folder has no secret yet. */
  keys: JournalKeys | undefined;
}

export interface EvalFlags extends Pick<Flags, 'config'> {
  url?: string;
}

/** Does something with the gateway at `--url`, the one that runs, or one of its own that keeps its records as usual. @throws Error with the mend */
export async function withEvalGateway<T>(shell: Shell, flags: EvalFlags, work: (gateway: EvalGateway) => Promise<T>): Promise<T> {
  const { config } = load(shell, { config: flags.config });
  const outside = outbound(shell.env);
  try {
    const url = flags.url ?? (await findGateway(config, outside));
    if (url !== undefined) {
      const admin = adminAt(shell, outside, url);
      const ask = askAt(outside, url, shell.env['FREEHOLD_KEY']?.trim());
      return await work({
        ask,
        admin,
        isOwn: false,
        ...standing(shell, config),
        entrants: (names, atOnce) =>
          entrantsOf(shell, { config, admin, names, atOnce, ready: () => read(outside, `${url}/readyz`).catch(() => undefined) }),
      });
    }
    return await withOwn(shell, flags, outside, work);
  } finally {
    await outside.close();
  }
}

async function withOwn<T>(shell: Shell, flags: EvalFlags, outside: Outside, work: (gateway: EvalGateway) => Promise<T>): Promise<T> {
  const local = (config: Config): Config => ({
    ...config,
    keys: {},
    server: { ...config.server, host: '127.0.0.1', port: 0, drainSeconds: 0 },
  });
  const running = await startGateway(shell, { flags: { config: flags.config }, mayFetch: false, adjust: local });
  try {
    if ((await running.able) === 'failed') throw new Error(`nothing can answer.\n${wayOut()}`);
    const { config } = running.prepared;
    const { gateway } = running;
    const admin: AdminClient = {
      ask: async <A>(method: string, path: string, body?: unknown) => {
        const [at = '', query] = path.split('?');
        const answer = await gateway.admin.handle({ method, path: at, query: new URLSearchParams(query), body, actor: 'shell:eval' });
        return answer.body as A;
      },
    };
    const ask = askAt(outside, gateway.url, undefined);
    const entrants = (names: readonly string[], atOnce?: number) =>
      entrantsOf(shell, { config, admin, names, atOnce, ready: async () => gateway.readiness() });
    return await work({ ask, admin, entrants, isOwn: true, ...standing(shell, config) });
  } finally {
    await running.close();
  }
}

function standing({ env }: Shell, { data }: Config): Pick<EvalGateway, 'folder' | 'keys'> {
  const secret = data === undefined ? undefined : secretIn(data, env);
  return { folder: data, keys: secret && new JournalKeys(secret) };
}

function adminAt(shell: Shell, outside: Outside, url: string): AdminClient {
  const key = shell.env['FREEHOLD_ADMIN_KEY']?.trim();
  return {
    ask: async <A>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown) => {
      const { status, body: answer } = await outside.admin(url, key, { method, path, body });
      if (status < 300) return answer as A;
      const hint = status === 401 ? ' (put it into the variable FREEHOLD_ADMIN_KEY)' : '';
      throw new Error(`${(answer as { error?: { message?: string } }).error?.message ?? `${url} answered ${status}`}${hint}`);
    },
  };
}

/** Asks as an ordinary client does, under a name of its own. */
function askAt(outside: Outside, url: string, key: string | undefined): AskModel {
  const headers = { 'user-agent': `${CLIENT}/${version()}` };
  return async ({ model, prompt, maxTokens, temperature, seed }, signal): Promise<Answered> => {
    const began = performance.now();
    const asked: Prompt = {
      dialect: '',
      model,
      stream: true,
      turns: [{ role: 'user', blocks: [{ kind: 'text', text: prompt }] }],
      tools: [],
      maxTokens,
      sampling: { ...(temperature !== undefined && { temperature }), ...(seed !== undefined && { seed }) },
      streamUsage: true,
    };
    const fold = new Fold();
    let firstTokenMs: number | undefined;
    for await (const part of outside.ask(url, key, asked, signal, headers)) {
      // Once it has begun to answer, it has begun to charge.
      if (part.type === 'fault' && firstTokenMs !== undefined)
        throw new GatewayError('truncated', part.error.message, { cause: part.error, retryAfter: part.error.retryAfter });
      if (part.type === 'fault') throw part.error;
      if (part.type === 'block-delta') firstTokenMs ??= performance.now() - began;
      fold.add(part);
    }
    const { model: reported, blocks, usage, finish } = fold.reply;
    const text = blocks.map((block) => (block.kind === 'text' ? block.text : '')).join('');
    return {
      text,
      ms: Math.round(performance.now() - began),
      ...(firstTokenMs !== undefined && { firstTokenMs: Math.round(firstTokenMs) }),
      ...(reported !== undefined && { reported }),
      ...(usage && { usage }),
      ...(finish?.reason === 'length' && { isCut: true }),
    };
  };
}

interface Naming {
  config: Config;
  admin: AdminClient;
  names: readonly string[];
  atOnce: number | undefined;
  /** How its engines do, as `/readyz` says it. */
  ready(): Promise<unknown>;
}

async function entrantsOf(shell: Shell, { config, admin, names, atOnce, ready }: Naming): Promise<Entrant[]> {
  const began = Date.now();
  let told = false;
  for (let until = began; ; ) {
    const { prices } = await admin.ask<{ prices: PriceView[] }>('GET', '/admin/api/prices');
    const found = names.map((name) => matching(prices, name));
    const at = found.findIndex((one) => one.length !== 1);
    if (at < 0) return Promise.all(found.map(([view]) => entrantOf(shell, config, view!, atOnce)));
    const [name, choices] = [names[at]!, found[at]!];
    if (choices.length > 1)
      throw new Error(`"${name}" may be ${choices.map(({ address }) => address).join(' or ')}; name one by its address`);
    const now = Date.now();
    if (isLoading(await ready()) && now - began < LOADING) until = now + LISTED;
    if (now >= until) {
      const known = prices.map(({ address }) => address).sort();
      throw new Error(
        `no model is called "${name}"; there are ${known.slice(0, 20).join(', ') || 'none'}${known.length > 20 ? ' and others' : ''}`,
      );
    }
    if (!told) tell(shell, `Waiting for engines that load: ${name} is not there yet.`);
    told = true;
    await sleep(250);
  }
}

/** Whether an engine of the gateway is still loading its model. */
function isLoading(readiness: unknown): boolean {
  const { engines = {} } = (readiness ?? {}) as { engines?: Record<string, { kind: string }> };
  return Object.values(engines).some(({ kind }) => kind === 'loading');
}

/** What a name may mean: an address, else the end of one. */
function matching(prices: readonly PriceView[], name: string): PriceView[] {
  const exact = prices.filter(({ address }) => address === name);
  return exact.length ? exact : prices.filter(({ address }) => address.slice(address.indexOf('/') + 1) === name);
}

async function entrantOf(shell: Shell, config: Config, view: PriceView, atOnce: number | undefined): Promise<Entrant> {
  const { address, kind, price, max_output, window } = view;
  const provider = address.slice(0, address.indexOf('/'));
  const own = config.engines[provider];
  const configured = own?.parallel ?? config.providers[provider]?.load?.concurrency;
  const weights = own && (await weightsOf(shell, own.model));
  return {
    address,
    atOnce: atOnce ?? Math.min(AT_ONCE, configured ?? AT_ONCE),
    ...(weights !== undefined && { version: weights }),
    ...(kind === 'time' ? { price: 'free' as const } : kind === 'tokens' && price ? { price } : {}),
    ...(max_output !== null && { maxOutput: max_output }),
    ...(window !== null && { window }),
  };
}

/** What tells weights on this machine from others of their name, without reading all of them. */
async function weightsOf({ env }: Shell, model: string): Promise<string | undefined> {
  const path = parseSource(model).kind === 'file' ? model : (await findPulled(model, weightsDir(env)))?.path;
  if (path === undefined || !existsSync(path)) return undefined;
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const ends = Buffer.alloc(2 * ENDS);
    const read = readSync(file, ends, 0, ENDS, 0) + readSync(file, ends, ENDS, ENDS, Math.max(0, size - ENDS));
    return `weights-${createHash('sha256')
      .update(`${size} `)
      .update(ends.subarray(0, Math.max(read, ENDS)))
      .digest('hex')
      .slice(0, 16)}`;
  } finally {
    closeSync(file);
  }
}

/** Where runs and answers of earlier runs lie. */
export function evalFolders(data: string): { runs: string; cache: string } {
  return { runs: join(data, 'evals', 'runs'), cache: join(data, 'evals', 'cache') };
}
