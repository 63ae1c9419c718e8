import type { UpstreamDialect } from '../protocol/dialect.ts';
import type { Upstream } from './client.ts';
import type { Clocks } from './clocks.ts';
import { get } from './get.ts';
import type { Sign } from './sign.ts';

interface Question {
  url: string;
  headers: Record<string, string>;
  sign?: Sign;
  clocks: Clocks;
}

/** Largest listing read. Bytes. */
const LIMIT = 16 * 1024 * 1024;

/** GETs a JSON document from a provider. @throws GatewayError of the class its dialect gives to the refusal */
export async function fetchJson(upstream: Upstream, question: Question, dialect: Pick<UpstreamDialect, 'fault'>): Promise<unknown> {
  const { origin, pathname, search } = new URL(question.url);
  const signed = (await question.sign?.({ method: 'GET', origin, path: pathname + search })) ?? [];
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'freehold', ...question.headers };
  for (let i = 0; i + 1 < signed.length; i += 2) headers[signed[i]!] = signed[i + 1]!;
  const { status, body: bytes } = await get(upstream, question.url, { headers, clocks: question.clocks });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size <= LIMIT) chunks.push(chunk);
  }
  const body = parse(Buffer.concat(chunks).toString('utf8'));
  if (status < 200 || status >= 300) throw dialect.fault.hear(status, body);
  return body;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
