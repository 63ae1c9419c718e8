import { type RoutingRule, routingSchema } from '../policy/routing.ts';
import { namesIn } from '../policy/rules.ts';
import { near } from '../providers/near.ts';
import { TASKS } from '../tasks/task.ts';
import { inside } from './issues.ts';
import type { Problem } from './problem.ts';
import type { Names } from './sense-names.ts';

type When = RoutingRule['when'];

/** Rules that name what is not there, contradict each other, or can never hold. @param routing the section as data */
export function routingProblems(routing: unknown, names: Names): Problem[] {
  // What the schema itself finds wrong is told elsewhere.
  const parsed = routing === undefined || routing === null ? undefined : routingSchema.safeParse(routing);
  if (!parsed?.success) return [];
  const { rules } = parsed.data;
  return rules.flatMap((rule, at) => [
    ...unknownTasks(rule, at, routing),
    ...unknownModels(rule, at, routing, names),
    ...overshadowed(rule, at, rules),
  ]);
}

function unknownTasks({ when: { task = [] } }: RoutingRule, at: number, routing: unknown): Problem[] {
  const isList = Array.isArray(inside(routing, ['rules', at, 'when', 'task']));
  return task.flatMap((name, place): Problem[] => {
    if (TASKS.some((known) => known === name)) return [];
    const [meant] = near(name, TASKS);
    const message = `"${name}" is no class of work; ${meant ? `did you mean "${meant}"?` : `they are ${TASKS.join(', ')}`}`;
    return [{ path: ['routing', 'rules', at, 'when', 'task', ...(isList ? [place] : [])], message }];
  });
}

function unknownModels({ models }: RoutingRule, at: number, routing: unknown, names: Names): Problem[] {
  const isList = Array.isArray(inside(routing, ['rules', at, 'models']));
  return namesIn(models).flatMap((name, place): Problem[] => {
    const fault = names
      .ends(name)
      .map(({ end }) => (end === undefined ? undefined : names.fault(end, 'names')))
      .find((one) => one !== undefined);
    return fault === undefined ? [] : [{ path: ['routing', 'rules', at, 'models', isList ? place : name], message: fault }];
  });
}

/** The first rule that holds counts, so one behind a rule that holds at least as often never does. */
function overshadowed(rule: RoutingRule, at: number, rules: readonly RoutingRule[]): Problem[] {
  const before = rules.slice(0, at).findIndex(({ when }) => isWider(when, rule.when));
  if (before < 0) return [];
  const other = `rules[${before}]${rules[before]!.name === undefined ? '' : ` "${rules[before]!.name}"`}`;
  const isSame = isWider(rule.when, rules[before]!.when);
  const message = isSame
    ? `says something else of the same requests as ${other}; leave one of the two out`
    : `never holds, because ${other} takes all that it would; put it before that one`;
  return [{ path: ['routing', 'rules', at], message }];
}

/** Whether whatever fits `b` fits `a`. */
function isWider(a: When, b: When): boolean {
  const lists = (['task', 'key', 'team'] as const).every((name) => {
    const [outer, inner] = [a[name], b[name]];
    return !outer || (inner !== undefined && (outer.includes('*') || inner.every((one) => outer.includes(one))));
  });
  const same = (['repo', 'path', 'tools'] as const).every((name) => a[name] === undefined || a[name] === b[name]);
  return lists && same && holdsRange(a.complexity, b.complexity) && holdsRange(a.tokens, b.tokens);
}

type Range = When['tokens'];

function holdsRange(outer: Range, inner: Range): boolean {
  if (!outer) return true;
  if (!inner) return false;
  const [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return (outer.above ?? low) <= (inner.above ?? low) && (outer.below ?? high) >= (inner.below ?? high);
}
