import { createHash } from 'node:crypto';
import Anthropic from '@anthropic-ai/sdk';
import { afterEach, describe, expect, it } from 'vitest';
import { post } from '../fake/call.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { FakeUpstream, json, type Script } from '../fake/upstream.ts';

/** The doors beside the conversations, with the official SDKs against a real server. */

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function world(dialect: string, script: Script, more: object = {}): Promise<Started & { up: FakeUpstream }> {
  const up = await FakeUpstream.start(script);
  const started = await startGateway({ providers: { up: { dialect, url: up.url, zone: 'own', models: ['fake'] } }, ...more });
  stops.push(
    () => started.gateway.close(),
    () => up.stop(),
  );
  return { ...started, up };
}

describe('token counts', () => {
  const request = { model: 'up/fake', messages: [{ role: 'user' as const, content: 'How many tokens are these?' }] };
  const nobody = json(500, {});

  it('are estimated for any model, 34 at once, and nobody is asked', async () => {
    const { url, up } = await world('openai-chat', nobody);
    const client = new Anthropic({ baseURL: url, apiKey: 'none', maxRetries: 0 });
    const { input_tokens } = await client.messages.countTokens(request);
    expect(input_tokens).toBeGreaterThan(6);
    expect(input_tokens).toBeLessThan(30);
    const burst = await Promise.all(
      Array.from({ length: 34 }, () => client.beta.messages.countTokens({ ...request, model: 'unheard-of' })),
    );
    expect(burst).toEqual(burst.map(() => ({ input_tokens, estimated: true })));
    expect(up.seen).toEqual([]);
  });

  it('need the key where one is set, and say what is wrong in the caller’s shape', async () => {
    const key = 'fh-test-key-123';
    const { url } = await world('openai-chat', nobody, {
      keys: { alice: `sha256:${createHash('sha256').update(key).digest('hex')}` },
    });
    const path = `${url}/v1/messages/count_tokens`;
    expect((await post(path, request)).status).toBe(401);
    expect((await post(path, request, { 'x-api-key': key })).status).toBe(200);
    const broken = await post(path, { model: 'm', messages: 'hi' }, { 'x-api-key': key });
    expect([broken.status, JSON.parse(broken.text)]).toEqual([
      400,
      expect.objectContaining({
        type: 'error',
        error: { type: 'invalid_request_error', message: expect.stringContaining('messages') },
      }),
    ]);
  });
});
