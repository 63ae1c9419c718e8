/** What a node learned of a target's health, for the others. */
export interface BreakerRow {
  target: string;
  state: 'closed' | 'open' | 'probing';
  /** While open: until when. */
  until: number | null;
  failures: number;
  changed_at: number;
}

export interface Breakers {
  /** The newer `changed_at` wins. */
  put(row: BreakerRow): Promise<void>;
  /** Those that changed at or after a time. */
  since(changedAt: number): Promise<BreakerRow[]>;
}
