import { ok } from 'node:assert/strict';
import fc from 'fast-check';
import * as run from '../../src/dialects/contract/run.ts';
import type { Dialect } from '../../src/protocol/dialect.ts';
import type { Part } from '../../src/protocol/part.ts';
import { named, names } from './stir.ts';
import { subject } from './subject.ts';

interface Case {
  upstream: string;
  client: string;
  /** What the answer consists of, again and again. */
  kinds: ('text' | 'thought' | 'call' | 'long call')[];
  pieces: number;
}

/** An answer of `pieces` pieces as a stream of `dialect`. */
function streamOf(dialect: Dialect, kinds: Case['kinds'], pieces: number): Uint8Array {
  const parts: Part[] = [{ type: 'start', id: 'x', model: 'm' }];
  let index = 0;
  const block = (start: Extract<Part, { type: 'block-start' }>['block'], texts: readonly string[]) => {
    parts.push({ type: 'block-start', index, block: start }, ...texts.map((text): Part => ({ type: 'block-delta', index, text })));
    parts.push({ type: 'block-end', index: index++ });
  };
  for (const kind of kinds) {
    if (kind === 'text') block({ kind: 'text' }, Array(pieces).fill('word '));
    else if (kind === 'thought') block({ kind: 'reasoning' }, Array(pieces).fill('hmm '));
    else if (kind === 'long call') {
      const start = { kind: 'tool-call', id: `call_${index}`, name: 'run', input: 'json' } as const;
      block(start, ['{"text":"', ...Array<string>(pieces).fill('line\\n'), '"}']);
    } else {
      for (let n = 0; n < pieces / 4; n++)
        block({ kind: 'tool-call', id: `call_${index}`, name: 'run', input: 'json' }, ['{"n"', `:${n}}`]);
    }
  }
  parts.push({ type: 'finish', reason: kinds.includes('call') || kinds.includes('long call') ? 'tool-calls' : 'stop' });
  const { to, parts: known } = run.clientOf(dialect, parts, true);
  return new TextEncoder().encode(run.answerStream(dialect, to, known).text);
}

/** Characters that parsing, searching, cutting and joining touch while `work` runs: a count, because a clock would lie on a busy machine. */
function touched(work: () => void): number {
  const text = String.prototype;
  const { slice, startsWith } = text;
  const { join } = Array.prototype;
  const { parse } = JSON;
  let count = 0;
  text.slice = function (this: string, from?: number, to?: number) {
    const part = slice.call(this, from, to);
    count += part.length;
    return part;
  };
  text.startsWith = function (this: string, what: string, from?: number) {
    count += what.length;
    return startsWith.call(this, what, from);
  };
  Array.prototype.join = function (this: unknown[], separator?: string) {
    const joined = join.call(this, separator);
    count += joined.length;
    return joined;
  };
  JSON.parse = (given: string, reviver?: (this: unknown, key: string, value: unknown) => unknown) => {
    count += given.length;
    return parse(given, reviver) as unknown;
  };
  try {
    work();
  } finally {
    text.slice = slice;
    text.startsWith = startsWith;
    Array.prototype.join = join;
    JSON.parse = parse;
  }
  return count;
}

const kind = fc.constantFrom<Case['kinds'][number]>('text', 'thought', 'call', 'long call');

export const growth = subject<Case>({
  name: 'growth',
  about: 'answers four times as long cost at most some five times the work, in every pair of dialects',
  share: 1,
  cases: fc.record({
    upstream: names,
    client: names,
    kinds: fc.array(kind, { minLength: 1, maxLength: 3 }),
    pieces: fc.integer({ min: 40, max: 120 }),
  }),
  holds({ upstream: spoken, client: speaking, kinds, pieces }) {
    const [upstream, client] = [named(spoken), named(speaking)];
    const cost = (size: number) => {
      const bytes = streamOf(upstream, kinds, size);
      const packets = Array.from({ length: Math.ceil(bytes.length / 64) }, (_, at) => bytes.subarray(at * 64, at * 64 + 64));
      return touched(() => {
        const parts = run.inSequence(run.hearFrames(upstream, run.framesOf(upstream, packets)));
        run.answerStream(client, run.promptWith(client, true), parts);
      });
    };
    const [small, large] = [cost(pieces), cost(4 * pieces)];
    ok(large <= 5.5 * small + 20_000, `${pieces} pieces touch ${small} characters, four times as many ${large}`);
  },
});
