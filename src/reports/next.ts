import { many, percent } from './document.ts';
import type { Proof, Standing, StepView } from './schema.ts';
import { NOTHING, plus, type Slice } from './slices.ts';

export interface NextInput {
  slices: readonly Slice[];
  standing(slice: Slice): Standing;
  proofs: ReadonlyMap<string, readonly Proof[]>;
  /** Models on own hardware that answer now, by address, the preferred first. */
  candidates: readonly string[];
}

/** Steps that are shown. */
const MOST = 5;

/** Classes of work that the built-in suite has cases of; for others a team's own cases or its traffic must tell. */
const SUITED: readonly string[] = ['code_generation', 'bug_fix', 'refactoring', 'review', 'testing', 'documentation', 'explain_code'];

/** How near each is to being own: what is proven needs a swap only, what was tried in vain another model first. */
const NEARNESS: readonly Standing[] = ['proven', 'unexamined', 'none'];

/**
 * What brings the most: the classes of work and vendors' models on which the most is spent, those first that are proven to be replaceable,
 * then what nobody has looked at, then what own models were not good enough for. Pure.
 */
export function nextSteps({ slices, standing, proofs, candidates }: NextInput): StepView[] {
  const steps = new Map<string, StepView>();
  const able = [...new Set([...answering(slices), ...candidates])];
  for (const slice of slices) {
    const is = standing(slice);
    if (!NEARNESS.includes(is)) continue;
    const address = `${slice.provider}/${slice.model}`;
    const name = `${slice.task} ${address}`;
    const step = steps.get(name) ?? stepOf(slice.task, address, is, proofs.get(slice.task) ?? [], able);
    step.cost_nanos += slice.cost_nanos;
    step.amounts = plus(step.amounts, slice.amounts);
    steps.set(name, step);
  }
  // Work on which cases were tried already is nearer to an outcome than work that nobody looked at.
  const rank = (step: StepView) =>
    NEARNESS.indexOf(step.standing) - (step.to !== null && undecided(proofs.get(step.task))?.candidate === step.to ? 0.5 : 0);
  return [...steps.values()]
    .sort((a, b) => rank(a) - rank(b) || b.cost_nanos - a.cost_nanos || b.amounts.tokens - a.amounts.tokens)
    .slice(0, MOST);
}

/** Own models that answer already, those first that do most. */
function answering(slices: readonly Slice[]): string[] {
  const tokens = new Map<string, number>();
  for (const { hold, provider, model, amounts } of slices)
    if (hold === 'own') tokens.set(`${provider}/${model}`, (tokens.get(`${provider}/${model}`) ?? 0) + amounts.tokens);
  return [...tokens].sort(([, a], [, b]) => b - a).map(([address]) => address);
}

function stepOf(task: string, from: string, standing: Standing, proofs: readonly Proof[], candidates: readonly string[]): StepView {
  const best = [...proofs].sort((a, b) => b.candidate_score - a.candidate_score)[0];
  const goods = proofs.filter(({ outcome }) => outcome === 'good enough');
  // What runs at home already comes before what is rented or has to be fetched.
  const good = goods.find(({ candidate }) => candidates.includes(candidate)) ?? goods[0];
  const base = { task, from, standing, cost_nanos: 0, amounts: NOTHING };
  if (good)
    return {
      ...base,
      to: good.candidate,
      command: `freehold swap ${from} ${good.candidate} --task ${task || 'CLASS'}`,
      why: `${good.candidate} is proven good enough: ${percent(good.candidate_score)} against ${percent(good.reference_score)} of ${good.reference}`,
    };
  const open = undecided(proofs);
  if (open) {
    const more = open.more === null ? '' : `; about ${many(open.more, 'more case')} for even odds of an outcome`;
    const why = `${open.candidate} is undecided so far: ${percent(open.candidate_score)} against ${percent(open.reference_score)} of ${open.reference}${more}`;
    return { ...base, to: open.candidate, command: trial(task, from, open.candidate), why };
  }
  const untried = candidates.find((address) => proofs.every(({ candidate }) => candidate !== address));
  const why = best
    ? `${best.candidate} is proven not to be good enough: ${percent(best.candidate_score)} against ${percent(best.reference_score)} of ${best.reference}`
    : 'no model of your own was compared at this work yet';
  if (untried === undefined)
    return { ...base, to: null, command: 'freehold pull OWNER/MODEL', why: `${why}; ${best ? 'try a stronger one' : 'none is running'}` };
  const command = trial(task, from, untried);
  return { ...base, to: untried, command, why: best ? `${why}; ${untried} was not tried` : why };
}

/** How a model is tried: on the built-in cases where there are some, else on what the team brings and its traffic. */
function trial(task: string, from: string, to: string): string {
  return SUITED.includes(task)
    ? `freehold eval run --models ${to} --reference ${from} --task ${task} --until-decided`
    : `freehold swap ${from} ${to} --task ${task || 'CLASS'} --plan`;
}

/** Of what is undecided, that which needs the fewest cases more. */
function undecided(proofs: readonly Proof[] = []): Proof | undefined {
  const left = ({ more }: Proof) => more ?? Number.POSITIVE_INFINITY;
  return proofs.filter(({ outcome }) => outcome === 'undecided').sort((a, b) => left(a) - left(b))[0];
}
