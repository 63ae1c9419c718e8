import type { Zone } from '../protocol/zone.ts';
import { type Belief, lowerBound, utility, type Weights } from './score.ts';

/** How the order is found once the gates have spoken. */
export const MODES = ['cheapest-good-enough', 'own-first', 'balanced', 'best'] as const;
export type Mode = (typeof MODES)[number];

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
  /** Why policy bars it: its budget is spent, its licence does not fit. */
  barred?: { gate: 'budget' | 'licence' | 'task'; why: string };
  belief: Belief;
  /** What an evaluation found for this class of work; it counts before any belief. */
  verdict?: 'good-enough' | 'not-good-enough';
  /** Expected, with the prompt cache that is lost by going there. Undefined: unpriced, which counts as the dearest. */
  costNanos?: number;
  /** Expected until the answer is complete, with queue and loading. */
  latencyMs: number;
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
}

export type Gate = 'zone' | 'abilities' | 'window' | 'health' | 'budget' | 'licence' | 'task' | 'rule';

/** A target that may not serve the request. */
export interface Excluded {
  address: string;
  gate: Gate;
  why: string;
}

/** A target in its place. */
export interface Step {
  address: string;
  /** Expected, 0 to 1; cautious for challengers. */
  success: number;
  /** Absent: unpriced. */
  costNanos?: number;
  latencyMs: number;
  utility: number;
  reason: string;
}

/** Targets in the order in which to try them. Empty when the gates left none. */
export interface Plan {
  version: 1;
  mode: Mode;
  steps: Step[];
  excluded: Excluded[];
  /** Share of the best model's success from which on a model is good enough for this work. */
  bar: number;
  /** Where to go when a check on the first answer fails. */
  escalateTo?: string;
}

/** Share of the window that stays free: estimates of tokens differ by so much between tokenizers. */
const RESERVE = 0.05;
/** How far below the best an ordinary task may be served. Work twice as important gets half of that. */
const SLACK = 0.1;
/** How much more important work is taken for when nobody is sure what it is. */
const UNSURE = 2;

/**
 * Who answers. Pure: the same input gives the same plan. Gates first, then the order by mode; a challenger is judged by the cautious end of
 * what is believed of it and the incumbent by the mean, which keeps a conversation from flapping between models.
 */
export function plan(input: PlanInput): Plan {
  const { work, mode, weights, contenders, incumbent, moveUp } = input;
  const excluded: Excluded[] = [];
  const open: Contender[] = [];
  for (const contender of contenders) {
    const gate = barrier(contender, work);
    if (gate) excluded.push({ address: contender.address, ...gate });
    else open.push(contender);
  }
  const importance = work.unsure ? work.importance * UNSURE : work.importance;
  const bar = 1 - SLACK / importance;
  const judged = open.map((contender): Judged => judge(contender, { importance, weights, incumbent, bar: bar * bestMean(open) }));
  judged.sort(ORDERS[mode]);
  const stay = judged.find(({ step }) => step.address === incumbent);
  if (stay && !moveUp) toFront(judged, stay, 'this conversation is with it');
  else if (stay && moveUp) {
    const better = judged.filter(({ mean }) => mean > stay.mean).sort((a, b) => b.mean - a.mean)[0];
    if (better) toFront(judged, better, `moved up: ${moveUp}`);
  }
  const [first] = judged;
  const up = first && judged.filter(({ mean }) => mean > first.mean).sort((a, b) => b.mean - a.mean)[0];
  return { version: 1, mode, steps: judged.map(({ step }) => step), excluded, bar, ...(up && { escalateTo: up.step.address }) };
}

interface Judged {
  step: Step;
  mean: number;
  /** The zone's distance from home. */
  distance: number;
  enough: boolean;
}

interface Judging {
  importance: number;
  weights: Weights;
  incumbent: string | undefined;
  /** Success from which on it is good enough. */
  bar: number;
}

function judge(contender: Contender, { importance, weights, incumbent, bar }: Judging): Judged {
  const { address, belief, verdict, costNanos, latencyMs, zone } = contender;
  const success = address === incumbent ? belief.mean : lowerBound(belief);
  const enough = verdict ? verdict === 'good-enough' : success >= bar;
  const value = utility({ success, costNanos: costNanos ?? 0, latencyMs }, importance, weights);
  const step: Step = {
    address,
    success,
    latencyMs,
    // What nobody can price is never taken for cheap.
    utility: costNanos === undefined ? Number.NEGATIVE_INFINITY : value,
    reason: reasonOf(contender, enough),
  };
  if (costNanos !== undefined) step.costNanos = costNanos;
  return { step, mean: belief.mean, distance: DISTANCE[zone], enough };
}

const DISTANCE: Readonly<Record<Zone, number>> = { own: 0, leased: 1, vendor: 2 };

function reasonOf({ verdict, costNanos }: Contender, enough: boolean): string {
  const known = verdict
    ? `${verdict === 'good-enough' ? 'proven good enough' : 'proven not good enough'}`
    : enough
      ? 'expected to be good enough'
      : 'better only than nothing';
  return costNanos === undefined ? `${known}, unpriced` : known;
}

/** Good enough before not; then what the mode prefers; equal ones by address, so that the order never depends on the input's. */
const ORDERS: Readonly<Record<Mode, (a: Judged, b: Judged) => number>> = {
  'cheapest-good-enough': (a, b) => enoughFirst(a, b) || (a.enough ? cheaper(a, b) : b.mean - a.mean) || byAddress(a, b),
  'own-first': (a, b) => enoughFirst(a, b) || (a.enough ? a.distance - b.distance || byUtility(a, b) : b.mean - a.mean) || byAddress(a, b),
  balanced: (a, b) => byUtility(a, b) || byAddress(a, b),
  best: (a, b) => b.mean - a.mean || cheaper(a, b) || byAddress(a, b),
};

const enoughFirst = (a: Judged, b: Judged): number => Number(b.enough) - Number(a.enough);
const byAddress = (a: Judged, b: Judged): number => (a.step.address < b.step.address ? -1 : 1);

function cheaper(a: Judged, b: Judged): number {
  const [x, y] = [a.step.costNanos ?? Number.MAX_SAFE_INTEGER, b.step.costNanos ?? Number.MAX_SAFE_INTEGER];
  return x - y || a.distance - b.distance || a.step.latencyMs - b.step.latencyMs;
}

function byUtility(a: Judged, b: Judged): number {
  const [x, y] = [a.step.utility, b.step.utility];
  return x === y ? 0 : y - x;
}

function toFront(judged: Judged[], one: Judged, reason: string): void {
  judged.splice(judged.indexOf(one), 1);
  judged.unshift(one);
  one.step.reason = `${reason}; ${one.step.reason}`;
}

function bestMean(open: readonly Contender[]): number {
  return open.reduce((best, { belief }) => Math.max(best, belief.mean), 0);
}

/** The first gate that a contender does not pass. */
function barrier(contender: Contender, { size, answer, needs }: Work): { gate: Gate; why: string } | undefined {
  if (contender.barred) return contender.barred;
  const lacks = (['tools', 'vision', 'json'] as const).filter((ability) => needs[ability] && contender[ability] === false);
  if (lacks.length) return { gate: 'abilities', why: `it cannot do ${lacks.join(', ')}` };
  const room = contender.window === undefined ? Number.POSITIVE_INFINITY : contender.window * (1 - RESERVE);
  if (size + answer > room) return { gate: 'window', why: `${size} tokens and an answer of ${answer} do not fit into ${contender.window}` };
  if (contender.health === 'open') return { gate: 'health', why: 'it failed too often just now' };
  return undefined;
}
