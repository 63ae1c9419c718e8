import type { Http } from '../engines/http.ts';
import { converse } from '../exchange/converse.ts';
import type { Dialect } from '../protocol/dialect.ts';
import { GatewayError } from '../protocol/errors.ts';
import type { Part } from '../protocol/part.ts';
import type { Prompt } from '../protocol/prompt.ts';
import { join } from '../providers/url.ts';
import { Upstream } from '../upstream/client.ts';
import type { Clocks } from '../upstream/clocks.ts';
import { get } from '../upstream/get.ts';

/** A gateway answers when its model does, and ends silence by its own clocks. Milliseconds. */
const CLOCKS: Clocks = { connect: 3000, firstByte: 0, idle: 0, total: 0 };

/** Milliseconds. */
const ADMIN_CLOCKS: Clocks = { connect: 3000, firstByte: 15_000, idle: 15_000, total: 30_000 };

/** Most that an admin API says at once. Bytes. */
const LONGEST = 16 * 1024 * 1024;

/** A way out for what is no exchange: pulling weights, looking for servers, asking a gateway as its client. */
export interface Outside {
  http: Http;
  /** Asks the gateway at `url`; the last part is `finish` or `fault`. @throws GatewayError when it refuses or cannot be reached */
  ask(
    url: string,
    key: string | undefined,
    prompt: Prompt,
    signal: AbortSignal,
    headers?: Readonly<Record<string, string>>,
  ): AsyncGenerator<Part>;
  /** Asks a gateway's admin API; gives back status and parsed answer. @throws GatewayError when it cannot be reached */
  admin(url: string, key: string | undefined, question: Question): Promise<{ status: number; body: unknown }>;
  close(): Promise<void>;
}

/** One request to a gateway that is answered with JSON. */
export interface Question {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. */
  path: string;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** Milliseconds until the first byte and in all; an admin API answers at once, a model may have to load. */
  patience?: number;
}

/** @param dialect what gateways are asked in */
export function outside(env: NodeJS.ProcessEnv, dialect: Dialect): Outside {
  // The only one who is asked here is a gateway, by the person who runs the command.
  const upstream = new Upstream(env, () => 'own');
  const at = (url: string) => (path: string) => {
    const { origin, pathname, search } = new URL(join(url, path));
    return { origin, path: pathname + search };
  };
  return {
    http: { request: (url, options) => get(upstream, url, options) },
    ask: (url, key, prompt, signal, headers) => converse(upstream, { dialect, at: at(url), key, clocks: CLOCKS, headers }, prompt, signal),
    admin: (url, key, question) => askAdmin(upstream, url, key, question),
    close: () => upstream.close(),
  };
}

async function askAdmin(
  upstream: Upstream,
  url: string,
  key: string | undefined,
  { method, path, body, headers: more = {}, patience }: Question,
) {
  const { origin, pathname, search } = new URL(join(url, path));
  const named = ['accept', 'application/json', ...(key ? ['authorization', `Bearer ${key}`] : []), ...Object.entries(more).flat()];
  const headers = body === undefined ? named : [...named, 'content-type', 'application/json'];
  const text = body === undefined ? undefined : JSON.stringify(body);
  const clocks = patience === undefined ? ADMIN_CLOCKS : { ...ADMIN_CLOCKS, firstByte: patience, idle: patience, total: patience };
  const flight = upstream.send({ method, origin, path: pathname + search, headers, body: text, clocks, ceiling: 'errand' });
  const { status } = await flight.head;
  const bytes = await flight.collect(LONGEST);
  try {
    return { status, body: JSON.parse(bytes.toString()) as unknown };
  } catch (cause) {
    throw new GatewayError('malformed', `${origin} answered with something that is no JSON (${status}); is it a Freehold gateway?`, {
      cause,
    });
  }
}
