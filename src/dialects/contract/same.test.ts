import { describe, expect, test } from 'vitest';
import type { Block } from '../../protocol/block.ts';
import { GatewayError } from '../../protocol/errors.ts';
import type { Note } from '../../protocol/note.ts';
import type { Part } from '../../protocol/part.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Reply } from '../../protocol/reply.ts';
import { expectOrderly } from './run.ts';
import { differences, meaningOf, replyMeaning, unannounced } from './same.ts';

/** The judges judged: each loss they are there to find, found. */

const say = (text: string): Block => ({ kind: 'text', text });
const call: Block = { kind: 'tool-call', id: 'c1', name: 'run', input: 'json', arguments: '{"a":1,"b":2}' };
const result = (more: Partial<Extract<Block, { kind: 'tool-result' }>> = {}): Block => ({
  kind: 'tool-result',
  id: 'c1',
  input: 'json',
  content: [say('ok')],
  ...more,
});
const thought: Block = { kind: 'reasoning', text: 'hm', seal: { by: 'alpha', raw: 's' } };
const picture: Block = { kind: 'media', media: 'image', source: { from: 'url', url: 'https://example.com/a.png' } };

const prompt: Prompt = {
  dialect: 'alpha',
  model: 'm',
  stream: true,
  sampling: { temperature: 0.5, topP: 1 },
  maxTokens: 100,
  stop: ['END'],
  reasoning: { effort: 'high' },
  output: { kind: 'schema', schema: { type: 'object' } },
  tools: [{ kind: 'function', name: 'run', description: 'Runs', schema: { type: 'object', properties: { a: {} } } }],
  toolChoice: { mode: 'required' },
  parallelTools: false,
  turns: [
    { role: 'system', blocks: [say('Be brief.')] },
    { role: 'user', blocks: [say('Look:'), picture] },
    { role: 'assistant', blocks: [thought, say('I run it.'), call] },
    { role: 'user', blocks: [result({ error: true })] },
  ],
};
const turn = (at: number, blocks: Block[]): Partial<Prompt> => ({ turns: prompt.turns.with(at, { ...prompt.turns[at]!, blocks }) });
const changed = (change: Partial<Prompt>) => differences(meaningOf(prompt), meaningOf({ ...prompt, ...change }));

describe('what makes a prompt mean something else', () => {
  test.each<[string, Partial<Prompt>, string]>([
    ['another temperature', { sampling: { temperature: 0.4 } }, 'sampling.temperature'],
    ['no limit', { maxTokens: undefined }, 'maxTokens'],
    ['no stop', { stop: [] }, 'stop'],
    ['no thinking', { reasoning: { mode: 'off' } }, 'reasoning.mode'],
    ['another schema', { output: { kind: 'schema', schema: { type: 'array' } } }, 'output.schema'],
    ['no schema', { output: { kind: 'json' } }, 'output.kind'],
    ['a tool renamed', { tools: [{ ...prompt.tools[0]!, name: 'walk' } as Prompt['tools'][number]] }, 'tools.run'],
    ['a parameter lost', { tools: [{ kind: 'function', name: 'run', description: 'Runs' }] }, 'tools.run'],
    ['a free choice', { toolChoice: { mode: 'auto' } }, 'toolChoice.mode'],
    ['parallel calls', { parallelTools: true }, 'parallelTools'],
    ['other instructions', turn(0, [say('Be long.')]), 'system'],
    ['a picture lost', turn(1, [say('Look:')]), 'media[0]'],
    ['a picture before its text', turn(1, [picture, say('Look:')]), 'order[0]'],
    ['a thought lost', turn(2, [say('I run it.'), call]), 'thoughts.text'],
    ['a seal lost', turn(2, [{ kind: 'reasoning', text: 'hm' }, say('I run it.'), call]), 'thoughts.seals'],
    ['a seal changed', turn(2, [{ ...thought, seal: { by: 'alpha', raw: 'S' } } as Block, say('I run it.'), call]), 'thoughts.seals'],
    ['text lost', turn(2, [thought, call]), 'text[1]'],
    ['an argument lost', turn(2, [thought, say('I run it.'), { ...call, arguments: '{"a":1}' } as Block]), 'calls[1]'],
    ['text behind the call', turn(2, [thought, call, say('I run it.')]), 'order[1]'],
    ['a failure that looks well', turn(3, [result()]), 'results[2]'],
    ['another result', turn(3, [result({ error: true, content: [say('no')] })]), 'results[2]'],
    ['another speaker', { turns: prompt.turns.slice(1) }, 'system'],
  ])('%s', (_, change, aspect) => expect(changed(change)).toContain(aspect));
});

