import type { GatewayError } from './errors.ts';
import type { Json } from './json.ts';
import type { Zone } from './zone.ts';

/**
 * One answer that was kept, with what its turn added to the conversation. Texts of JSON, so that keeping costs no more than what is new
 * and continuing is joining texts. `items` are JSON values separated by commas.
 */
export interface KeptAnswer {
  /** Minted here; 128 random bits. */
  id: string;
  /** The kept answer that it continues. */
  previous?: string;
  /** Unix time in milliseconds. */
  at: number;
  /** Items the client sent in this turn, as it sent them. */
  input: string;
  /** Items the model said, as the client saw them but for ids that are not sent again. */
  output: string;
  /** The same as they are sent again, where that differs. */
  replay?: string;
  /** The answer as the client saw it, without its output. */
  shown: string;
  /** Ids of the items in `output`, '' for none: later requests may refer to an item by its id. */
  itemIds: readonly string[];
  /** The farthest zone that the exchange was allowed to reach: what continues it goes no farther. */
  ceiling?: Zone;
}

/** What a request wants of the memory. */
export interface Wish {
  /** Its answer is to be kept. */
  keeps: boolean;
  /** It continues this answer. */
  previous?: string;
  /** Items it names by id only, with the field that names each. */
  references: readonly { id: string; field: string }[];
}

/** The request with all it referred to written out, so that any target can answer it. */
export interface WholeRequest {
  body: Buffer;
  /** What this turn added, for `KeptAnswer.input`. */
  input: string;
}

/** Under which id an answer is kept, as the client is told. */
export interface KeptAs {
  id: string;
  previous?: string;
}

/** Rewrites a relayed answer so that the client sees our id instead of the provider's. A synchronous machine. */
export interface Renaming {
  /** A frame's data as it goes to the client. */
  frame(data: string): string;
  /** A whole answer as it goes to the client. @throws GatewayError `malformed` when it is none */
  whole(bytes: Buffer): string;
  /** The complete answer as the client sees it, once it is over. */
  readonly final: Json | undefined;
}

/** What is asked about kept answers beside the doors. */
export interface MemoryQuestion {
  about: 'answer' | 'items' | 'removal' | 'stop';
  id: string;
}

/** A dialect's side of a memory of answers: how requests speak of it and how it is shown. Pure; the answers are kept elsewhere. */
export interface Memory {
  /** The request surely has nothing to do with the memory. Looks at the bytes only and may say no too often. */
  isBystander(body: Buffer): boolean;
  /** @throws GatewayError `invalid` or `unsupported` for what no memory of ours can do */
  wish(body: unknown): Wish;
  /**
   * @param history the answers before this one, oldest first
   * @param found items by the ids that the request refers to
   */
  complete(body: unknown, history: readonly KeptAnswer[], found: ReadonlyMap<string, unknown>): WholeRequest;
  /** The id of an answer. @param id the exchange's */
  idFor(id: string): string;
  renaming(as: KeptAs): Renaming;
  /** The item of an answer that has this id, as it is sent again; undefined when it says nothing. */
  item(answer: KeptAnswer, id: string): unknown;
  /** A complete answer, as the client sees it, ready to be kept. */
  keep(final: Json, as: KeptAs, input: string, at: number): KeptAnswer;
  /** The error for an answer that is not kept, in a request that continues it. */
  unknown(id: string): GatewayError;
  /**
   * A question about kept answers; undefined for other paths.
   * @throws GatewayError `invalid` for what cannot be done, `method` for a wrong one
   */
  question(method: string, path: string, query: URLSearchParams): MemoryQuestion | undefined;
  /** The answer to a question. @param chain the answers up to the one asked about, oldest first; undefined when it is not kept */
  tell(question: MemoryQuestion, chain: readonly KeptAnswer[] | undefined, query: URLSearchParams): unknown;
}
