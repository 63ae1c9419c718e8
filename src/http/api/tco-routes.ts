import { HARDWARE_DEFAULTS, type Hardware, hardwareView, withHardware } from '../../catalog/hardware.ts';
import type { ListPrice } from '../../catalog/price.ts';
import { cheapestOf, listPriceOf, sellersOf, yardsticks } from '../../catalog/sellers.ts';
import { keptMeasurements, type Measurement } from '../../engines/measured.ts';
import { invalid } from '../../protocol/errors.ts';
import { apart } from '../../reports/read.ts';
import { MONTH_HOURS, type Rates, reckon, type TcoInput, type Tokens } from '../../reports/tco.ts';
import { assumedIn, tcoPage, verdictOf } from '../../reports/tco-page.ts';
import type { Store, TotalsGroup } from '../../store/ports.ts';
import { type DocumentView, type TcoView, tcoQuery } from '../contract.ts';
import { queryOf, read, type Step, storeOf } from './call.ts';
import { priceView } from './prices.ts';
import { viewOf } from './report-routes.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Widest window of hours that the store reads at once. */
const WINDOW = 72 * HOUR;
/** Days that are looked at unasked: as long as hours are kept unless the configuration says otherwise. */
const DAYS = 14;
/** Vendors' models that are shown for comparison. */
const MOST = 3;
const NANOS = 1e9;
const SERVED = ['ok', 'cancelled'];

/** `GET /admin/api/reports/tco` */
export async function getTco(step: Step): Promise<TcoView> {
  const { from, to = step.parts.now(), scope, model, prefill, decode, against, ...said } = read(tcoQuery, queryOf(step));
  const now = step.parts.now();
  const span = { from: from ?? to - DAYS * DAY, to };
  if (span.from >= span.to) throw invalid('from', 'must be before to');
  const store = storeOf(step);
  const measurement = measuredFor(step, model);
  const rates = ratesOf(measurement, prefill, decode, model);
  const { hardware, notes } = boxesOf(withHardware(step.parts.scene.config().hardware, said), measurement);
  const groups = await hoursOf(store, span);
  const totals = await store.reports.totals({ ...span, grain: 'day', by: ['provider', 'model', 'zone', 'outcome_class'] });
  const hours = filled(groups, scope, span);
  const alternatives = alternativesOf(step, measurement?.address ?? model, against, totals);
  const reckoned = reckon({ hardware, rates, hours, alternatives });
  const paid = groups.reduce((sum, { cost_nanos }) => sum + cost_nanos, 0) / NANOS;
  const vendors = await latencies(store, span, totals);
  return {
    from: hours[0]?.at ?? span.from,
    to: span.to,
    generated_at: now,
    scope,
    model: measurement?.address ?? model ?? null,
    measured_at: prefill === undefined || decode === undefined ? (measurement?.at ?? null) : null,
    rates,
    latency: { box: boxLatency(measurement), vendors },
    ...reckoned,
    paid_month_usd: paid * (MONTH_HOURS / Math.max(1, hours.length)),
    hardware: hardwareView(hardware),
    assumed: assumedIn(hardware, HARDWARE_DEFAULTS, Object.keys(said)),
    notes: [...notes, ...notesOf(hours, alternatives)],
    verdict: verdictOf(reckoned),
  };
}

/** `GET /admin/api/reports/tco/document`: the same, for people. */
export async function getTcoDocument(step: Step): Promise<DocumentView> {
  return viewOf(tcoPage(await getTco(step)));
}

function measuredFor({ parts: { folder } }: Step, model: string | undefined): Measurement | undefined {
  const kept = folder === undefined ? [] : keptMeasurements(folder);
  return kept.find(({ address }) => model === undefined || address === model || address.endsWith(`/${model}`));
}

