import type { Answering } from '../protocol/dialect.ts';
import type { Json } from '../protocol/json.ts';
import type { BlockStart, Part } from '../protocol/part.ts';

/** One block as far as the client has it. */
export interface ToldBlock {
  start: BlockStart;
  text: string;
  /** It has ended. */
  isDone: boolean;
}

/** An answer on its way to a client, and what of it was told: so that another attempt can go on where one broke off. */
export class Telling {
  readonly blocks: ToldBlock[] = [];
  readonly #answering: Answering;
  /** Gives what is written the names under which the client knows the answer and its blocks. */
  readonly #named: (text: string) => string;

  constructor(answering: Answering, named: (text: string) => string = (text) => text) {
    this.#answering = answering;
    this.#named = named;
  }

  /** Bytes for the client. Parts must come in sequence. */
  part(part: Part): string {
    const last = this.blocks.at(-1);
    if (part.type === 'block-delta' && last) last.text += part.text;
    else if (part.type === 'block-start') this.blocks.push({ start: part.block, text: '', isDone: false });
    else if (part.type === 'block-end' && last) last.isDone = true;
    return this.#named(this.#answering.part(part));
  }

  end(): string {
    return this.#named(this.#answering.end());
  }

  get final(): Json | undefined {
    const { final } = this.#answering;
    return final && (JSON.parse(this.#named(JSON.stringify(final))) as Json);
  }
}
