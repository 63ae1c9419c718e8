import { describe, expect, it, test } from 'vitest';
import { GatewayError } from '../../protocol/errors.ts';
import { play } from '../../protocol/fold.ts';
import type { Json } from '../../protocol/json.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Reply } from '../../protocol/reply.ts';
import { wrapSeal } from '../../protocol/seal.ts';
import { accept } from './accept.ts';
import { answer } from './answer.ts';
import { CHAT, GENERATE } from './shapes.ts';

const MADE = { id: 'x', at: 1_760_000_000 };
const FACTS = { model: 'mine', created_at: '2025-10-09T08:53:20.000Z' };
const to = (path = CHAT): Prompt =>
  accept({ path, query: new URLSearchParams(), headers: {}, body: { model: 'mine', prompt: 'hi', messages: [] } });

function lines(reply: Reply, prompt = to()): Json[] {
  const answering = answer(prompt, MADE);
  const text = play(reply)
    .map((part) => answering.part(part))
    .join('');
  expect(text.endsWith('\n')).toBe(true);
  return (text + answering.end())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);
}
const whole = (reply: Reply, prompt = to()) => {
  const answering = answer(prompt, MADE);
  return { body: answering.whole(reply) as Json, notes: answering.notes };
};

const REPLY: Reply = {
  id: 'up',
  model: 'theirs',
  blocks: [
    { kind: 'reasoning', text: 'hm', seal: { by: 'other', raw: 's' } },
    { kind: 'text', text: 'Hi' },
    { kind: 'tool-call', id: 'a', name: 'f', input: 'json', arguments: '{"x":1}' },
  ],
  usage: { input: 9, output: 5 },
  finish: { reason: 'tool-calls' },
};
const signature = wrapSeal({ by: 'other', raw: 's' });
const CALL = { id: 'a', function: { index: 0, name: 'f', arguments: { x: 1 } } };

it('streams a line for each piece and one for the end, which alone has counts', () => {
  const message = (fields: Json) => ({ ...FACTS, message: { role: 'assistant', content: '', ...fields }, done: false });
  expect(lines(REPLY)).toEqual([
    message({ thinking: 'hm' }),
    message({ thinking_signatures: [{ signature, span: [0, 2] }] }),
    message({ content: 'Hi' }),
    message({ tool_calls: [CALL] }),
    { ...message({}), done: true, done_reason: 'stop', prompt_eval_count: 9, eval_count: 5 },
  ]);
});

it('is one object when it is whole', () => {
  expect(whole(REPLY).body).toEqual({
    ...FACTS,
    message: {
      role: 'assistant',
      content: 'Hi',
      thinking: 'hm',
      thinking_signatures: [{ signature, span: [0, 2] }],
      tool_calls: [CALL],
    },
    done: true,
    done_reason: 'stop',
    prompt_eval_count: 9,
    eval_count: 5,
  });
});

it('answers a question in the line itself', () => {
  const reply: Reply = {
    blocks: [
      { kind: 'reasoning', text: 'hm' },
      { kind: 'text', text: 'Hi' },
    ],
    finish: { reason: 'length' },
  };
  const last = { ...FACTS, response: '', done: true, done_reason: 'length' };
  expect(lines(reply, to(GENERATE))).toEqual([
    { ...FACTS, response: '', thinking: 'hm', done: false },
    { ...FACTS, response: 'Hi', done: false },
    last,
  ]);
  expect(whole(reply, to(GENERATE)).body).toEqual({ ...last, response: 'Hi', thinking: 'hm' });
});

it('claims no durations and no counts that nobody gave', () => {
  const body = whole({ blocks: [{ kind: 'text', text: 'Hi' }], finish: { reason: 'stop' } }).body;
  expect(Object.keys(body)).toEqual(['model', 'created_at', 'message', 'done', 'done_reason']);
});

it('a call that was cut by the limit is not given to anyone to run', () => {
  const cut: Reply = {
    blocks: [{ kind: 'tool-call', id: 'a', name: 'write', input: 'json', arguments: '{"path":"x","content":"half' }],
    finish: { reason: 'length' },
  };
  for (const said of [lines(cut), [whole(cut).body]]) {
    expect(JSON.stringify(said)).not.toContain('tool_calls');
    expect(said.at(-1)).toMatchObject({ done: true, done_reason: 'length' });
  }
  expect(whole(cut).notes).toEqual([{ path: 'answer.tool_calls', action: 'dropped', why: expect.stringContaining('write') }]);
});

it('calls tools by the names under which they were declared', () => {
  const prompt: Prompt = { ...to(), tools: [{ kind: 'function', name: 'mcp.read file' }] };
  const reply: Reply = {
    blocks: [{ kind: 'tool-call', id: 'a', name: 'mcp_read_file_1m1qtc8', input: 'json', arguments: '{}' }],
    finish: { reason: 'tool-calls' },
  };
  const name = (whole(reply, prompt).body['message'] as { tool_calls: { function: { name: string } }[] }).tool_calls[0]?.function.name;
  expect([name]).toEqual(lines(reply, prompt).flatMap((line) => toolNames(line)));
});

function toolNames(line: Json): string[] {
  const { tool_calls = [] } = line['message'] as { tool_calls?: { function: { name: string } }[] };
  return tool_calls.map((call) => call.function.name);
}

test.each([
  ['filter', 'content_filter'],
  ['refusal', 'refusal'],
  ['pause', 'stop'],
  ['other', 'stop'],
] as const)('finish %s is %s', (reason, done_reason) => {
  expect(lines({ blocks: [], finish: { reason } }).at(-1)).toMatchObject({ done: true, done_reason });
});

it('words of a refusal end as one', () => {
  const reply: Reply = { blocks: [{ kind: 'text', text: 'No.', refusal: true }], finish: { reason: 'stop' } };
  expect(lines(reply).at(-1)).toMatchObject({ done_reason: 'refusal' });
  expect(whole(reply).body).toMatchObject({ done_reason: 'refusal' });
});

describe('a failure in the stream', () => {
  it('is a line with the error, and nothing says done', () => {
    const answering = answer(to(), MADE);
    const text = answering.part({ type: 'fault', error: new GatewayError('overload', 'busy') }) + answering.end();
    expect(text).toBe('{"error":"busy","status":503}\n');
  });
});
