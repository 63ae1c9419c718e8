import { costOf } from '../../catalog/price.ts';
import { STANDINGS } from '../../evals/book.ts';
import { standingSchema } from '../../evals/evidence.ts';
import { MACHINES } from '../../exchange/machines.ts';
import { busiest, lostOf, utilisation } from '../../policy/comparison.ts';
import { GatewayError, invalid } from '../../protocol/errors.ts';
import { address, resolve, type ServedModel } from '../../providers/resolve.ts';
import type { LatencyGroup, Measure, Store, Totals, TotalsGroup } from '../../store/ports.ts';
import { TASKS, type TaskClass } from '../../tasks/task.ts';
import { type ComparisonView, comparisonQuery } from '../contract.ts';
import { queryOf, read, type Step } from './call.ts';
import { modelView } from './models.ts';
import { spanOf, usesIn } from './use.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Within so many hours the busiest one is looked for. */
const HOURS = 72;
/** Standings that are read. */
const MOST_STANDINGS = 1000;

type Side = ComparisonView['from'];

/** What would be otherwise with one model in the place of another. Asks no model. @throws GatewayError `invalid` naming the field */
export async function compareModels(step: Step): Promise<ComparisonView> {
  const { parts } = step;
  const { store } = parts;
  const query = read(comparisonQuery, queryOf(step));
  const now = parts.now();
  const span = spanOf({ from: now - query.days * DAY }, now);
  const [from, to] = [one(step, 'from', query.from), one(step, 'to', query.to)];
  if (address(from) === address(to)) throw invalid('to', `is the same model as from: ${address(from)}`);
  const uses = await usesIn(store, span);
  const sideOf = async (served: ServedModel): Promise<Side> => ({
    model: modelView(served, step, uses),
    latency: { first_token: await quantiles(store, 'first_token', served, span), total: await quantiles(store, 'total', served, span) },
    lost: lostAt(step, served),
  });
  const answered = TASKS.map((task) => ({ task, ...uses.of(task, address(from)) }))
    .filter(({ exchanges }) => exchanges > 0)
    .sort((a, b) => b.exchanges - a.exchanges);
  const tasks = query.tasks ?? answered.map(({ task }) => task);
  return {
    from: await sideOf(from),
    to: await sideOf(to),
    tasks,
    span,
    traffic: store ? await trafficOf(step, store, { from, to, tasks: query.tasks, span }) : null,
    queue: store ? await queueOf(step, store, { from, to, tasks: query.tasks, now }) : null,
    evidence: await evidenceOf(step, tasks, from, to),
  };
}

/** The one model that a name means. @throws GatewayError `invalid` */
function one({ parts: { scene } }: Step, field: 'from' | 'to', name: string): ServedModel {
  let targets: readonly ServedModel[] = [];
  try {
    targets = resolve(name, scene.registry.world()).targets;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw invalid(field, error.message);
  }
  if (targets.length === 1) return targets[0]!;
  throw invalid(field, `"${name}" means several models; name one of ${targets.slice(0, 5).map(address).join(', ')}`);
}

function lostAt({ parts: { scene } }: Step, served: ServedModel): Side['lost'] {
  const { dialect, target } = scene.candidates.of(served);
  return [...lostOf((prompt) => dialect.ask(prompt, target).notes)].map(([feature, { action, why }]) => ({ feature, action, why }));
}

interface Span {
  from: number;
  to: number;
}

async function quantiles(
  store: Store | undefined,
  measure: Measure,
  { provider, model }: ServedModel,
  { from, to }: Span,
): Promise<Side['latency']['total']> {
  const [found]: LatencyGroup[] = (await store?.reports.latency({ from, to, grain: 'day', measure, where: { provider, model } })) ?? [];
  return found?.count ? { count: found.count, p50: found.p50, p95: found.p95 } : null;
}

interface Replacing {
  from: ServedModel;
  to: ServedModel;
  /** All when left out. */
  tasks: readonly TaskClass[] | undefined;
}

/** What evaluation asks is no work that a swap would move. */
function isWork({ of }: TotalsGroup): boolean {
  return !MACHINES.includes(of.client ?? '');
}

