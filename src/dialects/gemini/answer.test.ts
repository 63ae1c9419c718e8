import { ApiError, GoogleGenAI, type Part as SdkPart } from '@google/genai';
import { describe, expect, test } from 'vitest';
import type { Block, Seal } from '../../protocol/block.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { play } from '../../protocol/fold.ts';
import type { FinishReason, Part } from '../../protocol/part.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Reply } from '../../protocol/reply.ts';
import { wrapSeal } from '../../protocol/seal.ts';
import { answerStream, answerWhole, MADE, promptFor } from '../contract/run.ts';
import { gemini } from './index.ts';
import { END_OF_THOUGHT, readSignature } from './seals.ts';

const foreign: Seal = { by: 'other', raw: { encrypted: 'gAAA+/=ü' } };
const own: Seal = { by: 'gemini', raw: 'CiQ+/=' };
const thought = (text: string, seal?: Seal): Block => ({ kind: 'reasoning', text, seal });
const called = (args: string, seal?: Seal): Block => ({ kind: 'tool-call', id: 'call_1', name: 'f', input: 'json', arguments: args, seal });
const said: Block = { kind: 'text', text: 'Hello' };

function replyWith(blocks: Block[], more: Partial<Reply> = {}): Reply {
  return { id: 'chatcmpl-1', model: 'local', blocks, finish: { reason: 'stop' }, ...more };
}

function clientOf(body: string, type: string): GoogleGenAI {
  const fetch = async () => new Response(body, { headers: { 'content-type': type } });
  return new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: 'http://freehold.test', fetch, retryOptions: { attempts: 1 } } as never });
}

const ASK = { model: 'm', contents: 'hi' };

/** The parts as the official client reads them, streamed and whole; pieces of one text are joined. */
async function read(reply: Reply): Promise<{ parts: SdkPart[]; finishReason: unknown; usage: unknown }[]> {
  const streamed = answerStream(gemini, promptFor(gemini, reply, true), play(reply)).text;
  const whole = answerWhole(gemini, promptFor(gemini, reply, false), reply).body;
  const parts: SdkPart[] = [];
  let last: { finishReason?: unknown; usage?: unknown } = {};
  for await (const chunk of await clientOf(streamed, 'text/event-stream').models.generateContentStream(ASK)) {
    const candidate = chunk.candidates?.[0];
    parts.push(...(candidate?.content?.parts ?? []));
    last = { finishReason: candidate?.finishReason, usage: chunk.usageMetadata };
  }
  const one = await clientOf(JSON.stringify(whole), 'application/json').models.generateContent(ASK);
  expect([one.responseId, one.modelVersion]).toEqual([MADE.id, 'client-model']);
  return [
    { parts: parts.filter((part) => part.text !== '' || part.thoughtSignature), finishReason: last.finishReason, usage: last.usage },
    { parts: one.candidates?.[0]?.content?.parts ?? [], finishReason: one.candidates?.[0]?.finishReason, usage: one.usageMetadata },
  ];
}

describe('the official client reads', () => {
  test.each<[string, Block[], unknown[]]>([
    ['text', [said], [{ text: 'Hello' }]],
    [
      'a thought with its own signature',
      [thought('hm', own), said],
      [{ text: 'hm', thought: true, thoughtSignature: 'CiQ+/=' }, { text: 'Hello' }],
    ],
    ['a hidden thought', [thought('', own)], [{ text: '', thought: true, thoughtSignature: 'CiQ+/=' }]],
    ['a thought of another model', [thought('hm', foreign)], [{ text: 'hm', thought: true, thoughtSignature: btoa(wrapSeal(foreign)) }]],
    [
      'calls',
      [called('{"a":[1,"ü"]}', own), called('')],
      [
        { functionCall: { id: 'call_1', name: 'f', args: { a: [1, 'ü'] } }, thoughtSignature: 'CiQ+/=' },
        { functionCall: { id: 'call_1', name: 'f', args: {} } },
      ],
    ],
    [
      'two thoughts apart',
      [thought('a'), thought('b')],
      [
        { text: 'a', thought: true },
        { text: '', thought: true, thoughtSignature: END_OF_THOUGHT },
        { text: 'b', thought: true },
      ],
    ],
    ['nothing empty', [{ kind: 'text', text: '' }, thought(''), said], [{ text: 'Hello' }]],
    [
      'what only this API knows',
      [{ kind: 'opaque', dialect: 'gemini', label: 'executableCode', raw: { executableCode: { code: '1' } } }],
      [{ executableCode: { code: '1' } }],
    ],
    ['nothing that others know', [{ kind: 'opaque', dialect: 'other', label: 'web', raw: {} }, said], [{ text: 'Hello' }]],
    ['no call that was cut', [said, called('{"a":')], [{ text: 'Hello' }]],
  ])('%s', async (_, blocks, parts) => {
    for (const answer of await read(replyWith(blocks))) expect(answer.parts).toEqual(parts);
  });

  test('usage in its own meaning', async () => {
    const usage = { input: 1000, output: 50, cacheRead: 800, reasoning: 20 };
    for (const answer of await read(replyWith([said], { usage })))
      expect(answer.usage).toMatchObject({
        promptTokenCount: 1000,
        cachedContentTokenCount: 800,
        candidatesTokenCount: 30,
        thoughtsTokenCount: 20,
        totalTokenCount: 1050,
      });
    for (const answer of await read(replyWith([said]))) expect(answer.usage).toBeUndefined();
  });

  test.each<[FinishReason, string | undefined, string]>([
    ['stop', undefined, 'STOP'],
    ['length', 'length', 'MAX_TOKENS'],
    ['tool-calls', 'tool_use', 'STOP'],
    ['filter', 'RECITATION', 'RECITATION'],
    ['filter', 'content_filter', 'SAFETY'],
    ['refusal', undefined, 'SAFETY'],
    ['pause', undefined, 'OTHER'],
    ['stop', 'SAFETY', 'STOP'],
  ])('finish %s, raw %s', async (reason, raw, finishReason) => {
    for (const answer of await read(replyWith([said], { finish: { reason, raw } }))) expect(answer.finishReason).toBe(finishReason);
  });

  test('a refusal in words', async () => {
    for (const answer of await read(replyWith([{ ...said, refusal: true } as Block])))
      expect(answer).toMatchObject({ parts: [{ text: 'Hello' }], finishReason: 'SAFETY' });
  });
});

