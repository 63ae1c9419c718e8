import { type Block, count, dollars, many, percent } from './document.ts';
import type { SavingsView } from './schema.ts';

/** What was saved, and what it would have cost elsewhere. Pure. */
export function savingsBlocks(view: SavingsView): Block[] {
  const { total, saved_share, not_answered, trials, by, elsewhere, notes } = view;
  const compared = `${count(total.baselined)} of ${count(total.exchanges)} requests can be compared`;
  const told =
    total.baseline_nanos === 0
      ? `Paid: ${dollars(total.cost_nanos)}. ${compared}.`
      : `${compared}: they cost ${dollars(total.compared_nanos)}, and the models that were asked for would have cost ${dollars(total.baseline_nanos)}. ${
          total.saved_nanos >= 0
            ? `Saved: ${dollars(total.saved_nanos)}, ${percent(saved_share)}.`
            : `That is ${dollars(-total.saved_nanos)} MORE than without Freehold.`
        }`;
  const apart = [
    `Attempts that gave no answer cost ${dollars(total.wasted_nanos)}; that is in the cost.`,
    `Going on with a better model because the one before did not do cost ${dollars(total.escalated_nanos)} (${many(total.escalated, 'request')}); that is in the cost too.`,
    `What ended without an answer cost ${dollars(not_answered.cost_nanos)} (${many(not_answered.exchanges, 'request')}).`,
    ...(trials.exchanges
      ? [
          `Freehold’s own trials of models cost ${dollars(trials.cost_nanos)} (${many(trials.exchanges, 'request')}); that is in what was paid, and compared with nothing.`,
        ]
      : []),
    ...notes,
  ];
  return [
    { kind: 'heading', text: 'Savings' },
    { kind: 'text', text: told },
    { kind: 'list', items: apart },
    {
      kind: 'table',
      rows: [
        ['answered by', 'requests', 'paid', 'compared', 'would have cost', 'saved', 'wasted'],
        ...by.model.map((one) => [
          one.name || '(nobody)',
          count(one.exchanges),
          `${dollars(one.cost_nanos)}${one.unpriced ? ` + ${one.unpriced} unpriced` : ''}`,
          dollars(one.compared_nanos),
          dollars(one.baseline_nanos),
          dollars(one.saved_nanos),
          dollars(one.wasted_nanos),
        ]),
      ],
      right: [1, 2, 3, 4, 5, 6],
    },
    ...(elsewhere.length ? elsewhereBlocks(elsewhere) : []),
  ];
}

function elsewhereBlocks(elsewhere: SavingsView['elsewhere']): Block[] {
  const hasCached = elsewhere.some(({ cached_nanos }) => cached_nanos !== null);
  return [
    { kind: 'heading', text: 'The same tokens elsewhere' },
    {
      kind: 'text',
      text: `All that was answered, at list prices${hasCached ? '; cached: with as much from prompt caches as vendors gave in these days' : ''}.`,
    },
    {
      kind: 'table',
      rows: [
        ['model', 'sold by', 'weights', 'cost', ...(hasCached ? ['cached'] : []), 'price of'],
        ...elsewhere.map(({ model, seller, open, nanos, cached_nanos, date }) => [
          model,
          seller,
          open ? 'open' : 'closed',
          dollars(nanos),
          ...(hasCached ? [cached_nanos === null ? '–' : dollars(cached_nanos)] : []),
          date || 'the configuration',
        ]),
      ],
      right: hasCached ? [3, 4] : [3],
    },
  ];
}
