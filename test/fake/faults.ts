import type { Dialect } from '../../src/protocol/dialect.ts';
import { type ErrorKind, GatewayError } from '../../src/protocol/errors.ts';
import type { Reply } from '../../src/protocol/reply.ts';
import { breaksAt, says, streamOf } from './model.ts';
import { reset, type Script, silence } from './upstream.ts';

/** What a provider may do instead of answering. */
export interface Fault {
  name: string;
  /** The first calls are answered well, so that it is known how fast the target is. */
  warm?: number;
  /** What it does at each call, counted from 0 behind the warm ones. */
  script(dialect: Dialect, reply: Reply, call: number): Script;
  /** How many of ten calls it may be sent at most. */
  most: number;
  /** The client must be told, by this status, and nobody else asked. */
  refused?: number;
}

const isStreamed = (body: string, url: string) => /"stream": ?true/.test(body) || url.includes('stream');

/** A refusal in the dialect's own words. */
function refuses(kind: ErrorKind, facts: { status?: number; retryAfter?: number } = {}): Fault['script'] {
  return (dialect) => (response) => {
    const { status, body } = dialect.fault.answer(new GatewayError(kind, WORDS[kind] ?? 'not now', facts), 'req_1');
    const wait = facts.retryAfter === undefined ? {} : { 'retry-after': String(facts.retryAfter) };
    response.writeHead(facts.status ?? status, { 'content-type': 'application/json', ...wait }).end(JSON.stringify(body));
  };
}

const WORDS: Partial<Record<ErrorKind, string>> = {
  context: 'prompt is too long: 9000 tokens > 8000 maximum',
  filter: 'the content was blocked by the content filter',
};

/** Half an answer, and then this. */
function halfThen(then: 'end' | 'cut' | 'hang', tail = ''): Fault['script'] {
  return (dialect, reply) => (response, seen) => {
    if (isStreamed(seen.body, seen.url)) {
      const bytes = streamOf(dialect, reply);
      const half = Buffer.concat([wholeFrames(bytes.subarray(0, bytes.length / 2)), Buffer.from(tail)]);
      return breaksAt(dialect, half, then)(response, seen);
    }
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":"x","choices":[{"message":{"content":"First the');
    if (then === 'end') response.end();
    else if (then === 'cut') setTimeout(() => response.destroy(), 5);
  };
}

function wholeFrames(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.lastIndexOf('\n\n') + 2);
}

const well: Fault['script'] = (dialect, reply) => says(dialect, () => reply);

export const FAULTS: readonly Fault[] = [
  { name: '429 with Retry-After', script: refuses('rate', { retryAfter: 30 }), most: 1 },
  {
    name: '429 without Retry-After',
    script: () => (response) =>
      void response.writeHead(429, { 'content-type': 'application/json' }).end('{"error":{"message":"slow down"}}'),
    most: 3,
  },
  {
    name: '500 once',
    script: (dialect, reply, call) => (call === 0 ? refuses('upstream', { status: 500 }) : well)(dialect, reply, call),
    most: 10,
  },
  { name: '503 persistent', script: refuses('overload', { status: 503 }), most: 6 },
  { name: 'reset before headers', script: () => reset, most: 12 },
  { name: 'no response', script: () => silence, most: 6 },
  {
    name: 'slow first token',
    warm: 8,
    script: (dialect, reply, call) => async (response, seen) => {
      await new Promise((resume) => setTimeout(resume, 1500));
      await well(dialect, reply, call)(response, seen);
    },
    most: 10,
  },
  { name: 'cut mid-answer', script: halfThen('cut'), most: 7 },
  { name: 'stall', script: halfThen('hang'), most: 7 },
  { name: 'malformed chunk', script: halfThen('end', 'data: {"choices":[{"del\n\n'), most: 7 },
  { name: 'missing terminal event', script: halfThen('end'), most: 7 },
  { name: 'context overflow', script: refuses('context'), most: 10 },
  { name: 'content filter', script: refuses('filter'), most: 10, refused: 400 },
  {
    name: 'flapping',
    script: (dialect, reply, call) => (Math.floor(call / 2) % 2 === 0 ? refuses('upstream', { status: 500 }) : well)(dialect, reply, call),
    most: 10,
  },
];
