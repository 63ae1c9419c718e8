import { describe, expect, test } from 'vitest';
import type { Block } from '../../protocol/block.ts';
import type { Prompt, Turn } from '../../protocol/prompt.ts';
import { anthropic } from './index.ts';

const say = (text: string): Turn => ({ role: 'user', blocks: [{ kind: 'text', text }] });
const reply = (...blocks: Block[]): Turn => ({ role: 'assistant', blocks });
const callOf = (id: string, args = '{}'): Block => ({ kind: 'tool-call', id, name: 'f', input: 'json', arguments: args });
const resultOf = (id: string, ...content: Block[]): Turn => ({
  role: 'user',
  blocks: [{ kind: 'tool-result', id, input: 'json', content }],
});
const signed: Block = { kind: 'reasoning', text: 'hm', seal: { by: 'anthropic', raw: { signature: 'sig' } } };

/** A prompt of some other dialect, asked here. */
function ask(prompt: Partial<Prompt>) {
  const whole: Prompt = {
    dialect: 'other',
    model: 'm',
    stream: false,
    turns: [say('hi')],
    tools: [],
    maxTokens: 20_000,
    sampling: {},
    ...prompt,
  };
  const { request, notes } = anthropic.ask(whole, { model: 'claude-x' });
  return { body: request.body, notes: notes.map((note) => `${note.action} ${note.path}`) };
}
const tools: Prompt['tools'] = [{ kind: 'function', name: 'f', schema: { type: 'object' } }];

