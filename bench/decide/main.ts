// How long a decision takes, and whether memory grows with them: `npm run bench:decide [-- --count 1000000] [--json]`. Each
// decision is made three times for conversations of their own and the fastest counts: what a busy machine adds says nothing of the code.

import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Admission } from '../../src/exchange/stage.ts';
import { admission, candidates, conversation, desk } from '../../src/exchange/stages/fixtures/decisions.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;
const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, count: { type: 'string', default: '20000' } } });
const count = Number(values.count);
const TARGETS = candidates(16);
const CONVERSATIONS = 200;
const STEPS = 40;
const LARGE = 100 * 1024;
const TIMES = 3;
/** Figures kept: a million decisions must not look like a leak. */
const MOST = 20_000;

const routing = desk({ sessions: { most: 1000 } });
const figures: Record<string, number[]> = { 'first turn, 100 KB': [], 'next step of it': [] };

/** Decides and times it; the request is read before, as the exchange has read it. */
function decide(asked: Admission): number {
  asked.asked.prompt();
  const from = performance.now();
  const held = routing.stage.admit?.(asked);
  const took = performance.now() - from;
  const [first] = asked.plan;
  if (!first || !held || held instanceof Promise) throw new Error('nobody was to answer');
  asked.record.attempts.push({ provider: first.provider, model: first.target.model, zone: first.zone });
  asked.record.usage = { input: 25_000, output: 300 };
  held.over(asked.record);
  routing.record(asked.record);
  return took;
}

const prompts = Array.from({ length: CONVERSATIONS }, (_, seed) => conversation(seed, STEPS, LARGE));
const begun = prompts.map((prompt) => ({ ...prompt, turns: prompt.turns.slice(0, -2) }));
let id = 0;
const heaps: number[] = [];
const rounds = Math.max(4, Math.ceil(count / (2 * TIMES * CONVERSATIONS)));
for (let round = 0; round < rounds; round++) {
  for (const [at, prompt] of prompts.entries()) {
    const times = { 'first turn, 100 KB': Number.POSITIVE_INFINITY, 'next step of it': Number.POSITIVE_INFINITY };
    for (let time = 0; time < TIMES; time++) {
      for (const [figure, turns] of [['first turn, 100 KB', begun[at]!] as const, ['next step of it', prompt] as const]) {
        const asked = admission(`x${id++}`, turns, TARGETS);
        Object.assign(asked.incoming.headers, { 'x-freehold-session': `${round} ${at} ${time}` });
        times[figure] = Math.min(times[figure], decide(asked));
      }
    }
    // The first round warms up.
    for (const [figure, took] of Object.entries(times)) if (round > 0 && figures[figure]!.length < MOST) figures[figure]!.push(took);
  }
  if (round % Math.max(1, Math.floor(rounds / 8)) === 0) {
    gc();
    heaps.push(Math.round(process.memoryUsage().heapUsed / 1024));
  }
}

const quantile = (sorted: readonly number[], at: number) => sorted[Math.min(sorted.length - 1, Math.floor(at * sorted.length))]!;
const times = Object.entries(figures).map(([figure, list]) => {
  list.sort((a, b) => a - b);
  return { figure, p50: quantile(list, 0.5), p99: quantile(list, 0.99), worst: list.at(-1)! };
});
if (values.json) console.log(JSON.stringify({ decisions: id, targets: TARGETS.length, times, heapKiB: heaps }));
else {
  console.log(`${id} decisions among ${TARGETS.length} targets, in milliseconds`);
  for (const { figure, p50, p99, worst } of times)
    console.log(`${figure.padEnd(20)} p50 ${p50.toFixed(3)}  p99 ${p99.toFixed(3)}  worst ${worst.toFixed(1)}`);
  console.log(`heap in KiB, over the run: ${heaps.join(' ')}`);
}
