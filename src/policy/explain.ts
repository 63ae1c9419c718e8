import { type Contender, type PlanInput, plan } from './plan.ts';

/** The smallest change of one figure that has another target answer. */
export interface Flip {
  what: 'price' | 'success' | 'latency' | 'importance';
  /** Whose figure; absent for the work's own. */
  of?: string;
  from: number;
  to: number;
  /** Who would answer then. */
  winner: string;
}

/** One target and what became of it. */
export interface Verdict {
  address: string;
  /** From 1; absent: barred. */
  place?: number;
  gate?: string;
  why: string;
  /** Expected, 0 to 1: the mean, and what it was counted with. */
  mean: number;
  success?: number;
  costNanos?: number;
  latencyMs: number;
}

/** Why a request goes where it goes. */
export interface Explanation {
  chosen?: string;
  verdicts: Verdict[];
  flips: Flip[];
  /** Who would answer in a new conversation, where that is another. */
  otherwise?: string;
}

/** Runners-up whose figures are varied. */
const RIVALS = 5;
/** How far a figure is varied: times. */
const FAR = 1000;
const STEPS = 40;

/** Explains a decision by making it again, also under other circumstances. Pure. */
export function explain(input: PlanInput): Explanation {
  const { steps, excluded } = plan(input);
  const [first, ...others] = steps;
  const of = new Map(input.contenders.map((one) => [one.address, one]));
  const figures = ({ belief, costNanos, latencyMs }: Contender) => ({
    mean: belief.mean,
    ...(costNanos !== undefined && { costNanos }),
    latencyMs,
  });
  const verdicts: Verdict[] = [
    ...steps.map(({ address, reason, success }, at) => ({ address, place: at + 1, why: reason, success, ...figures(of.get(address)!) })),
    ...excluded.map(({ address, gate, why }) => ({ address, gate, why, ...figures(of.get(address)!) })),
  ];
  if (!first) return { verdicts, flips: [] };
  const rivals = others.slice(0, RIVALS).map(({ address }) => of.get(address)!);
  const afresh = plan({ ...input, incumbent: undefined, moveUp: undefined }).steps[0]?.address;
  return {
    chosen: first.address,
    verdicts,
    flips: [...flipsOf(input, of.get(first.address)!, rivals)].sort((a, b) => effort(a) - effort(b)),
    ...(afresh !== undefined && afresh !== first.address && { otherwise: afresh }),
  };
}

function* flipsOf(input: PlanInput, first: Contender, rivals: readonly Contender[]): Generator<Flip> {
  const with_ = (one: Contender) =>
    plan({ ...input, contenders: input.contenders.map((other) => (other.address === one.address ? one : other)) });
  const search = (
    what: Flip['what'],
    from: number,
    to: number,
    made: (value: number) => ReturnType<typeof plan>,
    of?: string,
  ): Flip | undefined => {
    const then = (value: number) => made(value).steps[0]?.address;
    if (then(to) === undefined || then(to) === first.address) return undefined;
    let [stays, goes] = [from, to];
    for (let step = 0; step < STEPS; step++) {
      const middle = (stays + goes) / 2;
      if (then(middle) === first.address) stays = middle;
      else goes = middle;
    }
    return { what, ...(of !== undefined && { of }), from, to: goes, winner: then(goes)! };
  };
  const found: (Flip | undefined)[] = [
    search('importance', input.work.importance, 10, (importance) => plan({ ...input, work: { ...input.work, importance } })),
    search('importance', input.work.importance, 1, (importance) => plan({ ...input, work: { ...input.work, importance } })),
  ];
  for (const one of [first, ...rivals]) {
    const isFirst = one === first;
    const { address, belief, latencyMs, costNanos } = one;
    const mean = (value: number) => with_({ ...one, belief: { ...belief, mean: value } });
    found.push(search('success', belief.mean, isFirst ? 0 : 1, mean, address));
    found.push(search('latency', latencyMs, isFirst ? latencyMs * FAR : 0, (value) => with_({ ...one, latencyMs: value }), address));
    if (costNanos === undefined) continue;
    const dearer = Math.max(costNanos, 1e6) * FAR;
    found.push(search('price', costNanos, isFirst ? dearer : 0, (value) => with_({ ...one, costNanos: value }), address));
  }
  for (const flip of found) if (flip) yield flip;
}

/** How large a change is: share of success, else doublings. */
function effort({ what, from, to }: Flip): number {
  if (what === 'success') return Math.abs(to - from) * 5;
  return Math.abs(Math.log2((to + 1) / (from + 1)));
}
