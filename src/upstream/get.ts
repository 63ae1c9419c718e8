import type { Upstream } from './client.ts';
import type { Clocks } from './clocks.ts';

/** Downloads take hours and may start late; only silence ends them. Milliseconds. */
const DOWNLOAD_CLOCKS: Clocks = { connect: 10_000, firstByte: 60_000, idle: 60_000, total: 0 };

export interface Got {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string | undefined>;
  body: AsyncIterable<Uint8Array>;
}

/**
 * GETs over the gateway's own way out (proxies, certificates, clocks), for what fetches weights and asks for listings.
 * Redirects are answers like any other: whoever asks decides whether to follow. The body must be read or left by breaking out of it.
 * @throws GatewayError `network` or `timeout`
 */
export async function get(
  upstream: Upstream,
  url: string,
  options: { headers: Record<string, string>; signal?: AbortSignal; clocks?: Clocks },
): Promise<Got> {
  const { origin, pathname, search } = new URL(url);
  const headers = Object.entries({ 'accept-encoding': 'identity', ...options.headers }).flat();
  const flight = upstream.send({
    method: 'GET',
    origin,
    path: pathname + search,
    headers,
    clocks: options.clocks ?? DOWNLOAD_CLOCKS,
    ceiling: 'errand',
  });
  const leave = () => flight.abort();
  options.signal?.addEventListener('abort', leave, { once: true });
  if (options.signal?.aborted) leave();
  const head = await flight.head;
  const named: Record<string, string> = {};
  for (let i = 0; i + 1 < head.headers.length; i += 2) named[head.headers[i]!.toLowerCase()] = head.headers[i + 1]!;
  return { status: head.status, headers: named, body: flight };
}
