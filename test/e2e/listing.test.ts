import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Started, startGateway } from '../fake/start.ts';

/** What a server tells of its models on other pages than its list, and what becomes of that. */

const PAGES: Record<string, object> = {
  thinker: {
    model_info: { 'general.architecture': 'qwen3', 'qwen3.context_length': 40_960 },
    capabilities: ['completion', 'tools', 'thinking'],
  },
  seer: { model_info: { 'general.architecture': 'gemma3', 'gemma3.context_length': 131_072 }, capabilities: ['completion', 'vision'] },
  embedder: { model_info: { 'general.architecture': 'bert', 'bert.context_length': 512 }, capabilities: ['embedding'] },
};
const asked: { path: string; body: Record<string, unknown> }[] = [];
let loaded: { model: string; context_length: number }[] = [];
let server: Server;
let started: Started;

/** A server that loads a model with the window it was asked with last, as the real one does. */
function serve(path: string, body: Record<string, unknown>): [number, unknown] {
  const model = String(body['model']);
  switch (path) {
    case '/api/tags':
      return [200, { models: Object.keys(PAGES).map((name) => ({ name, model: name, modified_at: '2026-11-01T00:00:00Z' })) }];
    case '/api/ps':
      return [200, { models: loaded }];
    case '/api/show':
      return PAGES[model] ? [200, PAGES[model]] : [404, { error: 'not found' }];
    default: {
      const window = Number((body['options'] as Record<string, unknown>)['num_ctx']);
      loaded = [{ model, context_length: window }];
      return [200, { model, message: { role: 'assistant', content: 'Hi' }, done: true, done_reason: 'stop', eval_count: 1 }];
    }
  }
}

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const path = request.url ?? '';
    const body = text ? (JSON.parse(text) as Record<string, unknown>) : {};
    asked.push({ path, body });
    const [status, answer] = serve(path, body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  started = await startGateway({ providers: { up: { dialect: 'ollama', url, zone: 'own' } } });
});
afterAll(async () => {
  await started?.gateway.close();
  server?.close();
});

const openai = () => new OpenAI({ baseURL: `${started.url}/v1`, apiKey: 'none', maxRetries: 0 });

it('windows and abilities stand in every dialect’s list', async () => {
  await vi.waitFor(async () => {
    const { data } = await openai().models.list();
    expect(data.find(({ id }) => id === 'up/thinker')).toMatchObject({
      context_window: 40_960,
      capabilities: { vision: false, function_calling: true, reasoning: true },
    });
  });
  // What is left to Freehold has the window and the abilities of what would answer.
  expect(await openai().models.retrieve('auto')).toMatchObject({ context_window: 40_960, capabilities: { function_calling: true } });
  const anthropic = new Anthropic({ baseURL: started.url, apiKey: 'none' });
  expect(await anthropic.models.retrieve('up/seer')).toMatchObject({
    max_input_tokens: 131_072,
    capabilities: { image_input: { supported: true }, thinking: { supported: false } },
  });
  const ollama = new Ollama({ host: started.url });
  const shown = await ollama.show({ model: 'up/thinker' });
  expect([shown.capabilities, shown.model_info]).toMatchObject([
    ['completion', 'tools', 'thinking'],
    { 'freehold.context_length': 40_960, 'general.architecture': 'freehold', 'general.basename': 'up/thinker' },
  ]);
  expect((await ollama.show({ model: 'up/embedder' })).capabilities).toEqual(['embedding']);
});

it('each page is asked for once', async () => {
  await started.gateway.registry.refresh();
  await started.gateway.registry.refresh();
  expect(asked.filter(({ path }) => path === '/api/show').map(({ body }) => body['model'])).toEqual(Object.keys(PAGES));
});

it('a wish to think goes to a model whose page says that it thinks, and to no other', async () => {
  const wish = { reasoning_effort: 'high' as const, messages: [{ role: 'user' as const, content: 'hi' }] };
  await openai().chat.completions.create({ model: 'up/thinker', ...wish });
  expect(asked.at(-1)!.body).toMatchObject({ think: true });
  await openai().chat.completions.create({ model: 'up/seer', ...wish });
  expect(asked.findLast(({ path }) => path === '/api/chat')!.body).not.toHaveProperty('think');
});

it('what is loaded stays loaded while the next request fits into it', async () => {
  const ask = async (content: string) => {
    await openai().chat.completions.create({ model: 'up/thinker', messages: [{ role: 'user', content }] });
    return (asked.findLast(({ path }) => path === '/api/chat')!.body['options'] as Record<string, unknown>)['num_ctx'];
  };
  expect(await ask('word '.repeat(9000))).toBe(16_384);
  await vi.waitFor(
    () => expect(started.gateway.registry.world().models.find(({ model }) => model === 'thinker')?.loaded).toBe(16_384),
    5000,
  );
  expect(await ask('hi')).toBe(16_384);
  expect(await ask('word '.repeat(20_000))).toBe(32_768);
});

it('a server without such pages has its list, and is asked for each of them once', async () => {
  const seen: string[] = [];
  const old = createServer((request, response) => {
    seen.push(request.url ?? '');
    const isList = request.url === '/api/tags';
    response.writeHead(isList ? 200 : 404, { 'content-type': 'application/json' });
    response.end(isList ? JSON.stringify({ models: [{ name: 'a' }, { name: 'b' }] }) : '404 page not found');
  });
  await new Promise<void>((done) => old.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(old.address() as AddressInfo).port}`;
  const { gateway } = await startGateway({ providers: { up: { dialect: 'ollama', url, zone: 'own' } } });
  const shown = () => seen.filter((path) => path === '/api/show').length;
  await vi.waitFor(() => expect(shown()).toBe(2));
  await gateway.registry.refresh();
  await gateway.registry.refresh();
  expect(shown()).toBe(2);
  expect(gateway.registry.world().models.map(({ model, healthy, window }) => [model, healthy, window])).toEqual([
    ['a', true, undefined],
    ['b', true, undefined],
  ]);
  await gateway.close();
  old.close();
});
