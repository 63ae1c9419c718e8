import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Frame } from '../../protocol/dialect.ts';
import { fold } from '../../protocol/fold.ts';
import type { Part } from '../../protocol/part.ts';
import { SseReader } from '../../wire/sse.ts';
import { glance } from './glance.ts';
import { hear } from './hear.ts';

const FIXTURES = new URL('fixtures/', import.meta.url);
const streams = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('stream.sse'));

function framesOf(name: string): Frame[] {
  const reader = new SseReader();
  return [...reader.push(readFileSync(new URL(name, FIXTURES))), ...reader.end()];
}

function heard(frames: readonly Frame[]): Part[] {
  const hearing = hear();
  return [...frames.flatMap((frame) => hearing.frame(frame)), ...hearing.end()];
}

const events = (...list: object[]): Frame[] => list.map((data) => ({ data: JSON.stringify(data) }));
const message = (text: string, more: object = {}) => ({
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  content: [{ type: 'output_text', text }],
  ...more,
});
const added = (item: object, output_index?: number) => ({ type: 'response.output_item.added', output_index, item });
const done = (item: object, output_index?: number) => ({ type: 'response.output_item.done', output_index, item });
const delta = (text: string, more: object = {}) => ({ type: 'response.output_text.delta', delta: text, ...more });
const completed = (output: object[] = []) => ({ type: 'response.completed', response: { status: 'completed', output } });
const texts = (...list: object[]) => fold(heard(events(...list))).blocks.map((block) => ('text' in block ? block.text : block.kind));

