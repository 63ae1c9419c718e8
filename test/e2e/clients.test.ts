import { afterEach, describe, expect, it } from 'vitest';
import claudeCode from '../../src/dialects/anthropic/fixtures/claude-code-second/request.json' with { type: 'json' };
import { upstreamDialects } from '../../src/dialects/index.ts';
import codex from '../../src/dialects/openai-responses/fixtures/codex-second/request.json' with { type: 'json' };
import { upstreams } from '../agents/model/index.ts';
import type { Asked, Turn } from '../agents/model/turn.ts';
import { post } from '../fake/call.ts';
import { startGateway } from '../fake/start.ts';
import { FakeUpstream } from '../fake/upstream.ts';

/** What coding agents count on beside their round trips, in the requests that they really send; the round trips are test/agents. */

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

/** A gateway before a scripted provider of one dialect, with what that was asked. */
async function world(dialect: string, say: (asked: Asked) => Partial<Turn> = () => ({ text: 'Hi' }), settings: object = {}) {
  const upstream = upstreams[dialect]!;
  const asked: Asked[] = [];
  const bodies: string[] = [];
  const up = await FakeUpstream.start((response, seen) => {
    const body = JSON.parse(seen.body) as Record<string, unknown>;
    const one = upstream.ask(body, seen.url, new Set());
    asked.push(one);
    bodies.push(seen.body);
    const turn: Turn = { text: '', calls: [], seal: 'c2VhbA==', ...say(one) };
    const bytes = one.stream
      ? Buffer.concat(upstream.stream(turn, body).frames.map((frame) => Buffer.from(frame)))
      : JSON.stringify(upstream.whole(turn, body));
    response.writeHead(200, { 'content-type': one.stream ? upstream.contentType : 'application/json' }).end(bytes);
  });
  const { gateway, url } = await startGateway({
    providers: { up: { dialect, url: up.url, zone: 'own', models: { [upstream.model]: { context: 200_000 } } } },
    aliases: { '*': `up/${upstream.model}` },
    ...settings,
  });
  stops.push(
    () => gateway.close(),
    () => up.stop(),
  );
  return { url, asked, bodies };
}

/** A dialect that nobody plays yet is told by test:agents. */
const all = upstreamDialects.map(({ name }) => name).filter((name) => upstreams[name]);
const foreign = (own: string) => all.filter((name) => name !== own);

describe('Codex', () => {
  it.each(foreign('openai-responses'))('gets its namespaces and its tool of free text back from %s', async (dialect) => {
    const named = ({ tools }: Asked, end: string) => tools.find(({ name }) => name.endsWith(end))!;
    const patch = '*** Begin Patch\n*** Add File: a.txt\n+"é" \\\n*** End Patch\n';
    const { url, asked } = await world(dialect, (one) => {
      const text = named(one, 'apply_patch');
      const field = Object.keys(text.schema.properties ?? {})[0]!;
      return {
        calls: [
          { tool: named(one, 'search'), arguments: { query: 'x' } },
          { tool: text, arguments: text.input === 'text' ? patch : { [field]: patch } },
        ],
      };
    });
    for (const stream of [false, true]) {
      const answer = await post(`${url}/v1/responses`, { ...codex, stream });
      expect(answer.status).toBe(200);
      const last = answer.text
        .split('\n')
        .findLast((line) => line.includes('response.completed'))
        ?.slice('data: '.length);
      const { output } = (stream ? JSON.parse(last!).response : JSON.parse(answer.text)) as { output: Record<string, unknown>[] };
      const calls = output.filter(({ type }) => /_call$/.test(String(type)));
      expect(calls).toMatchObject([
        { type: 'function_call', name: 'search', namespace: 'mcp__tickets', arguments: '{"query":"x"}' },
        { type: 'custom_tool_call', name: 'apply_patch', input: patch },
      ]);
    }
    // What it does itself and the provider cannot is not offered, and its history is one that the provider takes.
    expect(asked.map(({ wrong }) => wrong)).toEqual([undefined, undefined]);
    expect(asked[0]!.tools.map(({ name }) => name)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(tool|web)_search$/)]));
  });
});

