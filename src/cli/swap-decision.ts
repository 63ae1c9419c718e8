import type { Standing } from '../evals/evidence.ts';
import type { ComparisonView } from '../http/contract.ts';
import type { TaskClass } from '../tasks/task.ts';

/** What is known of the new model against the old one at one class of work. */
export interface Known {
  task: TaskClass;
  /** `no cases`: no suite has any of this class. */
  outcome: Standing['outcome'] | 'no cases';
  reason: string;
  /** About how many more pairs until there are even odds for an outcome. */
  more?: number;
  /** The certificate it stands on. */
  certificate?: string;
}

/** A certificate as the comparison shows it. */
type Shown = NonNullable<ComparisonView['evidence'][number]['certificate']>;

interface Asked {
  /** Whose place is to be taken. */
  from: string;
  /** What is good enough, where somebody said it. */
  margin: Standing['margin'] | undefined;
  /** Of the new model's weights now, where that is known. */
  version: string | undefined;
}

/** Why a certificate does not answer the question; undefined: it does. Pure. */
export function besides(certificate: Shown, { from, margin, version }: Asked): string | undefined {
  if (certificate.reference !== from) return `it was compared with ${certificate.reference}`;
  if (margin && JSON.stringify(margin) !== JSON.stringify(certificate.margin)) return 'another margin was asked for';
  // Where nobody knows what the weights are, the address has to do.
  if (version !== undefined && certificate.version !== null && certificate.version !== version) return 'the weights were others';
  return undefined;
}

/** What is to happen: for which classes the new model comes, and why not for the others. */
export interface Decision {
  swapped: TaskClass[];
  stays: { task: TaskClass; why: string }[];
  /** Certificates that the swap stands on. */
  certificates: string[];
}

/** What a person takes upon himself. */
export interface Overrides {
  /** Also where nothing is proven either way. */
  acceptUndecided?: boolean;
  /** Also where it is proven not to be good enough. */
  force?: boolean;
}

/** For which classes of work a model may take another's place: where that is proven, or somebody answers for it. Pure. */
export function decide(known: readonly Known[], { acceptUndecided, force }: Overrides): Decision {
  const decision: Decision = { swapped: [], stays: [], certificates: [] };
  for (const { task, outcome, reason, more, certificate } of known) {
    const isProven = outcome === 'good enough';
    const isBad = outcome === 'not good enough';
    if (isProven || force || (!isBad && acceptUndecided)) {
      decision.swapped.push(task);
      if (isProven && certificate !== undefined) decision.certificates.push(certificate);
    } else decision.stays.push({ task, why: isBad ? `${reason} --force swaps all the same` : `${reason}${mend(outcome, more)}` });
  }
  return decision;
}

function mend(outcome: Known['outcome'], more: number | undefined): string {
  const canary = '--accept-undecided begins a canary without proof';
  if (outcome === 'no cases') return ` Add cases of it to a suite (freehold eval init) and name it with --suite, or ${canary}.`;
  const cases = more === undefined ? 'More cases' : `About ${more} more cases`;
  return ` ${cases} may decide it: add a suite of your own with --suite, or a wider --margin; or ${canary}.`;
}
