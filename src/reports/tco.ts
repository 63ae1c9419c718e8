import type { Hardware } from '../catalog/hardware.ts';
import { costOf, type ListPrice, NANOS } from '../catalog/price.ts';
import type { TcoView } from './tco-schema.ts';

/** Hours in a month, on average. */
export const MONTH_HOURS = 730.5;

/** Tokens; `fresh` and `cached` are read, the latter from the cache of prompts. */
export interface Tokens {
  fresh: number;
  cached: number;
  output: number;
  /** Of the cached and fresh ones: what vendors bill for writing to their caches. */
  written: number;
}

/** How fast one box is when it is full. Tokens a second. */
export interface Rates {
  prefill: number;
  decode: number;
}

export interface TcoInput {
  hardware: Hardware;
  rates: Rates;
  /** Hours of the span, from the first one with work on. */
  hours: readonly { at: number; tokens: Tokens }[];
  /** What else could answer, at its price. */
  alternatives: readonly { role: 'same' | 'frontier'; model: string; seller: string; price: ListPrice }[];
}

/** Loads at which a box is looked at, beside today's. */
const LOADS = [0.05, 0.25, 0.5, 1];

type Reckoned = Pick<TcoView, 'load' | 'month' | 'today' | 'loads' | 'alternatives'>;

/**
 * What boxes of one's own cost for a load, against APIs. A box reads at its prefill rate and writes at its decode rate, one after the
 * other, and does not read what its cache of prompts holds; what it cannot do within an hour is left over. Pure.
 */
export function reckon({ hardware, rates, hours, alternatives }: TcoInput): Reckoned {
  const span = Math.max(1, hours.length);
  const sum = hours.reduce((total, { tokens }) => add(total, tokens), NONE);
  const month = scaled(sum, MONTH_HOURS / span);
  const busy = hours.map(({ tokens }) => secondsFor(tokens, rates) / (3600 * hardware.boxes));
  const wanted = mean(busy);
  const utilisation = mean(busy.map((one) => Math.min(1, one)));
  const fixed = fixedCost(hardware);
  const perMonth = allOf(month);
  const capacity = wanted > 0 ? perMonth / wanted : capacityOf(rates, hardware.boxes);
  const at = (load: number) => {
    const cost = fixed.month_usd + powerCost(hardware, load);
    const tokens = capacity * load;
    return { load, tokens_month: tokens, cost_month_usd: cost, usd_per_million: tokens > 0 ? (cost / tokens) * 1e6 : null };
  };
  const price = (price: ListPrice, tokens: Tokens) => {
    const { tiers: _, ...flat } = price;
    const usage = {
      input: tokens.fresh + tokens.cached,
      cacheRead: Math.min(tokens.cached, tokens.fresh + tokens.cached),
      cacheWrite: Math.min(tokens.written, tokens.fresh),
      output: tokens.output,
    };
    return costOf(rounded(usage), flat) / NANOS;
  };
  const today = at(utilisation);
  return {
    load: {
      hours: hours.length,
      tokens_month: perMonth,
      fresh_month: month.fresh,
      cached_month: month.cached,
      output_month: month.output,
      wanted,
      utilisation,
      peak: Math.max(0, ...busy),
      full_hours: busy.filter((one) => one >= 1).length / span,
      by_hour: byHour(hours, busy),
    },
    month: { ...fixed, power_usd: powerCost(hardware, utilisation), cost_usd: today.cost_month_usd },
    today,
    loads: LOADS.map(at),
    alternatives: alternatives.map(({ role, model, seller, price: list }) => {
      const cost = price(list, month);
      const perMillion = perMonth > 0 ? (cost / perMonth) * 1e6 : null;
      const left = perMonth * Math.max(0, 1 - (wanted > 0 ? utilisation / wanted : 1));
      const own = today.cost_month_usd + (perMillion === null ? 0 : (left * perMillion) / 1e6);
      const breaks = breakEven({ fixed: fixed.month_usd, hardware, capacity, perMillion });
      return {
        role,
        model,
        seller,
        source: list.source,
        date: list.date,
        cost_month_usd: cost,
        usd_per_million: perMillion,
        /** With what the boxes cannot take bought there. */
        own_month_usd: own,
        pays: perMonth > 0 && own < cost,
        break_even_tokens_month: breaks,
        break_even_load: breaks === null ? null : breaks / capacity,
        break_even_months: payback(hardware, cost - (own - writeOff(hardware))),
      };
    }),
  };
}

