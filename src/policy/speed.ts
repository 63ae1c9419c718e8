/** How fast one target was of late. */
interface Pace {
  /** Milliseconds until the first content. */
  first: number;
  /** Milliseconds a token of the answer. */
  token: number;
  /** Requests under way. */
  busy: number;
  /** Answers that it was learned from, and those of them that told how many tokens they had. */
  answers: number;
  timed: number;
}

/** How fast one target was of late, as far as anything is known. */
export interface Speed {
  /** Milliseconds until the first content. */
  firstMs: number;
  /** Of the answer, behind the first content; absent where no answer told its tokens. */
  tokensPerSecond?: number;
  /** Answers that it was learned from; recent ones weigh more. */
  answers: number;
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
    pace.answers++;
    pace.first += NEW * (first - pace.first);
    if (tokens === 0) return;
    pace.timed++;
    pace.token += NEW * (Math.max(0, total - first) / tokens - pace.token);
  }

  /**
   * Milliseconds until an answer of some tokens is there.
   * @param alone it serves one request after the other, as own hardware mostly does: those under way come first
   */
  expected(target: string, tokens: number, alone: boolean): number {
    const { first, token, busy } = this.#paces.get(target) ?? { first: FIRST, token: TOKEN, busy: 0 };
    return Math.round((first + token * tokens) * (alone ? 1 + busy : 1));
  }

  /** What was learned of a target; undefined while nobody was answered by it. */
  of(target: string): Speed | undefined {
    const pace = this.#paces.get(target);
    if (!pace?.answers) return undefined;
    const { first, token, answers, timed } = pace;
    const perToken = timed ? seen(token, TOKEN, timed) : 0;
    return { firstMs: seen(first, FIRST, answers), ...(perToken > 0 && { tokensPerSecond: 1000 / perToken }), answers };
  }

  #pace(target: string): Pace {
    let pace = this.#paces.get(target);
    if (!pace) {
      if (this.#paces.size >= MOST) this.#paces.clear();
      pace = { first: FIRST, token: TOKEN, busy: 0, answers: 0, timed: 0 };
      this.#paces.set(target, pace);
    }
    return pace;
  }
}

/** A moving mean without the guess that it began with. */
function seen(mean: number, guess: number, observations: number): number {
  const left = (1 - NEW) ** observations;
  return (mean - left * guess) / (1 - left);
}
