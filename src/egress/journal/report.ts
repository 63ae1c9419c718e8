import { readFileSync } from 'node:fs';
import type { Intent, Outcome } from './egress.ts';

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
export function report(files: readonly string[], span: Span = {}): Report {
  const tally = new Tally();
  for (const file of [...files].sort()) tally.take(tallyOf(file, span));
  return tally.report();
}

/** Groups by which attempts are summed. */
const GROUPS = ['destinations', 'repositories', 'keys', 'rules'] as const;
type Group = (typeof GROUPS)[number];

/** What an intent counts towards, by group. */
type Names = Readonly<Record<Group, string>>;

/** What one segment comes to. It can be handed from thread to thread, and kept: a segment that is full never changes. */
export interface SegmentSums {
  /** Of the intents in it; infinite and minus infinite where there are none. Unix milliseconds. */
  from: number;
  to: number;
  total: Sums;
  groups: Readonly<Record<Group, ReadonlyMap<string, Sums>>>;
  /** Attempts without an outcome in it. */
  open: ReadonlyMap<string, Names>;
  /** Outcomes of attempts that stand in an earlier segment. */
  strays: readonly Outcome[];
}

/** What a segment comes to. @param file of it @throws Error when it cannot be read */
export function tallyOf(file: string, { since = 0, until = Number.POSITIVE_INFINITY }: Span = {}): SegmentSums {
  const tally = new Tally();
  for (const { event, at } of eventsIn(file))
    if (event.type === 'outcome') tally.end(event as Outcome);
    else if (at >= since && at < until) tally.begin(event as Intent, at);
  return tally;
}

/** Sums that grow by events, and by what whole segments come to. */
export class Tally implements SegmentSums {
  from = Number.POSITIVE_INFINITY;
  to = Number.NEGATIVE_INFINITY;
  readonly total = sums('all');
  readonly groups: Readonly<Record<Group, Map<string, Sums>>> = {
    destinations: new Map(),
    repositories: new Map(),
    keys: new Map(),
    rules: new Map(),
  };
  readonly open = new Map<string, Names>();
  readonly strays: Outcome[] = [];

  begin(intent: Intent, at: number): void {
    const { provider, model, origin, zone, repository = 'unknown', key = 'no key', rule } = intent;
    const names = { destinations: `${provider}/${model} (${zone}, ${origin})`, repositories: repository, keys: key, rules: rule };
    let replaced = 0;
    for (const count of Object.values(intent.redacted ?? {})) replaced += count;
    for (const row of this.#rows(names)) {
      row.requests++;
      row.open++;
      row.replaced += replaced;
    }
    this.open.set(idOf(intent), names);
    this.from = Math.min(this.from, at);
    this.to = Math.max(this.to, at);
  }

  end(outcome: Outcome): void {
    const id = idOf(outcome);
    const names = this.open.get(id);
    if (!names) {
      this.strays.push(outcome);
      return;
    }
    for (const row of this.#rows(names)) settle(row, outcome);
    this.open.delete(id);
  }

  /** Takes what the next segment comes to. @param isOver its intents are beyond the span: its outcomes count alone */
  take(next: SegmentSums, isOver = false): void {
    for (const stray of next.strays) this.end(stray);
    if (isOver) return;
    add(this.total, next.total);
    for (const group of GROUPS) for (const [name, row] of next.groups[group]) add(of(this.groups[group], name), row);
    for (const [id, names] of next.open) this.open.set(id, names);
    this.from = Math.min(this.from, next.from);
    this.to = Math.max(this.to, next.to);
  }

  report(): Report {
    const listed = (group: Map<string, Sums>) => [...group.values()].sort((a, b) => b.bytesOut - a.bytesOut || b.requests - a.requests);
    const { destinations, repositories, keys, rules } = this.groups;
    return {
      total: this.total,
      destinations: listed(destinations),
      repositories: listed(repositories),
      keys: listed(keys),
      rules: listed(rules),
    };
  }

  #rows(names: Names): Sums[] {
    return [this.total, ...GROUPS.map((group) => of(this.groups[group], names[group]))];
  }
}

function idOf({ exchange, attempt }: Pick<Intent, 'exchange' | 'attempt'>): string {
  return `${exchange} ${attempt}`;
}

type Told = (Intent | Outcome) & { type: 'intent' | 'outcome'; at: number };

/** Intents and outcomes as they stand there; whether they were changed is for `verify`. */
function* eventsIn(file: string): Generator<{ event: Told; at: number }> {
  for (const text of readFileSync(file, 'utf8').split('\n')) {
    if (!text.includes('"type":"intent"') && !text.includes('"type":"outcome"')) continue;
    const event = parsed(text);
    if (event?.type === 'intent' || event?.type === 'outcome') yield { event, at: event.at };
  }
}

/** Undefined for a line that was cut short. */
function parsed(text: string): Told | undefined {
  try {
    return JSON.parse(text) as Told;
  } catch {
    return undefined;
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

function add(row: Sums, { name: _, ...more }: Sums): void {
  for (const [field, value] of Object.entries(more)) row[field as keyof typeof more] += value;
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
