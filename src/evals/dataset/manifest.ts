import type { TrainingRight } from '../../catalog/training.ts';
import type { PartName, Split } from './split.ts';

/** Whose answers are in a data set, and by what right. */
export interface DatasetSource extends TrainingRight {
  /** `provider/model`. */
  address: string;
  /** Answers of it in all examples, the earlier ones of a conversation included. */
  answers: number;
  /** The team said that it may, whatever the table says. */
  agreed: boolean;
}

export interface PartSummary {
  file: string;
  examples: number;
  bytes: number;
  /** Of the file, in hexadecimal. */
  sha256: string;
  /** Arrival of the oldest and the newest answer, ISO. */
  from?: string;
  to?: string;
  /** About; a quarter of the characters. */
  tokens: number;
}

/** What a data set is and how it came about: the file manifest.json beside it. */
export interface Manifest {
  format: 'freehold-dataset-1';
  freehold: string;
  created: string;
  /** As they were asked for. */
  filters: Readonly<Record<string, unknown>>;
  /** Date of the table of licences and terms. */
  rights_as_of: string;
  /** Exchanges that were read. */
  read: number;
  examples: number;
  parts: Record<PartName, PartSummary>;
  split: Pick<Split, 'by' | 'why'>;
  tasks: Record<string, number>;
  repositories: Record<string, number>;
  sources: DatasetSource[];
  /** By reason. */
  left_out: Record<string, number>;
  /** What was replaced, by rule: never what it was. */
  redacted: Record<string, number>;
}

/** Counts by name. */
export class Counts {
  readonly #counts = new Map<string, number>();

  add(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  /** The most frequent first. */
  get all(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
  }
}
