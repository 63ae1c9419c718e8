import type { Prompt } from '../../src/protocol/prompt.ts';
import { classify } from '../../src/tasks/classify.ts';
import { questionOf } from '../../src/tasks/question.ts';

/** Microseconds a call, with 100 KB of prompt. */
export interface Speed {
  read: { p50: number; p99: number };
  classify: { p50: number; p99: number };
  /** Bytes that the heap grew over all calls. */
  growth: number;
  calls: number;
}

const prompt: Prompt = {
  dialect: 'bench',
  model: 'any',
  stream: true,
  tools: [],
  sampling: {},
  turns: [
    { role: 'system', blocks: [{ kind: 'text', text: 'You are a coding tool. Work carefully. '.repeat(256) }] },
    {
      role: 'user',
      blocks: [
        {
          kind: 'text',
          text: `Please refactor the parser below, it is slow.\n${'const value = read(source, 1); // the next one follows\n'.repeat(1600)}Keep the tests green.`,
        },
      ],
    },
  ],
};

function quantiles(times: Float64Array): { p50: number; p99: number } {
  const sorted = times.slice().sort();
  const at = (share: number) => Math.round(10_000 * sorted[Math.floor(share * (sorted.length - 1))]!) / 10;
  return { p50: at(0.5), p99: at(0.99) };
}

export function speed(calls: number): Speed {
  const read = new Float64Array(calls);
  const judged = new Float64Array(calls);
  for (let at = 0; at < 500; at++) classify(questionOf(prompt));
  const before = process.memoryUsage().heapUsed;
  for (let at = 0; at < calls; at++) {
    const start = performance.now();
    const question = questionOf(prompt);
    const middle = performance.now();
    classify(question);
    read[at] = middle - start;
    judged[at] = performance.now() - middle;
  }
  return { read: quantiles(read), classify: quantiles(judged), growth: process.memoryUsage().heapUsed - before, calls };
}