describe('Claude Code', () => {
  it.each(foreign('anthropic'))('has its deferred tools and what it found of them at %s', async (dialect) => {
    const { url, asked, bodies } = await world(dialect);
    const { status, text } = await post(`${url}/v1/messages?beta=true`, { ...claudeCode, stream: false });
    expect([status, text]).toEqual([200, expect.stringContaining('Hi')]);
    const found = asked[0]!.tools.find(({ name }) => name === 'WebFetch');
    expect(found?.schema.properties).toBeDefined();
    expect(asked[0]!.wrong).toBeUndefined();
    // A result that is a reference still says what its search found.
    expect(bodies[0]!.match(/"WebFetch"/g)).toHaveLength(2);
    const { results } = asked[0]!;
    expect(results).toBe((claudeCode.messages as { content: unknown }[]).flatMap(({ content }) => content).filter(isResult).length);
    expect(bodies[0]).not.toContain('tool_reference');
  });

  const isResult = (block: unknown) => (block as { type?: string }).type === 'tool_result';

  it('is greeted', async () => {
    const { url } = await world('anthropic');
    for (const path of ['/', '/api/hello']) expect((await fetch(url + path, { method: 'HEAD' })).status).toBe(200);
  });
});

describe('usage', () => {
  it.each(all)('is what %s counted, at every door', async (dialect) => {
    const { url } = await world(dialect);
    const messages = [{ role: 'user', content: 'hi' }];
    const ask = async (path: string, body: object) => JSON.parse((await post(url + path, body)).text);
    const chat = (await ask('/v1/chat/completions', { model: 'm', messages })).usage;
    const responses = (await ask('/v1/responses', { model: 'm', input: 'hi', store: false })).usage;
    const anthropic = (await ask('/v1/messages', { model: 'm', max_tokens: 9, messages })).usage;
    const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
    const gemini = (await ask('/v1beta/models/m:generateContent', { contents })).usageMetadata;
    const ollama = await ask('/api/chat', { model: 'm', messages, stream: false });
    const input = [
      chat.prompt_tokens,
      responses.input_tokens,
      anthropic.input_tokens + (anthropic.cache_read_input_tokens ?? 0) + (anthropic.cache_creation_input_tokens ?? 0),
      gemini.promptTokenCount,
      ollama.prompt_eval_count,
    ];
    expect(input).toEqual(Array(5).fill(1200));
    // One protocol does not tell what was cached.
    const cached = dialect === 'ollama' ? 0 : 1000;
    const told = [
      chat.prompt_tokens_details?.cached_tokens,
      responses.input_tokens_details?.cached_tokens,
      anthropic.cache_read_input_tokens,
      gemini.cachedContentTokenCount,
    ];
    expect(told.map((count) => count ?? 0)).toEqual(Array(4).fill(cached));
  });
});

describe('tools for a local engine', () => {
  const keys = { alice: `sha256:${'0'.repeat(64)}` };

  it('need no key on this machine, an empty one neither, and find a version that they take', async () => {
    const { url } = await world('openai-chat', undefined, { keys, server: { loopback_without_key: true } });
    const headers = { authorization: 'Bearer ' };
    const { version } = (await (await fetch(`${url}/api/version`, { headers })).json()) as { version: string };
    const [major, minor, patch] = version.split('.').map(Number) as [number, number, number];
    expect(major * 1e6 + minor * 1e3 + patch).toBeGreaterThanOrEqual(13_004);
    const { models } = (await (await fetch(`${url}/api/tags`)).json()) as { models: { name: string; model: string }[] };
    for (const { name, model } of models) expect([name, model]).toEqual([model, expect.stringMatching(/:\w+$/)]);
    const shown = JSON.parse((await post(`${url}/api/show`, { model: models[0]!.model })).text);
    const architecture = shown.model_info['general.architecture'];
    expect(shown.model_info).toMatchObject({
      'general.basename': expect.any(String),
      [`${architecture}.context_length`]: expect.any(Number),
    });
    expect(shown.capabilities).toContain('tools');
    expect((await post(`${url}/v1/responses`, { model: models[0]!.model, input: 'hi' }, headers)).status).toBe(200);
  });
});

it('a client that shows itself as Google’s gets their list, also under /v1', async () => {
  const { url } = await world('openai-chat');
  for (const path of ['/v1/models', '/v1beta/models']) {
    const { models } = (await (await fetch(url + path, { headers: { 'x-goog-api-key': 'k' } })).json()) as { models: { name: string }[] };
    expect(models.map(({ name }) => name)).toContain('models/up/qwen3-coder');
  }
});
