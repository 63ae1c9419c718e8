import Anthropic from '@anthropic-ai/sdk';
import { ApiError, type GenerateContentResponse, GoogleGenAI } from '@google/genai';
import { type ChatResponse, Ollama } from 'ollama';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, upstreamFixtures as fixtures } from '../../src/dialects/contract/fixtures.ts';
import { hearStream, hearWhole, replyOf } from '../../src/dialects/contract/run.ts';
import { upstreamDialects } from '../../src/dialects/index.ts';
import { textOf } from '../../src/protocol/block.ts';
import type { UpstreamDialect } from '../../src/protocol/dialect.ts';
import { fold } from '../../src/protocol/fold.ts';
import type { Reply } from '../../src/protocol/reply.ts';
import { wireName } from '../../src/protocol/tools.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { FakeUpstream, json, type Script } from '../fake/upstream.ts';

/**
 * The official SDKs against a real server, with recorded answers of every upstream dialect behind it:
 * part (e) of the dialect contract. A new dialect or fixture needs no test code.
 */

/** What a client made of an answer. */
interface Read {
  text: string;
  calls: { name: string; namespace?: string; arguments: unknown }[];
}

type Ask = (url: string, model: string, stream: boolean) => Promise<Read>;

const chat: Ask = async (url, model, stream) => {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
  const request = { model, messages: [{ role: 'user' as const, content: 'hi' }] };
  const done = stream
    ? await client.chat.completions.stream({ ...request, stream: true }).finalChatCompletion()
    : await client.chat.completions.create(request);
  const { message } = done.choices[0]!;
  const calls = (message.tool_calls ?? []).map((call) =>
    call.type === 'function'
      ? { name: call.function.name, arguments: parsed(call.function.arguments) }
      : { name: call.custom.name, arguments: call.custom.input },
  );
  return { text: (message.content ?? '') + (message.refusal ?? ''), calls };
};

const responses: Ask = async (url, model, stream) => {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
  const request = { model, input: 'hi' };
  const done = stream ? await client.responses.stream(request).finalResponse() : await client.responses.create(request);
  if (done.status !== 'completed' && done.status !== 'incomplete') throw new Error(`the response is ${done.status}`);
  const read: Read = { text: '', calls: [] };
  for (const item of done.output) {
    if (item.type === 'function_call') read.calls.push({ name: item.name, arguments: parsed(item.arguments) });
    if (item.type === 'custom_tool_call') read.calls.push({ name: item.name, arguments: item.input });
    if (item.type === 'message') for (const part of item.content) read.text += part.type === 'output_text' ? part.text : part.refusal;
  }
  return read;
};

const messages: Ask = async (url, model, stream) => {
  const client = new Anthropic({ baseURL: url, apiKey: 'none', maxRetries: 0 });
  const request = { model, max_tokens: 100, messages: [{ role: 'user' as const, content: 'hi' }] };
  const done = stream ? await client.messages.stream(request).finalMessage() : await client.messages.create(request);
  const read: Read = { text: '', calls: [] };
  for (const block of done.content) {
    if (block.type === 'text') read.text += block.text;
    if (block.type === 'tool_use') read.calls.push({ name: block.name, arguments: block.input });
  }
  return read;
};

const native: Ask = async (url, model, stream) => {
  const client = new Ollama({ host: url });
  const request = { model, messages: [{ role: 'user', content: 'hi' }] };
  const read: Read = { text: '', calls: [] };
  const add = ({ message }: ChatResponse) => {
    read.text += message.content;
    for (const call of message.tool_calls ?? []) read.calls.push({ name: call.function.name, arguments: call.function.arguments });
  };
  if (stream) for await (const line of await client.chat({ ...request, stream: true })) add(line);
  else add(await client.chat({ ...request, stream: false }));
  return read;
};

const generate: Ask = async (url, model, stream) => {
  const { models } = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: url, retryOptions: { attempts: 1 } } });
  const request = { model, contents: 'hi' };
  const read: Read = { text: '', calls: [] };
  const add = ({ candidates }: GenerateContentResponse) => {
    for (const part of candidates?.[0]?.content?.parts ?? []) {
      if (part.functionCall) read.calls.push({ name: part.functionCall.name ?? '', arguments: part.functionCall.args });
      else if (!part.thought) read.text += part.text ?? '';
    }
  };
  if (stream) for await (const chunk of await models.generateContentStream(request)) add(chunk);
  else add(await models.generateContent(request));
  return read;
};

const DOORS: Record<string, Ask> = {
  'openai-chat': chat,
  'openai-responses': responses,
  anthropic: messages,
  ollama: native,
  gemini: generate,
};