test('a call carries what another model thought before it, because agents keep calls only', () => {
  const { text } = answerStream(
    gemini,
    promptFor(gemini, replyWith([]), true),
    play(replyWith([thought('one', foreign), thought('two'), said, called('{}', foreign)])),
  );
  const signature = /"functionCall".*?"thoughtSignature":"([^"]+)"/.exec(text)?.[1] ?? '';
  expect(signature).toMatch(/^[A-Za-z0-9+/]+=*$/);
  expect(readSignature(signature)).toEqual({
    kind: 'carried',
    carried: { seal: foreign, thoughts: [{ text: 'one', seal: foreign }, { text: 'two' }] },
  });
});

describe('a stream that breaks', () => {
  const parts: Part[] = [...play(replyWith([said], { finish: undefined })), { type: 'fault', error: new GatewayError('overload', 'Busy') }];

  test('is an error for the official client', async () => {
    const { text } = answerStream(gemini, promptFor(gemini, replyWith([]), true), parts);
    const reading = async () => {
      for await (const chunk of await clientOf(text, 'text/event-stream').models.generateContentStream(ASK))
        expect(chunk.text).toBe('Hello');
    };
    await expect(reading()).rejects.toThrow(ApiError);
    await expect(reading()).rejects.toMatchObject({ status: 503 });
  });

  test('names no finishReason, ends in the middle of something, and holds an event of the wrong shape', () => {
    const { text } = answerStream(gemini, promptFor(gemini, replyWith([]), true), parts);
    expect(text).not.toContain('finishReason');
    expect(text).not.toMatch(/\n\n$/);
    expect(text).toMatch(/^data: \{"error":.*\}$/m);
    expect(text).toMatch(/"promptFeedback":false\}\n\n/);
    for (const line of text.split('\n')) expect(line).toMatch(/^(?:data: \{.*\}|\{.*\}|)$/);
  });
});

describe('one list in place of events', () => {
  const to: Prompt = { ...promptFor(gemini, replyWith([]), true), form: { framing: 'list' } };

  test('is JSON when it is complete', () => {
    const answering = gemini.answer(to, MADE);
    expect(answering.contentType).toBe('application/json; charset=utf-8');
    const text = play(replyWith([said, called('{}')], { usage: { input: 1, output: 2 } }))
      .map((part) => answering.part(part))
      .join('');
    const chunks = JSON.parse(text + answering.end()) as object[];
    expect(chunks).toMatchObject([
      { candidates: [{ content: { parts: [{ text: 'Hello' }] } }] },
      { candidates: [{ content: { parts: [{ functionCall: { name: 'f' } }] } }] },
      { candidates: [{ finishReason: 'STOP' }], usageMetadata: { totalTokenCount: 3 } },
    ]);
  });

  test('is none when it broke', () => {
    const { text } = answerStream(gemini, to, [
      ...play(replyWith([said], { finish: undefined })),
      { type: 'fault', error: new GatewayError('truncated', 'Cut') },
    ]);
    expect(() => JSON.parse(text)).toThrow();
    expect(JSON.parse(`${text}]`)).toMatchObject([{ candidates: [{}] }, { error: { code: 502, message: 'Cut' } }]);
  });
});

test('silence before and between events disturbs no client', async () => {
  const { text } = answerStream(gemini, promptFor(gemini, replyWith([]), true), play(replyWith([said])));
  const slow = gemini.keepalive + text.replaceAll('\n\n', `\n\n${gemini.keepalive}`);
  let heard = '';
  for await (const chunk of await clientOf(slow, 'text/event-stream').models.generateContentStream(ASK)) heard += chunk.text ?? '';
  expect(heard).toBe('Hello');
  // As older versions of the client cut it, among them the one in Gemini CLI.
  let rest = slow;
  for (let found = OLDER.exec(rest); found; found = OLDER.exec(rest)) rest = rest.slice(found[0].length);
  expect(rest.trim()).toBe('');
});
const OLDER = /^\s*data: (.*)(?:\n\n|\r\r|\r\n\r\n)/;

test('nothing is sent until there is something to say', () => {
  const answering = gemini.answer(promptFor(gemini, replyWith([]), true), MADE);
  expect(
    answering.part({ type: 'start', id: 'x' }) +
      answering.part({ type: 'usage', usage: { input: 9 } }) +
      answering.part({ type: 'block-start', index: 0, block: { kind: 'text' } }),
  ).toBe('');
});
