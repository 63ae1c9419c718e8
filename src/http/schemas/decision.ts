import type { Flip, Verdict } from '../../policy/explain.ts';
import type { Replacement } from '../../policy/plan.ts';
import type { Task } from '../../tasks/task.ts';

/** Why an exchange went where it went, or a request would go. */
export interface DecisionView {
  exchange: string;
  /** The model as the client named it. */
  asked: string;
  /** Who answered, or would be asked first, by address. */
  answered?: string;
  /** What it was taken for, with what spoke for it. */
  task?: Task;
  mode?: string;
  rule?: string;
  /** The swap by which one model answers in the place of another. */
  swap?: Replacement;
  chosen?: string;
  /** Who would answer in a new conversation, where that is another. */
  otherwise?: string;
  why?: string;
  /** The kind of error that it would be refused with. */
  refused?: string;
  /** Where the conversation goes when its tests fail. */
  escalateTo?: string;
  verdicts: Verdict[];
  /** The smallest changes that have another model answer, the smallest first. */
  flips: Flip[];
  /** What the conversation said of the answer, unasked. */
  signals?: string[];
  /** The decision was made again from what was recorded, with the same result. */
  isReproduced?: boolean;
}
