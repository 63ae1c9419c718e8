import { describe, expect, it } from 'vitest';
import type { Block } from '../protocol/block.ts';
import type { FinishReason } from '../protocol/part.ts';
import type { Prompt } from '../protocol/prompt.ts';
import type { Reply } from '../protocol/reply.ts';
import { compareAnswers } from './compare.ts';

const SCHEMA = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] };
const PROMPT: Prompt = {
  dialect: 'd',
  model: 'm',
  stream: false,
  turns: [{ role: 'user', blocks: [{ kind: 'text', text: 'Go on.' }] }],
  tools: ['Read', 'Edit'].map((name) => ({ kind: 'function', name, schema: SCHEMA })),
  sampling: {},
};
const JSON_PROMPT: Prompt = { ...PROMPT, tools: [], output: { kind: 'schema', schema: SCHEMA } };

const said = (text: string, reason: FinishReason = 'stop'): Reply => ({ blocks: [{ kind: 'text', text }], finish: { reason } });
const called = (name: string, args: string): Reply => {
  const call: Block = { kind: 'tool-call', id: 'c', name, input: 'json', arguments: args };
  return { blocks: [call], finish: { reason: 'tool-calls' } };
};
const READ = called('Read', '{"path":"a.ts"}');

describe('two answers', () => {
  it.each([
    ['both say something', PROMPT, said('Here it is.'), said('Done.'), 1, []],
    ['the candidate says nothing', PROMPT, said(''), said('Done.'), 0, ['incomplete']],
    ['it breaks off', PROMPT, said('Here it', 'length'), said('Done.'), 0, ['incomplete']],
    ['it stops where the request wants it to', { ...PROMPT, maxTokens: 2 }, said('Here it', 'length'), said('Done.'), 1, []],
    ['it refuses', PROMPT, said("I'm sorry, but I can't help with that."), said('Done.'), 0, ['refused']],
    ['it says sorry and does it', PROMPT, said('Sorry for the delay. The test is mended.'), said('Done.'), 1, []],
    ['it says the same over and over', PROMPT, said('I will read the file.\n'.repeat(9)), said('Done.'), 0, ['repeats itself']],
    ['a table has many equal lines', PROMPT, said('|---|\n'.repeat(9)), said('Done.'), 1, []],
    ['both call the same tool', PROMPT, READ, READ, 1, []],
    ['it calls another', PROMPT, called('Edit', '{"path":"a.ts"}'), READ, 0.75, ['other tool']],
    ['it calls none', PROMPT, said('I would read a.ts.'), READ, 0.5, ['no tool']],
    ['it calls one that is not there', PROMPT, called('Look', '{}'), READ, 0, ['unknown tool', 'other tool']],
    ['it calls it wrongly', PROMPT, called('Read', '{"file":"a.ts"}'), READ, 0, ['invalid call']],
    ['its call is no JSON', PROMPT, called('Read', '{"path":'), READ, 0, ['invalid call']],
    ['it calls where the old model does not', PROMPT, READ, said('Done.'), 1, []],
    ['JSON is as it was asked for', JSON_PROMPT, said('{"path":"a"}'), said('{"path":"b"}'), 1, []],
    ['it is not', JSON_PROMPT, said('{"file":"a"}'), said('{"path":"b"}'), 0, ['invalid json']],
    ['it is none', JSON_PROMPT, said('The path is a.'), said('{"path":"b"}'), 0, ['invalid json']],
    ['a block cannot be read', PROMPT, said('So:\n```json\n{"a":\n```'), said('Done.'), 0.5, ['broken block']],
    ['a block is shortened', PROMPT, said('So:\n```json\n{"a": ...}\n```'), said('Done.'), 1, []],
    ['a block can be read', PROMPT, said('So:\n```yaml\na: [1]\n```'), said('Done.'), 1, []],
  ] as const)('%s', (_, prompt, candidate, incumbent, score, faults) => {
    expect(compareAnswers(prompt as Prompt, candidate, incumbent)).toMatchObject({ candidate: score, incumbent: 1, faults });
  });

  it('are judged alike: the old model is not right because it is the old one', () => {
    expect(compareAnswers(PROMPT, READ, called('Look', '{}'))).toMatchObject({ candidate: 1, incumbent: 0 });
    expect(compareAnswers(JSON_PROMPT, said('{"path":"a"}'), said('no'))).toMatchObject({ candidate: 1, incumbent: 0 });
  });

  it('tell more than their form where a tool is called or JSON is asked for, whatever the candidate does', () => {
    for (const candidate of [said(''), READ]) {
      expect(compareAnswers(PROMPT, candidate, READ).isTelling).toBe(true);
      expect(compareAnswers(PROMPT, candidate, said('Done.')).isTelling).toBe(false);
      expect(compareAnswers(JSON_PROMPT, candidate, said('{}')).isTelling).toBe(true);
    }
  });
});
