import { type Limit, Meter, type Short, windowOf } from '../policy/meter.ts';
import { type Store, StoreError } from '../store/ports.ts';
import { type ConfiguredAccounts, Directory, keyedHash } from './directory.ts';
import { accountsOf, type BudgetsSection, type TargetLimit, targetLimits } from './schema.ts';

/** Of a limit, what one node takes at a time where others share it. */
const CHUNK = 0.05;

/** For how long a limit of which the store had nothing left is not asked for again, in milliseconds. */
const DRY_MS = 500;

/** How often is looked for what can be given back, and after what time unused it is, in milliseconds. */
const TIDY_MS = 5000;
const IDLE_MS = 10_000;

/** What the accounts need of a store. */
export type AccountsStore = Pick<Store, 'budgets' | 'keys' | 'exchanges' | 'documents' | 'alone'>;

/** A limit of which nothing was left. */
interface Dry {
  until: number;
  /** Spent and held by all nodes, nanos. */
  taken: number;
}

/** What a configuration says of accounts. */
export type AccountsConfig = Pick<ConfiguredAccounts, 'keys' | 'teams' | 'projects'> & {
  budgets: BudgetsSection;
  /** Milliseconds for which the store's keys live on while it does not answer. */
  store: { keysLiveOn: number };
};

/**
 * Who may ask, and what is left of their limits. With a store, money is leased from it, so that what was spent before a restart counts and
 * no node spends what another holds. Rates are counted by each node alone.
 */
export class Accounts {
  readonly directory: Directory;
  readonly meter: Meter;
  readonly store: AccountsStore | undefined;
  /** Limits that hold whoever asks. */
  general: readonly TargetLimit[] = [];
  readonly #secret: Buffer | undefined;
  readonly #asking = new Map<string, Promise<boolean>>();
  readonly #dry = new Map<string, Dry>();
  readonly #tidying: NodeJS.Timeout;
  #held = true;
  #stop = () => {};

  /**
   * @param secret keys the hashes of the store's keys
   * @param now unix milliseconds
   */
  constructor(store?: AccountsStore, secret?: Buffer, now: () => number = Date.now) {
    this.directory = new Directory(secret);
    this.store = store;
    this.#secret = secret;
    this.meter = new Meter((limit) => store !== undefined && limit.unit === 'nanos');
    this.#tidying = setInterval(() => this.tidy(now()), TIDY_MS).unref();
    // Until the store has told of its keys, nobody is let in as if there were none.
    if (store) this.directory.doubt(0);
  }

  /** Takes over what a (new) configuration says. What was counted stays. @param isExposed other machines can call: never without a key */
  configure(config: AccountsConfig, isExposed = false): void {
    this.directory.isClosed = isExposed;
    this.directory.patience = config.store.keysLiveOn;
    this.directory.configure(accountsOf(config));
    this.general = targetLimits(config.budgets);
  }

  /**
   * Follows the store's keys, teams and projects. Settles when they are known, or cannot be.
   * @param log told of faults, once each
   * @throws StoreError `refused` when the store's keys were hashed with another secret
   */
  async follow(log: (line: string) => void): Promise<void> {
    if (!this.store) return;
    const { keys, documents } = this.store;
    if (this.#secret) await compareSecrets(documents, keyedHash('', this.#secret));
    await new Promise<void>((resolve) => {
      let isAway = false;
      const watch = keys.watch({
        changed: (changes) => {
          isAway = false;
          this.directory.update(changes);
          resolve();
        },
        doubt: (since, error) => {
          if (!isAway) log(`keys cannot be read from the store, known ones live on for a while: ${error.message}`);
          isAway = true;
          this.directory.doubt(since);
          resolve();
        },
      });
      this.#stop = () => watch.end();
    });
  }

  /** Whether what was leased is still this node's. False: nothing may be spent on it. */
  hold(): boolean {
    if (!this.store) return true;
    const holds = this.store.budgets.hold();
    // What ran out may have gone to others since; what is used or under way is charged all the same.
    if (holds && !this.#held) this.meter.forfeit();
    this.#held = holds;
    return holds;
  }

  /**
   * Asks the store for what is missing, and somewhat more.
   * @param now unix milliseconds
   * @returns for each whether there was something left, so that trying again makes sense
   * @throws StoreError
   */
  lease(shorts: readonly Short[], now: number): Promise<boolean[]> {
    return Promise.all(shorts.map((short) => this.#leaseOnce(short, now)));
  }

  /** What all nodes together have spent and hold of a limit, when nothing was left of it a moment ago. @param now unix milliseconds */
  exhausted(limit: Limit, now: number): number | undefined {
    if (this.#dry.size === 0) return undefined;
    const dry = this.#dry.get(keyOf(limit, now));
    return dry && dry.until > now ? dry.taken : undefined;
  }

  /** Gives back what nobody needs, and forgets what is over. @param now unix milliseconds */
  tidy(now: number): void {
    for (const [key, { until }] of this.#dry) if (until <= now) this.#dry.delete(key);
    // Where nobody else could use it, it may as well stay until its span is over.
    const idle = this.store?.alone ? Number.POSITIVE_INFINITY : IDLE_MS;
    for (const { account, window, amount } of this.meter.spare(idle, now)) {
      // If it does not arrive, it is free again when this process ends, or its lease.
      this.store?.budgets.giveBack(account, window, amount).catch(() => {});
    }
    this.meter.sweep(now);
  }

  close(): void {
    clearInterval(this.#tidying);
    this.#stop();
  }

  /** Many requests that are short of one limit at the same time ask once. */
  #leaseOnce(short: Short, now: number): Promise<boolean> {
    const key = keyOf(short.limit, now);
    if (this.exhausted(short.limit, now) !== undefined) return Promise.resolve(false);
    let asking = this.#asking.get(key);
    if (!asking) {
      asking = this.#lease(short, key, now).finally(() => this.#asking.delete(key));
      this.#asking.set(key, asking);
    }
    return asking;
  }

  async #lease({ limit, window, missing }: Short, key: string, now: number): Promise<boolean> {
    if (!this.store) return false;
    const { budgets, alone } = this.store;
    const want = Math.max(missing, alone ? limit.amount : Math.floor(limit.amount * CHUNK));
    const granted = await budgets.lease(limit.account, window, want, limit.amount);
    if (granted > 0) {
      this.meter.grant(limit, granted, now);
      return true;
    }
    const [state] = await budgets.read([{ account: limit.account, window }]);
    this.#dry.set(key, { until: now + DRY_MS, taken: (state?.spent_nanos ?? 0) + (state?.leased_nanos ?? 0) });
    return false;
  }
}

/** Two limits of one account in one span may differ in their amount. */
function keyOf(limit: Limit, now: number): string {
  return `${limit.account} ${windowOf(limit, now)} ${limit.amount}`;
}

/** Nodes with different secrets would each refuse the keys that the others made, with a 401 that nobody understands. */
async function compareSecrets(documents: Store['documents'], mine: string): Promise<void> {
  const known = await documents.get('accounts', '', 'secret');
  if (!known) return documents.put([{ collection: 'accounts', owner: '', id: 'secret', value: mine, expires_at: null }]);
  if (known.value !== mine)
    throw new StoreError(
      'refused',
      'the keys in the store were made with another secret: give every node the same FREEHOLD_SECRET, or restore the file secret of the data folder',
    );
}
