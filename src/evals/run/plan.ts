import { createHash } from 'node:crypto';
import { z } from 'zod';
import { TASKS } from '../../tasks/task.ts';
import type { Case, Suite } from '../case.ts';

const share = z.number().gt(0).lt(1);

/** What a run was set up to do before its first question. It stands at the head of the run's record; a run that goes on keeps it. */
export const runPlanSchema = z.object({
  version: z.literal(1),
  id: z.string().regex(/^[0-9a-z-]{8,64}$/),
  suites: z.array(z.object({ name: z.string(), version: z.string(), hash: z.string() })).min(1),
  /** Only these classes of work; all when left out. */
  tasks: z.array(z.enum(TASKS)).optional(),
  /** The most cases of a class that are asked; all when left out. */
  most: z.int().positive().optional(),
  /** Addresses, the reference among them. */
  models: z.array(z.string()).min(1),
  reference: z.string(),
  margin: z.union([z.object({ keep: share }), z.object({ lose: share })]),
  /** What an answer counts: its score from 0 to 1, which is meant where nothing is said, or 1 when all of it is right and else 0. */
  count: z.enum(['score', 'pass']).optional(),
  alpha: share,
  /** Answers to each case; their mean is one score. */
  repeat: z.int().positive(),
  seed: z.int().nonnegative(),
  /** Tokens an answer may have at most. */
  maxTokens: z.int().positive(),
  /** Left out: the model's own. */
  temperature: z.number().nonnegative().optional(),
  budgetNanos: z.int().nonnegative().optional(),
  /** A class of work is asked no further of a candidate whose outcome stands. */
  untilDecided: z.boolean(),
  /** Unix milliseconds. */
  at: z.int(),
  /** Version of Freehold, whose graders these are. */
  freehold: z.string(),
});
export type RunPlan = z.output<typeof runPlanSchema>;

/** A case in the order in which it is asked; `key` is unique over all suites of a run. */
export interface Placed {
  key: string;
  case: Case;
}

/** Numbers by a seed and a text, from 0 to 1, the same everywhere: what is drawn for one case does not depend on the others. */
export function drawn(seed: number, text: string): number {
  return createHash('sha256').update(`${seed} ${text}`).digest().readUIntBE(0, 6) / 2 ** 48;
}

/**
 * The cases of a run in random order by its seed, so that the first so many of a class are drawn from all of it. Pure.
 * @throws Error when two suites have one name, or when no case is left
 */
export function placed({ suites, tasks, most, seed }: Pick<RunPlan, 'tasks' | 'most' | 'seed'> & { suites: readonly Suite[] }): Placed[] {
  const names = suites.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Error(`two suites are called ${twice}; give one another name in its suite.yaml`);
  const counts = new Map<string, number>();
  const found = suites
    .flatMap(({ name, cases }) => cases.map((it) => ({ key: `${name}/${it.id}`, case: it })))
    .filter(({ case: { task } }) => !tasks || tasks.includes(task))
    .map((one) => ({ ...one, place: drawn(seed, one.key) }))
    .sort((a, b) => a.place - b.place || (a.key < b.key ? -1 : 1))
    .filter(({ case: { task } }) => {
      const count = (counts.get(task) ?? 0) + 1;
      counts.set(task, count);
      return most === undefined || count <= most;
    });
  if (found.length === 0) throw new Error(`no case of ${names.join(', ')} is of ${tasks?.join(', ')}; "freehold eval check" lists classes`);
  return found.map(({ key, case: it }) => ({ key, case: it }));
}

/** What several suites together are called in certificates; of one, itself. */
export function basisOf(suites: RunPlan['suites']): { kind: 'suite'; name: string; version: string; hash: string } {
  const [first] = suites;
  if (suites.length === 1) return { kind: 'suite', ...first! };
  const sorted = suites.toSorted((a, b) => (a.hash < b.hash ? -1 : 1));
  const joined = (field: 'name' | 'version') => sorted.map((suite) => suite[field]).join(' + ');
  const hash = createHash('sha256')
    .update(sorted.map((suite) => suite.hash).join('\n'))
    .digest('hex');
  return { kind: 'suite', name: joined('name'), version: joined('version'), hash };
}
