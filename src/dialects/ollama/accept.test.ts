import { describe, expect, it, test } from 'vitest';
import { GatewayError } from '../../protocol/errors.ts';
import { wrapSeal } from '../../protocol/seal.ts';
import { accept } from './accept.ts';
import { ask } from './ask.ts';
import { CHAT, GENERATE } from './shapes.ts';

const PNG = 'iVBORw0KGgoAAAANSUhEUg==';

const read = (body: unknown, path = CHAT) => accept({ path, query: new URLSearchParams(), headers: {}, body });
/** What comes out when the same body is asked for again, but for the model. */
const again = (body: object, path = CHAT) => ask(read(structuredClone(body), path), { model: 'm' }).request;
const user = (content: unknown) => ({ model: 'm', messages: [{ role: 'user', content }] });

describe('a field that is wrong is named', () => {
  test.each([
    ['model', { messages: [] }],
    ['messages', { model: 'm', messages: 'hi' }],
    ['messages[0]', { model: 'm', messages: ['hi'] }],
    ['messages[0].role', { model: 'm', messages: [{ content: 'hi' }] }],
    ['messages[0].content', user([{ type: 'text', text: 'hi' }])],
    ['messages[0].images', { model: 'm', messages: [{ role: 'user', content: '', images: PNG }] }],
    ['messages[0].images[0]', { model: 'm', messages: [{ role: 'user', content: '', images: [{ 0: 137 }] }] }],
    ['messages[0].images[0]', { model: 'm', messages: [{ role: 'user', content: '', images: ['https://example.com/a.png'] }] }],
    ['messages[0].tool_calls[0]', { model: 'm', messages: [{ role: 'assistant', tool_calls: [{ name: 'f' }] }] }],
    ['messages[0].tool_calls[0].function.name', { model: 'm', messages: [{ role: 'assistant', tool_calls: [{ function: {} }] }] }],
    [
      'messages[0].tool_calls[0].function.arguments',
      { model: 'm', messages: [{ role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: [1] } }] }] },
    ],
    ['stream', { ...user('hi'), stream: 'yes' }],
    ['think', { ...user('hi'), think: 3 }],
    ['format', { ...user('hi'), format: 'xml' }],
    ['options.temperature', { ...user('hi'), options: { temperature: '0.1' } }],
    ['options.stop', { ...user('hi'), options: { stop: [1] } }],
    ['tools[0].function.name', { ...user('hi'), tools: [{ type: 'function', function: {} }] }],
    ['tools[0].function', { ...user('hi'), tools: [{ type: 'function' }] }],
  ])('%s', (field, body) => {
    expect(() => read(body)).toThrow(GatewayError);
    try {
      read(body);
    } catch (error) {
      expect(error).toMatchObject({ kind: 'invalid', field });
    }
  });
});

it('streams unless it is told not to', () => {
  expect(read(user('hi')).stream).toBe(true);
  expect(read({ ...user('hi'), stream: null }).stream).toBe(true);
  expect(read({ ...user('hi'), stream: false }).stream).toBe(false);
  expect(again(user('hi')).body).not.toHaveProperty('stream');
});

describe('results find their calls', () => {
  const calls = (...ids: (string | undefined)[]) => ({
    role: 'assistant',
    content: '',
    tool_calls: ids.map((id, at) => ({ ...(id && { id }), function: { name: at === 1 ? 'run' : 'read', arguments: { at } } })),
  });
  const ids = (messages: object[]) =>
    read({ model: 'm', messages }).turns.flatMap(({ blocks }) => blocks.flatMap((block) => (block.kind === 'tool-result' ? block.id : [])));

  it('by id, in any order', () => {
    const results = [
      { role: 'tool', content: 'b', tool_call_id: 'b' },
      { role: 'tool', content: 'a', tool_call_id: 'a' },
    ];
    expect(ids([calls('a', 'b'), ...results])).toEqual(['b', 'a']);
  });

  it('by name where there are no ids, each call once', () => {
    const results = ['run', 'read', 'read'].map((tool_name) => ({ role: 'tool', content: tool_name, tool_name }));
    expect(ids([calls(undefined, undefined, undefined), ...results])).toEqual(['call_0_1', 'call_0_0', 'call_0_2']);
  });

  it('by their order where there is nothing', () => {
    const results = [
      { role: 'tool', content: 'x' },
      { role: 'tool', content: 'y', name: 'run' },
    ];
    expect(ids([calls(undefined, undefined), ...results])).toEqual(['call_0_0', 'call_0_1']);
  });
});

