import { EgressJournal } from '../egress/journal/egress.ts';
import { Journal } from '../egress/journal/journal.ts';
import { JournalKeys } from '../egress/journal/keys.ts';
import type { ExchangeRecord } from '../exchange/record.ts';
import type { Ledger } from '../ledger.ts';
import type { ExchangeRow } from '../store/ports.ts';

/** Rows written together. */
const BATCH = 500;

/** Lines of so many milliseconds of the history share a sync, and with it their time; a day is a multiple of it. */
const SPAN = 4 * 3_600_000;

interface Writing {
  /** Addresses of the simulated providers by name. */
  urls: Readonly<Record<string, string>>;
  rowOf(record: ExchangeRecord): ExchangeRow;
  /** How many exchanges were written so far. */
  told(written: number): void;
}

/**
 * Writes a history into the store, and what of it left into the egress journal, as a gateway would have done day by day.
 * @param hours oldest first @returns how many exchanges
 */
export async function writePast(ledger: Ledger, hours: Iterable<ExchangeRecord[]>, { urls, rowOf, told }: Writing): Promise<number> {
  const { exchanges } = ledger.store;
  const keys = new JournalKeys(ledger.place.secret);
  let clock = 0;
  const file = new Journal({ folder: ledger.place.journal, stream: 'egress', keys, now: () => clock });
  const journal = new EgressJournal(file, keys);
  let written = 0;
  let batch: ExchangeRecord[] = [];
  const write = async () => {
    await exchanges.insertMissing(
      batch.map((record) => ({ row: rowOf(record), charges: record.charges, must: record.attempts.some(({ zone }) => zone !== 'own') })),
    );
    written += batch.length;
    batch = [];
    told(written);
  };
  let leaving: ExchangeRecord[] = [];
  const journalise = async () => {
    await Promise.all(leaving.map((record) => leave(journal, record, urls)));
    leaving = [];
  };
  for (const records of hours) {
    const { at } = records.at(-1)!;
    if (Math.floor(at / SPAN) !== Math.floor(clock / SPAN)) await journalise();
    clock = at;
    leaving.push(...records);
    batch.push(...records);
    if (batch.length >= BATCH) await write();
  }
  await journalise();
  await write();
  journal.mark(journal.horizon());
  await file.close();
  return written;
}

/** What the journal says of an exchange that left. */
async function leave(journal: EgressJournal, record: ExchangeRecord, urls: Writing['urls']): Promise<void> {
  const { id, at, caller, dialect, asked, stream, attempts, repository, ceiling } = record;
  for (const [index, { provider, model, zone, redacted, usage, costNanos, error, bytesOut = 0, bytesIn = 0 }] of attempts.entries()) {
    if (zone === 'own') continue;
    const attempt = index + 1;
    const who = { key: caller?.id, team: caller?.team };
    const rule = ceiling === 'vendor' ? 'zones.default' : `team "${caller?.team}"`;
    const origin = urls[provider]!;
    const facts = { dialect, asked, stream, provider, model, zone, origin, rule, repository, redacted, bytes: bytesOut };
    await journal.begin({ exchange: id, attempt, arrived: at, ...who, ...facts, digest: journal.digest(`${id} ${attempt}`) });
    journal.end({
      exchange: id,
      attempt,
      sent: true,
      status: error ? 503 : 200,
      error,
      out: bytesOut,
      in: bytesIn,
      usage,
      costNanos,
      ended: at,
    });
  }
  journal.over(id);
}
