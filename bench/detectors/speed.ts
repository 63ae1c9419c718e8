import { egressSchema } from '../../src/egress/policy.ts';
import { scannerFor } from '../../src/egress/read.ts';
import { filesBelow } from './corpus.ts';

/** Milliseconds for 100 KB: the processor's, all threads, mean of the runs; and the wall's, which others on the machine lengthen. */
export interface Timing {
  what: string;
  cpu: number;
  median: number;
  p90: number;
}

const SIZE = 100_000;
const LIMITS = { budget: 60_000, length: 1e9, now: () => performance.now() };

/** Conversations of 100 KB: source text in tool results of 2 KB, no two alike. */
function conversations(folder: string, count: number): unknown[] {
  const pieces: string[] = [];
  for (const { path, text } of filesBelow(folder)) {
    if (!/\.(?:[cm]?[jt]s|md)$/.test(path) || path.includes('.min.')) continue;
    for (let at = 0; at + 2000 <= text.length && at < 20_000; at += 2000) pieces.push(text.slice(at, at + 2000));
    if (pieces.length >= (count * SIZE) / 2000) break;
  }
  return Array.from({ length: count }, (_, at) => ({
    model: 'any',
    messages: pieces
      .slice((at * SIZE) / 2000, ((at + 1) * SIZE) / 2000)
      .map((content, turn) => ({ role: turn % 2 ? 'user' : 'assistant', content: [{ type: 'text', text: content }] })),
  }));
}

function timed(what: string, runs: readonly (() => void)[]): Timing {
  const before = process.cpuUsage();
  const took = runs
    .map((run) => {
      const start = performance.now();
      run();
      return performance.now() - start;
    })
    .sort((a, b) => a - b);
  const { user, system } = process.cpuUsage(before);
  return { what, cpu: (user + system) / 1000 / runs.length, median: took[took.length >> 1]!, p90: took[Math.floor(took.length * 0.9)]! };
}

/** Text read for the first time, the same conversation again, and again with 2 KB more. */
export function speed(folder: string): Timing[] {
  const settings = egressSchema.parse({});
  const bodies = conversations(folder, 120);
  const warm = scannerFor(settings);
  for (const body of bodies.slice(0, 40)) warm.scan(body, LIMITS);
  const fresh = bodies.slice(40);
  const scanner = scannerFor(settings);
  return [
    timed(
      'new text',
      fresh.map((body) => () => void scanner.scan(body, LIMITS)),
    ),
    timed(
      'sent again',
      fresh.map((body) => () => void scanner.scan(body, LIMITS)),
    ),
    timed(
      'sent again with a new turn of 2 KB',
      fresh.map((body, at) => () => void scanner.scan(longer(body, bodies[at % 40]), LIMITS)),
    ),
    timed(
      'JSON.parse of the same, for scale',
      fresh.map((body) => JSON.stringify(body)).map((text) => () => void JSON.parse(text)),
    ),
  ];
}

interface Conversation {
  messages: { content: { text: string }[] }[];
}

function longer(body: unknown, other: unknown): unknown {
  const { messages } = body as Conversation;
  const text = (other as Conversation).messages[0]!.content[0]!.text;
  return { ...(body as Conversation), messages: [...messages, { role: 'user', content: [{ type: 'text', text: `${text.slice(1)}!` }] }] };
}
