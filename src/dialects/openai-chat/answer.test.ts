import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { Block } from '../../protocol/block.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { play } from '../../protocol/fold.ts';
import type { Part } from '../../protocol/part.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Reply } from '../../protocol/reply.ts';
import { answerStream, answerWhole, MADE } from '../contract/run.ts';
import { openaiChat } from './index.ts';

const client = (fields: Partial<Prompt> = {}): Prompt => ({
  dialect: 'openai-chat',
  model: 'alias',
  stream: true,
  streamUsage: true,
  turns: [],
  tools: [],
  sampling: {},
  ...fields,
});
const seal = { by: 'elsewhere', raw: 'S' };
const call = (id: string, fields: object = {}): Block =>
  ({ kind: 'tool-call', id, name: 'f', input: 'json', arguments: '{"a":1}', ...fields }) as Block;
const usage = { input: 10, output: 4, cacheRead: 6, cacheWrite: 1, cacheWrite1h: 1, reasoning: 2 };
const full: Reply = {
  id: 'up',
  model: 'up-model',
  blocks: [
    { kind: 'reasoning', text: 'hm', seal },
    { kind: 'text', text: 'Hel' },
    { kind: 'text', text: 'lo' },
    call('a'),
    call('b', { arguments: '' }),
  ],
  usage,
  finish: { reason: 'tool-calls' },
};
const chunks = (text: string) =>
  text
    .split('\n\n')
    .filter((frame) => frame && frame !== 'data: [DONE]')
    .map((frame) => JSON.parse(frame.slice('data: '.length)) as OpenAI.ChatCompletionChunk & { error?: object });
const streamed = (reply: Reply, to = client()) => {
  const { text, notes } = answerStream(openaiChat, to, play(reply));
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  return { chunks: chunks(text), notes: notes.map(({ path }) => path) };
};
/** What the official client makes of our bytes. */
const sdk = (answer: string, type: string) =>
  new OpenAI({ apiKey: 'none', maxRetries: 0, fetch: async () => new Response(answer, { headers: { 'content-type': type } }) });

describe('a stream', () => {
  test('one id, model and time; the role first; calls counted from 0; usage last', () => {
    const { chunks: all, notes } = streamed(full);
    expect(new Set(all.map(({ id, model, created, object }) => `${id} ${model} ${created} ${object}`))).toEqual(
      new Set([`chatcmpl-${MADE.id} alias ${MADE.at} chat.completion.chunk`]),
    );
    expect(all.map(({ choices }) => choices[0]?.delta)).toEqual([
      { role: 'assistant', content: null, reasoning_content: 'hm' },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: expect.stringMatching(/^~fh1\.elsewhere\./), index: 0, span: [0, 2] }] },
      { content: 'Hel' },
      { content: 'lo' },
      { tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"a":1}' } }] },
      { tool_calls: [{ index: 1, id: 'b', type: 'function', function: { name: 'f', arguments: '' } }] },
      {},
      undefined,
    ]);
    expect(all.at(-2)?.choices[0]?.finish_reason).toBe('tool_calls');
    expect(all.at(-1)).toMatchObject({
      choices: [],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 4,
        total_tokens: 14,
        prompt_tokens_details: { cached_tokens: 6, cache_write_tokens: 1 },
        completion_tokens_details: { reasoning_tokens: 2 },
      },
    });
    expect(all.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    expect(notes).toEqual(['answer.usage']);
  });

  test('no usage unless it was asked for', () => {
    expect(streamed(full, client({ streamUsage: undefined })).chunks.some((chunk) => 'usage' in chunk)).toBe(false);
  });

  test('nothing before the first content, so that a failure can still have its status', () => {
    const answering = openaiChat.answer(client(), MADE);
    expect(
      [answering.part({ type: 'start', id: 'x' }), answering.part({ type: 'block-start', index: 0, block: { kind: 'text' } })].join(''),
    ).toBe('');
  });

  test('an empty answer still has a role', () => {
    const { chunks: all } = streamed({ blocks: [], finish: { reason: 'stop' } });
    expect(all.map(({ choices }) => [choices[0]?.delta, choices[0]?.finish_reason])).toEqual([
      [{ role: 'assistant', content: '' }, null],
      [{}, 'stop'],
    ]);
  });

  test('a failure is an error frame', () => {
    const parts: Part[] = [{ type: 'fault', error: new GatewayError('overload', 'busy') }];
    const { text } = answerStream(openaiChat, client(), parts);
    expect(chunks(text)).toEqual([{ error: { message: 'busy', type: 'server_error', param: null, code: 'overloaded' } }]);
  });
});

describe('what has no place is announced', () => {
  test.each<[string, Partial<Reply>, string[]]>([
    ['a stop word', { finish: { reason: 'stop', stop: 'END' } }, ['finish.stop']],
    ['a pause', { finish: { reason: 'pause' } }, ['finish.reason']],
    ['a hosted tool', { blocks: [{ kind: 'opaque', dialect: 'elsewhere', label: 'web_search', raw: {} }] }, ['answer.web_search']],
    ['citations', { blocks: [{ kind: 'text', text: 'a', rest: { citations: [1] } }] }, ['answer.citations']],
    [
      'two thoughts',
      {
        blocks: [
          { kind: 'reasoning', text: 'a' },
          { kind: 'reasoning', text: 'b' },
        ],
      },
      ['answer.reasoning'],
    ],
    ['text behind a call', { blocks: [call('a'), { kind: 'text', text: 'b' }] }, ['answer.text']],
  ])('%s', (_, fields, paths) => {
    const reply: Reply = { blocks: [], finish: { reason: 'stop' }, ...fields };
    expect(streamed(reply).notes).toEqual(paths);
    expect(answerWhole(openaiChat, client(), reply).notes.map(({ path }) => path)).toEqual(paths);
  });
});

