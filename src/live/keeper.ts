import type { JobRow, Jobs } from '../store/ports.ts';

const JOB = 'live-evidence';
/** Milliseconds. */
const LEASE = 60_000;
const RENEWED_EVERY = 20_000;

/** One of the nodes that share a store: what is counted in one place is counted by that one. */
export class Keeper {
  #job: JobRow | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Until it is told of others. */
  #isAlone = true;

  /** @param jobs absent where no other process shares the store @param onMine told when it has become this node */
  async open(jobs: Jobs | undefined, onMine: () => Promise<void>): Promise<void> {
    this.#isAlone = jobs === undefined;
    if (!jobs) return onMine();
    const look = async () => {
      if (this.#job && !(await jobs.renew(this.#job, LEASE))) this.#job = undefined;
      if (this.#job) return;
      await jobs.enqueue({ id: JOB, kind: JOB, maxAttempts: Number.MAX_SAFE_INTEGER });
      const job = await jobs.claim([JOB], LEASE);
      if (job) await onMine();
      this.#job = job;
    };
    await look();
    this.#timer = setInterval(() => void look().catch(() => undefined), RENEWED_EVERY).unref();
  }

  /** It is this node. */
  get isMine(): boolean {
    return this.#isAlone || this.#job !== undefined;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#job = undefined;
  }
}
