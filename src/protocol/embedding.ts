import { GatewayError } from './errors.ts';
import type { Note } from './note.ts';
import { noteRest, type Rest } from './rest.ts';
import type { Usage } from './usage.ts';

/** How vectors are written: lists of numbers, or base64 of their bytes as little-endian 32-bit floats. */
export type Encoding = 'float' | 'base64';

/** A request, by its path and its body. */
export interface Asking {
  path: string;
  body: unknown;
}

/** What is to become vectors. */
export interface EmbedPrompt {
  /** The protocol it was asked in. */
  protocol: string;
  model: string;
  /** Texts, or tokens of the model's own vocabulary. */
  inputs: readonly (string | readonly number[])[];
  encoding: Encoding;
  /** Length of the vectors, where the client wants another than the model's own. */
  dimensions?: number;
  rest?: Rest;
  /** Names in `rest` without which the vectors would be others: another protocol refuses them instead of dropping them. */
  meaning?: ReadonlySet<string>;
  /** The request as it came, where its own protocol asks with more than the bytes; read by that protocol only. */
  raw?: Asking;
}

/** Vectors in the order of the inputs. */
export interface EmbedReply {
  vectors: readonly (readonly number[])[];
  /** As the provider wrote them; `mixed` when it did not do the same for all. */
  encoding: Encoding | 'mixed';
  usage?: Usage;
}

/** The verbs of a protocol for vectors. Between client and provider of the same one the bytes are relayed, but for the model's name. */
export interface Embeddings {
  /** Of whom prompts are; dialects whose servers speak it name it in `embeds`. */
  readonly name: string;
  /** POST paths; one `*` may stand for a model's name. */
  readonly doors: readonly string[];
  /** A request's path and parsed body. @throws GatewayError `invalid` naming the field and the mend */
  accept(call: Asking): EmbedPrompt;
  /**
   * A prompt as a request to the provider's model, with a note for all that it cannot carry.
   * @throws GatewayError `unsupported` for inputs that this protocol has no form for
   */
  ask(prompt: EmbedPrompt, model: string): Asking & { notes: Note[] };
  /** A 2xx body. @throws GatewayError `malformed`, or what the body says went wrong */
  hear(body: unknown): EmbedReply;
  /** The reply in the encoding that was asked for. */
  answer(reply: EmbedReply, to: EmbedPrompt): unknown;
}

/**
 * What is asked, as plain texts, for a protocol that takes nothing else. Adds a note for each field that it has no place for.
 * @throws GatewayError `unsupported` for tokens, `invalid` when there is nothing to embed
 */
export function textsOf({ inputs, rest, meaning }: EmbedPrompt, to: string, notes: Note[]): string[] {
  noteRest(rest, '', `${to} has no place for it`, notes, meaning);
  if (inputs.length === 0) throw new GatewayError('invalid', 'input: is empty; send at least one text', { field: 'input' });
  return inputs.map((input) => {
    if (typeof input === 'string') return input;
    throw new GatewayError('unsupported', 'input: tokens mean something to one model only, and this one is asked for texts; send texts', {
      field: 'input',
    });
  });
}

/** A list of numbers that is a vector. @throws GatewayError `malformed` for anything else */
export function vectorIn(value: unknown, at: number): number[] {
  if (Array.isArray(value) && value.length && value.every((one) => typeof one === 'number' && Number.isFinite(one)))
    return value as number[];
  throw new GatewayError('malformed', `the provider's embedding ${at} is no list of numbers`);
}
