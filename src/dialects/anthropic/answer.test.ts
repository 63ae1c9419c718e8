import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, test } from 'vitest';
import type { Block, Seal } from '../../protocol/block.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { estimatePrompt } from '../../protocol/estimate.ts';
import { play } from '../../protocol/fold.ts';
import type { FinishReason, Part } from '../../protocol/part.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Reply } from '../../protocol/reply.ts';
import { SseReader } from '../../wire/sse.ts';
import { answerStream, answerWhole, call, MADE, promptFor } from '../contract/run.ts';
import { anthropic } from './index.ts';

const foreign: Seal = { by: 'other', raw: { encrypted: 'gAAA+/=ü' } };
const thought = (text: string, seal?: Seal): Block => ({ kind: 'reasoning', text, seal });
const called = (args: string, seal?: Seal): Block => ({ kind: 'tool-call', id: 'call_1', name: 'f', input: 'json', arguments: args, seal });
const said: Block = { kind: 'text', text: 'Hello' };

function replyWith(blocks: Block[], more: Partial<Reply> = {}): Reply {
  return { id: 'chatcmpl-1', model: 'local', blocks, finish: { reason: 'stop' }, ...more };
}

interface Event {
  type: string;
  [key: string]: unknown;
}

function eventsOf(parts: readonly Part[], to: Prompt): Event[] {
  const { text } = answerStream(anthropic, to, parts);
  return new SseReader().push(new TextEncoder().encode(text)).map((frame) => {
    const event = JSON.parse(frame.data) as Event;
    expect(frame.event).toBe(event.type);
    return event;
  });
}

/** The message as the official client reads it, streamed and whole. */
async function read(reply: Reply): Promise<Anthropic.Message[]> {
  const streamed = answerStream(anthropic, promptFor(anthropic, reply, true), play(reply)).text;
  const whole = answerWhole(anthropic, promptFor(anthropic, reply, false), reply).body;
  const client = (body: string, type: string) =>
    new Anthropic({
      apiKey: 'k',
      baseURL: 'http://freehold.test',
      fetch: async () => new Response(body, { headers: { 'content-type': type } }),
    });
  const ask: Anthropic.MessageCreateParamsNonStreaming = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] };
  return [
    await client(streamed, 'text/event-stream').messages.stream(ask).finalMessage(),
    await client(JSON.stringify(whole), 'application/json').messages.create(ask),
  ];
}

describe('the official client reads', () => {
  test.each<[string, Block[], unknown[]]>([
    ['text', [said], [{ type: 'text', text: 'Hello' }]],
    [
      'a thought and its signature',
      [thought('hm', { by: 'anthropic', raw: { signature: 's+/=' } }), said],
      [
        { type: 'thinking', thinking: 'hm', signature: 's+/=' },
        { type: 'text', text: 'Hello' },
      ],
    ],
    ['a hidden thought', [thought('', { by: 'anthropic', raw: { signature: 's' } })], [{ type: 'thinking', thinking: '', signature: 's' }]],
    ['a redacted thought', [thought('', { by: 'anthropic', raw: { data: 'EmwK' } })], [{ type: 'redacted_thinking', data: 'EmwK' }]],
    [
      'calls',
      [called('{"a":[1,"ü"]}'), called('')],
      [
        { type: 'tool_use', id: 'call_1', name: 'f', input: { a: [1, 'ü'] } },
        { type: 'tool_use', input: {} },
      ],
    ],
    ['nothing empty', [{ kind: 'text', text: '' }, thought(''), said], [{ type: 'text', text: 'Hello' }]],
    [
      'citations',
      [{ ...said, rest: { citations: [{ type: 'char_location', cited_text: 'x' }] } } as Block],
      [{ type: 'text', text: 'Hello', citations: [{ cited_text: 'x' }] }],
    ],
    [
      'a hosted tool',
      [
        {
          kind: 'opaque',
          dialect: 'anthropic',
          label: 'server_tool_use',
          raw: { type: 'server_tool_use', id: 's', name: 'web_search', input: { q: 1 } },
        },
      ],
      [{ type: 'server_tool_use', input: { q: 1 } }],
    ],
    ['no hosted tool of others', [{ kind: 'opaque', dialect: 'other', label: 'web', raw: {} }, said], [{ type: 'text' }]],
    ['no content', [], []],
  ])('%s', async (_, blocks, content) => {
    for (const message of await read(replyWith(blocks))) {
      expect(message).toMatchObject({
        id: 'msg_abc123',
        type: 'message',
        role: 'assistant',
        model: 'client-model',
        stop_reason: 'end_turn',
        stop_sequence: null,
      });
      expect(message.content).toMatchObject(content);
      expect(message.content).toHaveLength(content.length);
    }
  });

  test('usage in its own meaning', async () => {
    const usage = { input: 1000, output: 50, cacheRead: 800, cacheWrite: 150, cacheWrite1h: 100, reasoning: 20 };
    for (const message of await read(replyWith([said], { usage })))
      expect(message.usage).toMatchObject({
        input_tokens: 50,
        cache_read_input_tokens: 800,
        cache_creation_input_tokens: 150,
        output_tokens: 50,
        output_tokens_details: { thinking_tokens: 20 },
      });
  });

  test('an error inside the stream', async () => {
    const parts: Part[] = [
      ...play(replyWith([said], { finish: undefined })),
      { type: 'fault', error: new GatewayError('overload', 'Busy') },
    ];
    const { text } = answerStream(anthropic, promptFor(anthropic, replyWith([]), true), parts);
    const client = new Anthropic({
      apiKey: 'k',
      maxRetries: 0,
      fetch: async () => new Response(text, { headers: { 'content-type': 'text/event-stream' } }),
    });
    const stream = client.messages.stream({ model: 'm', max_tokens: 9, messages: [] });
    await expect(stream.finalMessage()).rejects.toMatchObject({ type: 'overloaded_error', apiMessage: 'Busy' });
  });
});

