import { afterEach, describe, expect, it } from 'vitest';
import { datas, post } from '../fake/call.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, sse } from '../fake/upstream.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

const USAGE = `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', choices: [], usage: { prompt_tokens: 11, completion_tokens: 3 } })}\n\n`;
const ANSWER = [chat.start(), chat.text('Hel'), chat.text('lo'), chat.stop(), USAGE, chat.done];

async function world(pieces: string[]): Promise<Started & { up: FakeUpstream }> {
  const up = await FakeUpstream.start(sse(pieces, 'end', 3));
  const started = await startGateway({ providers: { up: { dialect: 'openai-chat', url: up.url, zone: 'vendor', models: ['fake'] } } });
  running.push({ stop: () => started.gateway.close() }, up);
  return { ...started, up };
}

const ask = (more: object = {}) => ({ model: 'up/fake', stream: true, messages: [{ role: 'user', content: 'hi' }], ...more });

describe('a relayed stream', () => {
  it.each([
    ['does not speak of usage', {}],
    ['leaves it off', { stream_options: { include_usage: false, other: 1 } }],
  ])('tells us the usage where the client %s, and not the client', async (_, more: { stream_options?: object }) => {
    const { url, up, records } = await world(ANSWER);
    const answer = await post(`${url}/v1/chat/completions`, ask(more));
    expect(JSON.parse(up.seen[0]!.body)).toMatchObject({ stream_options: { ...more['stream_options'], include_usage: true } });
    expect(answer.text).toBe(ANSWER.filter((piece) => piece !== USAGE).join(''));
    expect(records[0]).toMatchObject({ usage: { input: 11, output: 3 }, path: 'relay' });
    expect(records[0]?.attempts[0]?.estimated).toBeFalsy();
  });

  it('is the provider’s own for who asks for its usage', async () => {
    const { url, up } = await world(ANSWER);
    const body = JSON.stringify(ask({ stream_options: { include_usage: true } }));
    const answer = await post(`${url}/v1/chat/completions`, body);
    expect(up.seen[0]?.body).toBe(body.replace('up/fake', 'fake'));
    expect(answer.text).toBe(ANSWER.join(''));
  });

  it('loses nothing but that frame, wherever the packets are cut', async () => {
    const whole = ANSWER.join('');
    for (let at = whole.indexOf(USAGE) - 3; at < whole.length; at += 7) {
      const { url, records } = await world([whole.slice(0, at), whole.slice(at)]);
      const answer = await post(`${url}/v1/chat/completions`, ask());
      expect(datas(answer.text), `cut at ${at}`).toEqual(datas(whole.replace(USAGE, '')));
      expect(records[0]?.usage, `cut at ${at}`).toMatchObject({ output: 3 });
    }
  });
});
