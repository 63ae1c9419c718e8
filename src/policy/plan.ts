import type { Zone } from '../protocol/zone.ts';
import { bestOf, byRule, equals, type Judged, type Mode, ORDERS, type Step } from './order.ts';
import { type Belief, lowerBound, utility, type Weights } from './score.ts';

export { MODES, type Mode, type Step } from './order.ts';

/** What is known of the work. Tokens where nothing else is said. */
export interface Work {
  /** 1 is ordinary, up to 10. */
  importance: number;
  /** The class of work is not sure: it is routed up. */
  unsure: boolean;
  /** Of the prompt. */
  size: number;
  /** The longest answer that is asked for or expected. */
  answer: number;
  needs: { tools: boolean; vision: boolean; json: boolean };
}

/** One target that could serve the request. Abilities that nobody knows are undefined and do not bar it. */
export interface Contender {
  address: string;
  zone: Zone;
  /** Tokens, prompt and answer together. */
  window?: number;
  tools?: boolean;
  vision?: boolean;
  json?: boolean;
  /** Of its breaker. */
  health: 'closed' | 'probing' | 'open';
  /** Its provider did not answer when it was last asked: it is tried behind all others. */
  ailing?: boolean;
  /** Place among equals, as the configuration has them; lower comes first. */
  rank?: number;
  /** Why policy bars it: its budget is spent, its licence does not fit. */
  barred?: { gate: Gate; why: string };
  belief: Belief;
  /** What an evaluation found for this class of work; it counts before any belief. */
  verdict?: 'good-enough' | 'not-good-enough';
  /** Expected, with the prompt cache that is lost by going there. Undefined: unpriced, which counts as the dearest. */
  costNanos?: number;
  /** Expected until the answer is complete, with queue and loading. */
  latencyMs: number;
  /** It is here for a swap only: it takes another's place, and competes with nobody. */
  standsIn?: true;
}

/** A swap that holds for this conversation: who would be answered by one model is answered by another. */
export interface Replacement {
  swap: string;
  from: string;
  to: string;
}

export interface PlanInput {
  work: Work;
  mode: Mode;
  weights: Weights;
  contenders: readonly Contender[];
  /** The model that this conversation is with. It stays, as long as nothing speaks against it. */
  incumbent?: string;
  /** Why the conversation should move to a better model. */
  moveUp?: string;
  /** The work is another than before: the incumbent competes, and does not simply stay. */
  border?: boolean;
  /** A rule's own choice: none but these, in this order. */
  fixed?: { rule: string; order: readonly string[] };
  /** Swaps that hold for this conversation. */
  swaps?: readonly Replacement[];
  /** The only model that the name means: a swap may take its place also where it may not answer itself. */
  named?: string;
}

export type Gate = 'zone' | 'access' | 'abilities' | 'window' | 'health' | 'budget' | 'licence' | 'task' | 'rule';

/** A target that may not serve the request. */
export interface Excluded {
  address: string;
  gate: Gate;
  why: string;
  /** Where it was too small: tokens. */
  window?: number;
}

/** Targets in the order in which to try them. Empty when the gates left none. */
export interface Plan {
  version: 1;
  mode: Mode;
  steps: Step[];
  excluded: Excluded[];
  /** Share of the best model's success from which on a model is good enough for this work. */
  bar: number;
  /** What is looked at in the conversation's next turn. */
  check?: Check;
  /** Where to go when that fails. */
  escalateTo?: string;
  /** The swap by which the first stands where it stands. */
  swap?: Replacement;
}

/** Signs of failure that a conversation itself shows: tests and builds that fail, calls that a tool refuses. */
export type Check = 'tests' | 'tool-calls';

/** Share of the window that stays free: estimates of tokens differ by so much between tokenizers. */
const RESERVE = 0.05;
/**
 * How far below the best an ordinary task may be served; work twice as important gets half of that. On the coding problems of
 * `bench:routing`, before anything is learned, this keeps 97 % of the quality of mode `best` for 41 % of its cost; with outcomes, half the
 * slack buys 3 % more quality for 23 % more cost.
 */
