import { existsSync } from 'node:fs';
import { weightsDir } from '../config/load.ts';
import type { Weights } from '../engines/hosted.ts';
import { findPulled, type Pulled, pull } from '../engines/pull.ts';
import { parseSource } from '../engines/source.ts';
import type { Outside } from '../gateway.ts';
import { describe, ProgressLine, size } from './progress.ts';
import { type Shell, tell } from './shell.ts';

interface WeightsOptions {
  shell: Shell;
  outside: Outside;
  /** False fetches nothing: what is not here fails. */
  mayFetch: boolean;
  /** Names to try in turn in place of a name. */
  sources?: Readonly<Record<string, readonly string[]>>;
  signal: AbortSignal;
}

/** Finds the weights of engines: files where they are, names among what was fetched, or by fetching them with a progress line. */
export function weightsFor(options: WeightsOptions): Weights {
  const { shell, mayFetch, sources = {} } = options;
  return async (model, report) => {
    if (parseSource(model).kind === 'file') {
      if (existsSync(model)) return model;
      throw new Error(`there is no file ${model}`);
    }
    const names = sources[model] ?? [model];
    for (const name of names) {
      const known = await findPulled(name, weightsDir(shell.env));
      if (known) return known.path;
    }
    if (!mayFetch) throw new Error(`${model} is not on this machine and --no-pull forbids fetching it; "freehold pull ${model}" does`);
    for (const [at, name] of names.entries()) {
      try {
        const pulled = await fetchWeights(name, options, (progress, reason) => report({ kind: 'loading', progress, reason }));
        return pulled.path;
      } catch (error) {
        const why = `${name} could not be fetched: ${(error as Error).message}`;
        if (options.signal.aborted || at === names.length - 1) throw new Error(why, { cause: error });
        tell(shell, `${why}. Trying another source.`);
      }
    }
    throw new Error(`${model} has no source`);
  };
}

/** Fetches weights by name and shows how far it is. @throws Error with the cause and the mend */
export async function fetchWeights(
  name: string,
  { shell, outside, signal }: Pick<WeightsOptions, 'shell' | 'outside' | 'signal'>,
  onProgress: (part: number, text: string) => void = () => {},
): Promise<Pulled> {
  const line = new ProgressLine(shell);
  tell(shell, `Fetching ${name} …`);
  try {
    const pulled = await pull(name, {
      dir: weightsDir(shell.env),
      http: outside.http,
      env: shell.env,
      signal,
      onProgress: (progress) => {
        line.show(progress);
        onProgress(progress.total ? progress.bytes / progress.total : 0, `fetching ${name}, ${describe(progress).trim()}`);
      },
    });
    line.end();
    const { bytes, license } = pulled.manifest;
    tell(shell, `Fetched ${pulled.path} (${size(bytes)}, licence ${license ?? 'not stated'}).`);
    return pulled;
  } finally {
    line.end();
  }
}
