import type { Dialect } from '../protocol/dialect.ts';
import type { Part } from '../protocol/part.ts';
import type { Prompt } from '../protocol/prompt.ts';
import { wireText } from '../protocol/well-formed.ts';
import type { Upstream } from '../upstream/client.ts';
import type { Clocks } from '../upstream/clocks.ts';
import { errorBody, heard } from './listen.ts';

/** A server that answers prompts, as its client sees it. */
export interface Server {
  dialect: Dialect;
  /** Where a path of the dialect lies. */
  at(path: string): { origin: string; path: string };
  key: string | undefined;
  clocks: Clocks;
  /** More headers, names in lower case. */
  headers?: Readonly<Record<string, string>>;
}

/**
 * Asks a server one prompt and yields the answer as it comes; the last part is `finish` or `fault`.
 * Leaving the loop, or the signal, ends the call at once.
 * @throws GatewayError when it refuses or cannot be reached
 */
export async function* converse(
  upstream: Upstream,
  { dialect, at, key, clocks, headers: more }: Server,
  prompt: Prompt,
  signal?: AbortSignal,
): AsyncGenerator<Part> {
  const { request } = dialect.ask(prompt, { model: prompt.model });
  const headers = Object.entries({
    'content-type': 'application/json',
    'user-agent': 'freehold',
    ...dialect.credential(key),
    ...request.headers,
    ...more,
  }).flat();
  const flight = upstream.send({ method: 'POST', ...at(request.path), headers, body: wireText(request.body), clocks, ceiling: 'own' });
  const leave = () => flight.abort();
  signal?.addEventListener('abort', leave, { once: true });
  if (signal?.aborted) leave();
  try {
    const head = await flight.head;
    if (head.status < 200 || head.status >= 300) throw dialect.fault.hear(head.status, (await errorBody(flight))?.value);
    for await (const parts of await heard(flight, head, dialect.hear())) yield* parts;
  } finally {
    signal?.removeEventListener('abort', leave);
    leave();
  }
}
