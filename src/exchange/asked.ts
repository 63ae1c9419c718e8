import type { Embeddings, EmbedPrompt } from '../protocol/embedding.ts';
import { GatewayError, withinDepth } from '../protocol/errors.ts';
import type { Prompt } from '../protocol/prompt.ts';
import { SEAL_MARK } from '../protocol/seal.ts';
import { locate, mendEscapes, type Span, splice, wantsStream } from '../wire/json.ts';
import type { Incoming } from './ports.ts';

/** Bodies up to this size are parsed and checked before anything is sent; larger ones only when they must be. Bytes. */
const CHECKED = 16 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * What the client asks, understood as far as needed: a relayed large body is never parsed, because 1 MB of JSON would hold up every
 * other stream for tens of milliseconds.
 */
export class Asked {
  readonly #incoming: Incoming;
  readonly model: string;
  readonly stream: boolean;
  /** The body as it is now: renaming the model may write into it. */
  #bytes: Buffer;
  #span: Span | 'absent' | 'unsure' | undefined;
  #body: unknown;
  #prompt: Prompt | undefined;
  #embedding: EmbedPrompt | undefined;

  /** @throws GatewayError `invalid` naming the field, when the request cannot be read */
  constructor(incoming: Incoming) {
    this.#incoming = incoming;
    this.#bytes = incoming.body;
    if (incoming.embeddings) {
      this.model = this.embedding(incoming.embeddings).model;
      this.stream = false;
      return;
    }
    if (incoming.dialect.readdress === undefined && incoming.body.length > CHECKED) this.#span = locate(incoming.body, 'model');
    if (typeof this.#span === 'object') {
      this.model = this.#span.value;
      this.stream = wantsStream(incoming.body, incoming.dialect.streamsUnasked);
    } else {
      const prompt = this.prompt();
      this.model = prompt.model;
      this.stream = prompt.stream;
    }
  }

  /** The canonical form, made on first need. */
  prompt(): Prompt {
    if (!this.#prompt) {
      const { path, query, headers, dialect } = this.#incoming;
      this.#prompt = withinDepth(() => dialect.accept({ path, query, headers, body: this.#json() }));
    }
    return this.#prompt;
  }

  /** The canonical form, where somebody needed it already. */
  get known(): Prompt | undefined {
    return this.#prompt;
  }

  /** What is to become vectors, read on first need. @param verbs of the door it came in by */
  embedding({ accept }: Embeddings): EmbedPrompt {
    this.#embedding ??= accept({ path: this.#incoming.path, body: this.#json() });
    return this.#embedding;
  }

  /** The body as the client sent it, but for a name that was changed before. */
  get body(): Buffer {
    return this.#bytes;
  }

  #json(): unknown {
    this.#body ??= parse(this.#bytes);
    return this.#body;
  }

  /** The client's own bytes with only the model's name replaced. */
  bytesFor(model: string): Buffer {
    if (this.#incoming.dialect.readdress) return this.#bytes;
    if (model === this.model && this.#span === undefined) return this.#bytes;
    this.#span ??= locate(this.#bytes, 'model');
    if (typeof this.#span === 'object') {
      const { bytes, span } = splice(this.#bytes, this.#span, model);
      this.#bytes = bytes;
      this.#span = span;
      return bytes;
    }
    return Buffer.from(JSON.stringify({ ...(this.#json() as object), model }));
  }

  /** From now on renaming the model leaves the bytes given out before as they are: they may still be on their way. */
  detach(): void {
    this.#bytes = Buffer.from(this.#bytes);
  }

  /**
   * Lets go of the body: from the first content on nobody sends it again, and a stream may last for an hour.
   * @param mayContinue its bytes stay, for another target to be asked to go on with the answer; what was read of them goes all the same
   */
  release(mayContinue: boolean): void {
    this.#body = undefined;
    if (!mayContinue) this.#bytes = this.#incoming.body = NOTHING;
  }

  /**
   * The history holds state of another dialect in our envelope: the conversation was answered by another kind of model before. Its own
   * provider would refuse that, so such a request is not relayed as it is.
   */
  get holdsForeignState(): boolean {
    return this.#bytes.includes(SEAL_MARK);
  }

  /** Makes half characters whole ones of doubt. True when there were any, so that asking again makes sense. */
  mendCharacters(): boolean {
    return mendEscapes(this.#bytes);
  }

  /** What is wrong with the request in our own words, when a provider refused it; undefined when we find nothing. */
  complaint(): GatewayError | undefined {
    // Whoever asks for vectors was read before anything was sent.
    if (this.#embedding) return undefined;
    try {
      this.prompt();
      return undefined;
    } catch (error) {
      return error instanceof GatewayError ? error : undefined;
    }
  }
}

/** A body as JSON. @param read how its text is read @throws GatewayError `invalid` that says where it breaks and quotes nothing */
export function parse(bytes: Buffer, read: (text: string) => unknown = JSON.parse): unknown {
  if (bytes.length === 0) throw new GatewayError('invalid', 'the body is empty: send a JSON object', { field: 'body' });
  try {
    return read(bytes.toString('utf8'));
  } catch (error) {
    // V8 quotes the text around the fault; a prompt must not end in an error message or a log.
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const where = at === undefined ? '' : ` at byte ${at}`;
    throw new GatewayError('invalid', `the body is not valid JSON${where}: send one complete JSON object`, { field: 'body' });
  }
}
