import { costOf, type ListPrice } from '../catalog/price.ts';
import type { Totals, TotalsGroup } from '../store/ports.ts';
import type { SavingsView } from './schema.ts';
import { groupBy } from './slices.ts';

type Saving = SavingsView['total'];

/** A model that others sell, to compare with. */
export interface Alternative {
  model: string;
  seller: string;
  open: boolean;
  price: ListPrice;
}

export interface SavingsInput {
  from: number;
  to: number;
  now: number;
  /** Exchanges of people by team, task, provider, model, zone and outcome_class. */
  groups: readonly TotalsGroup[];
  /** The same of Freehold's own trials of models. */
  trials: readonly TotalsGroup[];
  alternatives: readonly Alternative[];
}

/** Outcomes for which tokens were really read and written for somebody. */
const SERVED: readonly string[] = ['ok', 'cancelled'];

/**
 * What was saved against what the asked models would have cost, and what the same tokens cost elsewhere. Retries, hedges, broken answers
 * and lost prompt caches are in the cost, the baseline has none of them. Unpriced and unbaselined exchanges are counted and never taken
 * for zero. Pure.
 */
export function savingsOf({ from, to, now, groups: people, trials, alternatives }: SavingsInput): SavingsView {
  const groups = [...people, ...trials];
  const total = savingOf('', groups);
  const tried = { exchanges: sum(trials, 'exchanges'), cost_nanos: sum(trials, 'cost_nanos') };
  const failed = people.filter(({ of }) => !SERVED.includes(of.outcome_class ?? ''));
  const by = (name: (group: TotalsGroup) => string) =>
    [...groupBy(groups, name)]
      .map(([key, members]) => savingOf(key, members))
      .sort((a, b) => b.cost_nanos - a.cost_nanos || b.exchanges - a.exchanges);
  return {
    from,
    to,
    generated_at: now,
    total,
    saved_share: total.baseline_nanos > 0 ? total.saved_nanos / total.baseline_nanos : null,
    unbaselined: sum(people, 'exchanges') - sum(people, 'baselined'),
    not_answered: { exchanges: sum(failed, 'exchanges'), cost_nanos: sum(failed, 'cost_nanos') },
    trials: tried,
    by: {
      zone: by(({ of }) => of.zone ?? ''),
      model: by(({ of }) => (of.provider ? `${of.provider}/${of.model}` : '')),
      task: by(({ of }) => of.task ?? ''),
      team: by(({ of }) => of.team ?? ''),
    },
    elsewhere: elsewhere(people, alternatives),
    notes: notesFor(savingOf('', people)),
  };
}

function savingOf(name: string, groups: readonly TotalsGroup[]): Saving {
  const compared_nanos = sum(groups, 'baselined_cost_nanos');
  const baseline_nanos = sum(groups, 'baseline_nanos');
  return {
    name,
    exchanges: sum(groups, 'exchanges'),
    cost_nanos: sum(groups, 'cost_nanos'),
    unpriced: sum(groups, 'unpriced'),
    baselined: sum(groups, 'baselined'),
    compared_nanos,
    baseline_nanos,
    saved_nanos: baseline_nanos - compared_nanos,
    wasted_nanos: sum(groups, 'wasted_nanos'),
    escalated: sum(groups, 'escalated'),
    escalated_nanos: sum(groups, 'escalated_nanos'),
  };
}

/** The same tokens at other prices. Prices for long prompts are left out: sums do not tell how long each prompt was. */
function elsewhere(groups: readonly TotalsGroup[], alternatives: readonly Alternative[]): SavingsView['elsewhere'] {
  const served = groups.filter(({ of }) => SERVED.includes(of.outcome_class ?? ''));
  const usage = {
    input: sum(served, 'input_tokens'),
    output: sum(served, 'output_tokens'),
    cacheRead: sum(served, 'cache_read_tokens'),
    cacheWrite: sum(served, 'cache_write_tokens'),
    cacheWrite1h: sum(served, 'cache_write_1h_tokens'),
    reasoning: sum(served, 'reasoning_tokens'),
  };
  if (usage.input + usage.output === 0) return [];
  const rented = served.filter(({ of }) => of.zone === 'vendor');
  const read = sum(rented, 'cache_read_tokens') / (sum(rented, 'input_tokens') || Number.POSITIVE_INFINITY);
  const cacheRead = Math.max(usage.cacheRead, Math.floor(read * usage.input));
  const cached = { ...usage, cacheRead, cacheWrite: Math.min(usage.cacheWrite, usage.input - cacheRead) };
  return alternatives
    .map(({ model, seller, open, price: { tiers: _, ...price } }) => ({
      model,
      seller,
      open,
      nanos: costOf(usage, price),
      cached_nanos: read > 0 ? costOf(cached, price) : null,
      source: price.source,
      date: price.date,
    }))
    .sort((a, b) => b.nanos - a.nanos || (a.model < b.model ? -1 : 1));
}

function notesFor({ exchanges, baselined, unpriced, baseline_nanos }: Saving): string[] {
  const notes: string[] = [];
  if (exchanges > 0 && baseline_nanos === 0)
    notes.push(
      'Nothing can be compared: of the names that clients asked for none has a known price. Say what they stand in for: savings.baseline: provider/model.',
    );
  else if (exchanges > baselined)
    notes.push(
      `Of ${exchanges} exchanges ${exchanges - baselined} cannot be compared: the asked model has no known price, or nobody knows what was paid or used. savings.baseline names a model for those.`,
    );
  if (unpriced > 0)
    notes.push(`${unpriced} exchanges used tokens whose price nobody knows; they add nothing to the cost. Set prices under providers.`);
  notes.push(
    'A baseline counts the tokens that the model that answered read and wrote; another may need more or fewer.',
    'A conversation that stays with one model is taken to have its last prompt in that model’s cache for five minutes, so what is saved is not overstated by caches that were lost.',
    'What hardware of your own costs is not in the cost: freehold tco counts it.',
  );
  return notes;
}

function sum(groups: readonly Totals[], of: keyof Totals): number {
  return groups.reduce((total, group) => total + group[of], 0);
}
