/** Parts of a data set, in the order in which they are filled. */
export const PARTS = ['train', 'valid', 'test'] as const;
export type PartName = (typeof PARTS)[number];

/** What a split needs to know of an example. */
export interface Placed {
  /** Empty: not known. */
  repository: string;
  /** Examples of one conversation never part. */
  conversation: string;
  /** Unix milliseconds. */
  at: number;
}

export interface Split {
  /** For each example, in the order they were given in. */
  parts: PartName[];
  by: 'repository and time' | 'time';
  why: string;
}

/** Share of the examples that valid and test should have each. */
const HELD_OUT = 0.1;
/** More than this share in either is too much. */
const MOST = 0.25;
/** With fewer repositories each part would say what one of them is like. */
const FEWEST = 5;

/**
 * Splits examples so that none in test is like one in train by birth: whole repositories are held out, the newest first, and where there
 * are too few of them whole conversations, the newest in test.
 */
export function splitOf(examples: readonly Placed[]): Split {
  const repositories = new Set(examples.map(({ repository }) => repository || ' '));
  const byRepository = examples.map(({ repository }) => repository || ' ');
  if (repositories.size >= FEWEST) {
    const held = heldOut(examples, byRepository, MOST);
    if (held)
      return { parts: held, by: 'repository and time', why: 'no repository is in two parts; those with the newest examples are held out' };
  }
  const why =
    repositories.size < FEWEST
      ? `there are ${repositories.size} repositories, and ${FEWEST} are needed to hold some out: one repository may be in several parts`
      : 'the repositories are too large to hold out a tenth of the examples: one repository may be in several parts';
  const conversations = examples.map(({ conversation }) => conversation);
  return { parts: heldOut(examples, conversations, 1) ?? examples.map(() => 'train'), by: 'time', why };
}

/** Whole groups for test and valid, newest first, none of which alone would be too much. Undefined when that does not fill both. */
function heldOut(examples: readonly Placed[], groupOf: readonly string[], most: number): PartName[] | undefined {
  const groups = new Map<string, { newest: number; count: number }>();
  examples.forEach(({ at }, index) => {
    const name = groupOf[index]!;
    const group = groups.get(name) ?? { newest: 0, count: 0 };
    groups.set(name, { newest: Math.max(group.newest, at), count: group.count + 1 });
  });
  const order = [...groups].sort(([, a], [, b]) => b.newest - a.newest);
  const wanted = Math.max(1, Math.round(examples.length * HELD_OUT));
  const given = new Map<string, PartName>();
  const filled = { test: 0, valid: 0 };
  for (const [name, { count }] of order) {
    const part = filled.test < wanted ? 'test' : filled.valid < wanted ? 'valid' : undefined;
    if (!part) break;
    if (filled[part] + count > Math.max(1, examples.length * most)) continue;
    given.set(name, part);
    filled[part] += count;
  }
  const rest = examples.length - filled.test - filled.valid;
  if (filled.test === 0 || filled.valid === 0 || rest < Math.max(1, examples.length / 2)) return undefined;
  return examples.map((_, index) => given.get(groupOf[index]!) ?? 'train');
}
