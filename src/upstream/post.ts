import { retryAfter } from '../wire/http.ts';
import type { Upstream } from './client.ts';

/** Most that is read of an answer. Bytes. */
const LIMIT = 1024 * 1024;

/** Milliseconds. */
const CONNECT = 5000;

/** What was answered. `retryAfter` in seconds, where a header gave it. */
interface Posted {
  status: number;
  retryAfter?: number;
  body: Buffer;
}

/**
 * POSTs what carries nothing of a client's, e.g. measurements to a collector, over the gateway's own way out.
 * @param timeoutMs until the answer is complete
 * @throws GatewayError `network` or `timeout`
 */
export async function post(
  upstream: Upstream,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  timeoutMs: number,
): Promise<Posted> {
  const { origin, pathname, search } = new URL(url);
  const named = Object.entries({ 'user-agent': 'freehold', ...headers }).flat();
  const clocks = { connect: CONNECT, firstByte: timeoutMs, idle: timeoutMs, total: timeoutMs };
  const flight = upstream.send({
    method: 'POST',
    origin,
    path: pathname + search,
    headers: named,
    body: Buffer.from(body),
    clocks,
    ceiling: 'errand',
  });
  const head = await flight.head;
  const wait = retryAfter(head.headers, Date.now());
  return { status: head.status, ...(wait !== undefined && { retryAfter: wait }), body: await flight.collect(LIMIT) };
}
