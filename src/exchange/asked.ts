import { GatewayError } from '../protocol/errors.ts';
import type { Prompt } from '../protocol/prompt.ts';
import { SEAL_MARK } from '../protocol/seal.ts';
import { locate, splice, wantsStream } from '../wire/json.ts';
import type { Incoming } from './ports.ts';

/** Bodies up to this size are parsed and checked before anything is sent; larger ones only when they must be. Bytes. */
const CHECKED = 16 * 1024;

/**
 * What the client asks, understood as far as needed: a relayed large body is never parsed, because 1 MB of JSON would hold up every
 * other stream for tens of milliseconds.
 */
export class Asked {
  readonly #incoming: Incoming;
  readonly model: string;
  readonly stream: boolean;
  #body: unknown;
  #prompt: Prompt | undefined;

  /** @throws GatewayError `invalid` naming the field, when the request cannot be read */
  constructor(incoming: Incoming) {
    this.#incoming = incoming;
    const named = incoming.dialect.readdress === undefined;
    const span = named && incoming.body.length > CHECKED ? locate(incoming.body, 'model') : 'unsure';
    if (typeof span === 'object') {
      this.model = span.value;
      this.stream = wantsStream(incoming.body);
    } else {
      const prompt = this.prompt();
      this.model = prompt.model;
      this.stream = prompt.stream;
    }
  }

  /** The canonical form, made on first need. */
  prompt(): Prompt {
    if (!this.#prompt) {
      this.#body ??= parse(this.#incoming.body);
      const { path, query, headers } = this.#incoming;
      this.#prompt = this.#incoming.dialect.accept({ path, query, headers, body: this.#body });
    }
    return this.#prompt;
  }

  /** The client's own bytes with only the model's name replaced. */
  bytesFor(model: string): Buffer {
    if (model === this.model || this.#incoming.dialect.readdress) return this.#incoming.body;
    const span = locate(this.#incoming.body, 'model');
    if (typeof span === 'object') return splice(this.#incoming.body, span, model);
    this.#body ??= parse(this.#incoming.body);
    return Buffer.from(JSON.stringify({ ...(this.#body as object), model }));
  }

  /**
   * The history holds state of another dialect in our envelope: the conversation was answered by another kind of model before. Its own
   * provider would refuse that, so such a request is not relayed as it is.
   */
  get holdsForeignState(): boolean {
    return this.#incoming.body.includes(SEAL_MARK);
  }

  /** What is wrong with the request in our own words, when a provider refused it; undefined when we find nothing. */
  complaint(): GatewayError | undefined {
    try {
      this.prompt();
      return undefined;
    } catch (error) {
      return error instanceof GatewayError ? error : undefined;
    }
  }
}

/** A body as JSON. @throws GatewayError `invalid` that says where it breaks and quotes nothing */
export function parse(bytes: Buffer): unknown {
  if (bytes.length === 0) throw new GatewayError('invalid', 'the body is empty: send a JSON object', { field: 'body' });
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    // V8 quotes the text around the fault; a prompt must not end in an error message or a log.
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const where = at === undefined ? '' : ` at byte ${at}`;
    throw new GatewayError('invalid', `the body is not valid JSON${where}: send one complete JSON object`, { field: 'body' });
  }
}
