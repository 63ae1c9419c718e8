import { ConfigError, type Problem } from './problem.ts';

/** Where the configuration comes from, and how its file fared when it was last read. Whoever loads it keeps this current. */
export interface Provenance {
  /** The file's absolute path; absent where there is none. */
  file?: string;
  /** What the file holds, before variables are filled in and defaults are added. */
  given?: unknown;
  /** Variables and options that had a say, e.g. `FREEHOLD_PORT`, `--host`. */
  overrides: readonly string[];
  /** Sentences on what was found on this machine where nothing is configured. */
  found: readonly string[];
  /** When it was taken. Unix milliseconds. */
  takenAt: number;
  /** A later version of the file that was not taken, and why. */
  refused?: { at: number; problems: readonly Problem[] };
}

/** The provenance of a configuration that was just loaded. @param now Unix milliseconds */
export function provenanceOf(
  { file, given, overrides }: Pick<Provenance, 'file' | 'given' | 'overrides'>,
  found: readonly string[],
  now: number,
): Provenance {
  return { file, given, overrides, found, takenAt: now };
}

/** A later version of the file was taken. */
export function taken(provenance: Provenance, { given, overrides }: Pick<Provenance, 'given' | 'overrides'>, now: number): void {
  Object.assign(provenance, { given, overrides, takenAt: now, refused: undefined });
}

/** A later version of the file was not taken. */
export function refused(provenance: Provenance, error: Error, now: number): void {
  const problems = error instanceof ConfigError ? error.problems : [{ path: [], message: error.message }];
  provenance.refused = { at: now, problems };
}
