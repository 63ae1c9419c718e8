import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { dialects } from '../../src/dialects/index.ts';
import type { Dialect } from '../../src/protocol/dialect.ts';
import type { Reply } from '../../src/protocol/reply.ts';
import { breaksAt, given, restOf, says, streamOf } from '../fake/model.ts';
import { stopAll, world } from '../fake/targets.ts';

/** Official SDKs read answers that were continued, relayed before and translated: they keep count of blocks, items and ids. */

afterEach(stopAll);

const named = (name: string): Dialect => dialects.find((one) => one.name === name)!;
const TEXT = 'First the loop reads one line; then it adds it to the list, and in the end there are 42 of them.';
const reply: Reply = {
  blocks: [
    { kind: 'text', text: TEXT },
    { kind: 'tool-call', id: 'call_1', name: 'run', input: 'json', arguments: '{"command":"npm test"}' },
  ],
  usage: { input: 30, output: 40 },
  finish: { reason: 'tool-calls' },
};

/** A gateway whose first target breaks off in the middle of the text, and whose second is well. */
async function broken(first: string, second: string) {
  const bytes = streamOf(named(first), reply);
  const at = bytes.indexOf('adds') > 0 ? bytes.indexOf('\n', bytes.indexOf('adds')) : bytes.length / 3;
  const half = breaksAt(named(first), bytes.subarray(0, at), 'cut');
  return world([half, says(named(second), (prompt) => restOf(reply, given(prompt)))], {}, [{ dialect: first }, { dialect: second }]);
}

describe.each([
  ['openai-chat', 'anthropic'],
  ['anthropic', 'openai-responses'],
  ['openai-responses', 'gemini'],
] as const)('%s, then %s', (first, second) => {
  it('the OpenAI SDK, chat', async () => {
    const { url, records } = await broken(first, second);
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
    const tools = [{ type: 'function' as const, function: { name: 'run', parameters: { type: 'object', properties: {} } } }];
    const stream = client.chat.completions.stream({ model: 'auto', messages: [{ role: 'user', content: 'Do it.' }], tools });
    const { choices } = await stream.finalChatCompletion();
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: TEXT, tool_calls: [{ function: { name: 'run', arguments: '{"command":"npm test"}' } }] },
    });
    expect(records[0]?.attempts).toHaveLength(2);
  });

  it('the OpenAI SDK, responses', async () => {
    const { url, records } = await broken(first, second);
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
    const tools = [{ type: 'function' as const, name: 'run', parameters: { type: 'object', properties: {} }, strict: false }];
    const final = await client.responses.stream({ model: 'auto', input: 'Do it.', tools }).finalResponse();
    expect([final.status, final.output_text]).toEqual(['completed', TEXT]);
    expect(final.output.at(-1)).toMatchObject({ type: 'function_call', name: 'run', arguments: '{"command":"npm test"}' });
    expect(records[0]?.attempts).toHaveLength(2);
  });

  it('the Anthropic SDK', async () => {
    const { url, records } = await broken(first, second);
    const client = new Anthropic({ baseURL: url, apiKey: 'none', maxRetries: 0 });
    const tools = [{ name: 'run', input_schema: { type: 'object' as const } }];
    const messages = [{ role: 'user' as const, content: 'Do it.' }];
    const final = await client.messages.stream({ model: 'auto', max_tokens: 500, messages, tools }).finalMessage();
    expect(final).toMatchObject({
      stop_reason: 'tool_use',
      content: [
        { type: 'text', text: TEXT },
        { type: 'tool_use', name: 'run', input: { command: 'npm test' } },
      ],
    });
    expect(records[0]?.attempts).toHaveLength(2);
  });
});