test.each<[FinishReason, string | undefined, string | undefined, string, string | null]>([
  ['stop', undefined, undefined, 'end_turn', null],
  ['stop', 'stop_sequence', 'END', 'stop_sequence', 'END'],
  ['stop', 'stop_sequence', undefined, 'end_turn', null],
  ['stop', 'matched', 'END', 'stop_sequence', 'END'],
  ['length', 'length', undefined, 'max_tokens', null],
  ['length', 'model_context_window_exceeded', undefined, 'model_context_window_exceeded', null],
  ['tool-calls', 'end_turn', undefined, 'tool_use', null],
  ['filter', 'content_filter', undefined, 'refusal', null],
  ['refusal', undefined, undefined, 'refusal', null],
  ['pause', 'pause_turn', undefined, 'pause_turn', null],
  ['other', 'toString', undefined, 'end_turn', null],
])('finish %s, raw %s, stop %s', (reason, raw, stop, stop_reason, stop_sequence) => {
  const reply = replyWith([said], { finish: { reason, raw, stop } });
  const to = promptFor(anthropic, reply, true);
  expect(answerWhole(anthropic, to, reply).body).toMatchObject({ stop_reason, stop_sequence });
  expect(eventsOf(play(reply), to).find((event) => event.type === 'message_delta')).toMatchObject({
    delta: { stop_reason, stop_sequence },
  });
});

