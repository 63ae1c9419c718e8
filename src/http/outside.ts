import type { Http } from '../engines/http.ts';
import { converse } from '../exchange/converse.ts';
import type { Dialect } from '../protocol/dialect.ts';
import type { Part } from '../protocol/part.ts';
import type { Prompt } from '../protocol/prompt.ts';
import { join } from '../providers/url.ts';
import { Upstream } from '../upstream/client.ts';
import type { Clocks } from '../upstream/clocks.ts';
import { get } from '../upstream/get.ts';

/** A gateway answers when its model does, and ends silence by its own clocks. Milliseconds. */
const CLOCKS: Clocks = { connect: 3000, firstByte: 0, idle: 0, total: 0 };

/** A way out for what is no exchange: pulling weights, looking for servers, asking a gateway as its client. */
export interface Outside {
  http: Http;
  /** Asks the gateway at `url`; the last part is `finish` or `fault`. @throws GatewayError when it refuses or cannot be reached */
  ask(url: string, key: string | undefined, prompt: Prompt, signal: AbortSignal): AsyncGenerator<Part>;
  close(): Promise<void>;
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
    ask: (url, key, prompt, signal) => converse(upstream, { dialect, at: at(url), key, clocks: CLOCKS }, prompt, signal),
    close: () => upstream.close(),
  };
}
