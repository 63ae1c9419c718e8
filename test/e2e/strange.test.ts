import { afterEach, describe, expect, it } from 'vitest';
import { post } from '../fake/call.ts';
import { startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json, type Script, sse } from '../fake/upstream.ts';

/** Bodies that are too deep, no JSON, or under another name, over real connections. */

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function world(script: Script) {
  const up = await FakeUpstream.start(script);
  const started = await startGateway({ providers: { up: { dialect: 'openai-chat', url: up.url, zone: 'own', models: ['fake'] } } });
  stops.push(
    () => started.gateway.close(),
    () => up.stop(),
  );
  return { ...started, up };
}

const MESSAGES = '/v1/messages';
const ask = (stream: boolean) => ({ model: 'up/fake', max_tokens: 9, stream, messages: [{ role: 'user', content: 'hi' }] });
const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

describe('too deep', () => {
  it('a request is refused by name, in the caller’s dialect, before anybody is asked', async () => {
    const { url, up } = await world(json(200, chat.whole('x')));
    const tool = `{"name":"f","input_schema":${deep(30_000)}}`;
    const answer = await post(
      url + MESSAGES,
      `{"model":"up/fake","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"tools":[${tool}]}`,
    );
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([400, { type: 'error', error: { type: 'invalid_request_error' } }]);
    expect(answer.text).toContain('nested too deeply');
    expect(up.seen).toHaveLength(0);
  });

  it('an answer is the provider’s failure', async () => {
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: deep(30_000) } };
    const choice = { index: 0, message: { role: 'assistant', content: null, tool_calls: [call] }, finish_reason: 'tool_calls' };
    const { url } = await world(json(200, { id: 'x', choices: [choice] }));
    const answer = await post(url + MESSAGES, ask(false));
    expect([answer.status, JSON.parse(answer.text).error.message]).toEqual([502, expect.stringContaining('nested too deeply')]);
  });
});

describe('under another name', () => {
  const long = { error: { message: 'maximum context length is 8192 tokens', code: 'context_length_exceeded' } };

  it.each([
    ['/v1/chat/completions', 'openai-chat'],
    [MESSAGES, 'anthropic'],
  ])('a JSON error that calls itself an event stream keeps its class and gets a status: %s', async (door) => {
    const { url } = await world(sse([JSON.stringify(long)]));
    const answer = await post(url + door, ask(true));
    expect([answer.status, answer.headers['content-type']]).toEqual([400, expect.stringContaining('application/json')]);
    expect(answer.text).toMatch(/too long|context_length_exceeded/);
  });

  it('a proxy’s page is told in the caller’s dialect, by a provider of the same one too', async () => {
    const { url } = await world(
      (response) => void response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad gateway</html>'),
    );
    for (const door of ['/v1/chat/completions', MESSAGES]) {
      const answer = await post(url + door, ask(false));
      expect(answer.status).toBeGreaterThanOrEqual(500);
      expect(JSON.parse(answer.text).error.message).not.toBe('');
    }
  });
});
