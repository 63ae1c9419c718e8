import { count, percent } from './document.ts';
import type { IndependenceView } from './schema.ts';
import type { Amounts } from './slices.ts';

interface Looked {
  shares: IndependenceView['shares'];
  answered: Amounts;
  own: Amounts;
  /** Requests that have a baseline. */
  valued: number;
  whole: IndependenceView['total'];
  estimated: number;
  hasTasks: boolean;
}

/** Points of 1 by which two shares of the same work may differ before it is said. */
const APART = 0.1;
/** Requests without a figure, as a share, before it is said. */
const MISSING = 0.02;

/** Where a figure looks better than it is, in sentences. Pure. */
export function warningsFor({ shares, answered, own, valued, whole, estimated, hasTasks }: Looked): string[] {
  const found: string[] = [];
  const { requests, tokens, money, tasks, importance } = shares;
  const sober = [
    ['tokens', tokens],
    ['money', money],
    ['important tasks', importance],
  ] as const;
  const least = sober.filter(([, share]) => share !== null).sort(([, a], [, b]) => a! - b!)[0];
  if (requests !== null && least && requests - least[1]! > APART)
    found.push(
      `Own models answer ${percent(requests)} of the requests but only ${percent(least[1]!)} of the ${least[0]}: ${cause(own, answered)}. Do not quote the share of requests.`,
    );
  if (tasks !== null && importance !== null && tasks - importance > APART)
    found.push(
      `Own models do ${percent(tasks)} of the tasks, but ${percent(importance)} when each counts by its importance: theirs matter less.`,
    );
  const unvalued = answered.requests - valued;
  if (answered.requests > 0 && unvalued > MISSING * answered.requests)
    found.push(
      `For ${unvalued} of ${answered.requests} answered requests nobody knows what the asked model would have cost; they are not in the money. Name a model under savings.baseline.`,
    );
  if (whole.unpriced > 0)
    found.push(
      `${whole.unpriced} requests used tokens whose price nobody knows; what was paid is higher than what is shown. Set prices under providers.`,
    );
  if (estimated > MISSING * whole.exchanges)
    found.push(`The tokens of ${estimated} requests were counted here, because their providers reported none.`);
  if (!hasTasks && answered.requests > 0)
    found.push('Tasks were not counted, because the span holds many requests; ask for them with tasks=true, or by freehold report.');
  return found;
}

/** Why a share of requests flatters: they are smaller, or else they are the cheaper and lighter ones. */
function cause(own: Amounts, all: Amounts): string {
  const others = { requests: all.requests - own.requests, tokens: all.tokens - own.tokens };
  const [mine, theirs] = [own, others].map(({ tokens, requests }) => (requests > 0 ? Math.round(tokens / requests) : 0)) as [
    number,
    number,
  ];
  if (mine >= theirs) return 'what they answer is worth less than what the others do';
  return `many of their requests are small (${count(mine)} tokens each, the others’ ${count(theirs)})`;
}
