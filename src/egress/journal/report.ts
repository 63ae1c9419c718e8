import { readFileSync } from 'node:fs';
import type { Intent, Outcome } from './egress.ts';
import { decodeLine } from './line.ts';

/** Sums over attempts that left. Bytes of bodies, as the sockets took and gave them; money in nano-dollars. */
export interface Sums {
  name: string;
  requests: number;
  /** Refused or broken off. */
  failed: number;
  /** No outcome is known: under way, or the process died. */
  open: number;
  bytesOut: number;
  bytesIn: number;
  costNanos: number;
  /** Attempts of which nobody knows the price. */
  unpriced: number;
  /** Finds that were replaced before they left. */
  replaced: number;
}

export interface Report {
  total: Sums;
  destinations: Sums[];
  repositories: Sums[];
  keys: Sums[];
  rules: Sums[];
}

/** A span of Unix milliseconds: from the first, up to and without the second. */
export interface Span {
  since?: number;
  until?: number;
}

/** What left, by where to, repository, key and rule. Of each list the most bytes first. @param files segments of the journal, in any order */
export function report(files: readonly string[], { since = 0, until = Number.POSITIVE_INFINITY }: Span = {}): Report {
  const total = sums('all');
  const groups = {
    destinations: new Map<string, Sums>(),
    repositories: new Map<string, Sums>(),
    keys: new Map<string, Sums>(),
    rules: new Map<string, Sums>(),
  };
  const open = new Map<string, Sums[]>();
  for (const event of eventsIn(files)) {
    if (event.type === 'intent' && event.at >= since && event.at < until) {
      const intent = event as unknown as Intent;
      const { provider, model, origin, zone, repository, key, rule } = intent;
      const rows = [
        total,
        of(groups.destinations, `${provider}/${model} (${zone}, ${origin})`),
        of(groups.repositories, repository ?? 'unknown'),
        of(groups.keys, key ?? 'no key'),
        of(groups.rules, rule),
      ];
      for (const row of rows) {
        row.requests++;
        row.open++;
        for (const count of Object.values(intent.redacted ?? {})) row.replaced += count;
      }
      open.set(`${intent.exchange} ${intent.attempt}`, rows);
    } else if (event.type === 'outcome') {
      const outcome = event as unknown as Outcome;
      const id = `${outcome.exchange} ${outcome.attempt}`;
      for (const row of open.get(id) ?? []) settle(row, outcome);
      open.delete(id);
    }
  }
  const listed = (group: Map<string, Sums>) => [...group.values()].sort((a, b) => b.bytesOut - a.bytesOut || b.requests - a.requests);
  return {
    total,
    destinations: listed(groups.destinations),
    repositories: listed(groups.repositories),
    keys: listed(groups.keys),
    rules: listed(groups.rules),
  };
}

function* eventsIn(files: readonly string[]): Generator<{ type: string; at: number }> {
  for (const file of [...files].sort())
    for (const text of readFileSync(file, 'utf8').split('\n')) {
      const line = decodeLine(text);
      if (line) yield { ...line.event, at: line.at };
    }
}

function settle(row: Sums, { error, out, in: back, costNanos, unpriced }: Outcome): void {
  row.open--;
  if (error !== undefined) row.failed++;
  row.bytesOut += out;
  row.bytesIn += back;
  row.costNanos += costNanos ?? 0;
  if (unpriced) row.unpriced++;
}

function of(group: Map<string, Sums>, name: string): Sums {
  let row = group.get(name);
  if (!row) {
    row = sums(name);
    group.set(name, row);
  }
  return row;
}

function sums(name: string): Sums {
  return { name, requests: 0, failed: 0, open: 0, bytesOut: 0, bytesIn: 0, costNanos: 0, unpriced: 0, replaced: 0 };
}