describe('servers that leave events out', () => {
  test.each<[string, object[]]>([
    ['deltas alone', [delta('Hel'), delta('lo'), completed()]],
    ['no delta', [added(message('')), done(message('Hello')), completed()]],
    ['the text in its done event only', [{ type: 'response.output_text.done', text: 'Hello' }, completed()]],
    ['the end of the text', [delta('Hel', { item_id: 'msg_1' }), done(message('Hello')), completed()]],
    ['everything but the end', [completed([message('Hello')])]],
    [
      'no ids and no places',
      [
        added({ type: 'message' }),
        delta('Hello'),
        done({ type: 'message', content: [{ type: 'output_text', text: 'Hello' }] }),
        completed([message('Hello')]),
      ],
    ],
    ['a done event', [added(message(''), 0), delta('Hello', { output_index: 0 }), completed([message('Hello')])]],
    [
      'a content index',
      [
        added(message(''), 0),
        delta('Hello', { output_index: 0, content_index: 3 }),
        done(message('Hello'), 0),
        completed([message('Hello')]),
      ],
    ],
    ['content as a string', [done({ type: 'message', content: 'Hello' }), completed()]],
  ])('%s', (_, list) => expect(texts(...list)).toEqual(['Hello']));

  test('an item named otherwise in the end is not told twice', () => {
    const call = (id: string, call_id: string) => ({ type: 'function_call', id, call_id, name: 'run', arguments: '{}' });
    const reply = fold(heard(events(added(call('', 'c1'), 0), done(call('fc_1', 'c1'), 0), completed([call('fc_9', 'chatcmpl-tool-9')]))));
    expect(reply.blocks).toEqual([{ kind: 'tool-call', id: 'c1', name: 'run', input: 'json', arguments: '{}' }]);
  });

  test('two calls at one place are two calls', () => {
    const call = (call_id: string) => ({ type: 'function_call', call_id, name: 'run', arguments: `{"n":"${call_id}"}` });
    const reply = fold(heard(events(done(call('a'), 0), done(call('b'), 0), completed())));
    expect(reply.blocks.map((block) => block.kind === 'tool-call' && block.id)).toEqual(['a', 'b']);
  });

  test('a call named only when it is done, its arguments as an object', () => {
    const reply = fold(
      heard(
        events(
          added({ type: 'function_call', call_id: 'a' }, 0),
          { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{' },
          done({ type: 'function_call', call_id: 'a', name: 'run', arguments: { n: 1 } }, 0),
          completed(),
        ),
      ),
    );
    expect(reply.blocks).toEqual([{ kind: 'tool-call', id: 'a', name: 'run', input: 'json', arguments: '{"n":1}' }]);
    expect(reply.finish?.reason).toBe('tool-calls');
  });

  test('an event known by its SSE name only', () => {
    const reply = fold(
      heard([
        { event: 'response.output_text.delta', data: '{"delta":"Hello"}' },
        { event: 'response.completed', data: '{"response":{}}' },
      ]),
    );
    expect(reply).toMatchObject({ blocks: [{ text: 'Hello' }], finish: { reason: 'stop' } });
  });

  test('an end that carries the status of the beginning', () => {
    expect(fold(heard(events(delta('a'), { type: 'response.completed', response: { status: 'in_progress' } }))).finish).toMatchObject({
      reason: 'stop',
      raw: 'completed',
    });
  });
});

describe('faults inside a 200', () => {
  test.each<[string, Frame, string]>([
    ['not JSON', { data: '{"type":' }, 'malformed'],
    ['error event, nested', events({ type: 'error', error: { code: 'rate_limit_exceeded', message: 'slow' } })[0]!, 'rate'],
    ['error event, flat', events({ type: 'error', code: 'context_length_exceeded', message: 'too long' })[0]!, 'context'],
    [
      'error object without a type',
      events({ error: { message: "This model's maximum context length is 4096 tokens", code: 400 } })[0]!,
      'context',
    ],
    ['an HTTP status as code', events({ error: { message: 'Provider returned error', code: 429 } })[0]!, 'rate'],
    ['failed', events({ type: 'response.failed', response: { error: { code: 'server_error', message: 'oops' } } })[0]!, 'upstream'],
    ['failed without a reason', events({ type: 'response.failed' })[0]!, 'upstream'],
    [
      'flagged',
      events({
        type: 'response.failed',
        response: { error: { code: 'invalid_prompt', message: 'flagged as violating our usage policy' } },
      })[0]!,
      'filter',
    ],
    ['cancelled', events({ type: 'response.cancelled', response: {} })[0]!, 'upstream'],
  ])('%s', (_, frame, kind) => {
    const parts = heard([...events(delta('a')), frame, ...events(delta('b'), completed())]);
    expect(parts.at(-1)).toMatchObject({ type: 'fault', error: { kind } });
    expect(fold(parts).blocks).toMatchObject([{ text: 'a' }]);
  });

  test('whole bodies without an answer', () => {
    for (const body of [null, 'x', {}, { choices: [] }])
      expect(hear().whole(body).at(-1)).toMatchObject({ type: 'fault', error: { kind: 'malformed' } });
    expect(
      hear()
        .whole({ error: { message: 'overloaded', code: 'server_is_overloaded' } })
        .at(-1),
    ).toMatchObject({ type: 'fault', error: { kind: 'overload' } });
  });
});

describe('why it stopped', () => {
  test.each([
    ['incomplete', { reason: 'max_output_tokens' }, 'length'],
    ['incomplete', { reason: 'content_filter' }, 'filter'],
    ['incomplete', null, 'length'],
    ['incomplete', { reason: 'steered' }, 'other'],
    ['queued', null, 'other'],
  ])('%s %j is %s', (status, incomplete_details, reason) => {
    expect(hear().whole({ status, incomplete_details, output: [] }).at(-1)).toMatchObject({ type: 'finish', reason });
  });
});

test('a tap that skips every frame a glance lets pass still hears the same reply', () => {
  let skipped = 0;
  for (const name of streams) {
    const frames = framesOf(name);
    const kept = frames.filter(({ data }) => !glance(data));
    skipped += frames.length - kept.length;
    const reply = fold(heard(frames));
    if (reply.finish) expect(fold(heard(kept)), name).toEqual(reply);
  }
  expect(skipped).toBeGreaterThan(50);
});