describe('calls as the client declared its tools', () => {
  const message = (to: Prompt, blocks: Block[]) => {
    const { body } = answerWhole(openaiChat, to, { blocks, finish: { reason: 'tool-calls' } });
    return (body as OpenAI.ChatCompletion).choices[0]!;
  };

  test('a function that stands for a text tool becomes one again', () => {
    const to = client({ tools: [{ kind: 'text', name: 'patch' }] });
    const { message: said } = message(to, [call('a', { name: 'patch', arguments: '{"input":"raw"}' })]);
    expect(said).toMatchObject({ content: null, tool_calls: [{ type: 'custom', custom: { name: 'patch', input: 'raw' } }] });
    const { chunks: all } = streamed(
      { blocks: [call('a', { name: 'patch', arguments: '{"input":"raw"}' })], finish: { reason: 'tool-calls' } },
      to,
    );
    expect(all.slice(0, 2).map(({ choices }) => choices[0]?.delta.tool_calls)).toEqual([
      [{ index: 0, id: 'a', type: 'custom', custom: { name: 'patch', input: '' } }],
      [{ index: 0, custom: { input: 'raw' } }],
    ]);
  });

  test('a cut name is whole again', () => {
    const name = 'x'.repeat(80);
    const to = client({ tools: [{ kind: 'function', name }] });
    const wire = (
      openaiChat.ask({ ...to, dialect: 'elsewhere' }, { model: 'm' }).request.body['tools'] as { function: { name: string } }[]
    )[0]!.function.name;
    expect(wire).toHaveLength(64);
    expect(message(to, [call('a', { name: wire })]).message).toMatchObject({ tool_calls: [{ function: { name } }] });
  });

  test('a client of the older form gets one function_call', () => {
    const to = client({ form: { tools: 'functions' } });
    const { message: said, finish_reason } = message(to, [call('a'), call('b')]);
    expect(said).toMatchObject({ function_call: { name: 'f', arguments: '{"a":1}' } });
    expect(said).not.toHaveProperty('tool_calls');
    expect(finish_reason).toBe('function_call');
    const { chunks: all, notes } = streamed({ blocks: [call('a'), call('b')], finish: { reason: 'tool-calls' } }, to);
    expect(all.filter(({ choices }) => choices[0]?.delta.function_call)).toHaveLength(1);
    expect(notes).toEqual(['answer.f']);
  });

  test('a seal of another dialect rides on the call', () => {
    const signed = message(client(), [call('a', { seal })]).message.tool_calls?.[0];
    expect(signed).toMatchObject({ extra_content: { google: { thought_signature: expect.stringMatching(/^~fh1\.elsewhere\./) } } });
  });
});

describe('the official client reads it', () => {
  test('streamed', async () => {
    const { text } = answerStream(openaiChat, client(), play(full));
    const stream = sdk(text, 'text/event-stream').chat.completions.stream({
      model: 'alias',
      messages: [],
      stream_options: { include_usage: true },
    });
    const { choices, usage: counted, model } = await stream.finalChatCompletion();
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        role: 'assistant',
        content: 'Hello',
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
          { id: 'b', type: 'function', function: { name: 'f', arguments: '' } },
        ],
      },
    });
    expect([model, counted?.total_tokens]).toEqual(['alias', 14]);
  });

  test('whole', async () => {
    const { body } = answerWhole(openaiChat, client(), full);
    const { choices, usage: counted } = await sdk(JSON.stringify(body), 'application/json').chat.completions.create({
      model: 'alias',
      messages: [],
    });
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: 'Hello', refusal: null, reasoning_content: 'hm' },
    });
    expect(counted).toMatchObject({ prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 });
  });

  test('a refusal', async () => {
    const reply: Reply = { blocks: [{ kind: 'text', text: 'No.', refusal: true }], finish: { reason: 'refusal' } };
    const { text } = answerStream(openaiChat, client(), play(reply));
    const { choices } = await sdk(text, 'text/event-stream')
      .chat.completions.stream({ model: 'alias', messages: [] })
      .finalChatCompletion();
    expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: null, refusal: 'No.' } });
    expect(answerWhole(openaiChat, client(), reply).body).toMatchObject({ choices: [{ message: { content: null, refusal: 'No.' } }] });
  });

  test('a failure in the stream is thrown', async () => {
    const parts: Part[] = [...play(full).slice(0, 3), { type: 'fault', error: new GatewayError('truncated', 'broke off') }];
    const { text } = answerStream(openaiChat, client(), parts);
    const reading = sdk(text, 'text/event-stream').chat.completions.stream({ model: 'alias', messages: [] }).finalChatCompletion();
    await expect(reading).rejects.toThrow(/broke off/);
  });
});
