import OpenAI from 'openai';
import type { ResponseInputItem } from 'openai/resources/responses/responses';
import { afterEach, describe, expect, it } from 'vitest';
import { hashKey } from '../../src/accounts/directory.ts';
import { dialects } from '../../src/dialects/index.ts';
import { textOf } from '../../src/protocol/block.ts';
import type { Dialect } from '../../src/protocol/dialect.ts';
import { fold } from '../../src/protocol/fold.ts';
import type { Part } from '../../src/protocol/part.ts';
import type { Prompt } from '../../src/protocol/prompt.ts';
import { post } from '../fake/call.ts';
import { startGateway } from '../fake/start.ts';
import { FakeUpstream, type Seen } from '../fake/upstream.ts';

/** State of /v1/responses, with the official SDK in front and a server of every dialect behind. */

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

/** What a prompt says, turn by turn: `user:hi assistant:yes`. Turns of one speaker are one, calls and results stand as their ids. */
function told({ turns }: Prompt): string {
  const said: string[] = [];
  let speaker = '';
  for (const { role, blocks } of turns) {
    for (const block of blocks) {
      const what = block.kind === 'tool-call' ? `(${block.name})` : block.kind === 'tool-result' ? `[${textOf(block.content)}]` : undefined;
      const text = what ?? (block.kind === 'text' ? block.text : '');
      if (!text) continue;
      if (role === speaker) said.push(`${said.pop()}+${text}`);
      else said.push(`${role}:${text}`);
      speaker = role;
    }
  }
  return said.join(' ');
}

/** A server of a dialect that says what it was told, or calls a tool when it is told to. */
class Server {
  readonly upstream: FakeUpstream;
  readonly dialect: Dialect;
  readonly bodies: string[] = [];

  private constructor(upstream: FakeUpstream, dialect: Dialect) {
    this.upstream = upstream;
    this.dialect = dialect;
  }

  static async start(dialect: Dialect): Promise<Server> {
    const upstream = await FakeUpstream.start();
    const server = new Server(upstream, dialect);
    upstream.scripts = [(response, seen) => server.#answer(seen, response)];
    return server;
  }

  #answer({ url, body, headers }: Seen, response: import('node:http').ServerResponse): void {
    this.bodies.push(body);
    const { pathname, searchParams } = new URL(url, 'http://x');
    const prompt = this.dialect.accept({ path: pathname, query: searchParams, headers, body: JSON.parse(body) });
    const text = told(prompt);
    const calls = /call(\d)$/.exec(text)?.[1];
    const start = calls ? ({ kind: 'tool-call', id: `call_${calls}`, name: 'look', input: 'json' } as const) : ({ kind: 'text' } as const);
    const parts: Part[] = [
      { type: 'start', id: 'upstream-id', model: 'fake' },
      { type: 'block-start', index: 0, block: start },
      { type: 'block-delta', index: 0, text: calls ? '{"at":1}' : `<${text}>` },
      { type: 'block-end', index: 0 },
      { type: 'usage', usage: { input: 3, output: 2 } },
      { type: 'finish', reason: calls ? 'tool-calls' : 'stop' },
    ];
    const answering = this.dialect.answer(prompt, { id: 'upstream', at: 1 });
    if (!prompt.stream) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answering.whole(fold(parts))));
      return;
    }
    const type = answering.contentType ?? (this.dialect.framing === 'sse' ? 'text/event-stream' : 'application/x-ndjson');
    response.writeHead(200, { 'content-type': type });
    response.end(parts.map((part) => answering.part(part)).join('') + answering.end());
  }
}

const TOOLS = [
  { type: 'function' as const, name: 'look', parameters: { type: 'object', properties: { at: { type: 'number' } } }, strict: false },
];

async function world(dialect: Dialect, settings: Record<string, unknown> = {}) {
  const server = await Server.start(dialect);
  const { url } = server.upstream;
  const started = await startGateway({
    providers: { up: { dialect: dialect.name, url, zone: 'own', models: ['fake'] } },
    ...settings,
  });
  running.push({ stop: () => started.gateway.close() }, server.upstream);
  const client = (apiKey = 'none') => new OpenAI({ baseURL: `${started.url}/v1`, apiKey, maxRetries: 0 });
  return { ...started, server, client };
}