/** @throws GatewayError when nobody measured and nobody says how fast the box is */
function ratesOf(measurement: Measurement | undefined, prefill?: number, decode?: number, model?: string): Rates {
  if (prefill !== undefined && decode !== undefined) return { prefill, decode };
  if (!measurement) {
    const which = model === undefined ? '' : ` of ${model}`;
    throw invalid(
      'prefill',
      `nobody measured the speed${which} here: run "freehold engine bench", or give prefill and decode in tokens a second (--prefill, --decode)`,
    );
  }
  const read = measurement.prefill.toSorted((a, b) => b.prompt_tokens - a.prompt_tokens)[0];
  const fastest = measurement.load.toSorted((a, b) => b.output_per_second.median - a.output_per_second.median)[0];
  const rate = prefill ?? read?.per_second.median ?? 0;
  const written = decode ?? (fastest ? writing(fastest, rate) : 0);
  if (rate <= 0 || written <= 0) throw invalid('prefill', 'the measurement is empty; run "freehold engine bench" again');
  return { prefill: rate, decode: written };
}

/** Tokens written a second without the time for reading: 1/all = 1/written + prompt for each written token / read. */
function writing({ output_per_second, total_per_second, each_per_second, parallel }: Measurement['load'][number], prefill: number): number {
  const all = output_per_second.median;
  const promptEach = Math.max(0, total_per_second.median / all - 1);
  const left = 1 / all - promptEach / prefill;
  const most = parallel * each_per_second.median;
  return left > 0 ? Math.min(1 / left, Math.max(most, all)) : Math.max(most, all);
}

/** Boxes with their power as it was measured where nobody says it. @throws GatewayError when nobody says what they cost */
function boxesOf(hardware: Hardware, measurement: Measurement | undefined): { hardware: Hardware; notes: string[] } {
  if (hardware.purchaseUsd === undefined && hardware.rentUsdMonth === undefined)
    throw invalid(
      'purchase_usd',
      'nobody says what a box costs: give purchase_usd or rent_usd_month (--purchase, --rent), or set hardware: in the configuration',
    );
  const wattsIdle = hardware.wattsIdle ?? measurement?.watts?.idle;
  const wattsWorking = hardware.wattsWorking ?? measurement?.watts?.working ?? wattsIdle;
  const isKnown = wattsIdle !== undefined || wattsWorking !== undefined;
  const notes = isKnown
    ? hardware.wattsIdle === undefined && measurement?.watts
      ? [
          `Power as measured: ${wattsIdle} W idle, ${wattsWorking} W working (${measurement.watts.source}); what else the box draws is not in it.`,
        ]
      : []
    : ['Power is NOT counted: it could not be read here and nobody gave watts_idle and watts_working.'];
  return { hardware: { ...hardware, wattsIdle: wattsIdle ?? wattsWorking, wattsWorking }, notes };
}

/** What people asked, hour by hour; trials of models can wait for an idle one. */
async function hoursOf(store: Store, { from, to }: { from: number; to: number }): Promise<TotalsGroup[]> {
  const found: TotalsGroup[] = [];
  const begin = Math.floor(from / HOUR) * HOUR;
  for (let at = begin; at < to; at += WINDOW) {
    const until = Math.min(to, at + WINDOW);
    const query = { from: at, to: until, grain: 'hour', series: true, by: ['provider', 'model', 'zone', 'outcome_class'] } as const;
    found.push(...(await apart(store.reports, query)).people);
  }
  return found;
}

/** Every hour from the first with any traffic to the last of the span, those without work too: at night the box costs as well. */
function filled(groups: readonly TotalsGroup[], scope: TcoView['scope'], { to }: { to: number }): TcoInput['hours'] {
  const hours = new Map<number, Tokens>();
  const first = Math.min(...groups.map(({ start }) => start!));
  if (!Number.isFinite(first)) return [];
  for (let at = first; at < to; at += HOUR) hours.set(at, { fresh: 0, cached: 0, output: 0, written: 0 });
  for (const { start, of, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens } of groups) {
    const hour = hours.get(start!);
    if (!hour || !SERVED.includes(of.outcome_class ?? '') || (scope === 'own' && of.zone !== 'own')) continue;
    const cached = Math.min(cache_read_tokens, input_tokens);
    hour.fresh += input_tokens - cached;
    hour.cached += cached;
    hour.output += output_tokens;
    hour.written += Math.min(cache_write_tokens, input_tokens - cached);
  }
  return [...hours].map(([at, tokens]) => ({ at, tokens }));
}

