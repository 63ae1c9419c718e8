import type { Plain } from './canonical.ts';
import type { Journal } from './journal.ts';
import type { JournalKeys } from './keys.ts';

/** Something that an administrator did. `before` and `after` are kept as digests, never as they are. */
export interface Deed {
  /** Who: a key's id, or what else the caller is known by. */
  actor: string;
  /** What, e.g. `key.revoke`. */
  action: string;
  /** To what, e.g. a key's id. */
  object: string;
  /** From where, e.g. an address. */
  from?: string;
  outcome?: 'done' | 'refused';
  /** Facts that may be read by whoever reads the journal. */
  facts?: { readonly [name: string]: Plain | undefined };
  before?: unknown;
  after?: unknown;
}

/** Who did what to the gateway, in the form of the journal of what left. */
export class Audit {
  readonly #journal: Journal;
  readonly #keys: JournalKeys;

  constructor(journal: Journal, keys: JournalKeys) {
    this.#journal = journal;
    this.#keys = keys;
  }

  /** Settles when it is on record; do the deed only then. @throws JournalError when it cannot be recorded */
  write({ actor, action, object, from, outcome, facts, before, after }: Deed): Promise<void> {
    const digest = (value: unknown) => (value === undefined ? undefined : this.#keys.digest(JSON.stringify(value)));
    return this.#journal.append({
      type: 'audit',
      actor,
      action,
      object,
      from,
      outcome,
      facts,
      before: digest(before),
      after: digest(after),
    });
  }
}
