import { readdirSync, readFileSync } from 'node:fs';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { Block } from '../../protocol/block.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { fold, play } from '../../protocol/fold.ts';
import type { Part } from '../../protocol/part.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Reply } from '../../protocol/reply.ts';
import { wrapSeal } from '../../protocol/seal.ts';
import { sequence } from '../../protocol/sequence.ts';
import { SseReader } from '../../wire/sse.ts';
import { accept } from './accept.ts';
import { answer } from './answer.ts';
import { hear } from './hear.ts';

const MADE = { id: 'ab12', at: 1_764_150_871 };
const request = (fields: object = {}): Prompt =>
  accept({ path: '', query: new URLSearchParams(), headers: {}, body: { model: 'alias', input: 'hi', stream: true, ...fields } });
const reply = (blocks: Block[], more: Partial<Reply> = {}): Reply => ({ blocks, finish: { reason: 'stop' }, ...more });

interface Event {
  type: string;
  sequence_number: number;
  response?: OpenAI.Responses.Response;
  item?: Record<string, unknown>;
  [field: string]: unknown;
}

function written(to: Prompt, parts: readonly Part[]): { events: Event[]; bytes: string } {
  const answering = answer(to, MADE);
  const bytes = parts.map((part) => answering.part(part)).join('') + answering.end();
  const reader = new SseReader();
  const events = reader.push(Buffer.from(bytes)).map(({ event, data }) => {
    const parsed = JSON.parse(data) as Event;
    expect(event).toBe(parsed.type);
    return parsed;
  });
  return { events, bytes };
}

const items = (blocks: Block[], to = request()) =>
  written(to, play(reply(blocks))).events.flatMap(({ type, item }) => (type === 'response.output_item.done' ? [item] : []));

test('text and thought as the whole sequence of events', () => {
  const { events } = written(
    request(),
    play(
      reply(
        [
          { kind: 'reasoning', text: 'hm' },
          { kind: 'text', text: 'Hello' },
        ],
        { usage: { input: 9, output: 5, cacheRead: 4, reasoning: 2 } },
      ),
    ),
  );
  expect(events.map(({ type }) => type.replace('response.', ''))).toEqual([
    'created',
    'in_progress',
    'output_item.added',
    'reasoning_summary_part.added',
    'reasoning_summary_text.delta',
    'reasoning_summary_text.done',
    'reasoning_summary_part.done',
    'output_item.done',
    'output_item.added',
    'content_part.added',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done',
    'completed',
  ]);
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, at) => at));
  const { response } = events.at(-1)!;
  expect(response).toMatchObject({
    id: 'resp_ab12',
    model: 'alias',
    status: 'completed',
    output: [{ type: 'reasoning' }, { type: 'message', content: [{ type: 'output_text', text: 'Hello', annotations: [] }] }],
    usage: {
      input_tokens: 9,
      input_tokens_details: { cached_tokens: 4 },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 2 },
      total_tokens: 14,
    },
  });
});

test('nothing is written before the first content', () => {
  const answering = answer(request(), MADE);
  expect(answering.part({ type: 'start', id: 'x', model: 'y' }) + answering.part({ type: 'usage', usage: { input: 3 } })).toBe('');
  expect(answering.part({ type: 'block-start', index: 0, block: { kind: 'text' } })).toContain('response.created');
});

describe('calls', () => {
  const tools = [
    { type: 'namespace', name: 'mcp__web', description: 'd', tools: [{ type: 'function', name: 'search', parameters: {} }] },
    { type: 'custom', name: 'apply_patch' },
  ];
  const call = (name: string, args: string, more: object = {}): Block => ({
    kind: 'tool-call',
    id: 'call_1',
    name,
    input: 'json',
    arguments: args,
    ...more,
  });

  test('a flattened name gets its namespace back', () => {
    expect(items([call('mcp__web__search', '{"q":1}')], request({ tools }))).toEqual([
      {
        id: 'fc_ab12_0',
        type: 'function_call',
        status: 'completed',
        call_id: 'call_1',
        name: 'search',
        namespace: 'mcp__web',
        arguments: '{"q":1}',
      },
    ]);
  });

  test('a custom tool called as a function gets its raw text', () => {
    expect(items([call('apply_patch', '{"input":"*** Begin"}')], request({ tools }))).toMatchObject([
      { type: 'custom_tool_call', name: 'apply_patch', input: '*** Begin' },
    ]);
  });

  test('arguments cut by the limit are incomplete', () => {
    expect(items([call('search', '{"q":')])).toMatchObject([{ status: 'incomplete', arguments: '{"q":' }]);
  });

  test('the seal of a call goes in front of it and comes back to it', () => {
    const seal = { by: 'elsewhere', raw: 'sig' };
    const input = items([call('run', '{}', { seal })]);
    expect(request({ input }).turns.map(({ blocks }) => blocks[0])).toEqual([call('run', '{}', { seal })]);
  });
});