const NONE: Tokens = { fresh: 0, cached: 0, output: 0, written: 0 };

/** What boxes cost a month whether they work or not, without power. */
function fixedCost(hardware: Hardware): { box_usd: number; staff_usd: number; other_usd: number; month_usd: number } {
  const { boxes, rentUsdMonth = 0, staffHoursMonth, staffUsdHour, otherUsdMonth } = hardware;
  const box_usd = writeOff(hardware) + boxes * rentUsdMonth;
  const staff_usd = staffHoursMonth * staffUsdHour;
  return { box_usd, staff_usd, other_usd: otherUsdMonth, month_usd: box_usd + staff_usd + otherUsdMonth };
}

/** Straight-line: the price less what it still brings, over its life. */
function writeOff({ boxes, purchaseUsd = 0, resaleShare, lifeYears }: Hardware): number {
  return (boxes * purchaseUsd * (1 - resaleShare)) / (lifeYears * 12);
}

function powerCost({ boxes, wattsIdle = 0, wattsWorking = wattsIdle, usdKwh, cooling }: Hardware, load: number): number {
  const watts = wattsIdle + (wattsWorking - wattsIdle) * load;
  return (boxes * watts * cooling * MONTH_HOURS * usdKwh) / 1000;
}

/**
 * Tokens a month from which boxes are cheaper: fixed + idle power = tokens × (API price - power for a token at work). Null where they never
 * are, also not when they are full.
 */
function breakEven(of: { fixed: number; hardware: Hardware; capacity: number; perMillion: number | null }): number | null {
  const { fixed, hardware, capacity, perMillion } = of;
  if (perMillion === null || capacity <= 0) return null;
  const idle = powerCost(hardware, 0);
  const gain = perMillion / 1e6 - (powerCost(hardware, 1) - idle) / capacity;
  if (gain <= 0) return null;
  const tokens = (fixed + idle) / gain;
  return tokens <= capacity ? tokens : null;
}

/** Months after which what was saved has paid the purchase; null where it was rented, or never within its life. */
function payback({ boxes, purchaseUsd = 0, lifeYears }: Hardware, saved: number): number | null {
  if (purchaseUsd === 0 || saved <= 0) return null;
  const months = (boxes * purchaseUsd) / saved;
  return months <= lifeYears * 12 ? months : null;
}

function secondsFor({ fresh, output }: Tokens, { prefill, decode }: Rates): number {
  return fresh / prefill + output / decode;
}

/** Tokens a month when nothing is known of the mix: ten read for one written, as coding tools do. */
function capacityOf(rates: Rates, boxes: number): number {
  return (boxes * 11 * MONTH_HOURS * 3600) / secondsFor({ ...NONE, fresh: 10, output: 1 }, rates);
}

/** Mean load of each hour of the day, UTC. */
function byHour(hours: TcoInput['hours'], busy: readonly number[]): number[] {
  return Array.from({ length: 24 }, (_, hour) => mean(busy.filter((_, at) => new Date(hours[at]!.at).getUTCHours() === hour)));
}

function add(a: Tokens, b: Tokens): Tokens {
  return { fresh: a.fresh + b.fresh, cached: a.cached + b.cached, output: a.output + b.output, written: a.written + b.written };
}

function scaled({ fresh, cached, output, written }: Tokens, by: number): Tokens {
  return { fresh: fresh * by, cached: cached * by, output: output * by, written: written * by };
}

function allOf({ fresh, cached, output }: Tokens): number {
  return fresh + cached + output;
}

function rounded<T extends Record<string, number>>(of: T): T {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, Math.round(value)])) as T;
}

function mean(values: readonly number[]): number {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : 0;
}
