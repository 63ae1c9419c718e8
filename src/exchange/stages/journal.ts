import type { EgressJournal, Intent } from '../../egress/journal/egress.ts';
import { GatewayError } from '../../protocol/errors.ts';
import type { Admission, Admitted, AttemptEnd, Clearance, Leaving, Stage } from '../stage.ts';

/**
 * What goes beyond `own` is on record before its first byte leaves, and how it ended afterwards. The last stage: it sees the very bytes, and
 * what the others set aside for them.
 */
export class JournalStage implements Stage {
  readonly name = 'journal';
  readonly #journal: EgressJournal;
  readonly #now: () => number;

  /** @param now Unix time in milliseconds */
  constructor(journal: EgressJournal, now: () => number) {
    this.#journal = journal;
    this.#now = now;
  }

  admit({ plan, record: { id } }: Admission): Admitted | undefined {
    if (plan.every(({ zone }) => zone === 'own')) return undefined;
    this.#journal.enter(id);
    return { over: () => this.#journal.over(id) };
  }

  /** @throws GatewayError `unavailable` when the journal cannot be written: then nothing leaves, and targets at home go on */
  clear(leaving: Leaving): Promise<Clearance> | undefined {
    if (leaving.candidate.zone === 'own') return undefined;
    const intent = this.#intent(leaving);
    const clearance = { settle: (end: AttemptEnd) => this.#settle(intent, leaving, end) };
    return this.#journal.begin(intent).then(
      () => clearance,
      (error: Error) => {
        const mend = 'nothing leaves for zones beyond "own" until it can be written';
        throw new GatewayError('unavailable', `${error.message}; ${mend}`, { retryAfter: 5, cause: error });
      },
    );
  }

  #intent({ admission, candidate, attempt, origin, body }: Leaving): Intent {
    const { record, asked } = admission;
    const { caller } = record;
    return {
      exchange: record.id,
      // Two attempts may be under way at the same time.
      attempt: record.attempts.indexOf(attempt) + 1,
      arrived: record.at,
      key: caller?.id,
      team: caller?.team,
      project: caller?.project,
      dialect: record.dialect,
      asked: asked.model,
      stream: record.stream,
      provider: candidate.provider,
      model: candidate.target.model,
      zone: candidate.zone,
      origin,
      rule: record.ceilingRule ?? 'none',
      repository: record.repository,
      redacted: attempt.redacted,
      bytes: Buffer.byteLength(body),
      digest: this.#journal.digest(body),
      reservedNanos: attempt.reservedNanos,
      budgets: attempt.budgets,
    };
  }

  /** Written when no more bytes can come or go, so that the journal's sums are the sockets' own. */
  #settle({ exchange, attempt }: Intent, { attempt: tried }: Leaving, { error, usage, sent, flight }: AttemptEnd): void {
    const end = () =>
      this.#journal.end({
        exchange,
        attempt,
        sent,
        status: flight?.status,
        error,
        out: flight?.bytesOut ?? 0,
        in: flight?.bytesIn ?? 0,
        usage,
        costNanos: tried.costNanos,
        unpriced: tried.unpriced,
        ended: this.#now(),
      });
    if (flight) flight.whenOver(end);
    else end();
  }
}
