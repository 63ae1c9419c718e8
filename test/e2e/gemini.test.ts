import { GoogleGenAI } from '@google/genai';
import { afterEach, describe, expect, it } from 'vitest';
import { wrapSeal } from '../../src/protocol/seal.ts';
import { post } from '../fake/call.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json, type Script, sse } from '../fake/upstream.ts';

/** The doors that name the model in their path, against a real server. */

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function world(dialect: string, script: Script, more: object = {}): Promise<Started & { up: FakeUpstream }> {
  const up = await FakeUpstream.start(script);
  const started = await startGateway({
    providers: { up: { dialect, url: up.url, zone: 'own', models: { fake: { context: 8192 } } } },
    ...more,
  });
  stops.push(
    () => started.gateway.close(),
    () => up.stop(),
  );
  return { ...started, up };
}

const answer = {
  candidates: [{ content: { parts: [{ text: 'Hi' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1 },
};
const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
const said = [chat.text('H'), chat.text('i'), chat.stop(), chat.done];

describe('the path', () => {
  it.each([
    '/v1beta/models/up/fake:generateContent',
    '/v1/models/up%2Ffake:generateContent',
    '/v1beta//models/up/fake:generateContent?key=secret',
    // As the AI SDK writes names with a slash.
    '/v1beta/up/fake:generateContent',
    '/models/up/fake:generateContent',
  ])('%s', async (path) => {
    const { url, up } = await world('gemini', json(200, answer));
    const { status, text, headers } = await post(url + path, { contents });
    expect([status, JSON.parse(text)]).toEqual([200, answer]);
    expect(headers['x-freehold-model']).toBe('fake');
    expect(up.seen[0]?.url).toMatch(/^\/v1(beta)?\/models\/fake:generateContent$/);
    expect(JSON.parse(up.seen[0]!.body)).toEqual({ contents });
  });

  it('is answered in the API’s own shape when it leads nowhere', async () => {
    const { url } = await world('gemini', json(200, answer));
    const unknown = await post(`${url}/v1beta/models/none/such:generateContent`, { contents });
    expect([unknown.status, JSON.parse(unknown.text).error.status]).toEqual([404, 'NOT_FOUND']);
    const wrong = await post(`${url}/v1beta/models/up/fake:generateContent`, { contents: [{ parts: 4 }] });
    expect(JSON.parse(wrong.text)).toMatchObject({
      error: { code: 400, status: 'INVALID_ARGUMENT', message: expect.stringContaining('contents[0].parts') },
    });
    const elsewhere = await post(`${url}/v1beta/models/up/fake:predict`, {}, { 'x-goog-api-key': 'k' });
    expect(JSON.parse(elsewhere.text)).toMatchObject({ error: { code: 404 } });
  });
});

describe('a stream', () => {
  const path = '/v1beta/models/up/fake:streamGenerateContent';

  it('is events where they are asked for, and one list where they are not', async () => {
    const { url } = await world('openai-chat', sse(said));
    const events = await post(`${url}${path}?alt=sse`, { contents });
    expect(events.headers['content-type']).toContain('text/event-stream');
    expect(events.text.match(/^data: /gm)).toHaveLength(3);
    const list = await post(url + path, { contents });
    expect(list.headers['content-type']).toContain('application/json');
    const chunks = JSON.parse(list.text) as (typeof answer)[];
    expect(chunks.map((chunk) => chunk.candidates[0]?.content.parts[0]?.text).join('')).toBe('Hi');
    expect(chunks.at(-1)?.candidates[0]?.finishReason).toBe('STOP');
  });

  it.each(['', '?alt=sse'])('that breaks is never whole%s', async (query) => {
    const { url } = await world('openai-chat', sse(said.slice(0, 1), 'cut', 50));
    const broken = await post(url + path + query, { contents });
    expect(broken.status).toBe(200);
    expect(broken.text).not.toContain('finishReason');
    expect(broken.text).toContain('"error":');
    expect(() => JSON.parse(broken.text)).toThrow();
  });

  it('is kept alive without comments, and a client reads past it', async () => {
    const { url } = await world('openai-chat', sse(said, 'end', 250), { server: { keepalive_seconds: 0.1 } });
    const { text } = await post(`${url}${path}?alt=sse`, { contents });
    expect(text).toContain('\n\n\n\n');
    expect(text).not.toMatch(/^:/m);
    const { models } = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: url } });
    let heard = '';
    for await (const chunk of await models.generateContentStream({ model: 'up/fake', contents: 'hi' })) heard += chunk.text ?? '';
    expect(heard).toBe('Hi');
  });
});

describe('beside the doors', () => {
  it('models are listed and tokens estimated', async () => {
    const { url } = await world('openai-chat', sse(said));
    const { models } = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: url } });
    const names: unknown[] = [];
    for await (const { name } of await models.list()) names.push(name);
    expect(names).toContain('models/up/fake');
    expect(await models.get({ model: 'up/fake' })).toMatchObject({ name: 'models/up/fake', inputTokenLimit: 8192 });
    const beta = await fetch(`${url}/v1beta/models`);
    expect(await beta.json()).toMatchObject({ models: expect.arrayContaining([expect.objectContaining({ name: 'models/up/fake' })]) });
    expect((await models.countTokens({ model: 'up/fake', contents: 'How many?' })).totalTokens).toBeGreaterThan(2);
  });
});

describe('what another model left in the history', () => {
  const foreign = btoa(wrapSeal({ by: 'other', raw: { signature: 'x' } }));
  const history = (thoughtSignature: string) => [
    ...contents,
    { role: 'model', parts: [{ functionCall: { name: 'f', args: {} }, thoughtSignature }] },
    { role: 'user', parts: [{ functionResponse: { name: 'f', response: { output: '1' } } }] },
  ];

  it.each([
    ['stays behind', foreign, 'skip_thought_signature_validator'],
    ['its own goes home untouched', 'CiQB+/=', 'CiQB+/='],
  ])('%s', async (_, given, sent) => {
    const { url, up } = await world('gemini', json(200, answer));
    await post(`${url}/v1beta/models/up/fake:generateContent`, { contents: history(given) });
    expect(JSON.parse(up.seen[0]!.body)).toEqual({ contents: history(sent) });
  });
});
