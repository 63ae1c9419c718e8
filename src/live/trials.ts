import { createHash } from 'node:crypto';
import { z } from 'zod';
import { STANDINGS, type VerdictBook } from '../evals/book.ts';
import type { Certificate, Signed, Standing } from '../evals/evidence.ts';
import { credible } from '../evals/stats/beta.ts';
import { Trial, type Verdict } from '../evals/stats/trial.ts';
import type { Documents } from '../store/ports.ts';
import { TASKS, type TaskClass } from '../tasks/task.ts';

/** Two models at one class of work. */
export interface Match {
  task: TaskClass;
  candidate: string;
  incumbent: string;
  /** The judge, where there is one: another one is another trial. */
  judge: string | undefined;
}

/** What one request that both answered came to. */
export interface Pair {
  candidate: number;
  incumbent: number;
  isTelling: boolean;
  isJudged: boolean;
}

const keptSchema = z.object({
  version: z.literal(1),
  task: z.enum(TASKS),
  candidate: z.string(),
  incumbent: z.string(),
  judge: z.string().optional(),
  trial: z.unknown(),
  /** First and last pair. Unix milliseconds. */
  from: z.int(),
  to: z.int(),
  /** Pairs of which more than the form could be looked at, and those that a judge spoke on. */
  telling: z.int(),
  judged: z.int(),
});
type Kept = Omit<z.output<typeof keptSchema>, 'trial'> & { trial: Trial };

const PLACE = { collection: 'live-trials', owner: '' } as const;
const PAGE = 500;
const ALPHA = 0.05;

export interface TrialsParts {
  verdicts: VerdictBook;
  /** Vouches for a certificate; absent where nothing is kept. */
  sign: ((certificate: Certificate) => Signed) | undefined;
  /** A certificate is on record before it counts. @throws GatewayError */
  tell(certificate: Certificate): Promise<void>;
  version: string;
  now(): number;
}

/** Trials on the team's own traffic, with what they prove. */
export class Trials {
  readonly #parts: TrialsParts;
  readonly #kept = new Map<string, Kept>();
  #documents: Documents | undefined;

  constructor(parts: TrialsParts) {
    this.#parts = parts;
  }

  /** Takes over what is kept. @throws StoreError */
  async open(documents: Documents): Promise<void> {
    this.#documents = documents;
    for (let after: string | undefined = ''; after !== undefined; ) {
      const rows = await documents.page({ ...PLACE, after, limit: PAGE });
      for (const { id, value } of rows) {
        const read = readKept(value);
        if (read) this.#kept.set(id, read);
      }
      after = rows.length === PAGE ? rows.at(-1)!.id : undefined;
    }
  }

  /** Whether there is nothing more to find out. */
  isDecided(match: Match): boolean {
    return this.#kept.get(idOf(match))?.trial.decided ?? false;
  }

  /** What is known of a candidate, of all its trials. */
  standings(candidate: string, incumbent: string): Standing[] {
    return [...this.#kept.values()]
      .filter((one) => one.candidate === candidate && one.incumbent === incumbent)
      .map((one) => standingOf(one));
  }

  /** Takes a pair into account. @param candidates how many are tried for this work @throws StoreError, GatewayError */
  async add(
    match: Match,
    { candidate, incumbent, isTelling, isJudged }: Pair,
    { keep, candidates }: { keep: number; candidates: number },
  ): Promise<void> {
    const now = this.#parts.now();
    const id = idOf(match);
    const { judge, ...names } = match;
    const known = this.#kept.get(id) ?? {
      version: 1 as const,
      ...names,
      ...(judge !== undefined && { judge }),
      trial: new Trial({ margin: { keep }, alpha: ALPHA, candidates }),
      from: now,
      to: now,
      telling: 0,
      judged: 0,
    };
    this.#kept.set(id, known);
    const before = known.trial.decided;
    known.trial.add(candidate, incumbent);
    known.to = now;
    if (isTelling || isJudged) known.telling++;
    if (isJudged) known.judged++;
    const standing = standingOf(known);
    await this.#documents?.put([
      { ...PLACE, id, value: JSON.stringify(known), expires_at: null },
      { ...STANDINGS, id: `${match.task} ${match.candidate} traffic`, value: JSON.stringify(standing), expires_at: null },
    ]);
    if (!before && known.trial.decided) await this.#certify(known, candidates);
  }

  /** Puts what was proven into the book. That answers look right is no proof that they are; that they do not is one. */
  async #certify(kept: Kept, candidates: number): Promise<void> {
    const verdict = kept.trial.verdict();
    const { sign, verdicts } = this.#parts;
    if (!sign || standingOf(kept).outcome !== verdict.outcome) return;
    const certificate = certificateOf(kept, verdict, { candidates, at: this.#parts.now(), freehold: this.#parts.version });
    await this.#parts.tell(certificate);
    await verdicts.put(sign(certificate));
  }
}

/** What a later version wrote is left alone. */
function readKept(value: string): Kept | undefined {
  try {
    const read = keptSchema.parse(JSON.parse(value));
    return { ...read, trial: Trial.fromJSON(read.trial) };
  } catch {
    return undefined;
  }
}

function idOf({ task, candidate, incumbent, judge }: Match): string {
  return `${task} ${candidate} ${incumbent}${judge === undefined ? '' : ` ${judge}`}`;
}

/** Share of the pairs that must show more than form. */
const TELLING = 0.5;

function standingOf(kept: Kept): Standing {
  const { task, candidate, incumbent, from, to, telling } = kept;
  const { outcome, reason, pairs, margin, e, against, more, ...scores } = kept.trial.verdict();
  const isForm = outcome === 'good enough' && telling < TELLING * pairs;
  return {
    task,
    candidate: { address: candidate },
    reference: { address: incumbent },
    basis: { kind: 'traffic', from, to },
    outcome: isForm ? 'undecided' : outcome,
    reason: isForm
      ? `${reason} But of ${pairs - telling} answers only the form could be looked at: name a judge at evaluation.shadow.judge.`
      : reason,
    margin,
    pairs,
    candidate_score: inRange(scores.candidate),
    reference_score: inRange(scores.reference),
    e,
    against,
    ...(more !== undefined && Number.isFinite(more) && { more }),
    at: to,
  };
}

function certificateOf(
  { task, candidate, incumbent, judge, from, to, judged }: Kept,
  { outcome, margin, pairs, e, against, ...scores }: Verdict,
  { candidates, at, freehold }: { candidates: number; at: number; freehold: string },
): Certificate {
  const [low, high] = credible(Math.min(pairs, scores.candidate * pairs), pairs);
  return {
    version: 1,
    id: createHash('sha256').update(`traffic ${task} ${candidate} ${incumbent} ${from} ${pairs}`).digest('hex').slice(0, 24),
    task,
    candidate: { address: candidate },
    reference: { address: incumbent },
    basis: { kind: 'traffic', from, to },
    outcome: outcome === 'good enough' ? 'good enough' : 'not good enough',
    margin,
    alpha: ALPHA,
    candidates,
    pairs,
    candidate_score: inRange(scores.candidate),
    reference_score: inRange(scores.reference),
    interval: [inRange(low), inRange(high)],
    e: outcome === 'good enough' ? e : against,
    executed: pairs - judged,
    judged,
    ...(judge !== undefined && judged > 0 && { judge }),
    at,
    freehold,
  };
}

/** A mean of scores can pass its ends by the last digit. */
const inRange = (score: number): number => Math.min(1, Math.max(0, score));