it('names of roles are read in any case, and unknown ones are instructions', () => {
  const body = { model: 'm', messages: ['System', 'USER', 'control'].map((role) => ({ role, content: 'x' })) };
  expect(read(body).turns.map(({ role }) => role)).toEqual(['system', 'user', 'system']);
  expect(again(body).body).toEqual(body);
});

it('tells what images are, and sends each as it came', () => {
  const images = [PNG, '/9j/4AAQ', 'UklGRh4A', 'R0lGODdh', 'Qk02', `data:image/avif;base64,AAAA`, 'AAAA'];
  const body = { model: 'm', messages: [{ role: 'user', content: 'what?', images }] };
  const sources = read(body).turns[0]!.blocks.flatMap((block) => (block.kind === 'media' ? block.source : []));
  expect(sources.map((source) => source.from === 'base64' && source.mime)).toEqual(
    ['png', 'jpeg', 'webp', 'gif', 'bmp', 'avif', 'png'].map((type) => `image/${type}`),
  );
  expect(again(body).body).toEqual(body);
});

test.each([
  [true, { mode: 'on' }],
  [false, { mode: 'off' }],
  ['high', { effort: 'high' }],
])('think %j', (think, reasoning) => {
  expect(read({ ...user('hi'), think }).reasoning).toEqual(reasoning);
  expect(again({ ...user('hi'), think }).body['think']).toBe(think);
});

it('limits of zero and less stand for none', () => {
  const body = { ...user('hi'), options: { num_predict: -2 } };
  expect(read(body).maxTokens).toBeUndefined();
  expect(again(body).body).toEqual(body);
});

describe('a question', () => {
  const body = { model: 'm', system: 'Be brief.', prompt: 'What is it?', images: [PNG, `data:image/png;base64,${PNG}`], think: false };

  it('is one turn of the user', () => {
    const prompt = read(body, GENERATE);
    expect(prompt.turns.map(({ role, blocks }) => [role, blocks.map(({ kind }) => kind)])).toEqual([
      ['system', ['text']],
      ['user', ['text', 'media', 'media']],
    ]);
    expect(again(body, GENERATE)).toMatchObject({ path: GENERATE, body });
  });

  test.each([{ suffix: '}' }, { raw: true }, { template: '{{ .Prompt }}' }, { context: [1, 2] }])('%j changes what is meant', (field) => {
    const asked = { model: 'm', prompt: 'f(', options: { temperature: 0 }, stream: false, ...field };
    expect([...(read(asked, GENERATE).meaning ?? [])]).toEqual(Object.keys(field));
    expect(again(asked, GENERATE).body).toEqual(asked);
  });

  it('without words is a wish to load the model, and stays what it is', () => {
    const empty = { model: 'm', prompt: '', keep_alive: 0, raw: false };
    expect(read(empty, GENERATE)).toMatchObject({ turns: [], rest: { keep_alive: 0 } });
    expect(read(empty, GENERATE).meaning).toBeUndefined();
    expect(again(empty, GENERATE).body).toEqual(empty);
  });
});

it('options that are not modelled are kept one by one', () => {
  const body = { ...user('hi'), options: { num_ctx: 8192, min_p: 0.1, seed: 1, mirostat: null } };
  expect(read(body).rest).toEqual({ 'options.num_ctx': 8192, 'options.min_p': 0.1 });
  expect(again(body).body).toEqual(body);
});

it('takes thoughts apart by their signatures', () => {
  const signature = wrapSeal({ by: 'other', raw: { s: 1 } });
  const message = { role: 'assistant', content: 'x', thinking: 'aabbcc', thinking_signatures: [{ signature, span: [2, 4] }] };
  const body = { model: 'm', messages: [message] };
  expect(read(body).turns[0]!.blocks.slice(0, 3)).toEqual([
    { kind: 'reasoning', text: 'aa' },
    { kind: 'reasoning', text: 'bb', seal: { by: 'other', raw: { s: 1 } } },
    { kind: 'reasoning', text: 'cc' },
  ]);
  const { request, notes } = ask(read(body), { model: 'm' });
  expect(request.body['messages']).toEqual([{ role: 'assistant', content: 'x', thinking: 'aabbcc' }]);
  expect(notes).toEqual([{ path: 'turns[0].seal', action: 'dropped', why: expect.any(String) }]);
});
