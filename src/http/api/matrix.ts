import { setImmediate as breathe } from 'node:timers/promises';
import type { Config } from '../../config/schema.ts';
import { address, type ServedModel } from '../../providers/resolve.ts';
import { TASKS } from '../../tasks/task.ts';
import { type RoutingCell, type RoutingView, routingQuery } from '../contract.ts';
import { queryOf, read, type Step } from './call.ts';
import { expectationOf, verdictsOf } from './expectations.ts';
import { shareOf, spanOf, type Uses, usesIn } from './use.ts';

/** Class of work × model: what is expected, what is proven, who did it and for how much; and the rules by which it is decided. */
export async function getRouting(step: Step): Promise<RoutingView> {
  const { scene, verdicts, store, now } = step.parts;
  const { models: most, ...asked } = read(routingQuery, queryOf(step));
  const span = spanOf(asked, now());
  const uses = await usesIn(store, span);
  const all = scene.registry.world().models.filter(({ embeds }) => !embeds);
  const shown = foremost(all, uses, (one) => verdictsOf(one, verdicts).length > 0).slice(0, most);
  const cells: RoutingCell[] = [];
  for (const served of shown) {
    const candidate = scene.candidates.of(served);
    for (const task of TASKS) {
      const { prior: _, ...expected } = expectationOf(candidate, task, { desk: scene.routing.desk, verdicts }, now());
      const { exchanges, cost_nanos, unpriced } = uses.of(task, address(served));
      const share = shareOf(exchanges, uses.ofTask(task).exchanges);
      cells.push({ ...expected, model: address(served), exchanges, share, cost_nanos, unpriced });
    }
    // A model's intervals take some milliseconds the first time.
    await breathe();
  }
  const { routing, aliases } = scene.config();
  return {
    ...span,
    mode: routing.mode,
    worth_usd: routing.worthUsd,
    second_usd: routing.secondUsd,
    rules: routing.rules.map(ruleView),
    aliases: Object.entries(aliases).map(([name, means]) => ({ name, means: [means].flat() })),
    tasks: tasksIn(uses),
    models: shown.map((served) => {
      const { exchanges, cost_nanos } = uses.ofModel(address(served));
      return { address: address(served), zone: served.zone, exchanges, share: shareOf(exchanges, uses.all.exchanges), cost_nanos };
    }),
    more: all.length - shown.length,
    cells,
  };
}

/** Who answered most first; then those of whom something is proven, those at home, and the others as they are listed. */
function foremost(models: readonly ServedModel[], uses: Uses, isProven: (address: string) => boolean): ServedModel[] {
  const rank = (served: ServedModel) => (isProven(address(served)) ? 2 : 0) + (served.zone === 'vendor' ? 0 : 1);
  const ranked = models.map((served) => ({ served, used: uses.ofModel(address(served)).exchanges, rank: rank(served) }));
  return ranked.sort((a, b) => b.used - a.used || b.rank - a.rank).map(({ served }) => served);
}

/** The most frequent first, and those that did not come up behind them. */
function tasksIn(uses: Uses): RoutingView['tasks'] {
  return [...new Set([...uses.tasks, ...TASKS])]
    .map((task) => {
      const { exchanges, cost_nanos, unpriced } = uses.ofTask(task);
      return { task, exchanges, share: shareOf(exchanges, uses.all.exchanges), cost_nanos, unpriced };
    })
    .sort((a, b) => b.exchanges - a.exchanges);
}

function ruleView({ name, when, mode, models }: Config['routing']['rules'][number], at: number): RoutingView['rules'][number] {
  const given = Array.isArray(models) ? models.map((one) => ({ name: one, weight: null })) : undefined;
  const weighted = Object.entries((!given && models) || {}).map(([one, weight]) => ({ name: one, weight }));
  return { name: name ?? `routing.rules[${at}]`, when, mode: mode ?? null, models: given ?? weighted };
}
