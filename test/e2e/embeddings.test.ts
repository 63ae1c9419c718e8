import { GoogleGenAI } from '@google/genai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { testModel } from '../../src/engines/fixtures/models.ts';
import { post } from '../fake/call.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { FakeUpstream, json, type Script } from '../fake/upstream.ts';

/** Vectors: every client's door with every provider's protocol, with the official SDKs against a real server. */

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

type World = Started & { up: FakeUpstream };

async function world(dialect: string, script: Script, more: object = {}): Promise<World> {
  const up = await FakeUpstream.start(script);
  const started = await startGateway({ providers: { up: { dialect, url: up.url, zone: 'own', models: ['fake'] } }, ...more });
  stops.push(
    () => started.gateway.close(),
    () => up.stop(),
  );
  return { ...started, up };
}

const VECTORS = [
  [1, 0, -0.5],
  [0.5, -0.25, 0.125],
];

interface Upstream {
  /** An answer to two texts. */
  script: Script;
  path: string;
  /** The request for two texts in three dimensions, without what the client's dialect adds. */
  body: object;
}

const UPSTREAMS: Record<string, Upstream> = {
  'openai-chat': {
    script: json(200, { data: VECTORS.map((embedding, index) => ({ index, embedding })), usage: { prompt_tokens: 4, total_tokens: 4 } }),
    path: '/v1/embeddings',
    body: { model: 'fake', input: ['a dog', 'a cat'], dimensions: 3 },
  },
  ollama: {
    script: json(200, { model: 'fake', embeddings: VECTORS, prompt_eval_count: 4 }),
    path: '/api/embed',
    body: { model: 'fake', input: ['a dog', 'a cat'], dimensions: 3 },
  },
  gemini: {
    script: json(200, { embeddings: VECTORS.map((values) => ({ values })), usageMetadata: { promptTokenCount: 4 } }),
    path: '/v1beta/models/fake:batchEmbedContents',
    body: {
      requests: ['a dog', 'a cat'].map((text) => ({ model: 'models/fake', content: { parts: [{ text }] }, outputDimensionality: 3 })),
    },
  },
};

/** What each official SDK makes of two texts in three dimensions. */
const CLIENTS: Record<string, (url: string) => Promise<(readonly number[])[]>> = {
  openai: async (url) => {
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
    const { data } = await client.embeddings.create({ model: 'up/fake', input: ['a dog', 'a cat'], dimensions: 3 });
    return data.map(({ embedding }) => [...embedding]);
  },
  ollama: async (url) => {
    const client = new Ollama({ host: url });
    return (await client.embed({ model: 'up/fake', input: ['a dog', 'a cat'], dimensions: 3 })).embeddings;
  },
  google: async (url) => {
    const client = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: url } });
    const asked = { model: 'up/fake', contents: ['a dog', 'a cat'], config: { outputDimensionality: 3 } };
    return ((await client.models.embedContent(asked)).embeddings ?? []).map(({ values }) => values ?? []);
  },
};

describe.each(Object.keys(CLIENTS))('the SDK of %s', (client) => {
  it.each(Object.keys(UPSTREAMS))('gets vectors from a provider of %s', async (dialect) => {
    const { script, path, body } = UPSTREAMS[dialect]!;
    const { url, up, records } = await world(dialect, script);
    expect(await CLIENTS[client]!(url)).toEqual(VECTORS);
    expect(up.seen.map((seen) => seen.url)).toEqual([path]);
    expect(JSON.parse(up.seen[0]!.body)).toMatchObject(body);
    expect(records[0]).toMatchObject({ outcome: 'ok', usage: { input: 4 }, stream: false });
  });
});

describe('one text', () => {
  it('by the older door of ollama', async () => {
    const { url, up } = await world('openai-chat', json(200, { data: [{ index: 0, embedding: [1, 2] }] }));
    const client = new Ollama({ host: url });
    expect(await client.embeddings({ model: 'up/fake', prompt: 'a dog' })).toEqual({ embedding: [1, 2] });
    expect(JSON.parse(up.seen[0]!.body)).toEqual({ model: 'fake', input: ['a dog'], encoding_format: 'float' });
  });

  it('by embedContent, with its task noted where nobody knows it', async () => {
    const { url } = await world('ollama', json(200, { embeddings: [[1, 2]] }));
    const asked = { content: { parts: [{ text: 'a dog' }] }, taskType: 'RETRIEVAL_QUERY' };
    const { text, headers } = await post(`${url}/v1beta/models/up/fake:embedContent`, asked);
    expect(JSON.parse(text)).toEqual({ embedding: { values: [1, 2] } });
    expect(headers['x-freehold-notes']).toMatch(/dropped taskType/);
  });

  it('stays as it was written within a protocol, but for the model', async () => {
    const own = await world('gemini', json(200, { embedding: { values: [1, 2] } }));
    const asked = { model: 'models/up/fake', content: { parts: [{ text: 'a dog' }] }, taskType: 'RETRIEVAL_QUERY', tomorrow: 1 };
    expect((await post(`${own.url}/v1beta/models/up/fake:embedContent`, asked)).status).toBe(200);
    expect(own.up.seen[0]!.url).toBe('/v1beta/models/fake:embedContent');
    expect(JSON.parse(own.up.seen[0]!.body)).toEqual({ ...asked, model: 'models/fake' });
    const other = await world('ollama', json(200, { embeddings: [[1, 2]] }));
    const native = { model: 'up/fake', input: 'a dog', keep_alive: '5m', options: { num_ctx: 512 }, tomorrow: 1 };
    expect((await post(`${other.url}/api/embed`, native)).status).toBe(200);
    expect(JSON.parse(other.up.seen[0]!.body)).toEqual({ ...native, model: 'fake' });
  });
});

