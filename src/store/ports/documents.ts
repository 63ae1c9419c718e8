/** A value that lives for a time: a stored answer, a session's state. */
export interface DocumentRow {
  /** What it is, e.g. `answer`. */
  collection: string;
  /** Whose it is; the empty text is nobody's. */
  owner: string;
  id: string;
  value: string;
  expires_at: number | null;
}

export interface Documents {
  /** Inserts or replaces all of them, or none. */
  put(rows: readonly DocumentRow[]): Promise<void>;
  /** Undefined when unknown, expired or another owner's. */
  get(collection: string, owner: string, id: string): Promise<DocumentRow | undefined>;
  /** False when there was none. */
  remove(collection: string, owner: string, id: string): Promise<boolean>;
  /** By id, ascending, those that have not expired. */
  page(query: { collection: string; owner: string; after?: string; limit: number }): Promise<DocumentRow[]>;
}
