/**
 * Things that stay for a short while, many in a second. A `Map` or a `Set` makes itself a new table again and again, and what its dead
 * tables hold is moved to the old generation with everything behind it: a fifth of what a gateway did. Slots are used again.
 */
export class Slots<T extends object> {
  readonly #slots: (T | undefined)[] = [];
  readonly #free: number[] = [];

  /** @returns its number, until it is taken out */
  add(it: T): number {
    const at = this.#free.pop() ?? this.#slots.length;
    this.#slots[at] = it;
    return at;
  }

  /** @param at as `add` gave it */
  remove(at: number): void {
    if (this.#slots[at] === undefined) return;
    this.#slots[at] = undefined;
    this.#free.push(at);
  }

  /** Those that are in, in no order. */
  all(): T[] {
    return this.#slots.filter((one) => one !== undefined);
  }
}