describe('seals', () => {
  test('of another dialect travel in an envelope', () => {
    const seal = { by: 'elsewhere', raw: { signature: 'x' } };
    expect(items([{ kind: 'reasoning', text: '', seal }])).toEqual([
      { id: 'rs_ab12_0', type: 'reasoning', summary: [], encrypted_content: wrapSeal(seal) },
    ]);
  });

  test('of this dialect come back under the id they were made for', () => {
    const seal = { by: 'openai-responses', raw: { id: 'rs_theirs', encrypted_content: 'gAAA' } };
    const [turn] = request({ input: items([{ kind: 'reasoning', text: 'hm', seal }]) }).turns;
    expect(turn?.blocks).toEqual([{ kind: 'reasoning', text: 'hm', seal }]);
  });
});

describe('texts', () => {
  test('neighbours are one message, a phase closes it', () => {
    const text = (said: string, rest?: object): Block => ({ kind: 'text', text: said, ...(rest && { rest: { ...rest } }) });
    const citation = { type: 'url_citation', url: 'https://example.com', title: 't', start_index: 0, end_index: 1 };
    expect(
      items([
        text('a'),
        text('b', { phase: 'commentary' }),
        text('c', { annotations: [citation] }),
        { kind: 'text', text: 'no', refusal: true },
      ]),
    ).toMatchObject([
      { phase: 'commentary', content: [{ text: 'a' }, { text: 'b' }] },
      {
        content: [
          { text: 'c', annotations: [citation] },
          { type: 'refusal', refusal: 'no' },
        ],
      },
    ]);
  });

  test('what has no place is noted once', () => {
    const answering = answer(request(), MADE);
    const rest = { annotations: [{ type: 'url_citation', url_citation: {} }], odd: 1 };
    answering.whole(
      reply([
        { kind: 'text', text: 'a', rest },
        { kind: 'text', text: 'b', rest },
        { kind: 'opaque', dialect: 'elsewhere', label: 'search', raw: {} },
      ]),
    );
    expect(answering.notes.map(({ path }) => path)).toEqual(['annotations', 'odd', 'search']);
  });
});

test('the request is echoed, with defaults for what was not said', () => {
  const to = request({
    instructions: 'Be brief.',
    temperature: 0.2,
    tools: [{ type: 'custom', name: 'p' }],
    tool_choice: 'required',
    store: true,
    text: { verbosity: 'low' },
    metadata: { a: 'b' },
    prompt_cache_key: 'k',
  });
  expect(answer(to, MADE).whole(reply([]))).toMatchObject({
    instructions: 'Be brief.',
    temperature: 0.2,
    tools: [{ type: 'custom', name: 'p' }],
    tool_choice: 'required',
    store: false,
    text: { format: { type: 'text' }, verbosity: 'low' },
    metadata: { a: 'b' },
    prompt_cache_key: 'k',
    max_output_tokens: null,
    previous_response_id: null,
    usage: null,
  });
});

test('a fault is the last event, and the only terminal one', () => {
  const parts: Part[] = [
    { type: 'block-start', index: 0, block: { kind: 'text' } },
    { type: 'block-delta', index: 0, text: 'a' },
    { type: 'fault', error: new GatewayError('truncated', 'the stream broke off') },
  ];
  const { events } = written(request(), parts);
  expect(events.filter(({ response }) => response && response.status !== 'in_progress').map(({ type }) => type)).toEqual([
    'response.failed',
  ]);
  expect(events.at(-1)?.response).toMatchObject({ status: 'failed', error: { code: 'server_error', message: 'the stream broke off' } });
});

describe('the official package reads every answer', () => {
  const folder = new URL('fixtures/', import.meta.url);
  const cases = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('stream.sse'));
  test.each(cases)('%s', async (name) => {
    const reader = new SseReader();
    const hearing = hear();
    const frames = [...reader.push(readFileSync(new URL(name, folder))), ...reader.end()];
    const parts = sequence([...frames.flatMap((frame) => hearing.frame(frame)), ...hearing.end()], () => 'call_made');
    const { bytes } = written(request(), parts);
    const fetch = async () => new Response(bytes, { headers: { 'content-type': 'text/event-stream' } });
    const client = new OpenAI({ apiKey: 'none', baseURL: 'http://gateway.test/v1', maxRetries: 0, fetch });
    const read = await client.responses.stream({ model: 'alias', input: 'hi' }).finalResponse();
    const folded = fold(parts);
    if (folded.error) expect(read).toMatchObject({ status: 'failed', error: { message: expect.stringContaining(folded.error.message) } });
    else expect(read).toMatchObject({ ...(answer(request(), MADE).whole(folded) as object) });
  });
});
