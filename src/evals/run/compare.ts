import type { TaskClass } from '../../tasks/task.ts';
import type { CaseGrades } from './summary.ts';

/** One case that came out otherwise. */
export interface Changed {
  case: string;
  task: TaskClass;
  model: string;
  before: number;
  after: number;
  /** It passed and fails now, or the other way round; both false where only the score moved. */
  broke: boolean;
  mended: boolean;
  why?: string;
}

/** One model at one class of work in both runs, on the cases that both have a grade of. */
export interface ClassChange {
  task: TaskClass;
  /** As it is called in either run. */
  before: string;
  after: string;
  cases: number;
  score: { before: number; after: number };
  /** Of what is different, in points from -1 to 1; 95 %. */
  interval: [number, number];
  broke: number;
  mended: number;
}

export interface Comparison {
  classes: ClassChange[];
  /** Flips first, those that broke before those that mended. */
  changed: Changed[];
  /** Cases with a grade in one of the two only. */
  unmatched: number;
}

/**
 * What is different between two runs, case by case. A model is compared with itself; where the runs have one model each, with that one. Pure.
 * @param pairs which model of the first run is which of the second, where their names say it not
 */
export function compareRuns(before: CaseGrades, after: CaseGrades, pairs?: readonly (readonly [string, string])[]): Comparison {
  const named = pairs ?? partners(before, after);
  const place = (key: string, model: string) => `${model} ${key}`;
  const old = new Map(before.map((one) => [place(one.case, one.model), one]));
  const classes: ClassChange[] = [];
  const changed: Changed[] = [];
  let unmatched = 0;
  for (const [from, to] of named) {
    const own = after.filter(({ model }) => model === to);
    const both = own.flatMap((now) => {
      const then = old.get(place(now.case, from));
      return then?.score != null && now.score !== null ? [{ then, now }] : [];
    });
    unmatched += own.length + before.filter(({ model }) => model === from).length - 2 * both.length;
    for (const [task, cases] of Map.groupBy(both, ({ now }) => now.task)) {
      const flips = cases.map(({ then, now }): Changed => {
        const broke = then.pass === true && now.pass === false;
        const mended = then.pass === false && now.pass === true;
        const why = broke ? now.why : mended ? then.why : undefined;
        return {
          case: now.case,
          task,
          model: to,
          before: then.score!,
          after: now.score!,
          broke,
          mended,
          ...(why !== undefined && { why }),
        };
      });
      const mean = (of: (one: Changed) => number) => flips.reduce((sum, one) => sum + of(one), 0) / flips.length;
      classes.push({
        task,
        before: from,
        after: to,
        cases: flips.length,
        score: { before: mean((one) => one.before), after: mean((one) => one.after) },
        interval: differenceOf(flips.map((one) => one.after - one.before)),
        broke: flips.filter(({ broke }) => broke).length,
        mended: flips.filter(({ mended }) => mended).length,
      });
      changed.push(...flips.filter((one) => one.before !== one.after || one.broke || one.mended));
    }
  }
  const rank = ({ broke, mended }: Changed) => (broke ? 0 : mended ? 1 : 2);
  classes.sort((a, b) => (a.task < b.task ? -1 : a.task > b.task ? 1 : 0));
  changed.sort((a, b) => rank(a) - rank(b) || Math.abs(b.after - b.before) - Math.abs(a.after - a.before) || (a.case < b.case ? -1 : 1));
  return { classes, changed, unmatched };
}

function partners(before: CaseGrades, after: CaseGrades): [string, string][] {
  const names = (grades: CaseGrades) => [...new Set(grades.map(({ model }) => model))];
  const [old, young] = [names(before), names(after)];
  const same = young.filter((name) => old.includes(name));
  if (same.length) return same.map((name) => [name, name]);
  return old.length === 1 && young.length === 1 ? [[old[0]!, young[0]!]] : [];
}

/**
 * Where the mean difference lies, for people: normal, with one pair more that differs as much as can be, so that a few equal pairs prove
 * nothing.
 */
function differenceOf(differences: readonly number[]): [number, number] {
  const n = differences.length;
  const mean = differences.reduce((sum, one) => sum + one, 0) / n;
  const spread = differences.reduce((sum, one) => sum + (one - mean) ** 2, 1) / (n + 1);
  const half = 1.96 * Math.sqrt(spread / n);
  return [Math.max(-1, mean - half), Math.min(1, mean + half)];
}
