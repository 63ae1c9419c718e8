import type { Store } from '../ports.ts';

/** A driver under test. Each place is a store of its own. */
export interface Driver {
  name: string;
  /** A place that holds nothing yet. */
  place(): Promise<Place>;
}

export interface Place {
  /** Opens the store that is there; several times where several nodes may. */
  open(node?: string): Promise<Store>;
  /** Runs statements past the store. */
  tamper(...statements: string[]): Promise<void>;
}
