import { factsByName } from '../catalog/success-facts.ts';
import type { TasksGroup, Totals, TotalsGroup } from '../store/ports.ts';

/** Who answered, as independence sees it: models on hardware we hold or rent, open weights that somebody else runs, or weights that nobody can have. */
export const HOLDS = ['own', 'leased', 'open_elsewhere', 'closed'] as const;
export type Hold = (typeof HOLDS)[number];

/** Ways to measure work, and what each counts. Money at what the asked models would have cost, so that free work of own models counts. */
export const MEASURES = ['requests', 'tokens', 'money', 'tasks', 'importance'] as const;
export type Measure = (typeof MEASURES)[number];

/** An amount of work. Tokens read and written; money in nano-dollars of the baseline. */
export type Amounts = Record<Measure, number>;

/** All that one model answered of one class of work for one team. */
export interface Slice {
  team: string;
  task: string;
  provider: string;
  model: string;
  zone: string;
  hold: Hold;
  amounts: Amounts;
  /** Tasks that no other zone had a part in. */
  undivided: number;
  /** What was paid, nano-dollars. */
  cost_nanos: number;
  unpriced: number;
  /** Requests that have a baseline. */
  valued: number;
}

export const NOTHING: Amounts = { requests: 0, tokens: 0, money: 0, tasks: 0, importance: 0 };

/** Who holds what answered. On our own hardware stands what we put there, so what no table lists counts as open. Pure. */
export function holdOf(zone: string, model: string): Hold {
  const open = factsByName(model)?.open;
  if (zone === 'own' || zone === 'leased') return open === false ? 'closed' : zone;
  return open ? 'open_elsewhere' : 'closed';
}

/** Answered work by team, class of work and model. Pure. @param totals of answered exchanges, by these @param tasks of the same span; undefined where they were not read */
export function slicesOf(totals: readonly TotalsGroup[], tasks: readonly TasksGroup[] = []): Slice[] {
  const found = new Map<string, Slice>();
  const at = (of: Partial<Record<'team' | 'task' | 'provider' | 'model' | 'zone', string>>): Slice => {
    const { team = '', task = '', provider = '', model = '', zone = '' } = of;
    const name = JSON.stringify([team, task, provider, model, zone]);
    let slice = found.get(name);
    if (!slice) {
      const hold = holdOf(zone, model);
      slice = { team, task, provider, model, zone, hold, amounts: { ...NOTHING }, undivided: 0, cost_nanos: 0, unpriced: 0, valued: 0 };
      found.set(name, slice);
    }
    return slice;
  };
  for (const group of totals) {
    const slice = at(group.of);
    slice.amounts = plus(slice.amounts, amountsOf(group));
    slice.cost_nanos += group.cost_nanos;
    slice.unpriced += group.unpriced;
    slice.valued += group.baselined;
  }
  for (const group of tasks) {
    const slice = at(group.of);
    slice.amounts.tasks += group.tasks;
    slice.amounts.importance += group.importance;
    slice.undivided += group.undivided;
  }
  return [...found.values()];
}

/** What a group of exchanges comes to; tasks are not in it. */
export function amountsOf({ exchanges, input_tokens, output_tokens, baseline_nanos }: Totals): Amounts {
  return { ...NOTHING, requests: exchanges, tokens: input_tokens + output_tokens, money: baseline_nanos };
}

export function plus(a: Amounts, b: Amounts): Amounts {
  return {
    requests: a.requests + b.requests,
    tokens: a.tokens + b.tokens,
    money: a.money + b.money,
    tasks: a.tasks + b.tasks,
    importance: a.importance + b.importance,
  };
}

/** The sum of some slices. */
export function sumOf(slices: readonly Slice[]): Amounts {
  return slices.reduce((sum, { amounts }) => plus(sum, amounts), NOTHING);
}

/** Groups in the order in which they first come. */
export function groupBy<T>(items: readonly T[], name: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = name(item);
    const known = groups.get(key);
    if (known) known.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
