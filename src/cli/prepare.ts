import { availableParallelism } from 'node:os';
import { type Flags, type Loaded, loadConfig, weightsDir } from '../config/load.ts';
import { type DefaultModel, defaultChoices } from '../engines/defaults.ts';
import { readText } from '../engines/http.ts';
import { findPulled } from '../engines/pull.ts';
import { dialectNames, type Outside } from '../gateway.ts';
import { type Discovery, discover } from '../providers/discover.ts';
import type { Shell } from './shell.ts';

/** A server on this machine answers at once or is not there. */
const PROBE_MS = 1000;

/** The model taken because there was nothing else. */
export interface Fallback {
  model: DefaultModel;
  /** Names to pull, best first; the first is the engine's model. */
  sources: string[];
  /** Its weights lie on this machine already. */
  isHere: boolean;
}

export interface Prepared extends Loaded {
  /** What was looked for because the file names no provider and no engine; undefined when it does. */
  found?: Discovery;
  fallback?: Fallback;
}

/** The configuration as file, variables and options say. @throws ConfigError */
export function load(shell: Shell, flags: Flags): Loaded {
  return loadConfig({ flags, env: shell.env, cwd: shell.cwd, dialects: dialectNames });
}

/**
 * The configuration, and where it names nothing that answers: what is found on this machine, and with `wantsFallback` a small model
 * of our own when nothing is. @throws ConfigError
 */
export async function prepare(shell: Shell, flags: Flags, outside: Outside, wantsFallback: boolean): Promise<Prepared> {
  const loaded = load(shell, flags);
  const { config } = loaded;
  if (Object.keys(config.providers).length || Object.keys(config.engines).length) return loaded;
  const found = await look(shell, outside);
  config.providers = found.providers;
  const fallback = wantsFallback && Object.keys(found.providers).length === 0 ? await chooseFallback(shell) : undefined;
  if (fallback) config.engines = { local: { model: fallback.sources[0]! } };
  return { ...loaded, found, fallback };
}

/** Servers and keys on this machine. */
export function look(shell: Shell, outside: Outside): Promise<Discovery> {
  return discover(shell.env, (url) => read(outside, url));
}

/** What is behind a URL: parsed JSON, or the text of any other answer. @throws when nobody answers in a second */
export async function read(outside: Outside, url: string, headers: Record<string, string> = {}): Promise<unknown> {
  const reply = await outside.http.request(url, {
    headers: { accept: 'application/json', ...headers },
    signal: AbortSignal.timeout(PROBE_MS),
  });
  const text = await readText(reply);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The default model for this machine, with the source that needs no download first where there is one. */
async function chooseFallback({ env }: Shell): Promise<Fallback | undefined> {
  const choices = defaultChoices({ availableBytes: process.availableMemory(), cores: availableParallelism() });
  for (const { model, source } of choices) {
    if (await findPulled(source, weightsDir(env))) return { model, sources: [source], isHere: true };
  }
  const [first] = choices;
  return first && { model: first.model, sources: choices.map((choice) => choice.source), isHere: false };
}
