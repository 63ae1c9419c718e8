import type { StoreError } from '../fault.ts';

/** A virtual key. What it may do stands in `rules`, as JSON that the policy reads. */
export interface KeyRow {
  /** Stable, stands in records. */
  id: string;
  /** Keyed hash of the key; the key itself is nowhere. */
  hash: string;
  /** Its first letters, for people. */
  prefix: string;
  name: string;
  team: string | null;
  project: string | null;
  rules: string;
  created_at: number;
  expires_at: number | null;
  /** From then on it is refused. The row stays: records name it. */
  revoked_at: number | null;
}

/** A team or a project. */
export interface GroupRow {
  kind: 'team' | 'project';
  id: string;
  name: string;
  /** The team of a project. */
  team: string | null;
  rules: string;
  created_at: number;
  /** The row stays: records name it. */
  removed_at: number | null;
}

export interface KeyChanges {
  keys: KeyRow[];
  groups: GroupRow[];
}

export interface Keys {
  /** Inserts or replaces, durably. Every node hears of it within a second. @throws StoreError `conflict` when another key has the hash */
  putKey(row: KeyRow): Promise<void>;
  putGroup(row: GroupRow): Promise<void>;
  byHash(hash: string): Promise<KeyRow | undefined>;
  byId(id: string): Promise<KeyRow | undefined>;
  /** By id, ascending. */
  page(query: { after?: string; limit: number; team?: string; project?: string }): Promise<KeyRow[]>;
  groups(): Promise<GroupRow[]>;
  /** Tells the listener everything once, then what changed, by any node, within a second. A change may be told twice. */
  watch(listener: KeyListener): Watch;
}

export interface KeyListener {
  /** Also, with nothing in it, when the store answers again after a doubt. */
  changed(changes: KeyChanges): void;
  /** The store does not answer. What is known may be out of date since then (Unix milliseconds; 0: nothing is known yet). */
  doubt(since: number, error: StoreError): void;
}

export interface Watch {
  end(): void;
}
