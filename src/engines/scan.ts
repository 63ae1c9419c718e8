/** A text the generation must notice: a stop string, the start of a tool call, an end of thinking. */
export interface Mark {
  text: string;
  kind: 'stop' | 'call' | 'think-open' | 'think-close' | 'answer-open';
}

/** What one pushed piece of text gave: text that is safe to show, and the first mark met, with what came after it. */
export interface Scanned {
  text: string;
  hit?: { mark: Mark; rest: string };
}

/**
 * Watches a text stream for marks that may be split over pieces at any character.
 * Text is held back only while it could still become a mark.
 */
export class Scanner {
  #marks: readonly Mark[];
  #held = '';

  constructor(marks: readonly Mark[]) {
    this.#marks = marks.filter((mark) => mark.text !== '');
  }

  push(piece: string): Scanned {
    const text = this.#held + piece;
    let first: { at: number; mark: Mark } | undefined;
    for (const mark of this.#marks) {
      const at = text.indexOf(mark.text);
      if (at >= 0 && (first === undefined || at < first.at || (at === first.at && mark.text.length > first.mark.text.length)))
        first = { at, mark };
    }
    if (first !== undefined) {
      this.#held = '';
      return { text: text.slice(0, first.at), hit: { mark: first.mark, rest: text.slice(first.at + first.mark.text.length) } };
    }
    const keep = this.#couldBecome(text);
    this.#held = text.slice(text.length - keep);
    return { text: text.slice(0, text.length - keep) };
  }

  /** Gives what was held back; call it when no more text comes. */
  flush(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }

  #couldBecome(text: string): number {
    let longest = 0;
    for (const { text: mark } of this.#marks) {
      for (let length = Math.min(mark.length - 1, text.length); length > longest; length--) {
        if (mark.startsWith(text.slice(text.length - length))) longest = length;
      }
    }
    return longest;
  }
}
