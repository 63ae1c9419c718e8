import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Call } from '../../protocol/dialect.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { sides } from './sides.ts';

const [side] = sides;

function counted(body: unknown): { input_tokens: number; estimated: boolean } {
  const call: Call = { path: side!.path, query: new URLSearchParams('beta=true'), headers: {}, body };
  const { status, body: answer } = side!.answer(call, []);
  expect(status).toBe(200);
  return answer as { input_tokens: number; estimated: boolean };
}

/** System, messages and tools of the fixture in Claude 2's own tokenizer. */
const COUNTED = 376;

const user = (content: unknown) => ({ model: 'any', messages: [{ role: 'user', content }] });

it('says that nobody counted', () => {
  expect(counted(user('Hello, world'))).toEqual({ input_tokens: expect.any(Number), estimated: true });
});

it('counts instructions, tools, thoughts, results and pictures', () => {
  const { input_tokens: bare } = counted(user('hi'));
  const more: [string, object, number][] = [
    ['system', { system: 'Answer in one short sentence, and never guess.' }, 8],
    ['tools', { tools: [{ name: 'read', description: 'Reads a file', input_schema: { type: 'object', properties: {} } }] }, 300],
    ['thoughts', { messages: [{ role: 'assistant', content: [{ type: 'thinking', thinking: 'one two three four', signature: '' }] }] }, 3],
    ['picture', user([{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }]), 1500],
    ['result', user([{ type: 'tool_result', tool_use_id: 'a', content: 'one two three four five six seven eight' }]), 8],
  ];
  for (const [name, fields, least] of more)
    expect(counted({ ...user('hi'), ...fields }).input_tokens - bare, name).toBeGreaterThanOrEqual(least);
});

it('counts a whole agent’s request near what its own tokenizer does', () => {
  const body: unknown = JSON.parse(readFileSync(new URL('./fixtures/claude-code-first/request.json', import.meta.url), 'utf8'));
  const { input_tokens } = counted(body);
  expect(input_tokens).toBeGreaterThan(COUNTED);
  expect(input_tokens).toBeLessThan(COUNTED * 1.4 + 350);
});

it('refuses what is no message, by its field', () => {
  expect(() => counted({ model: 'any', messages: 'hi' })).toThrow(GatewayError);
  expect(() => counted({ model: 'any', messages: 'hi' })).toThrow(/messages/);
});
