import { afterEach, expect, it } from 'vitest';
import { post } from '../fake/call.ts';
import { startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, sse } from '../fake/upstream.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

const TASK = 'Write a function that sorts the lines of a file in src/lines.ts, and test it.';
const FAILED = 'Tests  1 failed | 2 passed';
const schema = { type: 'object', properties: { x: { type: 'string' } } };

/** An agent's second request: it changed a file, ran the tests, and they failed. As each protocol has it. */
const SESSIONS: Record<string, (steps: [string, string, string][]) => object> = {
  '/v1/messages': (steps) => ({
    max_tokens: 100,
    tools: [{ name: 'Edit', input_schema: schema }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: TASK }] },
      ...steps.flatMap(([id, name, result]) => [
        { role: 'assistant', content: [{ type: 'tool_use', id, name, input: { x: 'npm test' } }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: [{ type: 'text', text: result }] }] },
      ]),
    ],
  }),
  '/v1/responses': (steps) => ({
    store: false,
    tools: [{ type: 'function', name: 'Edit', parameters: schema, strict: false }],
    input: [
      { role: 'user', content: [{ type: 'input_text', text: TASK }] },
      ...steps.flatMap(([id, name, output]) => [
        { type: 'function_call', call_id: id, name, arguments: '{"x":"npm test"}' },
        { type: 'function_call_output', call_id: id, output },
      ]),
    ],
  }),
  '/v1beta/models/auto:streamGenerateContent': (steps) => ({
    tools: [{ functionDeclarations: [{ name: 'Edit', parametersJsonSchema: schema }] }],
    contents: [
      { role: 'user', parts: [{ text: TASK }] },
      ...steps.flatMap(([id, name, output]) => [
        { role: 'model', parts: [{ functionCall: { id, name, args: { x: 'npm test' } } }] },
        { role: 'user', parts: [{ functionResponse: { id, name, response: { output } } }] },
      ]),
    ],
  }),
};

it.each(Object.keys(SESSIONS))('a session over %s stays, and moves up when its tests fail', async (door) => {
  const answer = sse([chat.start(), chat.text('Done.'), chat.stop(), chat.done]);
  const [own, far] = await Promise.all([FakeUpstream.start(answer), FakeUpstream.start(answer)]);
  const provider = (url: string, zone: string, model: string) => ({ dialect: 'openai-chat', url, zone, models: [model] });
  const { gateway, url } = await startGateway({
    providers: { own: provider(own.url, 'own', 'qwen3-coder:30b'), far: provider(far.url, 'vendor', 'claude-opus-4-5') },
    routing: { mode: 'own-first' },
  });
  stops.push(
    () => gateway.close(),
    () => own.stop(),
    () => far.stop(),
  );
  const ask = async (steps: [string, string, string][]) => {
    const body = door.startsWith('/v1beta') ? SESSIONS[door]!(steps) : { model: 'auto', stream: true, ...SESSIONS[door]!(steps) };
    const { status, headers } = await post(`${url}${door}${door.startsWith('/v1beta') ? '?alt=sse' : ''}`, body);
    return [status, headers['x-freehold-provider']];
  };
  const edit: [string, string, string] = ['c1', 'Edit', 'The file was written.'];
  expect(await ask([])).toEqual([200, 'own']);
  expect(await ask([edit])).toEqual([200, 'own']);
  expect(await ask([edit, ['c2', 'Bash', FAILED]])).toEqual([200, 'far']);
});
