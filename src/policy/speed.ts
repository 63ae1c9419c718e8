/** How fast one target was of late. */
interface Pace {
  /** Milliseconds until the first content. */
  first: number;
  /** Milliseconds a token of the answer. */
  token: number;
  /** Requests under way. */
  busy: number;
}

/** Weight of the newest observation. */
const NEW = 0.2;
/** What is expected of a target that nobody has asked yet. Milliseconds. */
const FIRST = 1500;
const TOKEN = 20;
/** Targets that are remembered. */
const MOST = 5000;

/** How long targets take, learned from what they took. Knows no clock. */
export class Speeds {
  readonly #paces = new Map<string, Pace>();

  /** A request goes to a target. Calls `end` once it is over. */
  begin(target: string): { end(): void } {
    const pace = this.#pace(target);
    pace.busy++;
    let open = true;
    return {
      end: () => {
        if (open) pace.busy--;
        open = false;
      },
    };
  }

  /** @param first milliseconds until the first content @param total until the end @param tokens of the answer */
  add(target: string, first: number, total: number, tokens: number): void {
    const pace = this.#pace(target);
    pace.first += NEW * (first - pace.first);
    if (tokens > 0) pace.token += NEW * (Math.max(0, total - first) / tokens - pace.token);
  }

  /**
   * Milliseconds until an answer of some tokens is there.
   * @param alone it serves one request after the other, as own hardware mostly does: those under way come first
   */
  expected(target: string, tokens: number, alone: boolean): number {
    const { first, token, busy } = this.#paces.get(target) ?? { first: FIRST, token: TOKEN, busy: 0 };
    return Math.round((first + token * tokens) * (alone ? 1 + busy : 1));
  }

  #pace(target: string): Pace {
    let pace = this.#paces.get(target);
    if (!pace) {
      if (this.#paces.size >= MOST) this.#paces.clear();
      pace = { first: FIRST, token: TOKEN, busy: 0 };
      this.#paces.set(target, pace);
    }
    return pace;
  }
}