describe.each(dialects.map((dialect) => [dialect.name, dialect] as const))('over %s', (_, dialect) => {
  it('an answer is continued by its id, streamed and whole, and only the new is sent by the client', async () => {
    const { client, server } = await world(dialect);
    const { responses } = client();
    const first = await responses.create({ model: 'up/fake', input: 'one', instructions: 'only once' });
    expect(first.id).toMatch(/^resp_[0-9a-f]{32}$/);
    expect(first).toMatchObject({ store: true, output_text: '<system:only once user:one>' });
    const stream = responses.stream({ model: 'up/fake', input: 'two', previous_response_id: first.id });
    const second = await stream.finalResponse();
    expect(second.previous_response_id).toBe(first.id);
    expect(second.output_text).toBe('<user:one assistant:<system:only once user:one> user:two>');
    const third = await responses.create({
      model: 'up/fake',
      input: [{ role: 'user', content: 'three' }],
      previous_response_id: second.id,
    });
    expect(third.output_text).toBe(`<user:one assistant:${first.output_text} user:two assistant:${second.output_text} user:three>`);
    // A branch from the first answer knows nothing of the second.
    const branch = await responses.create({ model: 'up/fake', input: 'other', previous_response_id: first.id });
    expect(branch.output_text).toBe(`<user:one assistant:${first.output_text} user:other>`);
    for (const body of server.bodies) {
      expect(body).not.toContain('previous_response_id');
      for (const { id } of [first, second, third]) expect(body).not.toContain(id.slice('resp_'.length));
    }
  });

  it('a tool’s output alone continues the answer that called it', async () => {
    const { client } = await world(dialect);
    const { responses } = client();
    for (const stream of [true, false]) {
      const request = { model: 'up/fake', input: 'call7', tools: TOOLS };
      const asked = stream ? await responses.stream(request).finalResponse() : await responses.create(request);
      const [call] = asked.output;
      expect(call).toMatchObject({ type: 'function_call', name: 'look', arguments: '{"at":1}' });
      const call_id = call?.type === 'function_call' ? call.call_id : '';
      const input: ResponseInputItem[] = [{ type: 'function_call_output', call_id, output: 'seen' }];
      const done = await responses.create({ model: 'up/fake', input, tools: TOOLS, previous_response_id: asked.id });
      expect(done.output_text).toBe('<user:call7 assistant:(look) user:[seen]>');
    }
  });

  it('an answer can be read, its input listed, and deleted for good', async () => {
    const { client } = await world(dialect);
    const { responses } = client();
    const first = await responses.create({ model: 'up/fake', input: 'one' });
    const second = await responses.create({ model: 'up/fake', input: 'two', previous_response_id: first.id, metadata: { a: 'b' } });
    const { output_text: _, ...shown } = second;
    expect(await responses.retrieve(second.id)).toMatchObject(shown);
    const items = await responses.inputItems.list(second.id, { order: 'asc' });
    expect(items.data.map((item) => ('content' in item ? JSON.stringify(item.content) : ''))).toEqual([
      expect.stringContaining('"one"'),
      expect.stringContaining('<user:one>'),
      expect.stringContaining('"two"'),
    ]);
    expect(new Set(items.data.map(({ id }) => id)).size).toBe(3);
    const paged: unknown[] = [];
    for await (const item of responses.inputItems.list(second.id, { limit: 1 })) paged.push(item);
    expect(paged).toEqual(items.data.toReversed());
    await responses.delete(first.id);
    await expect(responses.retrieve(first.id)).rejects.toMatchObject({ status: 404 });
    const third = await responses.create({ model: 'up/fake', input: 'three', previous_response_id: second.id });
    expect(third.output_text).toContain('user:one');
    await expect(responses.create({ model: 'up/fake', input: 'x', previous_response_id: first.id })).rejects.toMatchObject({
      status: 400,
      code: 'previous_response_not_found',
      param: 'previous_response_id',
    });
  });

  it('an item named by its id is sent as it was said', async () => {
    const { client } = await world(dialect);
    const { responses } = client();
    const first = await responses.create({ model: 'up/fake', input: 'one' });
    const input = [
      { role: 'user', content: 'one' },
      { type: 'item_reference', id: first.output[0]?.id ?? '' },
      { role: 'user', content: 'two' },
    ] as ResponseInputItem[];
    const second = await responses.create({ model: 'up/fake', input });
    expect(second.output_text).toBe('<user:one assistant:<user:one> user:two>');
    input[1] = { type: 'item_reference', id: 'msg_unknown' };
    for (const store of [true, false])
      await expect(responses.create({ model: 'up/fake', input, store })).rejects.toMatchObject({ status: 400, param: 'input[1].id' });
  });
});