describe('the stream', () => {
  test('says nothing until there is something to say', () => {
    const answering = anthropic.answer(promptFor(anthropic, replyWith([]), true), MADE);
    expect(answering.part({ type: 'start', id: 'x' }) + answering.part({ type: 'usage', usage: { input: 9 } })).toBe('');
    expect(answering.part({ type: 'block-start', index: 0, block: { kind: 'text' } })).toContain('"input_tokens":9');
  });

  test('begins with an estimate where the provider counts at the end, and ends with the truth', () => {
    const reply = replyWith([said], { usage: { input: 77, output: 2 } });
    const to: Prompt = {
      ...promptFor(anthropic, reply, true),
      turns: [
        {
          role: 'user',
          blocks: [
            { kind: 'text', text: 'x'.repeat(400) },
            { kind: 'media', media: 'image', source: { from: 'url', url: 'u' } },
          ],
        },
      ],
      tools: [{ kind: 'function', name: 'f', description: 'y'.repeat(400), schema: { type: 'object' } }],
    };
    const events = eventsOf(play(reply), to);
    const begun = events[0] as unknown as { message: { usage: { input_tokens: number } } };
    expect(begun.message.usage.input_tokens).toBe(estimatePrompt(to));
    expect(events.at(-2)).toMatchObject({ usage: { input_tokens: 77, output_tokens: 2 } });
    const uncounted = eventsOf(play(replyWith([said])), to).at(-2) as unknown as { usage: { output_tokens: number } };
    expect(uncounted.usage.output_tokens).toBe(2);
  });

  test('numbers its blocks by what was written', () => {
    const reply = replyWith([
      { kind: 'text', text: '' },
      thought('a'),
      { kind: 'opaque', dialect: 'other', label: 'x', raw: {} },
      called('{}', foreign),
      said,
    ]);
    const events = eventsOf(play(reply), promptFor(anthropic, reply, true));
    const frames = events.flatMap((event) =>
      typeof event.index === 'number' ? [[event.type.replace('content_block_', ''), event.index]] : [],
    );
    const three = (at: number) => [
      ['start', at],
      ['delta', at],
      ['stop', at],
    ];
    const signed = [...three(0).slice(0, 2), ...three(0).slice(1)];
    expect(frames).toEqual([...signed, ...three(1), ...three(2), ...three(3)]);
  });

  test('a call keeps the name under which it was declared', () => {
    const long = `${'a'.repeat(70)}`;
    const to: Prompt = { ...promptFor(anthropic, replyWith([]), true), tools: [{ kind: 'function', name: long }] };
    const wire = anthropic.ask({ ...to, dialect: 'other' }, { model: 'm' }).request.body.tools as { name: string }[];
    const reply = replyWith([{ kind: 'tool-call', id: 'c', name: wire[0]!.name, input: 'json', arguments: '{}' }]);
    expect(wire[0]!.name).toHaveLength(64);
    expect(answerWhole(anthropic, to, reply).body).toMatchObject({ content: [{ name: long }] });
  });
});

describe('seals of others come home through a client of this dialect', () => {
  const home = (blocks: Block[]) => {
    const reply = replyWith(blocks);
    const { body } = answerWhole(anthropic, promptFor(anthropic, reply, false), reply);
    const { content } = body as { content: unknown[] };
    return anthropic.accept(call(anthropic, { model: 'm', messages: [{ role: 'assistant', content }] })).turns[0]!.blocks;
  };
  test.each<[string, Block[]]>([
    ['on a thought', [thought('hm', foreign), said]],
    ['on a hidden thought', [thought('', foreign), said]],
    ['on calls', [called('{"a":1}', foreign), { ...called('{}'), id: 'call_2', seal: { by: 'other', raw: 'two' } } as Block]],
    ['none', [thought('hm'), called('{}')]],
    ['their own', [thought('hm', { by: 'anthropic', raw: { signature: 's' } }), thought('', { by: 'anthropic', raw: { data: 'd' } })]],
  ])('%s', (_, blocks) => {
    expect(home(blocks)).toEqual(blocks.map((block) => JSON.parse(JSON.stringify(block))));
  });

  test('a signature is never missing, because clients drop thoughts without one', () => {
    const reply = replyWith([thought('hm')]);
    const { body } = answerWhole(anthropic, promptFor(anthropic, reply, false), reply);
    expect(body).toMatchObject({ content: [{ type: 'thinking', thinking: 'hm', signature: expect.stringMatching(/^~fh1\./) }] });
    const again = anthropic.accept(
      call(anthropic, { model: 'm', messages: [{ role: 'assistant', content: (body as { content: unknown[] }).content }] }),
    );
    const { request, notes } = anthropic.ask(again, { model: 'm' });
    expect(JSON.stringify(request.body)).not.toContain('~fh1.');
    expect(notes.map((note) => note.path)).toEqual(['turns[0][0]', 'max_tokens']);
  });
});

test('what an answer cannot carry is noted', () => {
  const reply = replyWith([
    { ...said, rest: { annotations: [1], id: null } } as Block,
    called('{"a":'),
    { kind: 'opaque', dialect: 'other', label: 'web', raw: {} },
  ]);
  const { body, notes } = answerWhole(anthropic, promptFor(anthropic, reply, false), reply);
  expect(body).toMatchObject({ content: [{ text: 'Hello' }, { input: { unparsed_arguments: '{"a":' } }] });
  expect(notes.map((note) => `${note.action} ${note.path}`)).toEqual([
    'dropped content[0].annotations',
    'changed content[1].input',
    'dropped content[2]',
  ]);
});
