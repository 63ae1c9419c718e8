import { StoreError } from './fault.ts';
import type { KeyChanges, KeyListener, Watch } from './ports.ts';

/** How often other nodes' changes are looked for, in milliseconds. With the look itself a change is heard of within a second. */
const EVERY_MS = 400;

/** Changes of keys, teams and projects, told to listeners. */
export class KeyFeed {
  readonly #changes: (since: number) => Promise<KeyChanges & { version: number }>;
  readonly #listeners = new Map<KeyListener, number>();
  readonly #isAlone: boolean;
  /** Those who were told of doubt and not yet that it is over. */
  readonly #doubting = new Set<KeyListener>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #lastGood = 0;
  #isEnded = false;

  /** @param isAlone nobody else can change anything, so that looking after own changes is enough */
  constructor(changes: (since: number) => Promise<KeyChanges & { version: number }>, isAlone: boolean) {
    this.#changes = changes;
    this.#isAlone = isAlone;
  }

  watch(listener: KeyListener): Watch {
    this.#listeners.set(listener, -1);
    void this.look();
    return { end: () => this.#listeners.delete(listener) };
  }

  /** Tells listeners what is new to them. Settles when they were told, or when the store did not answer. */
  async look(): Promise<void> {
    // A look under way may have read before the change that this one is for.
    await this.#looking;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    let isMissing = false;
    const asked = Date.now();
    for (const [listener, since] of [...this.#listeners]) {
      try {
        const { version, keys, groups } = await this.#changes(since);
        this.#lastGood = asked;
        if (!this.#listeners.has(listener)) continue;
        const wasDoubting = this.#doubting.delete(listener);
        if (since < 0 || wasDoubting || keys.length || groups.length) listener.changed({ keys, groups });
        this.#listeners.set(listener, version);
      } catch (error) {
        isMissing = true;
        this.#doubting.add(listener);
        if (!this.#isEnded)
          listener.doubt(this.#lastGood, error instanceof StoreError ? error : new StoreError('failed', String(error), error));
      }
    }
    if (this.#isEnded || this.#listeners.size === 0 || (this.#isAlone && !isMissing)) return;
    this.#timer = setTimeout(() => void this.look(), EVERY_MS).unref();
  }
}
