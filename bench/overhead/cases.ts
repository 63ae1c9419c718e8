import type { Speech } from './bodies.ts';

/** One kind of traffic. */
export interface Case {
  name: string;
  title: string;
  speech: Speech;
  /** Body size. */
  bytes: number;
  stream: boolean;
  /** What the upstream does, see `upstream.ts`. */
  model: string;
  connections: number;
  /** Set where answers take so long that only chunks can be timed: seconds until all streams are open. */
  opening?: number;
  beside?: { rate: number; bytes: number; model: string };
}

const KB = 1000;
const WHOLE = 'bench-n16';
const STREAM = 'bench-n200';
const SLOW = 'bench-n200-g20';

export const CASES: readonly Case[] = [
  { name: 'chat-1k', title: 'chat, 1 KB, whole', speech: 'chat', bytes: KB, stream: false, model: WHOLE, connections: 32 },
  { name: 'chat-100k', title: 'chat, 100 KB, whole', speech: 'chat', bytes: 100 * KB, stream: false, model: WHOLE, connections: 16 },
  { name: 'chat-stream', title: 'chat, 200 chunks', speech: 'chat', bytes: KB, stream: true, model: STREAM, connections: 16 },
  { name: 'slow-streams', title: '200 slow streams', speech: 'chat', bytes: KB, stream: true, model: SLOW, connections: 200, opening: 5 },
  {
    name: 'beside-1m',
    title: '50 slow streams, 1 MB beside',
    speech: 'chat',
    bytes: KB,
    stream: true,
    model: SLOW,
    connections: 50,
    opening: 5,
    beside: { rate: 10, bytes: 1000 * KB, model: WHOLE },
  },
  { name: 'messages-1k', title: 'Anthropic to chat, 1 KB', speech: 'messages', bytes: KB, stream: false, model: WHOLE, connections: 32 },
  {
    name: 'messages-stream',
    title: 'Anthropic to chat, 200 chunks',
    speech: 'messages',
    bytes: KB,
    stream: true,
    model: STREAM,
    connections: 16,
  },
  {
    name: 'messages-100k',
    title: 'Anthropic to chat, 100 KB',
    speech: 'messages',
    bytes: 100 * KB,
    stream: false,
    model: WHOLE,
    connections: 16,
  },
];

/** How many tokens an answer of this model has. */
export function tokensOf(model: string): number {
  return Number(/-n(\d+)/.exec(model)?.[1] ?? 0);
}