describe('what is only another spelling', () => {
  test.each<[string, Partial<Prompt>]>([
    ['nothing', {}],
    ['another dialect and rest', { dialect: 'beta', model: 'n', rest: { a: 1 }, form: { b: 'c' } }],
    ['texts joined', turn(2, [thought, say('I '), say('run it.'), call])],
    ['arguments in another order', turn(2, [thought, say('I run it.'), { ...call, arguments: '{ "b": 2, "a": 1 }' } as Block])],
    ['defaults unsaid', { sampling: { temperature: 0.5 } }],
    ['effort as tokens', { reasoning: { mode: 'on', budget: 9000 } }],
  ])('%s', (_, change) => expect(changed(change)).toEqual([]));
});

describe('a note announces', () => {
  const note = (path: string, why = 'no place'): Note => ({ path, action: 'dropped', why });
  const less = meaningOf({ ...prompt, sampling: {} });

  test('its own loss', () => expect(unannounced(meaningOf(prompt), less, [note('temperature')])).toEqual([]));
  test('that nothing is sent at all', () =>
    expect(unannounced(meaningOf(prompt), less, [{ ...note('n'), action: 'refused' }])).toEqual([]));
  test('no other', () => {
    expect(unannounced(meaningOf(prompt), less, [note('top_p')])).toHaveLength(1);
    expect(unannounced(meaningOf(prompt), less, [])).toEqual([expect.stringContaining('sampling.temperature: 0.5 became nothing')]);
  });
});

describe('what makes a reply another', () => {
  const reply: Reply = { blocks: [thought, say('a'), call], usage: { input: 5, output: 3 }, finish: { reason: 'tool-calls' } };
  test.each<[string, Partial<Reply>, string]>([
    ['the finish', { finish: { reason: 'stop' } }, 'finish.reason'],
    ['usage', { usage: { input: 4, output: 3 } }, 'usage.input'],
    ['a failure', { error: new GatewayError('rate', 'slow'), finish: undefined }, 'fault'],
    ['a refusal', { blocks: [thought, { kind: 'text', text: 'a', refusal: true }, call] }, 'finish.reason'],
    ['order', { blocks: [thought, call, say('a')] }, 'order'],
    ['seals', { blocks: [{ kind: 'reasoning', text: 'hm' }, say('a'), call] }, 'thoughts.seals'],
    ['something opaque', { blocks: [...reply.blocks, { kind: 'opaque', dialect: 'alpha', label: 'x', raw: 1 }] }, 'opaque'],
  ])('%s', (_, change, aspect) =>
    expect(differences(replyMeaning(reply, true), replyMeaning({ ...reply, ...change }, true))).toContain(aspect),
  );
});

describe('parts that are not orderly', () => {
  const start: Part = { type: 'block-start', index: 0, block: { kind: 'text' } };
  const end: Part = { type: 'block-end', index: 0 };
  const finish: Part = { type: 'finish', reason: 'stop' };
  test.each<[string, Part[]]>([
    ['no end', [start, end]],
    ['nothing', []],
    ['two ends', [finish, finish]],
    ['a part behind the end', [finish, { type: 'usage', usage: {} }]],
    ['an index skipped', [{ ...start, index: 1 }, { ...end, index: 1 }, finish]],
    ['a delta before its start', [{ type: 'block-delta', index: 0, text: 'a' }, finish]],
    ['a delta behind its end', [start, end, { type: 'block-delta', index: 0, text: 'a' }, finish]],
    ['a finish with a block open', [start, finish]],
  ])('%s', (_, parts) => expect(() => expectOrderly(parts)).toThrow());
  test('orderly ones pass', () => expectOrderly([start, end, finish]));
});
