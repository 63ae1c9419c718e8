import { type Full, type LoadSettings, Queue } from '../policy/queue.ts';
import { GatewayError } from '../protocol/errors.ts';
import type { Candidate } from './ports.ts';

/** A place at a server: given back when the attempt is over. */
export interface Seat {
  /** How long it was waited for, in milliseconds. */
  waitedMs: number;
  leave(): void;
}

/** The lines in front of servers that take a few requests at once, one a provider. */
export class Lines {
  readonly #lines = new Map<string, Queue>();

  /** Requests that wait for a provider. */
  waiting(provider: string): number {
    return this.#lines.get(provider)?.waiting ?? 0;
  }

  /**
   * Waits for the caller's turn. @param leaving aborts when the client leaves
   * @throws GatewayError `unavailable` with Retry-After when the line is full, or the wait is or would be too long; `cancelled`
   */
  enter({ provider, target }: Candidate, load: LoadSettings, caller: string, leaving: AbortSignal): Promise<Seat> {
    let line = this.#lines.get(provider);
    if (!line) {
      line = new Queue();
      this.#lines.set(provider, line);
    }
    const queue = line;
    const from = performance.now();
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const over = () => {
        clearTimeout(timer);
        leaving.removeEventListener('abort', gone);
      };
      let isSeated = false;
      const go = () => {
        isSeated = true;
        over();
        const at = performance.now();
        const leave = () => queue.done(target.model, performance.now() - at, performance.now(), load);
        resolve({ waitedMs: at - from, leave });
      };
      const gone = () => {
        over();
        if ('leave' in place) place.leave();
        reject(new GatewayError('cancelled', 'the client left'));
      };
      const place = queue.enter(caller, target.model, from, load, go);
      if (!('leave' in place)) {
        reject(full(provider, place));
        return;
      }
      if (isSeated) return;
      if (leaving.aborted) {
        gone();
        return;
      }
      leaving.addEventListener('abort', gone, { once: true });
      timer = setTimeout(() => {
        over();
        place.leave();
        const retryAfter = Math.max(1, Math.ceil(queue.foretold(queue.waiting, load.concurrency) / 1000));
        reject(full(provider, { waiting: queue.waiting, retryAfter }));
      }, load.waitMs);
    });
  }
}

function full(provider: string, { waiting, retryAfter }: Full): GatewayError {
  const why = `"${provider}" is busy: ${waiting} requests wait for it`;
  return new GatewayError('unavailable', `${why}; try again in ${retryAfter} s, or raise providers.${provider}.load`, { retryAfter });
}
