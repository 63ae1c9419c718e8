import { NANOS } from '../catalog/price.ts';
import type { Live } from '../live/live.ts';
import { isInForce } from '../policy/swap.ts';
import { Counter, Gauge } from './tally.ts';

/** Models in the place of others, and what is asked twice, as Prometheus reads it. */
export function liveFigures(live: Live): string {
  const share = new Gauge('freehold_swap_share', 'Share of the conversations that a model has in the place of another', [
    'swap',
    'from',
    'to',
    'state',
  ]);
  const evidence = new Gauge('freehold_swap_alarm_ratio', 'Evidence that the new model does worse; at 1 the old one is put back', ['swap']);
  for (const swap of live.swaps.all()) {
    const { id, from, to, state } = swap;
    if (state === 'undone') continue;
    share.set([id, from, to, state], isInForce(swap) ? swap.share : 0);
    const figures = live.figures(swap);
    if (isInForce(swap)) evidence.set([id], figures.evidence / figures.alarm_at);
  }
  const rollbacks = new Counter('freehold_swap_rollbacks_total', 'Swaps that were rolled back by this node, by itself');
  rollbacks.add([], live.rollbacks);
  const { pairs, dropped, spentNanos } = live.evidence.figures();
  const both = new Counter('freehold_shadow_pairs_total', 'Requests that two models answered and whose answers were compared');
  both.add([], pairs);
  const lost = new Counter('freehold_shadow_dropped_total', 'Sampled requests that came to no comparison, by why', ['reason']);
  for (const [reason, count] of dropped) lost.add([reason], count);
  const spent = new Gauge(
    'freehold_shadow_spent_dollars',
    'What asking twice cost today, with what is set aside for what is under way',
    [],
  );
  spent.set([], spentNanos / NANOS);
  return [share, evidence, rollbacks, both, lost, spent].map((family) => family.print()).join('');
}
