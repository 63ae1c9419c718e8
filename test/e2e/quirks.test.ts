import { afterEach, describe, expect, it } from 'vitest';
import { datas, post } from '../fake/call.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json, type Script, sse } from '../fake/upstream.ts';

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.stop()));
});

async function world(quirks: string[], script: Script): Promise<Started & { up: FakeUpstream }> {
  const up = await FakeUpstream.start(script);
  const started = await startGateway({
    providers: { up: { dialect: 'openai-chat', url: up.url, zone: 'own', models: ['fake'], quirks } },
  });
  open.push({ stop: () => started.gateway.close() }, up);
  return { ...started, up };
}

const DOOR = '/v1/chat/completions';
const TOOLS = [{ type: 'function', function: { name: 'read', parameters: { type: 'object', properties: { path: { type: 'string' } } } } }];

describe('a client of the provider’s own dialect', () => {
  it('has its request mended, with a note, and gets the provider’s bytes', async () => {
    const { url, up } = await world(['short-call-ids', 'strict-messages'], json(200, { ...chat.whole('ok'), brand_new: [1] }));
    const call = { id: 'toolu_01A09q90', type: 'function', function: { name: 'read', arguments: '{}' } };
    const messages = [
      { role: 'user', content: 'go' },
      { role: 'assistant', content: null, reasoning_content: 'Hm.', tool_calls: [call] },
      { role: 'tool', tool_call_id: call.id, content: 'x' },
    ];
    const answer = await post(url + DOOR, { model: 'up/fake', messages, tools: TOOLS, some_knob: 3 });
    const sent = JSON.parse(up.seen[0]!.body);
    expect(sent).toMatchObject({ model: 'fake', some_knob: 3, tools: TOOLS });
    expect(sent.messages[2].tool_call_id).toMatch(/^[A-Za-z0-9]{9}$/);
    expect(sent.messages[1].tool_calls[0].id).toBe(sent.messages[2].tool_call_id);
    expect(up.seen[0]!.body).not.toContain('reasoning_content');
    expect(answer.headers['x-freehold-notes']).toContain('reasoning_content');
    expect(JSON.parse(answer.text).brand_new).toEqual([1]);
  });

  it('has the answer helped, whole and streamed, and not relayed', async () => {
    const pieces = ['<think>Hm', '.</think>{"name": "read", ', '"arguments": {"path": "a"}}'];
    const { url, records } = await world(['think-tags', 'printed-calls'], (response, seen) =>
      seen.body.includes('"stream":true')
        ? sse([chat.start(), ...pieces.map(chat.text), chat.stop(), chat.done])(response, seen)
        : json(200, chat.whole(pieces.join('')))(response, seen),
    );
    const ask = { model: 'up/fake', messages: [{ role: 'user', content: 'go' }], tools: TOOLS };
    const whole = JSON.parse((await post(url + DOOR, ask)).text).choices[0];
    expect(whole.finish_reason).toBe('tool_calls');
    expect(whole.message).toMatchObject({
      reasoning_content: 'Hm.',
      tool_calls: [{ function: { name: 'read', arguments: '{"path":"a"}' } }],
    });
    const stream = await post(url + DOOR, { ...ask, stream: true });
    expect(datas(stream.text).at(-1)).toBe('[DONE]');
    expect(stream.text).toContain('"finish_reason":"tool_calls"');
    expect(stream.text).not.toContain('think>');
    expect(records.map(({ path, notes }) => [path, notes.some(({ why }) => why.includes('printed'))])).toEqual([
      ['translate', true],
      ['translate', true],
    ]);
  });

  it('gets a stream from a provider that is asked for whole answers where there are tools, and the reverse', async () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'read', arguments: '{"path":"a"}' } };
    const called = {
      ...chat.whole(''),
      choices: [{ index: 0, message: { role: 'assistant', tool_calls: [call] }, finish_reason: 'tool_calls' }],
    };
    const ask = { model: 'up/fake', messages: [{ role: 'user', content: 'go' }], tools: TOOLS };
    const broken = await world(['whole-tool-answers'], json(200, called));
    const stream = await post(broken.url + DOOR, { ...ask, stream: true, stream_options: { include_usage: true } });
    expect(JSON.parse(broken.up.seen[0]!.body)).not.toHaveProperty('stream_options');
    expect(broken.up.seen[0]!.body).not.toContain('"stream":true');
    expect(stream.text).toContain('"finish_reason":"tool_calls"');
    expect(datas(stream.text).at(-1)).toBe('[DONE]');
    const slow = await world(['streams-only'], sse([chat.start(), chat.text('Hel'), chat.text('lo'), chat.stop(), chat.done]));
    const whole = await post(slow.url + DOOR, ask);
    expect(JSON.parse(slow.up.seen[0]!.body)).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    expect(JSON.parse(whole.text).choices[0].message.content).toBe('Hello');
  });
});
