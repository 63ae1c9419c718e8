import { GatewayError } from '../protocol/errors.ts';
import type { Part } from '../protocol/part.ts';
import { isJsonObject } from '../protocol/tools.ts';

interface OpenCall {
  name: string;
  /** Of arguments in JSON. */
  pieces: string[] | undefined;
}

/**
 * The tool calls of a relayed answer that are not complete. While there is one the client gets nothing: clients have written truncated
 * files and run tools with repaired arguments when a stream broke in the middle of a call.
 */
export class OpenCalls {
  readonly #calls = new Map<number, OpenCall>();

  get any(): boolean {
    return this.#calls.size > 0;
  }

  /** @throws GatewayError `malformed` when the answer is over and a call never got whole arguments, unless the model was cut */
  add(part: Part): void {
    switch (part.type) {
      case 'block-start':
        if (part.block.kind === 'tool-call')
          this.#calls.set(part.index, { name: part.block.name, pieces: part.block.input === 'json' ? [] : undefined });
        return;
      case 'block-delta':
        this.#calls.get(part.index)?.pieces?.push(part.text);
        return;
      case 'block-end': {
        const call = this.#calls.get(part.index);
        if (call && isWhole(call)) this.#calls.delete(part.index);
        return;
      }
      case 'finish': {
        const isCut = part.reason === 'length' || part.reason === 'filter';
        const broken = isCut ? undefined : [...this.#calls.values()].find((call) => !isWhole(call));
        if (broken) throw new GatewayError('malformed', `the model called "${broken.name}" with arguments that are not a JSON object`);
        this.#calls.clear();
      }
    }
  }
}

function isWhole({ pieces }: OpenCall): boolean {
  return pieces === undefined || isJsonObject(pieces.join(''));
}