describe('history', () => {
  test('ids are made legal alike in call and result', () => {
    const { body } = ask({
      tools,
      turns: [say('go'), reply(callOf('functions.f:0')), resultOf('functions.f:0', { kind: 'text', text: 'ok' })],
    });
    const [, called, answered] = body.messages as { content: Record<string, unknown>[] }[];
    expect(called!.content[0]!.id).toMatch(/^functions_f_0_[a-z0-9]+$/);
    expect(answered!.content[0]!.tool_use_id).toBe(called!.content[0]!.id);
  });

  test('arguments become objects, never strings', () => {
    const custom: Block = { kind: 'tool-call', id: 'c', name: 'patch', input: 'text', arguments: '*** Begin' };
    const { body, notes } = ask({ turns: [say('go'), reply(callOf('a', '{"x":1'), callOf('b', ''), custom)] });
    expect((body.messages as { content: unknown[] }[])[1]!.content).toMatchObject([
      { input: { unparsed_arguments: '{"x":1' } },
      { input: {} },
      { input: { input: '*** Begin' } },
    ]);
    expect(notes).toContain('changed messages[1][0].arguments');
  });

  test('results: failures say something, pictures stay, nothing is empty', () => {
    const image: Block = { kind: 'media', media: 'image', source: { from: 'base64', mime: 'image/png', data: 'AA' } };
    const failed: Turn = {
      role: 'user',
      blocks: [{ kind: 'tool-result', id: 'a', input: 'json', content: [{ kind: 'text', text: ' ' }], error: true }],
    };
    const { body } = ask({
      tools,
      turns: [say('go'), reply(callOf('a'), callOf('b'), callOf('c')), failed, resultOf('b', image), resultOf('c')],
    });
    expect((body.messages as { content: unknown[] }[])[2]!.content).toEqual([
      { type: 'tool_result', tool_use_id: 'a', is_error: true, content: [{ type: 'text', text: expect.stringMatching(/./) }] },
      {
        type: 'tool_result',
        tool_use_id: 'b',
        content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA' } }],
      },
      { type: 'tool_result', tool_use_id: 'c' },
    ]);
  });

  test('thoughts: own ones in their place and byte-identical, others left out', () => {
    const redacted: Block = { kind: 'reasoning', text: '', seal: { by: 'anthropic', raw: { data: 'EmwK' } } };
    const turns = [say('go'), reply(signed, redacted, { kind: 'reasoning', text: 'mine' }, { kind: 'text', text: 'a' }), say('b')];
    const { body, notes } = ask({ turns });
    expect((body.messages as { content: unknown[] }[])[1]!.content).toEqual([
      { type: 'thinking', thinking: 'hm', signature: 'sig' },
      { type: 'redacted_thinking', data: 'EmwK' },
      { type: 'text', text: 'a' },
    ]);
    expect(notes).toEqual(['dropped messages[1][2]']);
  });

  test.each<[string, Turn[], unknown, string[]]>([
    ['only instructions', [{ role: 'system', blocks: [{ kind: 'text', text: 's' }] }], [['user', ['s']]], ['changed system']],
    [
      'the assistant first',
      [reply({ kind: 'text', text: 'a' }), say('b')],
      [
        ['user', ['(no content)']],
        ['assistant', ['a']],
        ['user', ['b']],
      ],
      ['changed messages[0]'],
    ],
    [
      'white space alone',
      [say(' \n'), reply({ kind: 'text', text: 'a' }), say('b')],
      [
        ['user', ['(no content)']],
        ['assistant', ['a']],
        ['user', ['b']],
      ],
      ['changed messages[0]'],
    ],
    [
      'a prefill with a tail',
      [say('a'), reply({ kind: 'text', text: '{ ' })],
      [
        ['user', ['a']],
        ['assistant', ['{']],
      ],
      ['changed messages'],
    ],
    [
      'ending with a thought',
      [say('a'), reply(signed), say('b')],
      [
        ['user', ['a']],
        ['assistant', ['hm', '(no content)']],
        ['user', ['b']],
      ],
      ['changed messages[1]'],
    ],
  ])('%s', (_, turns, messages, told) => {
    const { body, notes } = ask({ turns });
    const sent = body.messages as { role: string; content: Record<string, unknown>[] }[];
    expect(sent.map(({ role, content }) => [role, content.map((block) => block.text ?? block.thinking)])).toEqual(messages);
    expect(notes).toEqual(told);
  });

  test('calls stand behind the text of their message', () => {
    const { body, notes } = ask({
      tools,
      turns: [say('a'), reply(callOf('x'), { kind: 'text', text: 'b' }), resultOf('x', { kind: 'text', text: 'r' })],
    });
    expect((body.messages as { content: unknown[] }[])[1]!.content).toMatchObject([{ type: 'text' }, { type: 'tool_use' }]);
    expect(notes).toEqual(['changed messages[1]']);
  });

  test('what it takes no more is said', () => {
    const audio: Block = { kind: 'media', media: 'audio', source: { from: 'base64', mime: 'audio/wav', data: 'AA' } };
    const named: Block = { kind: 'media', media: 'image', source: { from: 'url', url: 'https://a.b/c' }, name: 'a.png' };
    const stored: Block = { kind: 'media', media: 'image', source: { from: 'file', id: 'file_1' } };
    const { body, notes } = ask({ turns: [{ role: 'user', blocks: [audio, named, stored] }] });
    expect((body.messages as { content: unknown[] }[])[0]!.content).toEqual([
      { type: 'image', source: { type: 'url', url: 'https://a.b/c' } },
    ]);
    expect(notes).toEqual(['refused turns[0][2].file_id', 'refused messages[0][0]', 'dropped messages[0][1].name']);
  });

  test('half characters do not leave, in values and in keys', () => {
    const { body, notes } = ask({ tools, turns: [say('cut \ud83d'), reply(callOf('a', '{"\\ude00":["\\ud83d"]}'))] });
    expect(JSON.stringify(body)).not.toMatch(/\\ud[89a-f]/);
    expect((body.messages as { content: { input: unknown }[] }[])[1]!.content[0]!.input).toEqual({ '\ufffd': ['\ufffd'] });
    expect(notes).toContain('changed messages');
  });
});
