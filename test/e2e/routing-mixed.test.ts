import { afterAll, beforeAll, expect, it } from 'vitest';
import { runs } from '../../src/cli/fixtures/shell.ts';
import { randomModel, TOOL_TEMPLATE } from '../../src/engines/fixtures/models.ts';
import { type Answer, post } from '../fake/call.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json } from '../fake/upstream.ts';

/**
 * A real mixed stack: the embedded engine as our own model, in its own process, and a scripted frontier. The session is an agent's, as its
 * tool sends it: the same conversation, longer at each step.
 */
let started: Started;
let frontier: FakeUpstream;

beforeAll(async () => {
  frontier = await FakeUpstream.start(json(200, chat.whole('It needs another comparison.')));
  const model = randomModel('coder-3b', { chatTemplate: TOOL_TEMPLATE, contextTokens: 4096 });
  started = await startGateway({
    engines: { home: { model, parallel: 1, threads: 2 } },
    providers: {
      far: {
        dialect: 'openai-chat',
        url: frontier.url,
        zone: 'vendor',
        models: { 'claude-opus-4-5': { price: { input: 5, output: 25 } } },
      },
    },
    routing: { mode: 'own-first' },
  });
  while (started.gateway.registry.states().some(({ name, models }) => name === 'home' && models === 0))
    await new Promise((go) => setTimeout(go, 50));
});
afterAll(async () => {
  await started?.gateway.close();
  await frontier?.stop();
});

const TOOLS = ['Edit', 'Bash'].map((name) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: { x: { type: 'string' } } } },
}));
let calls = 0;
function step(name: string, x: string, content: string): object[] {
  const id = `call_${++calls}`;
  return [
    { role: 'assistant', content: null, tool_calls: [{ id, type: 'function', function: { name, arguments: JSON.stringify({ x }) } }] },
    { role: 'tool', tool_call_id: id, content },
  ];
}
const ask = (messages: object[]) =>
  post(`${started.url}/v1/chat/completions`, { model: 'auto', max_tokens: 16, tool_choice: 'none', tools: TOOLS, messages });
const seen = ({ status, headers }: Answer) => [status, headers['x-freehold-provider'], headers['x-freehold-zone']];

it('an agent’s session stays on the engine, moves up when its tests fail, and explain says why', async () => {
  const session: object[] = [{ role: 'user', content: 'Write a function that sorts the lines of a file in src/lines.ts, and test it.' }];
  expect(seen(await ask(session))).toEqual([200, 'home', 'own']);
  session.push(...step('Edit', 'src/lines.ts', 'The file was written.'));
  expect(seen(await ask(session))).toEqual([200, 'home', 'own']);
  session.push(...step('Bash', 'npm test', 'FAIL src/lines.test.ts\nAssertionError: expected b to be a\n Tests  1 failed | 2 passed'));
  const moved = await ask(session);
  expect(seen(moved)).toEqual([200, 'far', 'vendor']);
  session.push(...step('Edit', 'src/lines.ts', 'The file was written.'), ...step('Bash', 'npm test', 'Tests  3 passed (3)'));
  expect(seen(await ask(session))).toEqual([200, 'far', 'vendor']);
  expect(frontier.seen).toHaveLength(2);

  const { code, out } = await runs(['route', 'explain', String(moved.headers['x-freehold-request-id']), '--url', started.url]);
  expect(code).toBe(0);
  expect(out).toMatch(/answer +far\/claude-opus-4-5: moved up: its tests failed/);
  expect(out).toMatch(/a new conversation would go to home\/coder-3b/);
  expect(out).toMatch(/since +check passed/);
  expect(out).toMatch(/work +code_generation/);
}, 60_000);
