import { NANOS } from '../catalog/price.ts';

/** A report as paragraphs, tables and charts, before it is Markdown, HTML or text for a terminal. */
export type Block =
  | { kind: 'heading'; text: string }
  | { kind: 'text'; text: string }
  | { kind: 'list'; items: readonly string[] }
  | { kind: 'command'; text: string }
  /** The first row is the head. Columns in `right` hold numbers. */
  | { kind: 'table'; rows: readonly (readonly string[])[]; right: readonly number[] }
  | { kind: 'bars'; title: string; legend: readonly string[]; tones: readonly Tone[]; bars: readonly Bar[]; line?: number }
  /** `at`: a day's start in Unix milliseconds, or an hour of the day in milliseconds. */
  | { kind: 'course'; title: string; unit: string; of: 'day' | 'hour'; points: readonly { at: number; value: number }[]; line?: number };

/** What a part stands for, so that it has the same colour everywhere. */
export type Tone = 'own' | 'leased' | 'proven' | 'vendor' | 'none';

/** One bar from 0 to 1, in parts in the order of the legend. */
export interface Bar {
  label: string;
  parts: readonly number[];
  /** What stands at its end. */
  note: string;
}

export interface Document {
  title: string;
  /** Of what, and when it was made. */
  subtitle: string;
  blocks: readonly Block[];
}

/** A report in the forms in which it can be taken away. */
export interface DocumentView {
  document: Document;
  html: string;
  markdown: string;
}

/** Nano-dollars as people read them: `$1,234`, `$1.23`, `$0.0012`. */
export function dollars(nanos: number): string {
  const usd = Math.abs(nanos) / NANOS;
  const text = usd === 0 ? '0' : usd < 0.01 ? usd.toPrecision(2) : usd < 1000 ? usd.toFixed(2) : grouped(Math.round(usd));
  return `${nanos < 0 ? '-' : ''}$${text}`;
}

/** A count as people read it: `999`, `12.3k`, `4.56M`. */
export function count(amount: number): string {
  for (const [size, sign] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const)
    if (amount >= size * 10 || (amount >= size && size > 1e3)) return `${(amount / size).toPrecision(3)}${sign}`;
  return Number.isInteger(amount) || amount >= 100 ? grouped(Math.round(amount)) : amount.toFixed(1);
}

/** A count and what is counted: `1 request`, `2 requests`. */
export function many(amount: number, what: string): string {
  return `${count(amount)} ${what}${amount === 1 ? '' : 's'}`;
}

function grouped(amount: number): string {
  return amount.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** A share of 1 as people read it; a dash where it is not known. */
export function percent(share: number | null): string {
  if (share === null) return '–';
  const points = share * 100;
  return `${points !== 0 && Math.abs(points) < 1 ? points.toFixed(1) : Math.round(points)}%`;
}

/** A moment's day, UTC. */
export function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** A point of a course over days or over the hours of a day. */
export function moment(of: 'day' | 'hour', at: number): string {
  return of === 'day' ? day(at) : `${Math.round(at / 3_600_000)}:00`;
}

/** The days of a span; its end is exclusive. */
export function days(from: number, to: number): string {
  return `${day(from)} to ${day(to - 1)} (UTC)`;
}