/** The same open model where it is sold, and what vendors answered with, or what is named. */
function alternativesOf(
  step: Step,
  model: string | undefined,
  against: string | undefined,
  totals: readonly TotalsGroup[],
): TcoInput['alternatives'] {
  const { registry, candidates, config } = step.parts.scene;
  const prices = new Map(
    registry.world().models.flatMap((served): [string, ListPrice][] => {
      const { address, price } = priceView(candidates.of(served));
      return price ? [[address, price]] : [];
    }),
  );
  const plain = model?.slice(model.indexOf('/') + 1);
  const seller = plain === undefined ? undefined : cheapestOf(plain);
  const same = seller ? [{ role: 'same' as const, model: seller.name, seller: seller.vendor, price: seller.price }] : [];
  const frontier = (name: string): TcoInput['alternatives'][number][] => {
    const price = prices.get(name) ?? listPriceOf(name);
    const who = prices.has(name) ? name.slice(0, name.indexOf('/')) : (sellersOf(name)[0]?.vendor ?? '');
    return price ? [{ role: 'frontier', model: name, seller: who, price }] : [];
  };
  if (against !== undefined) {
    const named = frontier(against);
    if (named.length === 0)
      throw invalid('against', `no price is known for "${against}"; name a provider/model of the configuration, or a listed model`);
    return [...same, ...named];
  }
  const used = new Map<string, number>();
  for (const { of, input_tokens, output_tokens } of totals)
    if (of.zone === 'vendor') {
      const name = `${of.provider}/${of.model}`;
      used.set(name, (used.get(name) ?? 0) + input_tokens + output_tokens);
    }
  const { otherwise } = config().savings;
  const names = [...used].sort(([, a], [, b]) => b - a).map(([name]) => name);
  const found = [...names, ...(otherwise === undefined ? [] : [otherwise])].flatMap(frontier).slice(0, MOST);
  return [
    ...same,
    ...(found.length
      ? found
      : yardsticks()
          .filter(({ open }) => !open)
          .slice(0, MOST)
          .flatMap(({ name }) => frontier(name))),
  ];
}

function boxLatency(measurement: Measurement | undefined): TcoView['latency']['box'] {
  return (measurement?.load ?? []).map(({ parallel, first_token_ms, each_per_second }) => ({
    parallel,
    first_token_ms: first_token_ms.median,
    each_per_second: each_per_second.median,
  }));
}

/** How long the team waits for vendors, as the ledger has it. */
async function latencies(
  store: Store,
  span: { from: number; to: number },
  totals: readonly TotalsGroup[],
): Promise<TcoView['latency']['vendors']> {
  const rented = new Set(totals.flatMap(({ of }) => (of.zone === 'vendor' ? `${of.provider}/${of.model}` : [])));
  const groups = await store.reports.latency({ ...span, grain: 'day', measure: 'first_token', by: ['provider', 'model'] });
  return groups
    .map(({ of, p50, count }) => ({ name: `${of.provider}/${of.model}`, first_token_ms: p50, answers: count }))
    .filter(({ name }) => rented.has(name))
    .sort((a, b) => b.answers - a.answers)
    .slice(0, MOST);
}

function notesOf(hours: TcoInput['hours'], alternatives: TcoInput['alternatives']): string[] {
  return [
    `A month is ${MONTH_HOURS} hours; the ${hours.length} hours since the first traffic of the span are taken for what goes on.`,
    'The box reads and writes one after the other at its measured rates, and reads nothing twice that a cache of prompts held in the traffic.',
    'APIs are billed at list prices, without discounts and without the higher prices of long prompts.',
    ...(alternatives.some(({ role }) => role === 'same')
      ? []
      : ['The catalogue lists no price for the same model, so it is compared with others only.']),
    'That the model is good enough for the work is not reckoned here: freehold report says what is proven.',
  ];
}
