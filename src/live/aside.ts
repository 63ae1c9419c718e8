import type { Candidate, Client, Incoming } from '../exchange/ports.ts';
import type { ExchangeRecord } from '../exchange/record.ts';
import { run } from '../exchange/run.ts';
import type { Surroundings } from '../exchange/surroundings.ts';
import type { Content } from '../exchange/transcript.ts';
import type { Caller } from '../policy/caller.ts';
import type { Limit } from '../policy/meter.ts';
import type { AnswerStore } from '../responses/ports.ts';

/** What stands in the ledger where others have the name of their tool: reports leave such rows out. */
export const SHADOW = 'freehold-shadow';

/** Most that is read of an answer. Bytes. */
const LIMIT = 8 * 1024 * 1024;

/** A request that is asked once more, as its client sent it. */
export type Repeated = Pick<Incoming, 'dialect' | 'path' | 'query' | 'headers' | 'rawHeaders' | 'caller' | 'ceiling'> & { body: string };

export interface AsideParts {
  /** What exchanges stand on, with the stages that decide what may leave and what it may cost. */
  around: Surroundings;
  /** What all of this may cost. */
  limit: Limit;
}

/** Somebody who listens to an answer in place of a client, and may leave. */
class Ear implements Client {
  gone = false;
  headSent = false;
  isCut = false;
  readonly #pieces: Buffer[] = [];
  #size = 0;
  #left: () => void = () => undefined;

  get text(): string {
    return Buffer.concat(this.#pieces).toString('utf8');
  }

  leave(): void {
    this.gone = true;
    this.#left();
  }

  onGone(listener: () => void): void {
    this.#left = listener;
    if (this.gone) listener();
  }

  head(): void {
    this.headSent = true;
  }

  write(bytes: Buffer | string): boolean {
    const copy = Buffer.from(bytes);
    this.#size += copy.length;
    if (this.#size > LIMIT) this.leave();
    else this.#pieces.push(copy);
    return true;
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  end(bytes?: Buffer | string): void {
    if (bytes) this.write(bytes);
  }

  cut(): void {
    this.isCut = true;
  }
}

/** An exchange that nobody waits for. */
export interface Aside {
  /** Settles when it is over; never rejects. */
  over: Promise<{ record: ExchangeRecord; content: Content }>;
  /** Ends it at once. */
  leave(): void;
}

/** Asks one target once more, past the same stages as everybody; what it costs counts against a budget of its own. Nothing is kept for continuing. */
export function askAside(request: Repeated, candidate: Candidate, { around, limit }: AsideParts): Aside {
  const ear = new Ear();
  const { body, caller, ...rest } = request;
  const incoming: Incoming = {
    ...rest,
    id: around.newId(),
    query: new URLSearchParams(rest.query),
    body: Buffer.from(body),
    startedAt: performance.now(),
    caller: { ...(caller ?? NOBODY), limits: [limit] },
    client: SHADOW,
  };
  let record: ExchangeRecord | undefined;
  const over = run(incoming, ear, {
    ...around,
    plan: () => [candidate],
    answers: readOnly(around.answers),
    record: (exchange) => {
      // What it would have cost elsewhere is no saving: nobody asked for it.
      record = { ...exchange, asked: candidate.address };
      around.record(record);
    },
  }).then(() => ({ record: record!, content: { request: body, answer: ear.text } }));
  return { over, leave: () => ear.leave() };
}

/** Who asks where no keys are needed. */
const NOBODY: Caller = { id: SHADOW, name: SHADOW };

/** What is continued can be read; the answer is not for anybody to continue. */
function readOnly(answers: AnswerStore): AnswerStore {
  return {
    keeps: false,
    put: async () => undefined,
    chain: (owner, id) => answers.chain(owner, id),
    holding: (owner, id) => answers.holding(owner, id),
    remove: async () => false,
  };
}
