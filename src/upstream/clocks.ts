import { GatewayError } from '../protocol/errors.ts';

/** How long an upstream may take, in milliseconds; 0 switches a clock off. Only upstream bytes wind the idle clock, never our own keepalives. */
export interface Clocks {
  connect: number;
  /** From sending until the first byte of the answer's body. */
  firstByte: number;
  /** Between two bytes of the body, while we are ready to read. */
  idle: number;
  /** The whole answer. */
  total: number;
}

/** Something the clocks watch. Times are `performance.now()` milliseconds. */
export interface Watched {
  readonly clocks: Clocks;
  readonly sentAt: number;
  /** Undefined until the first byte of the body. */
  lastByteAt: number | undefined;
  /** We do not read on purpose: the client is slow. */
  readonly paused: boolean;
  expire(error: GatewayError): void;
}

/** Resolution of all clocks, milliseconds. One timer for all flights: a timer each would cost more than the relay itself. */
const TICK = 50;

/** Which clock has run out at `now`, as the error to raise; undefined while all is well. Pure. */
export function expired(flight: Watched, now: number): GatewayError | undefined {
  const { clocks, sentAt, lastByteAt } = flight;
  const late = (what: string, setting: string, ms: number) =>
    new GatewayError('timeout', `the provider ${what} within ${ms / 1000} s; raise timeouts.${setting} if that is too strict`);
  if (clocks.total && now - sentAt > clocks.total) return late('did not finish its answer', 'total_seconds', clocks.total);
  if (lastByteAt === undefined) {
    if (clocks.firstByte && now - sentAt > clocks.firstByte) return late('sent nothing', 'first_byte_seconds', clocks.firstByte);
  } else if (clocks.idle && !flight.paused && now - lastByteAt > clocks.idle) {
    return late('fell silent in mid-answer and sent nothing more', 'idle_seconds', clocks.idle);
  }
  return undefined;
}

/** One coarse timer over all flights. It runs only while there are any. */
export class Watch {
  readonly #flights = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  add(flight: Watched): void {
    this.#flights.add(flight);
    this.#timer ??= setInterval(() => this.#tick(), TICK).unref();
  }

  remove(flight: Watched): void {
    this.#flights.delete(flight);
  }

  get size(): number {
    return this.#flights.size;
  }

  #tick(): void {
    if (this.#flights.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const now = performance.now();
    for (const flight of this.#flights) {
      const error = expired(flight, now);
      if (error) flight.expire(error);
    }
  }
}