const SLACK = 0.08;
/** The same for models at home, where home comes first: any model will do for ordinary work, and half as good a one for what matters twice as much. */
const SLACK_AT_HOME = 1;
/** How much more important work is taken for when nobody is sure what it is. */
const UNSURE = 2;

/**
 * Who answers. Pure: the same input gives the same plan. Gates first, then the order by mode; a challenger is judged by the cautious end of
 * what is believed of it and the incumbent by the mean, which keeps a conversation from flapping between models.
 */
export function plan(input: PlanInput): Plan {
  const { work, mode, contenders, incumbent, moveUp, fixed } = input;
  const excluded: Excluded[] = [];
  const open: Contender[] = [];
  for (const contender of contenders) {
    if (contender.standsIn) continue;
    const gate = barrier(contender, work, fixed);
    if (gate) excluded.push({ address: contender.address, ...gate });
    else open.push(contender);
  }
  const importance = work.unsure ? work.importance * UNSURE : work.importance;
  const judging: Judging = { input, importance, best: bestOfAll(open, incumbent), bar: 1 - SLACK / importance };
  const judged = open.map((contender) => judge(contender, judging));
  judged.sort((a, b) => a.ailing - b.ailing || (fixed ? byRule(a, b, fixed.order) : ORDERS[mode](a, b)) || equals(a, b));
  const stay = judged.find(({ step }) => step.address === incumbent);
  if (stay && moveUp) {
    const better = bestOf(judged, stay.mean);
    if (better) toFront(judged, better, `moved up: ${moveUp}`);
    else if (!fixed) toFront(judged, stay, `nothing is better, although ${moveUp}`);
  } else if (stay && !fixed && !input.border && !stay.ailing) toFront(judged, stay, 'this conversation is with it');
  else if (!stay && incumbent !== undefined && !fixed) noLower(judged, contenders, incumbent, excluded);
  const swap = input.swaps && standIn(judged, excluded, judging);
  const [first] = judged;
  const up = first && bestOf(judged, first.mean);
  return {
    version: 1,
    mode,
    steps: judged.map(({ step }) => step),
    excluded,
    bar: judging.bar,
    ...(up && { escalateTo: up.step.address }),
    ...(work.needs.tools && { check: 'tests' as const }),
    ...(swap && { swap }),
  };
}

/** Puts the model of a swap, or of a chain of them, in front of the one whose place it takes, where every gate lets it. The old one stays behind it. */
function standIn(judged: Judged[], excluded: Excluded[], judging: Judging): Replacement | undefined {
  const { contenders, work, swaps = [], named } = judging.input;
  const [before] = judged;
  let done: Replacement | undefined;
  for (let left = swaps.length, at = before?.step.address ?? named; left > 0; left--) {
    const swap = swaps.find(({ from }) => from === at);
    if (!swap) break;
    const contender = contenders.find(({ address }) => address === swap.to);
    const gate = contender ? keptOut(contender, work) : GONE;
    if (gate || !contender) {
      if (before) before.step.reason = `swap ${swap.swap} does not hold here: ${swap.to}: ${gate?.why}; ${before.step.reason}`;
      if (gate && contender?.standsIn) excluded.push({ address: swap.to, ...gate });
      break;
    }
    done = { ...swap, from: done?.from ?? swap.from };
    at = swap.to;
  }
  if (!done) return undefined;
  const known = judged.findIndex(({ step }) => step.address === done.to);
  const [one] = known < 0 ? [judge(contenders.find(({ address }) => address === done.to)!, judging)] : judged.splice(known, 1);
  one!.step.reason = `swap ${done.swap}: in the place of ${done.from}; ${one!.step.reason}`;
  judged.unshift(one!);
  return done;
}

const GONE = { gate: 'health', why: 'nobody serves it now' } as const;

/** Why a model may not stand in for another at this work; undefined: it may. */
export function keptOut(contender: Contender, work: Work): Omit<Excluded, 'address'> | undefined {
  if (contender.ailing) return { gate: 'health', why: 'its provider was not reachable when it was last asked' };
  return barrier(contender, work, undefined);
}

