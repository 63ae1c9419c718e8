import { GatewayError } from '../protocol/errors.ts';

/** A second answer that does not fit to what was told of the first. */
export class Misfit extends GatewayError {
  constructor(what: string) {
    super('truncated', `the answer broke off, and the one that was to continue it ${what}`);
  }
}

/** An overlap of fewer characters may be chance. */
const OVERLAP = 16;
/** Two texts that begin with this much in common and then differ are two answers to one question. */
const SAME_START = 24;

/**
 * Finds where the text of a second answer joins the told one, whether it goes on at once, repeats the last words, or starts all over.
 * Text is held until that is sure. Pure.
 */
export class Seam {
  readonly #told: string;
  readonly #given: string;
  #held = '';
  #isJoined = false;

  /** @param told all that the client has @param given its beginning, as far as the model was given it: it goes on from there */
  constructor(told: string, given: string) {
    this.#told = told;
    this.#given = given;
  }

  /** What of this text is new to the client. @throws Misfit */
  push(text: string): string {
    if (this.#isJoined) return text;
    this.#held += text;
    return this.#isOpen() ? '' : this.#join();
  }

  /** The block of text is over: what is left. One that only repeats the beginning may be followed by the rest in another. @throws Misfit */
  end(): string {
    if (this.#isJoined || this.#repeats) return '';
    return this.#join();
  }

  /** It has begun to tell all over again, and has not come to the end of what was told. */
  get isBehind(): boolean {
    return !this.#isJoined && this.#held !== '' && this.#repeats;
  }

  get #repeats(): boolean {
    return this.#held.length < this.#told.length && this.#told.startsWith(this.#held);
  }

  /** More text may still show a longer overlap. */
  #isOpen(): boolean {
    const [told, held] = [this.#told, this.#held];
    if (this.#repeats) return true;
    // Somewhere in the told text, but not yet at its end.
    return held.length < told.length && told.lastIndexOf(held, told.length - held.length - 1) >= 0;
  }

  #join(): string {
    this.#isJoined = true;
    const [told, held] = [this.#told, this.#held];
    if (told !== '' && held.startsWith(told)) return held.slice(told.length);
    for (let length = Math.min(told.length, held.length); length >= OVERLAP; length--)
      if (told.endsWith(held.slice(0, length))) return held.slice(length);
    const tail = told.slice(this.#given.length);
    for (const spelled of [tail, tail.trimStart()]) if (spelled && held.startsWith(spelled)) return held.slice(spelled.length);
    // Nothing but the beginning of what is known: it stopped before it came to anything new.
    if (held !== '' && tail.startsWith(held)) return '';
    if (common(told, held) >= SAME_START) throw new Misfit('says something else');
    return held;
  }
}

/** How many characters two texts have in common at their start. */
function common(a: string, b: string): number {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  return at;
}
