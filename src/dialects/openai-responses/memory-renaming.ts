import { GatewayError } from '../../protocol/errors.ts';
import { type Json, list, object, parseExact } from '../../protocol/json.ts';
import type { KeptAs, Renaming } from '../../protocol/memory.ts';
import { glance } from './glance.ts';

/** Rewrites the few frames that hold the response object; the others pass as they came. */
export function renaming(as: KeptAs): Renaming {
  return new ResponseRenaming(as);
}

class ResponseRenaming implements Renaming {
  readonly #as: KeptAs;
  /** Items as they were done: some servers leave them out of the terminal event. */
  readonly #items: unknown[] = [];
  final: Json | undefined;

  constructor(as: KeptAs) {
    this.#as = as;
  }

  frame(data: string): string {
    if (glance(data)) return data;
    const event = parsed(data);
    if (!event) return data;
    if (event.type === 'response.output_item.done') this.#items.push(event.item);
    const response = object(event.response);
    if (!response) return data;
    const named = this.#named(response);
    if (event.type === 'response.completed' || event.type === 'response.incomplete')
      this.final = list(named.output).length ? named : { ...named, output: this.#items };
    return JSON.stringify({ ...event, response: named });
  }

  whole(bytes: Buffer): string {
    const response = parsed(bytes.toString('utf8'));
    if (!response) throw new GatewayError('malformed', 'the provider answered 2xx with a body that is not a JSON object');
    this.final = this.#named(response);
    return JSON.stringify(this.final);
  }

  #named(response: Json): Json {
    return { ...response, id: this.#as.id, store: true, previous_response_id: this.#as.previous ?? null };
  }
}

function parsed(text: string): Json | undefined {
  try {
    return object(parseExact(text));
  } catch {
    return undefined;
  }
}
