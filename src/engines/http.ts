/** One answer to an outbound request; the body must be read to its end or left by breaking out of it. */
export interface HttpReply {
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  body: AsyncIterable<Uint8Array>;
}

/**
 * The only way this folder reaches the network: handed in by the composition root, which owns proxies,
 * certificates and what may be reached. It does not follow redirects.
 */
export interface Http {
  request(url: string, options: { headers: Record<string, string>; signal: AbortSignal }): Promise<HttpReply>;
}

const MOST_REDIRECTS = 6;
const MAX_TEXT_BYTES = 64 * 1024 * 1024;

/**
 * GETs a URL and follows redirects; credentials stay with the host they were meant for.
 * A user and password in the URL become a Basic authorization header.
 * @throws Error after too many redirects, or whatever the connection throws
 */
export async function get(http: Http, url: string, headers: Record<string, string>, signal: AbortSignal): Promise<HttpReply> {
  let at = new URL(url);
  let sent: Record<string, string> = { 'user-agent': 'freehold', ...headers };
  if (at.username !== '') {
    const login = `${decodeURIComponent(at.username)}:${decodeURIComponent(at.password)}`;
    sent = { authorization: `Basic ${Buffer.from(login).toString('base64')}`, ...sent };
  }
  for (let hop = 0; hop < MOST_REDIRECTS; hop++) {
    const reply = await http.request(bare(at), { headers: sent, signal });
    const location = reply.headers['location'];
    if (reply.status < 300 || reply.status >= 400 || location === undefined) return reply;
    await discard(reply);
    const next = new URL(location, at);
    if (next.host !== at.host) {
      const { authorization: _kept, ...rest } = sent;
      sent = rest;
    }
    at = next;
  }
  throw new Error(`${bare(new URL(url))} redirects more than ${MOST_REDIRECTS} times.`);
}

/** Reads a whole body as text. @throws Error beyond 64 MiB */
export async function readText(reply: HttpReply): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of reply.body) {
    size += chunk.length;
    if (size > MAX_TEXT_BYTES) throw new Error(`The answer is larger than ${MAX_TEXT_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Ends a reply nobody wants to read. */
export async function discard(reply: HttpReply): Promise<void> {
  for await (const _ of reply.body) break;
}

function bare(url: URL): string {
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  return copy.href;
}
