import type { Usage } from './usage.ts';

/** How vectors are written: lists of numbers, or base64 of their bytes as little-endian 32-bit floats. */
export type Encoding = 'float' | 'base64';

/** What is to become vectors. */
export interface EmbedPrompt {
  model: string;
  /** Texts, or tokens of the model's own vocabulary. */
  inputs: readonly (string | readonly number[])[];
  encoding: Encoding;
  /** Length of the vectors, where the client wants another than the model's own. */
  dimensions?: number;
}

/** Vectors in the order of the inputs. */
export interface EmbedReply {
  vectors: readonly (readonly number[])[];
  /** As the provider wrote them; `mixed` when it did not do the same for all. */
  encoding: Encoding | 'mixed';
  usage?: Usage;
}

/** The verbs of a protocol for vectors. Asking is a relay: the request goes on as it came, but for the model's name. */
export interface Embeddings {
  /** POST paths. */
  readonly doors: readonly string[];
  /** A request's parsed body. @throws GatewayError `invalid` naming the field and the mend */
  accept(body: unknown): EmbedPrompt;
  /** A 2xx body. @throws GatewayError `malformed`, or what the body says went wrong */
  hear(body: unknown): EmbedReply;
  /** The reply in the encoding that was asked for. */
  answer(reply: EmbedReply, to: EmbedPrompt): unknown;
}
