import { setTimeout as sleep } from 'node:timers/promises';
import { median } from './figures.ts';
import type { Job } from './load.ts';
import { readTree } from './readings.ts';
import { desert, KEY, load, startTarget, type Target, type Upstream } from './targets.ts';

/** What long and rough use did to one gateway process. */
export interface Soaked {
  /** Resident memory after each slice of the requests, MB. */
  memory: number[];
  /** Of its last slices against the early ones. */
  growth: number;
  /** Wrong answers at all loads, and tokens that the upstream wrote and nobody got. */
  faults: Record<string, number>;
  tokens: number;
  /** Requests that clients left half-way. */
  left: number;
  /** Upstream requests still open after that. */
  stuck: number;
  /** Wrong answers after that. */
  afterwards: Record<string, number>;
}

const CONNECTIONS = [1, 8, 32, 128, 512];
const SLICES = 20;

type Traffic = Pick<Job, 'speech' | 'model' | 'tokens' | 'stream'>;

/** Whole, streamed and translated: what a leak or a lost token may hide in. */
const TRAFFIC: readonly Traffic[] = [
  { speech: 'chat', model: 'fake/bench-n16', tokens: 16, stream: false },
  { speech: 'chat', model: 'fake/bench-n20', tokens: 20, stream: true },
  { speech: 'messages', model: 'fake/bench-n20', tokens: 20, stream: true },
];
const LONG: readonly Traffic[] = [
  { speech: 'chat', model: 'fake/bench-n200', tokens: 200, stream: true },
  { speech: 'messages', model: 'fake/bench-n200', tokens: 200, stream: true },
  { speech: 'messages', model: 'fake/bench-n16', tokens: 16, stream: false },
];

const BASE = { key: KEY, bytes: 1000, warm: 0, alone: 0, full: 0, drain: true } as const;

/** @param quick a hundredth of everything: shows that the soak works, not that the gateway does */
export async function soak(upstream: Upstream, quick: boolean, tell: (line: string) => void): Promise<Soaked> {
  const target = await startTarget('freehold', upstream);
  try {
    const many = await manyRequests(target, quick ? 1000 : 100_000, tell);
    const tokens = await everyToken(target, upstream, quick ? 0.3 : 3, tell);
    const deserted = await manyDeserters(target, upstream, quick ? 100 : 10_000, tell);
    return { ...many, ...deserted, tokens: tokens.tokens, faults: sum(many.faults, tokens.faults) };
  } finally {
    await target.stop();
  }
}

async function manyRequests(target: Target, total: number, tell: (line: string) => void) {
  const memory: number[] = [];
  let faults: Record<string, number> = {};
  const requests = Math.ceil(total / SLICES / TRAFFIC.length);
  for (let slice = 0; slice < SLICES; slice++) {
    const done = await Promise.all(TRAFFIC.map((traffic) => load({ ...BASE, ...traffic, port: target.port, connections: 16, requests })));
    faults = done.reduce((all, one) => sum(all, one.faults), faults);
    await sleep(300);
    const reading = readTree(target.pid);
    if (!reading) throw new Error(`the gateway died under load: ${target.complaints()}`);
    memory.push((reading.memory * 1024) / 1e6);
    tell(`soak: ${requests * TRAFFIC.length * (slice + 1)} requests, ${memory.at(-1)!.toFixed(0)} MB`);
  }
  // The first quarter is warm-up: code is compiled and the heap finds its size.
  const quarter = SLICES / 4;
  return { memory, faults, growth: median(memory.slice(-quarter)) / median(memory.slice(quarter, 2 * quarter)) };
}

async function everyToken(target: Target, upstream: Upstream, seconds: number, tell: (line: string) => void) {
  let faults: Record<string, number> = {};
  let tokens = 0;
  for (const connections of CONNECTIONS) {
    for (const traffic of LONG) {
      const before = await upstream.counts();
      const done = await load({ ...BASE, ...traffic, port: target.port, connections, full: seconds });
      const after = await upstream.counts();
      const written = after.tokens - before.tokens;
      tokens += done.received;
      faults = sum(faults, done.faults);
      if (written !== done.received) faults = sum(faults, { [`${written} tokens written, ${done.received} arrived`]: 1 });
      tell(`soak: ${connections} connections, ${traffic.speech}${traffic.stream ? ' stream' : ''}: ${done.received} of ${written} tokens`);
    }
  }
  return { faults, tokens };
}

async function manyDeserters(target: Target, upstream: Upstream, streams: number, tell: (line: string) => void) {
  const { left, answered } = await desert({ port: target.port, key: KEY, streams, connections: 64 });
  let stuck = Number.NaN;
  for (let waited = 0; waited < 2000 && stuck !== 0; waited += 50) {
    await sleep(50);
    stuck = (await upstream.counts()).open;
  }
  tell(`soak: ${left} requests left half-way, ${answered} answered before, ${stuck} still open at the upstream`);
  const after = await Promise.all(
    TRAFFIC.map((traffic) => load({ ...BASE, ...traffic, port: target.port, connections: 8, requests: 200 })),
  );
  return { left, stuck, afterwards: after.reduce<Record<string, number>>((all, one) => sum(all, one.faults), {}) };
}

function sum(all: Record<string, number>, more: Record<string, number>): Record<string, number> {
  const out = { ...all };
  for (const [fault, times] of Object.entries(more)) out[fault] = (out[fault] ?? 0) + times;
  return out;
}