describe('what cannot be carried', () => {
  it.each<[string, string, string, object, RegExp]>([
    ['tokens', 'ollama', '/v1/embeddings', { model: 'up/fake', input: [1, 2] }, /send texts/],
    [
      'a picture',
      'openai-chat',
      '/v1beta/models/up/fake:embedContent',
      { content: { parts: [{ inlineData: { mimeType: 'image/png', data: 'AA==' } }] } },
      /content\.parts\[0\]/,
    ],
    [
      'two lengths',
      'ollama',
      '/v1beta/models/up/fake:batchEmbedContents',
      { requests: [3, 4].map((outputDimensionality) => ({ content: { parts: [{ text: 'a' }] }, outputDimensionality })) },
      /outputDimensionality/,
    ],
    ['no text', 'gemini', '/api/embed', { model: 'up/fake', input: [] }, /input/],
    ['a wrong length', 'gemini', '/api/embed', { model: 'up/fake', input: 'a', dimensions: 0.5 }, /dimensions/],
    ['no content', 'gemini', '/v1beta/models/up/fake:embedContent', {}, /content/],
  ])('%s is refused before anybody is asked', async (_, dialect, path, body, message) => {
    const { url, up } = await world(dialect, json(500, {}));
    const answer = await post(`${url}${path}`, body);
    expect([answer.status, answer.text]).toEqual([400, expect.stringMatching(message)]);
    expect(up.seen).toEqual([]);
  });

  it('a length that the provider ignores is told', async () => {
    const { url } = await world('gemini', UPSTREAMS['gemini']!.script);
    const { headers } = await post(`${url}/v1/embeddings`, { model: 'up/fake', input: ['a', 'b'], dimensions: 2 });
    expect(headers['x-freehold-notes']).toMatch(/dimensions.*vectors of 3/);
  });
});

describe('auto', () => {
  const servers = async (first: { dialect: string; script: Script; models: string[] }) => {
    const unable = await FakeUpstream.start(first.script);
    const able = await FakeUpstream.start(json(200, { embeddings: [[1, 2]] }));
    const started = await startGateway({
      providers: {
        first: { dialect: first.dialect, url: unable.url, zone: 'own', models: first.models },
        second: { dialect: 'ollama', url: able.url, zone: 'own', models: ['chatty', 'nomic-embed-text'] },
      },
    });
    stops.push(
      () => started.gateway.close(),
      () => unable.stop(),
      () => able.stop(),
    );
    return { url: started.url, unable, able };
  };
  const ask = (url: string) => post(`${url}/v1/embeddings`, { model: 'auto', input: 'a', encoding_format: 'float' });

  it('asks a model that makes vectors, of a provider that has some', async () => {
    const { url, unable, able } = await servers({ dialect: 'anthropic', script: json(500, {}), models: ['fake'] });
    expect(JSON.parse((await ask(url)).text).data[0].embedding).toEqual([1, 2]);
    expect([unable.seen.length, JSON.parse(able.seen[0]!.body).model]).toEqual([0, 'nomic-embed-text']);
  });

  it('looks past one that refuses', async () => {
    const refusal = json(400, { error: { message: 'The model does not support Embeddings API' } });
    const { url, unable, able } = await servers({ dialect: 'openai-chat', script: refusal, models: ['bge-small'] });
    expect((await ask(url)).status).toBe(200);
    expect([unable.seen.length, able.seen.length]).toEqual([1, 1]);
  });
});

it('an engine of our own makes them for every client', async () => {
  const started = await startGateway({ engines: { local: { model: testModel(), parallel: 1, threads: 2 } } });
  stops.push(() => started.gateway.close());
  while ((await fetch(`${started.url}/readyz`)).status !== 200) await new Promise((resume) => setTimeout(resume, 50));
  const openai = new OpenAI({ baseURL: `${started.url}/v1`, apiKey: 'none', maxRetries: 0 });
  const { data } = await openai.embeddings.create({ model: 'auto', input: ['a dog', 'a cat'], encoding_format: 'float' });
  const expected = data.map(({ embedding }) => embedding);
  expect(expected[0]!.length).toBeGreaterThan(8);
  const ollama = new Ollama({ host: started.url });
  expect((await ollama.embed({ model: 'auto', input: ['a dog', 'a cat'] })).embeddings).toEqual(expected);
  const google = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: started.url } });
  const { embeddings } = await google.models.embedContent({ model: 'auto', contents: ['a dog', 'a cat'] });
  expect(embeddings?.map(({ values }) => values)).toEqual(expected);
  // The engine has one length only, and says so.
  await expect(ollama.embed({ model: 'auto', input: 'a dog', dimensions: 3 })).rejects.toMatchObject({ status_code: 400 });
}, 30_000);