describe('relayed to a provider of this dialect', () => {
  const responses = dialects.find(({ memory }) => memory) as Dialect;
  const reply =
    '{"id":"resp_theirs", "object":"response","status":"completed","output":[],"usage":{"input_tokens":1,"output_tokens":1},"n":12345678901234567890}';

  it('what is not to be kept goes as it came, both ways', async () => {
    const { url, server } = await world(responses);
    const bodies: string[] = [];
    server.upstream.scripts = [
      (response, seen) => {
        bodies.push(seen.body);
        response.writeHead(200, { 'content-type': 'application/json' }).end(reply);
      },
    ];
    const input = 'x'.repeat(20_000);
    const body = `{ "store" : false,"n":1.50, "model":"up/fake","input":"${input}" }`;
    expect((await post(`${url}/v1/responses`, body)).text).toBe(reply);
    expect(bodies[0]).toBe(body.replace('up/fake', 'fake'));
    const kept = await post(`${url}/v1/responses`, body.replace('false', 'true'));
    expect(kept.text).toMatch(/^\{"id":"resp_[0-9a-f]{32}",.*"n":12345678901234567890/);
    expect(JSON.parse(bodies[1] ?? '')).toMatchObject({ store: false, n: 1.5 });
  });

  it('a provider that fails in the middle leaves nothing to continue', async () => {
    const { url, server } = await world(responses);
    const created = 'event: response.created\ndata: {"type":"response.created","response":{"id":"resp_theirs"}}\n\n';
    const delta = 'data: {"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"half"}\n\n';
    server.upstream.scripts = [(response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(created + delta)];
    const { text, complete } = await post(`${url}/v1/responses`, { model: 'up/fake', input: 'hi', stream: true });
    expect(text).toContain('half');
    expect(complete).toBe(false);
    expect(text).not.toContain('resp_theirs');
    const id = /resp_[0-9a-f]{32}/.exec(text)?.[0];
    expect((await fetch(`${url}/v1/responses/${id}`)).status).toBe(404);
  });
});

describe('who may see what', () => {
  const [dialect] = dialects as [Dialect];

  it('another key’s answer is not there, in the very words of an unknown one', async () => {
    const keys = { mine: `sha256:${hashKey('key-mine')}`, yours: `sha256:${hashKey('key-yours')}` };
    const { client, url } = await world(dialect, { keys });
    const first = await client('key-mine').responses.create({ model: 'up/fake', input: 'secret' });
    const unknown = `resp_${'0'.repeat(32)}`;
    for (const path of ['', '/input_items']) {
      const ask = async (id: string) => {
        const answer = await fetch(`${url}/v1/responses/${id}${path}`, { headers: { authorization: 'Bearer key-yours' } });
        return [answer.status, (await answer.text()).replaceAll(id, 'ID')];
      };
      expect(await ask(first.id)).toEqual(await ask(unknown));
      expect((await ask(first.id))[0]).toBe(404);
    }
    const yours = client('key-yours').responses;
    await expect(yours.delete(first.id)).rejects.toMatchObject({ status: 404 });
    await expect(yours.create({ model: 'up/fake', input: 'x', previous_response_id: first.id })).rejects.toMatchObject({ status: 400 });
    await expect(client('wrong').responses.retrieve(first.id)).rejects.toMatchObject({ status: 401 });
    expect((await client('key-mine').responses.retrieve(first.id)).id).toBe(first.id);
  });

  it('what the client does not want kept is not kept, and nothing is where the configuration says so', async () => {
    const { client } = await world(dialect);
    const unkept = await client().responses.create({ model: 'up/fake', input: 'one', store: false });
    expect(unkept).toMatchObject({ store: false });
    await expect(client().responses.retrieve(unkept.id)).rejects.toMatchObject({ status: 404 });
    const none = await world(dialect, { responses: { keep_hours: 0 } });
    const lost = await none.client().responses.create({ model: 'up/fake', input: 'one' });
    expect(lost).toMatchObject({ store: false });
    await expect(none.client().responses.retrieve(lost.id)).rejects.toMatchObject({ status: 404 });
  });

  it('what cannot be done is refused by its name', async () => {
    const { url, client } = await world(dialect);
    const { id } = await client().responses.create({ model: 'up/fake', input: 'one' });
    for (const [field, value] of [
      ['conversation', 'conv_1'],
      ['background', true],
      ['previous_response_id', 7],
    ] as const) {
      const { status, text } = await post(`${url}/v1/responses`, { model: 'up/fake', input: 'x', [field]: value });
      expect([status, JSON.parse(text).error.param]).toEqual([400, field]);
    }
    expect((await post(`${url}/v1/responses/${id}/cancel`, '')).status).toBe(400);
    expect((await post(`${url}/v1/responses/resp_x/cancel`, '')).status).toBe(404);
    const replay = await fetch(`${url}/v1/responses/${id}?stream=true`);
    expect([replay.status, await replay.json()]).toMatchObject([400, { error: { param: 'stream' } }]);
    const put = await fetch(`${url}/v1/responses/${id}`, { method: 'PUT' });
    expect(put.status).toBe(405);
  });
});
