import type { Dialect, Target } from '../protocol/dialect.ts';
import type { Embeddings } from '../protocol/embedding.ts';
import type { GatewayError } from '../protocol/errors.ts';
import type { Upstream } from '../upstream/client.ts';
import type { Clocks } from '../upstream/clocks.ts';
import type { ExchangeRecord } from './record.ts';

/** A client's request, authorised and read, not yet understood. */
export interface Incoming {
  /** Unique letters and digits; ids of the answer are built from it. */
  id: string;
  dialect: Dialect;
  /** What is wanted are vectors, not an answer. */
  embeddings?: Embeddings;
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Flat list as received. */
  rawHeaders: readonly string[];
  /** The body, decoded from any content-encoding. */
  body: Buffer;
  /** `performance.now()` of arrival. */
  startedAt: number;
  key?: string;
}

/** The client's side of the connection. The exchange knows no HTTP library. */
export interface Client {
  readonly gone: boolean;
  readonly headSent: boolean;
  /** Called once when the client leaves before the answer is over. */
  onGone(listener: () => void): void;
  /** @param headers flat list */
  head(status: number, headers: string[]): void;
  /** False when the client reads too slowly: await `drained` before the next write. */
  write(bytes: Buffer | string): boolean;
  /** Settles when there is room again, or the client is gone. */
  drained(): Promise<void>;
  end(bytes?: Buffer | string): void;
  /** Breaks the connection, so that nobody takes the answer for complete. */
  cut(): void;
}

/** A target with all that is needed to reach it. */
export interface Candidate {
  provider: string;
  zone: string;
  dialect: Dialect;
  /** Where a path of the dialect lies at this provider: origin, and path with any query of the configured URL. */
  at(path: string): { origin: string; path: string };
  /** Credential and fixed headers, names in lower case. */
  headers: Record<string, string>;
  clocks: Clocks;
  target: Target;
  /** Response headers that name it, flat. */
  naming: readonly string[];
}

/** What the exchange is given: it has no clock, no randomness and no world of its own. */
export interface Surroundings {
  upstream: Upstream;
  /** Targets for a model name, best first; never empty. @throws GatewayError `not-found` or `unavailable` */
  plan(model: string): Candidate[] | Promise<Candidate[]>;
  /** Told of each attempt's end, for health. */
  observe(provider: string, error: GatewayError | undefined): void;
  /** Told once, when all is over. */
  record(exchange: ExchangeRecord): void;
  /** Unix time in milliseconds. */
  now(): number;
  /** Random letters and digits. */
  newId(): string;
  /** Milliseconds of silence after which a stream gets a keepalive; 0 switches it off. */
  keepalive: number;
}