async function trafficOf(
  { parts }: Step,
  store: Store,
  { from, to, tasks, span }: Replacing & { span: Span },
): Promise<ComparisonView['traffic']> {
  const where = { provider: from.provider, model: from.model };
  const groups = (await store.reports.totals({ ...span, grain: 'day', by: ['task', 'client'], where })).filter(isWork);
  const meant = groups.filter(({ of }) => !tasks || tasks.includes(of.task as TaskClass));
  const sum = (field: keyof Totals) => meant.reduce((all, group) => all + group[field], 0);
  const tokens = {
    input: sum('input_tokens'),
    cacheRead: sum('cache_read_tokens'),
    output: sum('output_tokens'),
    reasoning: sum('reasoning_tokens'),
  };
  const { pricing } = parts.scene.candidates.of(to);
  // Sums know no single prompt, so prices of long prompts do not come in.
  const price = pricing.kind === 'tokens' ? { ...pricing.price, tiers: [] } : undefined;
  return {
    exchanges: sum('exchanges'),
    input_tokens: tokens.input,
    cache_read_tokens: tokens.cacheRead,
    output_tokens: tokens.output,
    cost_nanos: sum('cost_nanos'),
    unpriced: sum('unpriced'),
    unclassified: groups.reduce((all, { of, exchanges }) => all + (of.task ? 0 : exchanges), 0),
    cost_at_to_nanos: price ? costOf(tokens, price) : pricing.kind === 'time' ? 0 : null,
  };
}

async function queueOf(
  { parts: { scene } }: Step,
  store: Store,
  { from, to, tasks, now }: Replacing & { now: number },
): Promise<ComparisonView['queue']> {
  const candidate = scene.candidates.of(to);
  if (candidate.zone === 'vendor') return null;
  const query = { from: now - HOURS * HOUR, to: now, grain: 'hour', series: true, by: ['task', 'client'] } as const;
  const ofFrom = await store.reports.totals({ ...query, where: { provider: from.provider, model: from.model } });
  const ofTo = await store.reports.totals({ ...query, where: { provider: to.provider, model: to.model } });
  const moved = ofFrom.filter((group) => isWork(group) && (!tasks || tasks.includes(group.of.task as TaskClass)));
  const byHour = Map.groupBy([...moved, ...ofTo], ({ start = 0 }) => start);
  const hours = [...byHour].map(([start, groups]) => ({
    start,
    exchanges: groups.reduce((sum, { exchanges }) => sum + exchanges, 0),
    output_tokens: groups.reduce((sum, { output_tokens }) => sum + output_tokens, 0),
  }));
  const hour = busiest(hours);
  if (!hour) return null;
  const perSecond = scene.routing.desk.speeds.of(address(to))?.tokensPerSecond ?? null;
  const atOnce = scene.engines.get(to.provider)?.config.parallel ?? candidate.load?.concurrency ?? 1;
  return {
    hour: hour.start,
    exchanges: hour.exchanges,
    output_tokens: hour.output_tokens,
    tokens_per_second: perSecond,
    at_once: atOnce,
    utilisation: perSecond === null ? null : utilisation(hour.output_tokens, perSecond, atOnce),
  };
}

async function evidenceOf(
  { parts }: Step,
  tasks: readonly TaskClass[],
  from: ServedModel,
  to: ServedModel,
): Promise<ComparisonView['evidence']> {
  const { scene, verdicts, store } = parts;
  const rows = (await store?.documents.page({ ...STANDINGS, limit: MOST_STANDINGS })) ?? [];
  const standings = rows.flatMap(({ value }) => standingSchema.safeParse(JSON.parse(value)).data ?? []);
  const [before, after] = [scene.candidates.of(from), scene.candidates.of(to)];
  return tasks.map((task) => {
    const certificate = verdicts.certificate(address(to), task);
    return {
      task,
      from_mean: scene.routing.desk.belief(before, task).mean,
      to_mean: scene.routing.desk.belief(after, task).mean,
      certificate: certificate
        ? {
            id: certificate.id,
            outcome: certificate.outcome,
            reference: certificate.reference.address,
            margin: certificate.margin,
            version: certificate.candidate.version ?? null,
            at: certificate.at,
          }
        : null,
      standing: standings.find((one) => one.task === task && one.candidate.address === address(to)) ?? null,
    };
  });
}
