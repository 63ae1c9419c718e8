import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config } from './config/schema.ts';
import type { EgressJournal } from './egress/journal/egress.ts';
import { unsettled } from './egress/journal/recover.ts';
import { Baseline, type BaselineWorld } from './exchange/baseline.ts';
import type { ExchangeRecord } from './exchange/record.ts';
import { recoveredEntries } from './exchange/recovered.ts';
import { toRow } from './exchange/row.ts';
import { openStore } from './store/open.ts';
import { openPlace, type Place } from './store/place.ts';
import type { JobRow, Store, StoreError } from './store/ports.ts';
import type { StoreSettings } from './store/settings.ts';

const MINUTE = 60_000;

/** How often what is too old is cleared away, in milliseconds. */
const CLEARED_EVERY = 60 * MINUTE;

/** How often the journal is told what the store holds, so that a start after a crash reads little of it. Milliseconds. */
const MARKED_EVERY = 30_000;

/** Jobs that are over are of interest for a while. */
const KEEP_JOBS = 30 * 24 * 60 * MINUTE;

const RETENTION = 'retention';

/** What of the configuration the record depends on. */
type Kept = Pick<Config, 'store'> & BaselineWorld;

/** The record of all exchanges: the store and the data folder beside it, held by this process. */
export class Ledger {
  readonly store: Store;
  readonly place: Place;
  /** This process among those that share a store. */
  readonly node: string;
  readonly #log: (line: string) => void;
  readonly #timer: NodeJS.Timeout;
  #settings: StoreSettings;
  readonly #baseline: Baseline;
  #clearing: Promise<void> | undefined;
  #marking: NodeJS.Timeout | undefined;

  constructor(store: Store, place: Place, node: string, config: Kept, log: (line: string) => void) {
    this.store = store;
    this.place = place;
    this.node = node;
    this.#settings = config.store;
    this.#baseline = new Baseline(config);
    this.#log = log;
    this.#timer = setInterval(() => this.#clear(), 10 * MINUTE).unref();
    this.#clear();
  }

  /**
   * Makes the store whole after a crash: what the journal says left this machine and the store does not know is written down, once.
   * From then on the journal is told from time to time what the store holds. @throws StoreError
   */
  async recover(journal: EgressJournal | undefined): Promise<void> {
    if (!journal) return;
    const told = unsettled(this.place.journal);
    const missing = await this.store.exchanges.insertMissing(recoveredEntries(told, this.node));
    if (missing)
      this.#log(`${missing} exchanges that were under way when Freehold ended are in the store now, as far as the journal knows them`);
    journal.recovered(told);
    this.#marking = setInterval(() => void this.mark(journal).catch(() => undefined), MARKED_EVERY).unref();
  }

  /** Tells the journal up to where the store knows all. */
  async mark(journal: EgressJournal | undefined): Promise<void> {
    const from = journal?.horizon();
    if (from === undefined) return;
    await this.store.exchanges.flush();
    journal?.mark(from);
  }

  /** Takes over what a (new) configuration says. Another folder or server needs a restart. */
  configure(config: Kept): void {
    this.#settings = config.store;
    this.#baseline.configure(config);
  }

  /**
   * Never waits. What left this machine or costs money is never dropped silently.
   * @returns what the model that was asked for would have cost, in nano-dollars, where that is known
   */
  record(exchange: ExchangeRecord): number | undefined {
    const { attempts, charges, content } = exchange;
    const must = charges !== undefined || attempts.some(({ zone, costNanos }) => zone !== 'own' || costNanos);
    const baseline = this.#baseline.of(exchange);
    const isKept = this.store.exchanges.put({ row: toRow(exchange, this.node, baseline), charges, content, must });
    if (!isKept && must) this.#log(`exchange ${exchange.id} is not in the store: ${this.store.health().reason ?? 'its queue is full'}`);
    return baseline;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    clearInterval(this.#marking);
    try {
      await this.store.close();
      await this.#clearing;
    } finally {
      this.place.release();
    }
  }

  #clear(): void {
    this.#clearing ??= this.#clearIfDue()
      .catch((error: StoreError) => {
        // The rest of it has time until the next start.
        if (error.fault !== 'closed') this.#log(`clearing the store: ${error.message}`);
      })
      .finally(() => {
        this.#clearing = undefined;
      });
  }

  /** One node at a time, once in an hour. */
  async #clearIfDue(): Promise<void> {
    const { jobs } = this.store;
    const before = await jobs.get(RETENTION);
    if (!before) await jobs.enqueue({ id: RETENTION, kind: RETENTION });
    else if (before.finished_at !== null) await jobs.enqueue({ id: RETENTION, kind: RETENTION, runAt: before.finished_at + CLEARED_EVERY });
    const job = await jobs.claim([RETENTION], 5 * MINUTE);
    if (!job) return;
    const renewing = setInterval(() => void jobs.renew(job, 5 * MINUTE).catch(() => {}), MINUTE).unref();
    try {
      await jobs.finish(job, await this.#clearNow(job));
    } finally {
      clearInterval(renewing);
    }
  }

  async #clearNow({ run_at }: JobRow): Promise<string> {
    const { keepExchanges, keepHours, keepContentFor } = this.#settings;
    const now = Math.max(run_at, Date.now());
    const limits = { exchanges: now - keepExchanges, content: now - keepContentFor, hours: now - keepHours, jobs: now - KEEP_JOBS };
    return JSON.stringify(await this.store.retain(limits));
  }
}

/**
 * Opens the data folder and the store that the configuration names.
 * @returns undefined where no data folder is configured: then nothing is kept
 * @throws StoreError with the mend
 */
export async function openLedger(
  config: Pick<Config, 'data'> & Kept,
  env: NodeJS.ProcessEnv,
  log: (line: string) => void = () => {},
): Promise<Ledger | undefined> {
  const { data, store: settings } = config;
  if (data === undefined) return undefined;
  const place = openPlace(data, env);
  try {
    const node = `${hostname()}-${randomBytes(3).toString('hex')}`;
    const store = await openStore({ ...(settings.url ? { url: settings.url } : { file: place.ledger }), node });
    for (const warning of place.warnings) log(warning);
    return new Ledger(store, place, node, config, log);
  } catch (error) {
    place.release();
    throw error;
  }
}