/** What each SDK throws for an answer with an error's status. */
const openaiError = (error: unknown) => error instanceof OpenAI.APIError && Number(error.status) >= 400;
const THROWN: Record<string, (error: unknown) => boolean> = {
  'openai-chat': openaiError,
  'openai-responses': openaiError,
  anthropic: (error) => error instanceof Anthropic.APIError && Number(error.status) >= 400,
  gemini: (error) => error instanceof ApiError && error.status >= 400,
  // Its class is not exported.
  ollama: (error) => error instanceof Error && error.name === 'ResponseError' && Number(Reflect.get(error, 'status_code')) >= 400,
};
const CONTENT_TYPES = {
  eventstream: 'application/vnd.amazon.eventstream',
  sse: 'text/event-stream',
  ndjson: 'application/x-ndjson',
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

type Heard = Fixture<UpstreamDialect>;
const parts = (fixture: Heard, stream: boolean) =>
  stream ? hearStream(fixture.dialect, fixture.stream!) : hearWhole(fixture.dialect, fixture.whole);

/** The answer as its own dialect hears it, before Freehold puts it in sequence. */
const heard = (fixture: Heard, stream: boolean): Reply => fold(parts(fixture, stream));

function settled(asking: Promise<Read>): Promise<{ read: Read } | { failed: true }> {
  return asking.then(
    (read) => ({ read }),
    () => ({ failed: true }),
  );
}

function expected(reply: Reply): Read {
  const calls = reply.blocks.flatMap((block) =>
    block.kind === 'tool-call'
      ? [
          {
            name: block.name,
            namespace: block.namespace,
            arguments: block.input === 'text' ? block.arguments : parsed(block.arguments || '{}'),
          },
        ]
      : [],
  );
  return { text: textOf(reply.blocks), calls };
}

let up: FakeUpstream;
let started: Started;
let script: Script;
beforeAll(async () => {
  up = await FakeUpstream.start((response, seen) => script(response, seen));
  const provider = (dialect: string) => ({ dialect, url: up.url, zone: 'own', models: ['fake'] });
  const providers = Object.fromEntries(upstreamDialects.map(({ name }) => [name, provider(name)]));
  // Each answer stands alone: none is asked for again, and nobody is left alone for the failures of another test.
  started = await startGateway({ providers, resilience: { retries: 0, breaker_longest_seconds: 0 } });
});
afterAll(async () => {
  await started.gateway.close();
  await up.stop();
});

describe.each(Object.keys(DOORS))('the SDK of %s', (door) => {
  const ask = DOORS[door]!;
  const cases = fixtures.flatMap((fixture) => [
    ...(fixture.stream ? [[`${fixture.dialect.name}/${fixture.name}`, true, fixture] as const] : []),
    ...(fixture.whole !== undefined ? [[`${fixture.dialect.name}/${fixture.name}`, false, fixture] as const] : []),
  ]);

  it.each(cases)('reads %s, streamed: %s', async (_, stream, fixture) => {
    script = stream
      ? (response) => void response.writeHead(200, { 'content-type': CONTENT_TYPES[fixture.dialect.framing] }).end(fixture.stream)
      : json(200, fixture.whole);
    const model = `${fixture.dialect.name}/fake`;
    if (door === fixture.dialect.name) {
      // Relayed bytes mean through Freehold what they mean without it. Only failures may be told earlier and better.
      const direct = await settled(ask(up.url, 'fake', stream));
      const through = await settled(ask(started.url, model, stream));
      if ('read' in through) expect(through).toEqual(direct);
      else if ('read' in direct) expect(heard(fixture, stream).error).toBeDefined();
      return;
    }
    const reply = replyOf(parts(fixture, stream));
    if (reply.error) {
      await expect(ask(started.url, model, stream)).rejects.toThrow();
      return;
    }
    const read = await ask(started.url, model, stream);
    const want = expected(reply);
    // Text tools travel as functions with one string in dialects without them, and nothing was declared here to map them back.
    // A namespaced call without its declaration comes by either of its names. One that was cut has no place where arguments are objects.
    const whole = want.calls.filter((call) => typeof call.arguments === 'object');
    const names = [want.calls.map((call) => call.name), want.calls.map(wireName), whole.map(wireName)];
    expect(names).toContainEqual(read.calls.map((call) => call.name));
    expect(read.text).toBe(want.text);
  });

  it.each(fixtures.filter((fixture) => fixture.error).map((fixture) => [`${fixture.dialect.name}/${fixture.name}`, fixture] as const))(
    'gets %s as an error of its own kind',
    async (_, fixture) => {
      const { status, headers, body } = fixture.error!;
      script = json(status, body, headers);
      const failure = await ask(started.url, `${fixture.dialect.name}/fake`, true).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure).toSatisfy(THROWN[door]!);
    },
  );
});
