import type { Embeddings } from './embedding.ts';
import type { GatewayError } from './errors.ts';
import type { Json } from './json.ts';
import type { KeptAs, Memory } from './memory.ts';
import type { Note } from './note.ts';
import type { Part } from './part.ts';
import type { Prompt } from './prompt.ts';
import type { Reply } from './reply.ts';

/** One client request as the dialect sees it: already decoded and parsed. */
export interface Call {
  /** Path without query, e.g. `/v1/messages`. */
  path: string;
  query: URLSearchParams;
  /** Header names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: unknown;
}

/** What `ask` and `hear` need to know of the model that will answer. */
export interface Target {
  /** The provider's own name for the model. */
  model: string;
  /** Tokens, prompt and answer together. */
  window?: number;
  /** The window in tokens that it is in memory with now; another one may mean to load it anew. */
  loaded?: number;
  /** Whether it is known to think, or not to. */
  thinks?: boolean;
  /** Most tokens the model can write. Dialects that demand a limit use it when the client set none. */
  maxOutput?: number;
  /** Named adjustments a provider needs (see providers/quirks.ts); a dialect ignores names it does not know. */
  quirks?: ReadonlySet<string>;
}

/** An upstream request, relative to the provider's URL. */
export interface WireRequest {
  path: string;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

/** How a stream is cut into frames. */
export type Framing = 'sse' | 'ndjson' | 'eventstream';

/** A question beside the doors. Pure: what it knows of the world is handed in. @throws GatewayError */
export interface Side {
  method: 'GET' | 'POST' | 'DELETE';
  /** One `*` may stand for a name. */
  path: string;
  answer(call: Call, models: readonly ListedModel[]): { status: number; body: unknown };
}

/** One frame of a stream: an SSE event, one NDJSON line as `data`, or one message of a binary event stream. */
export interface Frame {
  event?: string;
  data: string;
}

/** Reads one upstream answer. A synchronous machine: no I/O, no clock. Feed either frames and then `end`, or one whole body. */
export interface Hearing {
  frame(frame: Frame): Part[];
  /** The stream ended. Yields a `truncated` fault when the terminal event was not seen; nothing otherwise. */
  end(): Part[];
  /** A whole, not streamed, 2xx body: all parts at once, ending with `finish` or `fault`. */
  whole(body: unknown): Part[];
  /** A tool call has begun that no part tells of yet, because its name or its arguments are to come. */
  readonly holdsCall?: boolean;
}

/** Writes one answer to the client. Expects parts in sequence: one block open at a time, tool calls complete (see sequence.ts). */
export interface Answering {
  /** Bytes for the client's stream; empty when the dialect says nothing for this part. A `fault` is written in the dialect's own in-stream form. */
  part(part: Part): string;
  /** What closes the stream after `finish` or `fault`. */
  end(): string;
  /** The whole answer's body. Only for replies that finished. */
  whole(reply: Reply): unknown;
  /** What could not be carried, filled as the answer is written. */
  readonly notes: Note[];
  /** The stream's content type, where it is not the framing's own. */
  readonly contentType?: string;
  /** The complete answer as the client sees it, once `finish` was written; in dialects with a memory. */
  readonly final?: Json;
}

/** What an answer needs that is not in the parts; handed in because dialects have no clock and no randomness. */
export interface Made {
  /** Unique letters and digits; ids of the message and its items are built from it. */
  id: string;
  /** Unix time in seconds. */
  at: number;
  /** Where the answer will be kept. */
  kept?: KeptAs;
}

/** A model as a listing shows it. */
export interface ListedModel {
  id: string;
  /** Unix time in seconds. */
  created?: number;
  ownedBy?: string;
  /** Tokens. */
  window?: number;
  /** The window in tokens that it is in memory with now. */
  loaded?: number;
  maxOutput?: number;
  /** It makes vectors and holds no conversation. */
  embeds?: boolean;
  /** Whether it reads images, calls tools, thinks. Absent = unknown. */
  vision?: boolean;
  tools?: boolean;
  reasoning?: boolean;
}

/** The upstream's half of a wire protocol. A protocol that no client speaks to us has this half alone. */
export interface UpstreamDialect {
  readonly name: string;
  readonly framing: Framing;
  /** The protocol in which its servers make vectors of texts, where they do; servers of several dialects speak the same one. */
  readonly embeds?: string;

  /** A prompt as a request of this dialect, with a note for all that it cannot carry. */
  ask(prompt: Prompt, target: Target): { request: WireRequest; notes: Note[] };
  hear(target?: Target): Hearing;