interface Judging {
  input: PlanInput;
  importance: number;
  /** What the best of those who may is expected to do, as cautiously as the others are judged. */
  best: number;
  bar: number;
}

function judge(contender: Contender, { input, importance, best, bar }: Judging): Judged {
  const { address, belief, verdict, costNanos, latencyMs, zone, ailing, rank } = contender;
  // Where home comes first, a model at home is given the benefit of the doubt: it must be known to be bad.
  const isFavoured = input.mode === 'own-first' && zone === 'own';
  const success = address === input.incumbent || isFavoured ? belief.mean : lowerBound(belief);
  const threshold = isFavoured ? 1 - SLACK_AT_HOME / importance : bar;
  const enough = verdict ? verdict === 'good-enough' : success >= threshold * best;
  const step: Step = {
    address,
    success,
    latencyMs,
    reason: address === input.named ? 'asked for by its name' : reasonOf(contender, enough),
  };
  // What nobody can price is never taken for cheap.
  if (costNanos !== undefined) {
    step.costNanos = costNanos;
    step.utility = utility({ success, costNanos, latencyMs }, importance, input.weights);
  }
  return { step, mean: belief.mean, distance: DISTANCE[zone], enough, ailing: Number(ailing ?? false), rank: rank ?? 0 };
}

const DISTANCE: Readonly<Record<Zone, number>> = { own: 0, leased: 1, vendor: 2 };

function reasonOf({ verdict, costNanos, ailing }: Contender, enough: boolean): string {
  const known = verdict
    ? `${verdict === 'good-enough' ? 'proven good enough' : 'proven not good enough'}`
    : enough
      ? 'expected to be good enough'
      : 'better only than nothing';
  return `${known}${costNanos === undefined ? ', unpriced' : ''}${ailing ? ', its provider was not reachable' : ''}`;
}

/** The conversation cannot stay: who is at least as good comes first, so that a turn under way never goes down where that can be helped. */
function noLower(judged: Judged[], contenders: readonly Contender[], incumbent: string, excluded: readonly Excluded[]): void {
  const before = contenders.find(({ address }) => address === incumbent);
  if (!before) return;
  judged.sort((a, b) => a.ailing - b.ailing || Number(b.mean >= before.belief.mean) - Number(a.mean >= before.belief.mean));
  const why = excluded.find(({ address }) => address === incumbent)?.why;
  const [first] = judged;
  if (first) first.step.reason = `instead of ${incumbent}: ${why}; ${first.step.reason}`;
}

function toFront(judged: Judged[], one: Judged, reason: string): void {
  judged.splice(judged.indexOf(one), 1);
  judged.unshift(one);
  one.step.reason = `${reason}; ${one.step.reason}`;
}

function bestOfAll(open: readonly Contender[], incumbent: string | undefined): number {
  return open.reduce((best, { address, belief }) => Math.max(best, address === incumbent ? belief.mean : lowerBound(belief)), 0);
}

/** The first gate that a contender does not pass. */
function barrier(contender: Contender, { size, answer, needs }: Work, fixed: PlanInput['fixed']): Omit<Excluded, 'address'> | undefined {
  if (contender.barred) return contender.barred;
  if (fixed && !fixed.order.includes(contender.address)) return { gate: 'rule', why: `${fixed.rule} names others` };
  const lacks = (['tools', 'vision', 'json'] as const).filter((ability) => needs[ability] && contender[ability] === false);
  if (lacks.length) return { gate: 'abilities', why: `it cannot do ${lacks.join(', ')}` };
  const room = contender.window === undefined ? Number.POSITIVE_INFINITY : contender.window * (1 - RESERVE);
  if (size + answer > room)
    return {
      gate: 'window',
      why: `${size} tokens and an answer of ${answer} do not fit into ${contender.window}`,
      window: contender.window,
    };
  if (contender.health === 'open') return { gate: 'health', why: 'it failed too often just now' };
  return undefined;
}
