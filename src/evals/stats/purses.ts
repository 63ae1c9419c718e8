import { density, quantile } from './normal.ts';

/** What the pairs so far say about the next one. Only of the past, or a bet on it would not be fair. */
export interface Outlook {
  /** Pairs seen. */
  pairs: number;
  /** How far from the threshold the mean of the stakes is supposed to lie, above 0. */
  effect: number;
  /** Mean of the squared stakes, above 0. */
  variance: number;
}

/**
 * The purses a start capital of 1 is shared among: what each gets, and by when it means to reach the goal, in units of variance / effect².
 * A test of fixed size at 5 % has even odds after 1.645² = 2.7 such units; the second purse is for those who had bad luck until then, and
 * the last has no deadline and grows for as long as it takes. The figures are chosen by simulation, `npm run bench:eval-stats`; they
 * decide the power and never the validity.
 */
const PURSES: readonly { share: number; deadline?: number }[] = [
  { share: 0.82, deadline: 3.2 },
  { share: 0.09, deadline: 10 },
  { share: 0.09 },
];

/** A little more than the goal, so that a purse does not creep up to it for ever. */
const BEYOND = 1.02;
/** Share of what a bet may lose at most, so that one pair never ends a trial. */
const MOST = 0.6;
/** Late in a purse's time bets would grow without bound. */
const LAST = 0.02;

/** What the purses hold at the start. */
export const filled = (): number[] => PURSES.map(({ share }) => share);

/**
 * Bets each purse on the next stake and settles. The sum of the purses is a test martingale: under every distribution of stakes
 * whose mean given the past is 0 it is expected to stay what it is, whatever the outlook says, and by Ville's inequality
 * (Ville 1939; Waudby-Smith and Ramdas, arXiv 2010.09686, section 4) it ever reaches 1/α with probability at most α.
 *
 * A purse without a deadline bets effect/variance, which lets it grow fastest (Kelly). One with a deadline follows Browne's optimal
 * policy for reaching a goal in time (S. Browne, "Reaching goals by a deadline: digital options and continuous-time active portfolio
 * management", Adv. Appl. Prob. 31, 1999): with wealth w as share of the goal and time t left, bet φ(Φ⁻¹(w)) / (w·σ·√t). That does
 * not depend on the effect, which only sets the deadline, and wastes nothing on wealth beyond the goal, as growth does.
 * @param purses changed in place @param goal for their sum @param outlook made before the stake was known
 * @param stake the outcome, not below -worst @param worst above 0
 */
export function settle(purses: number[], goal: number, outlook: Outlook, stake: number, worst: number): void {
  const total = sum(purses);
  const unit = outlook.variance / (outlook.effect * outlook.effect);
  for (const [at, { deadline }] of PURSES.entries()) {
    const held = purses[at]!;
    let bet = outlook.effect / outlook.variance;
    if (deadline !== undefined) {
      const wealth = Math.min(0.999, Math.max(1e-9, held / (goal * BEYOND - (total - held))));
      const left = Math.max(deadline * unit - outlook.pairs, 1 / outlook.variance, LAST * deadline * unit);
      bet = density(quantile(wealth)) / (wealth * Math.sqrt(outlook.variance * left));
    }
    bet = Math.min(MOST / worst, bet);
    purses[at] = held * (1 + bet * stake);
  }
}

/** What the purses hold together: the e-value. */
export function sum(purses: readonly number[]): number {
  let total = 0;
  for (const held of purses) total += held;
  return total;
}
