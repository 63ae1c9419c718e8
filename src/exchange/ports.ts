import type { Pricing } from '../catalog/pricing.ts';
import type { Caller } from '../policy/caller.ts';
import type { LoadSettings } from '../policy/queue.ts';
import type { Dialect, Target, UpstreamDialect } from '../protocol/dialect.ts';
import type { Embeddings } from '../protocol/embedding.ts';
import type { Zone } from '../protocol/zone.ts';
import type { Clocks } from '../upstream/clocks.ts';

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
  /** The farthest zone that what it continues may reach. */
  ceiling?: Zone;
  /** Absent where no key is needed. */
  caller?: Caller;
  /** Family of the tool that asks, where it says. */
  client?: string;
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

/** A request as it leaves. */
export interface Outgoing {
  method: 'GET' | 'POST';
  origin: string;
  /** Path and query. */
  path: string;
  /** Flat list. */
  headers: string[];
  body: Buffer | string;
}

/** Gives a request what depends on the whole of it. @throws GatewayError when a credential cannot be had */
export type Finish = (request: Outgoing) => Outgoing | Promise<Outgoing>;

/** A target with all that is needed to reach it. */
export interface Candidate {
  /** The verbs in which its provider makes vectors, where it does. */
  embeddings?: Embeddings;
  /** Provider and model, by which its health and speed are known. */
  address: string;
  provider: string;
  zone: Zone;
  dialect: UpstreamDialect;
  /** Where a path of the dialect lies at this provider: origin, and path with any query of the configured URL. */
  at(path: string): { origin: string; path: string };
  /** Credential and fixed headers, names in lower case. */
  headers: Record<string, string>;
  /** The last word on a request's bytes: signatures, and addresses that differ by model. */
  finish?: Finish;
  clocks: Clocks;
  /** How much its server may be asked at once; absent: as much as comes. */
  load?: LoadSettings;
  /** How it is paid for. */
  pricing: Pricing;
  target: Target;
  /** What it can do, where somebody says so. */
  abilities: { tools?: boolean; vision?: boolean };
  /** What is known of the model, from which its success may be guessed. */
  traits: { name: string; open?: boolean; released?: string; outputPrice?: number };
  /** Its provider did not answer when it was last asked. */
  ailing: boolean;
  /** Response headers that name it, flat. */
  naming: readonly string[];
}
