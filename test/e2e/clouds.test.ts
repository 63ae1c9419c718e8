import { createHash, createHmac, createVerify, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { heardWith } from '../../src/dialects/contract/fixtures.ts';
import { open, post } from '../fake/call.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json, type Script, type Seen, sse } from '../fake/upstream.ts';

/** Providers that want more than a key in a header, over real HTTP against scripted upstreams that check what they get. */

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});

async function upstream(...scripts: Script[]): Promise<FakeUpstream> {
  const up = await FakeUpstream.start(...scripts);
  running.push(up);
  return up;
}

async function gateway(providers: Record<string, unknown>): Promise<Started> {
  const started = await startGateway({ providers });
  running.unshift({ stop: () => started.gateway.close() });
  return started;
}

const ASK = { model: 'up/m', messages: [{ role: 'user', content: 'Hi' }] };
const message = (more: object = {}) => ({ max_tokens: 100, ...ASK, ...more });

const KEYS = { access_key_id: 'AKIDEXAMPLE', secret_access_key: 'secret/key', session_token: 'session' };

/** The signature of a request as the service computes it (reference_sigv-create-signed-request), written apart from the signer in use. */
function signatureOf({ method, url, headers, body }: Seen, signed: string[], scope: string): string {
  const [date, region, service] = scope.split('/') as [string, string, string];
  const path = url.split('?')[0]!.split('/').map(encodeURIComponent).join('/');
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const mac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const lines = signed.map((name) => `${name}:${String(headers[name]).trim()}\n`).join('');
  const canonical = [method, path, '', lines, signed.join(';'), hash(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', String(headers['x-amz-date']), scope, hash(canonical)].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    (before, part) => mac(before, part),
    `AWS4${KEYS.secret_access_key}`,
  );
  return createHmac('sha256', key).update(toSign).digest('hex');
}

/** Whether a request bears a signature that holds for its own bytes. */
function isSigned(seen: Seen): boolean {
  const [, scope, signed, signature] =
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/([^,]+), SignedHeaders=([^,]+), Signature=(\w+)$/.exec(seen.headers.authorization ?? '') ??
    [];
  return signature !== undefined && signature === signatureOf(seen, signed!.split(';'), scope!);
}

const binary =
  (name: string, then: (bytes: Buffer) => Buffer = (bytes) => bytes): Script =>
  (response, seen) => {
    const [, fixture] = heardWith('stream').find(([title]) => title === name)!;
    if (!isSigned(seen)) {
      response
        .writeHead(403, { 'content-type': 'application/json' })
        .end('{"message":"The request signature we calculated does not match"}');
      return;
    }
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' }).end(then(Buffer.from(fixture.stream)));
  };

describe('Converse, signed', () => {
  const provider = (url: string, more: object = {}) => ({
    use: 'amazon-bedrock',
    url,
    region: 'eu-central-1',
    credentials: KEYS,
    models: ['m', 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ...more,
  });

  test('a stream in the client’s own dialect', async () => {
    const up = await upstream(binary('bedrock/tools-parallel'));
    const { url } = await gateway({ up: provider(up.url) });
    const model = 'up/eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
    const { status, text } = await post(`${url}/v1/messages`, message({ model, stream: true }));
    expect(status).toBe(200);
    expect(text).toContain('"type":"message_stop"');
    expect(text.match(/"type":"tool_use"/g)).toHaveLength(2);
    expect(up.seen[0]!.url).toBe('/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream');
    expect(up.seen[0]!.headers).toMatchObject({ 'x-amz-security-token': 'session', 'content-type': 'application/json' });
    expect(JSON.parse(up.seen[0]!.body)).toEqual({
      messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
      inferenceConfig: { maxTokens: 100 },
    });
  });

  test('whole', async () => {
    const [, { whole }] = heardWith('whole').find(([title]) => title === 'bedrock/usage-cached')!;
    const up = await upstream((response, seen) => json(isSigned(seen) ? 200 : 403, whole)(response, seen));
    const { url, records } = await gateway({ up: provider(up.url) });
    const answer = await post(`${url}/v1/chat/completions`, ASK);
    expect(JSON.parse(answer.text)).toMatchObject({ choices: [{ message: { content: 'Hi' } }], usage: { prompt_tokens: 2104 } });
    expect(up.seen[0]!.url).toBe('/model/m/converse');
    expect(records[0]!.usage).toMatchObject({ input: 2104, output: 7, cacheRead: 1800, cacheWrite: 300, cacheWrite1h: 100 });
  });

  test('the wrong secret is the provider’s refusal, not the client’s', async () => {
    const up = await upstream(binary('bedrock/text'));
    const { url } = await gateway({ up: provider(up.url, { credentials: { ...KEYS, secret_access_key: 'other' } }) });
    const { status, text } = await post(`${url}/v1/chat/completions`, ASK);
    expect([status, text]).toEqual([502, expect.stringContaining('check the credentials')]);
  });

  test.each([
    ['an exception inside the stream', 'bedrock/error-before-content', (bytes: Buffer) => bytes, 429],
    ['a stream that is cut off', 'bedrock/text', (bytes: Buffer) => bytes.subarray(0, 200), 502],
    ['a damaged message', 'bedrock/text', (bytes: Buffer) => bytes.fill(7, 20, 30), 502],
  ])('%s before content keeps its status', async (_, name, then, status) => {
    const up = await upstream(binary(name, then));
    const { url } = await gateway({ up: provider(up.url) });
    expect((await post(`${url}/v1/chat/completions`, ASK)).status).toBe(status);
  });

  test('an exception behind content is an error, not an answer', async () => {
    const up = await upstream(binary('bedrock/error-after-content'));
    const { url, records } = await gateway({ up: provider(up.url) });
    const { status, text } = await post(`${url}/v1/messages`, message({ stream: true }));
    expect([status, text]).toEqual([502, expect.stringContaining('"type":"error"')]);
    expect(text).not.toContain('message_stop');
    expect(records[0]!.outcome).toBe('upstream');
  });

  test('the client leaving ends the call', async () => {
    const up = await upstream(
      (response) => void response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' }).flushHeaders(),
    );
    const { url } = await gateway({ up: provider(up.url) });
    const call = open(`${url}/v1/chat/completions`, { ...ASK, stream: true });
    while (!up.seen[0]) await new Promise((again) => setTimeout(again, 5));
    call.leave();
    await up.seen[0].aborted;
  });

  test('a key in place of credentials is a bearer, and nothing is signed', async () => {
    const [, { whole }] = heardWith('whole').find(([title]) => title === 'bedrock/text')!;
    const up = await upstream(json(200, whole));
    const { url } = await gateway({ up: provider(up.url, { credentials: undefined, key: 'bedrock-key' }) });
    await post(`${url}/v1/chat/completions`, ASK);
    expect(up.seen[0]!.headers).toMatchObject({ authorization: 'Bearer bedrock-key' });
    expect(up.seen[0]!.headers).not.toHaveProperty('x-amz-date');
  });
});

describe('an account in place of a key', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const file = (token_uri: string, more: object = {}) => {
    const path = join(mkdtempSync(join(tmpdir(), 'account-')), 'account.json');
    const private_key = privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(path, JSON.stringify({ client_email: 'a@p.iam', private_key_id: 'k1', private_key, token_uri, ...more }));
    return path;
  };
  /** Sells tokens to whoever shows an assertion that holds. */
  const token: Script = (response, seen) => {
    const form = new URLSearchParams(seen.body);
    const [head, claims, signature] = (form.get('assertion') ?? '').split('.') as [string, string, string];
    const holds = createVerify('RSA-SHA256')
      .update(`${head}.${claims}`)
      .verify(publicKey, signature ?? '', 'base64url');
    const { iss, exp, iat } = JSON.parse(Buffer.from(claims ?? 'e30', 'base64url').toString()) as { iss: string; exp: number; iat: number };
    const isFine =
      holds && iss === 'a@p.iam' && exp - iat === 3600 && form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    json(isFine ? 200 : 400, isFine ? { access_token: 'ya29.t', expires_in: 3599 } : { error: 'invalid_grant' })(response, seen);
  };
  const place = '/v1/projects/p/locations/europe-west1/publishers';
  const provider = (use: string, url: string, tokens: string, more: object = {}) => ({
    use,
    url,
    project: 'p',
    region: 'europe-west1',
    credentials: { file: file(`${tokens}/token`) },
    models: ['m', 'claude-sonnet-4-5@20250929'],
    ...more,
  });

  test('Claude: the model moves into the path, in relays and translations; one token serves many calls', async () => {
    const whole = heardWith('whole').find(([title]) => title === 'anthropic/text')![1].whole;
    const stream = heardWith('stream').find(([title]) => title === 'anthropic/text')![1].stream;
    const [tokens, up] = [await upstream(token), await upstream(json(200, whole), sse([Buffer.from(stream).toString()]), json(200, whole))];
    const { url } = await gateway({ up: provider('vertex-anthropic', `${up.url}${place}/anthropic`, tokens.url) });
    const model = 'up/claude-sonnet-4-5@20250929';
    const answers = await Promise.all([post(`${url}/v1/messages?beta=true`, message({ model }), { 'anthropic-beta': 'b1' })]);
    answers.push(
      await post(`${url}/v1/messages`, message({ model, stream: true, messages: [{ role: 'user', content: 'x'.repeat(40_000) }] })),
    );
    answers.push(await post(`${url}/v1/chat/completions`, { ...ASK, model }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const at = `${place}/anthropic/models/claude-sonnet-4-5%4020250929`;
    expect(up.seen.map((seen) => seen.url)).toEqual([`${at}:rawPredict`, `${at}:streamRawPredict`, `${at}:rawPredict`]);
    for (const { body, headers } of up.seen) {
      expect(headers.authorization).toBe('Bearer ya29.t');
      expect(headers).not.toHaveProperty('x-api-key');
      expect(JSON.parse(body)).toMatchObject({ anthropic_version: 'vertex-2023-10-16', messages: [{ role: 'user' }] });
      expect(JSON.parse(body)).not.toHaveProperty('model');
    }
    expect(up.seen[0]!.headers).toMatchObject({ 'anthropic-beta': 'b1' });
    expect(tokens.seen).toHaveLength(1);
  });

  test('Gemini: the publisher’s models', async () => {
    const whole = heardWith('whole').find(([title]) => title === 'gemini/text')![1].whole;
    const [tokens, up] = [await upstream(token), await upstream(json(200, whole))];
    const { url } = await gateway({ up: provider('vertex', `${up.url}${place}/google`, tokens.url) });
    expect((await post(`${url}/v1/chat/completions`, ASK)).status).toBe(200);
    expect(
      (await post(`${url}/v1beta/models/up/m:generateContent`, { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] })).status,
    ).toBe(200);
    expect(up.seen.map((seen) => seen.url)).toEqual(Array(2).fill(`${place}/google/models/m:generateContent`));
    expect(up.seen.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill('Bearer ya29.t'));
  });

  test('no token, no call: the error names the setting', async () => {
    const [tokens, up] = [
      await upstream(json(400, { error: 'invalid_grant', error_description: 'Invalid JWT' })),
      await upstream(json(200, {})),
    ];
    const { url } = await gateway({ up: provider('vertex', `${up.url}${place}/google`, tokens.url) });
    const { status, text } = await post(`${url}/v1/chat/completions`, ASK);
    expect([status, text]).toEqual([502, expect.stringMatching(/invalid_grant: Invalid JWT.*check credentials\.file/)]);
    expect(up.seen).toHaveLength(0);
  });

  test.each([
    ['no file', '/nowhere/account.json', /cannot be read \(ENOENT\)/],
    ['no key in it', file('http://127.0.0.1:9', { private_key: undefined }), /is no service account's key/],
    ['a key that is none', file('http://127.0.0.1:9', { private_key: 'none' }), /private_key that is none/],
  ])('%s', async (_, path, said) => {
    const { url, gateway: started } = await gateway({ up: provider('vertex', 'http://127.0.0.1:9', '', { credentials: { file: path } }) });
    expect((await post(`${url}/v1/chat/completions`, ASK)).text).toMatch(said);
    expect(started.registry.states()[0]!.reason).toMatch(said);
  });
});

describe('Azure', () => {
  const refusal = {
    error: {
      message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
      type: null,
      param: 'prompt',
      code: 'content_filter',
      status: 400,
      innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: { jailbreak: { filtered: true, detected: true } } },
    },
  };

  test.each([
    ['the versioned surface', '/openai/v1', '/openai/v1/chat/completions'],
    ['a deployment', '/openai/deployments/d?api-version=2024-10-21', '/openai/deployments/d/chat/completions?api-version=2024-10-21'],
  ])('%s, by its own header', async (_, base, path) => {
    const up = await upstream(json(200, chat.whole('Hello')));
    const { url } = await gateway({ up: { use: 'azure-openai', url: up.url + base, key: 'azure-key', models: ['m'] } });
    for (const door of ['/v1/chat/completions', '/v1/messages']) expect((await post(url + door, message())).status).toBe(200);
    for (const seen of up.seen) {
      expect(seen.url).toBe(path);
      expect(seen.headers).toMatchObject({ 'api-key': 'azure-key' });
      expect(seen.headers).not.toHaveProperty('authorization');
    }
  });

  test('a filtered prompt is a filter’s refusal in every dialect', async () => {
    const up = await upstream(json(400, refusal));
    const { url, records } = await gateway({ up: { use: 'azure-openai', url: up.url, key: 'k', models: ['m'] } });
    for (const door of ['/v1/chat/completions', '/v1/messages', '/v1/responses'])
      expect((await post(url + door, { ...message(), input: 'Hi' })).status).toBe(400);
    expect(records.map(({ outcome }) => outcome)).toEqual(['filter', 'filter', 'filter']);
  });

  test('frames about the filter alone begin no answer', async () => {
    const filter = `data: ${JSON.stringify({ id: '', object: '', model: '', choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] })}\n\n`;
    const up = await upstream(sse([filter, chat.start(), chat.text('Hello'), chat.stop(), chat.done]));
    const { url } = await gateway({ up: { use: 'azure-openai', url: up.url, key: 'k', models: ['m'] } });
    const { text } = await post(`${url}/v1/messages`, message({ stream: true }));
    expect(text).toContain('"text":"Hello"');
    expect(text).toContain('message_stop');
  });
});
