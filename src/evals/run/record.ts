import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { runPlanSchema } from './plan.ts';
import { resultSchema } from './result.ts';

/** A line of a run's record. What is asked stands there before it is asked: after a crash it counts as spent. */
const lineSchema = z.discriminatedUnion('t', [
  z.object({ t: z.literal('plan'), plan: runPlanSchema }),
  /** Where its suites came from, so that it can go on without being told. */
  z.object({ t: z.literal('suites'), from: z.array(z.string()) }),
  z.object({ t: z.literal('asked'), what: z.string(), nanos: z.int().nonnegative() }),
  z.object({
    t: z.literal('answer'),
    what: z.string(),
    nanos: z.int().nonnegative(),
    answer: z.looseObject({ text: z.string(), ms: z.number() }),
  }),
  z.object({ t: z.literal('failed'), what: z.string(), nanos: z.int().nonnegative() }),
  z.object({ t: z.literal('result'), what: z.string(), result: resultSchema }),
  z.object({ t: z.literal('end'), ended: z.enum(['complete', 'budget', 'stopped']), at: z.int() }),
]);
export type RecordLine = z.output<typeof lineSchema>;

/** Where a run writes down what befalls it. */
export interface RunRecord {
  write(line: RecordLine): void;
}

const FILE = 'run.jsonl';

/** A run's record in a folder of its own: lines that are only ever added to. */
export class RunFolder implements RunRecord {
  readonly folder: string;
  readonly #file: string;

  /** @param runs the folder of all runs */
  constructor(runs: string, id: string) {
    this.folder = join(runs, id);
    this.#file = join(this.folder, FILE);
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    // The next line must not join one that a crash cut off.
    if (existsSync(this.#file) && !readFileSync(this.#file, 'utf8').endsWith('\n')) appendFileSync(this.#file, '\n');
  }

  write(line: RecordLine): void {
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  }
}

/** The lines of a run; what a crash cut off, or a later version wrote, is left out. @throws Error when there is no such run */
export function readRun(runs: string, id: string): RecordLine[] {
  const file = join(runs, id, FILE);
  if (!existsSync(file)) throw new Error(`there is no run ${id} in ${runs}; "freehold eval list" shows all`);
  return readFileSync(file, 'utf8').split('\n').flatMap(lineIn);
}

function lineIn(text: string): RecordLine[] {
  if (text === '') return [];
  try {
    const read = lineSchema.safeParse(JSON.parse(text));
    return read.success ? [read.data] : [];
  } catch {
    return [];
  }
}

/** Ids of all runs, newest first: they begin with the time. */
export function listRuns(runs: string): string[] {
  if (!existsSync(runs)) return [];
  return readdirSync(runs)
    .filter((id) => existsSync(join(runs, id, FILE)))
    .sort()
    .reverse();
}
