/** That the client leaves, for whoever waits for something else meanwhile. Its signal is made for the first who does, because few do. */
export class Parting {
  #controller: AbortController | undefined;
  #isOver = false;

  /** Aborts when the client leaves; aborted when it has left. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isOver) this.#controller.abort();
    return this.#controller.signal;
  }

  /** The client has left. */
  tell(): void {
    this.#isOver = true;
    this.#controller?.abort();
  }
}
