/** Numbers as people read them, each with its unit. Absent values are a dash. */

const ABSENT = '–';
const plain = (digits: number) => new Intl.NumberFormat(undefined, { maximumFractionDigits: digits });
const WHOLE = plain(0);
const SHORT = new Intl.NumberFormat(undefined, { notation: 'compact', maximumSignificantDigits: 3 });
const PERCENT = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });
const PERCENT_WHOLE = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 });

type Maybe = number | null | undefined;

/** 1,234,567. */
export function count(value: Maybe): string {
  return value == null ? ABSENT : WHOLE.format(value);
}

/** 1.23M. */
export function short(value: Maybe): string {
  return value == null ? ABSENT : Math.abs(value) < 10_000 ? WHOLE.format(value) : SHORT.format(value);
}

/** @param share 0 to 1 */
export function percent(share: Maybe): string {
  if (share == null || Number.isNaN(share)) return ABSENT;
  const isRound = share === 0 || share === 1 || (share >= 0.1 && share < 0.995);
  return (isRound ? PERCENT_WHOLE : PERCENT).format(share);
}

/** US dollars with as many digits as its size asks for. @param nanos 1e-9 dollars */
export function money(nanos: Maybe): string {
  if (nanos == null) return ABSENT;
  const dollars = nanos / 1e9;
  const size = Math.abs(dollars);
  if (size === 0) return '$0';
  if (size < 0.000_001) return dollars < 0 ? '> -$0.000001' : '< $0.000001';
  const digits = size >= 1000 ? 0 : size >= 0.1 ? 2 : size >= 0.001 ? 4 : size >= 0.0001 ? 5 : 6;
  return new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(dollars);
}

/** 850 ms, 1.4 s, 2 min 5 s. @param ms milliseconds */
export function span(ms: Maybe): string {
  if (ms == null) return ABSENT;
  if (ms < 10) return `${plain(1).format(ms)} ms`;
  if (ms < 1000) return `${WHOLE.format(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${plain(seconds < 10 ? 2 : 1).format(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** 12.3 kB. @param size bytes */
export function bytes(size: Maybe): string {
  if (size == null) return ABSENT;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = size < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(size) / 3));
  return `${plain(step === 0 ? 0 : 1).format(size / 1000 ** step)} ${units[step]}`;
}

/** 48 tok/s. */
export function speed(tokensPerSecond: Maybe): string {
  return tokensPerSecond == null ? ABSENT : `${plain(tokensPerSecond < 10 ? 1 : 0).format(tokensPerSecond)} tok/s`;
}

/** An estimate with its interval: 62% (55 to 69%). @param form how one value is written */
export function interval(estimate: Maybe, low: Maybe, high: Maybe, form: (value: Maybe) => string = percent): string {
  if (estimate == null) return ABSENT;
  return low == null || high == null ? form(estimate) : `${form(estimate)} (${form(low)} to ${form(high)})`;
}

const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const HOUR = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

/** In the reader's zone. @param at Unix milliseconds */
export const day = (at: Maybe): string => (at == null ? ABSENT : DAY.format(at));
export const moment = (at: Maybe): string => (at == null ? ABSENT : MOMENT.format(at));
export const hour = (at: Maybe): string => (at == null ? ABSENT : HOUR.format(at));
export const clock = (at: Maybe): string => (at == null ? ABSENT : CLOCK.format(at));

/** The time of day, with the date where it is not today's. @param at, now Unix milliseconds */
export function recent(at: number, now: number): string {
  return new Date(at).toDateString() === new Date(now).toDateString() ? clock(at) : hour(at);
}

/** How long ago, in words. @param at, now Unix milliseconds */
export function ago(at: Maybe, now: number): string {
  if (at == null) return ABSENT;
  const seconds = Math.round((now - at) / 1000);
  const words = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
  if (Math.abs(seconds) < 60) return words.format(-seconds, 'second');
  if (Math.abs(seconds) < 3600) return words.format(-Math.round(seconds / 60), 'minute');
  if (Math.abs(seconds) < 86_400) return words.format(-Math.round(seconds / 3600), 'hour');
  return words.format(-Math.round(seconds / 86_400), 'day');
}
