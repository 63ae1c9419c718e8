import { join } from 'node:path';
import { exchangesIn, type Told } from './egress.ts';
import { decodeLine, type Event, type Line } from './line.ts';
import { readLines, segmentName, segmentNumbers } from './segments.ts';

/**
 * What a journal knows of exchanges that the ledger may not hold, by exchange: those since the last mark, with the outcome of each attempt
 * where there is one. Reads as many segments from the end as that takes.
 */
export function unsettled(folder: string): Map<string, Told[]> {
  const lines: Line[] = [];
  let from: number | undefined;
  for (const number of segmentNumbers(folder, 'egress').reverse()) {
    const texts = readLines(join(folder, segmentName('egress', number))).lines;
    const decoded = texts.flatMap((text) => decodeLine(text) ?? []);
    lines.unshift(...decoded);
    const mark = decoded.findLast(({ event }) => event.type === 'mark');
    // A mark never speaks of lines behind itself.
    if (from === undefined && typeof mark?.event['from'] === 'number') from = Math.min(mark.event['from'], mark.n);
    if (from !== undefined && (lines[0]?.n ?? 0) <= from) break;
  }
  const horizon = from ?? 0;
  const events: Event[] = lines.filter(({ n }) => n >= horizon).map(({ event }) => event);
  return exchangesIn(events);
}
