import type { Trial, Verdict } from './trial.ts';

/**
 * e-BH (R. Wang and A. Ramdas, "False discovery rate control with e-values", JRSS B 84, 2022): with e-values in falling order, the first k
 * are taken for the largest k whose k-th is at least count/(α·k). Of those taken, at most a share α is expected to be wrong, however the
 * e-values depend on each other.
 * @param evidence e-values, each of a time of its own choosing, never the highest it once was
 * @returns for each whether it is taken
 */
export function eBH(evidence: readonly number[], alpha: number): boolean[] {
  const falling = evidence.toSorted((a, b) => b - a);
  const enough = falling.map((e, at) => e >= evidence.length / (alpha * (at + 1)));
  const taken = enough.lastIndexOf(true);
  return evidence.map((e) => taken >= 0 && e >= falling[taken]!);
}

/**
 * One e-value from those of several graders of the same answers: their mean. A product would need them independent (V. Vovk and R. Wang,
 * "E-values: calibration, combination and applications", Annals of Statistics 49, 2021).
 * @param weights set before the first answer; the same for all when left out
 */
export function averageE(evidence: readonly number[], weights: readonly number[] = evidence.map(() => 1)): number {
  if (evidence.length === 0 || weights.length !== evidence.length) throw new RangeError('weights: one for each e-value, and at least one');
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  return evidence.reduce((sum, e, at) => sum + (e * weights[at]!) / whole, 0);
}

/**
 * The verdicts of candidates that were tried side by side, corrected for their number. A candidate that alone would be good enough is not
 * when it was one of many; one that needs less because others are good too, gets it.
 * @param trials by candidate, on one class of work @param alpha share of wrong certificates among all given
 */
export function combine(trials: Readonly<Record<string, Trial>>, alpha = 0.05): Record<string, Verdict> {
  const names = Object.keys(trials);
  const verdicts = names.map((name) => trials[name]!.verdict());
  const good = eBH(
    verdicts.map(({ e }) => e),
    alpha,
  );
  const bad = eBH(
    verdicts.map(({ against }) => against),
    alpha,
  );
  return Object.fromEntries(names.map((name, at) => [name, corrected(verdicts[at]!, names.length, alpha, good[at]!, bad[at]!)]));
}

function corrected(alone: Verdict, count: number, alpha: number, good: boolean, bad: boolean): Verdict {
  const outcome = good ? 'good enough' : bad ? 'not good enough' : undefined;
  if (outcome === alone.outcome) return alone;
  const { decidedAt, more, ...facts } = alone;
  if (outcome !== undefined)
    return {
      ...facts,
      outcome,
      decidedAt: decidedAt ?? alone.pairs,
      reason: `Evidence enough beside that of the other ${count - 1} candidates.`,
    };
  if (decidedAt === undefined) return alone;
  return {
    ...facts,
    outcome: 'undecided',
    reason: `Evidence enough for one candidate, not for one of ${count}: begin the trial with candidates: ${count}, it then goes on to ${(count / alpha).toFixed(0)}.`,
  };
}