  readonly fault: {
    /** A non-2xx upstream answer. `body` is parsed JSON, or text, or undefined. `retryAfter` in seconds, where a header gave it. */
    hear(status: number, body: unknown, retryAfter?: number): GatewayError;
  };

  /** How a key is shown to a provider of this dialect, and headers it always wants. */
  credential(key: string | undefined): Record<string, string>;

  readonly models: {
    /** Where a provider of this dialect lists its models, relative to its URL. */
    readonly path: string;
    hear(body: unknown): ListedModel[];
    /** A model's own page, asked for by POST, where the list does not tell all. */
    detail?(model: string): { path: string; body: unknown; hear(body: unknown): Partial<ListedModel> };
    /** Where a server tells what it has in memory, and with which window. Tokens by model. */
    readonly loaded?: { path: string; hear(body: unknown): ReadonlyMap<string, number> };
  };
}

/** How usage is asked for, where a stream tells it only to those who ask. */
export interface UsageSwitch {
  /** A member of the request's body, an object, and what must stand in it. */
  readonly member: string;
  readonly on: Readonly<Record<string, unknown>>;
  /** Whether a frame of the answer is there for nothing but the usage: whoever did not ask never saw such a frame. */
  isUsageOnly(data: string): boolean;
}

/**
 * A wire protocol. Four verbs: `accept` and `answer` face the client, `ask` and `hear` face the upstream.
 * All of them are pure; the only `await` is the loop around them.
 */
export interface Dialect extends UpstreamDialect {
  /** The POST paths on which clients speak it; one `*` may stand for a model's name, slashes included. */
  readonly doors: readonly string[];
  /** Small questions that are answered here without asking any model: listings, versions, token counts. */
  readonly sides?: readonly Side[];
  /** Thrown for a relayed stream whose client left it off: without it nobody would know what the answer cost. */
  readonly usageSwitch?: UsageSwitch;
  /** How answers that are kept here are spoken of, where clients count on that. */
  readonly memory?: Memory;
  /**
   * A stream whose provider broke off is ended by cutting the connection: clients of this dialect then ask again, while an event of its own
   * ends their task. Elsewhere, and where asking again cannot help, the fault is told in the stream.
   */
  readonly cutsBrokenStreams?: boolean;
  /** An answer is streamed unless the client asks for a whole one. */
  readonly streamsUnasked?: boolean;
  /**
   * How a stream that was relayed so far can be gone on with in our own words: changes what `answer` writes so that it bears the names (ids,
   * numbers) under which the client knows the answer. Undefined when that cannot be; a dialect without it cannot go on with relayed streams.
   * @param ours the frames that `answer` would have written so far @param theirs the frames that the client got
   */
  continues?(ours: readonly Frame[], theirs: readonly Frame[]): ((text: string) => string) | undefined;
  /** The verbs of that protocol, in the one dialect that has its doors. */
  readonly embeddings?: Embeddings;
  /** For dialects that name the model in the path: the same door with another model, as a relay needs it. */
  readdress?(path: string, model: string): string;

  /**
   * Whether a request of this very dialect must be asked anew, because the target's quirks want it otherwise than the client wrote it.
   * Looks at the bytes only and may say yes too often, never no: what is not mended is relayed as it came.
   */
  needsMending?(body: Buffer, target: Target): boolean;

  /** Whether a target of this very dialect answers requests at a door in another form than the door's clients read, so that no answer is relayed. */
  reshapes?(path: string, target: Target): boolean;

  /** A client's request as a prompt. @throws GatewayError `invalid` naming the field and the mend. */
  accept(call: Call): Prompt;
  answer(to: Prompt, made: Made): Answering;

  readonly fault: UpstreamDialect['fault'] & {
    /** Any failure in this dialect's own shape. `requestId` is what support will ask for. */
    answer(error: GatewayError, requestId: string): { status: number; body: unknown };
  };

  /**
   * Relay's shortcut: true when the frame surely carries nothing but more text of a block already begun, so that it need not be parsed.
   * Asked only after the first block of the answer has begun; a dialect whose frames do not say where a block begins relies on that.
   * Must be false for starts, ends, usage, tool calls, errors and terminal events.
   */
  glance(data: string): boolean;
  /** Bytes that keep an idle stream alive and that every client of this dialect ignores; empty where there are none. */
  readonly keepalive: string;

  readonly models: UpstreamDialect['models'] & {
    answer(models: readonly ListedModel[]): unknown;
    /** One model asked for by its id. */
    one(model: ListedModel): unknown;
  };

  /** Whether a request outside the doors (a listing, an unknown path) bears this dialect's marks. Names of headers in lower case. */
  recognises?(headers: Readonly<Record<string, string | string[] | undefined>>): boolean;
}
