import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Turn } from '../../protocol/prompt.ts';
import { chainOf, scoreOf } from './chain.ts';
import type { Example } from './example.ts';

const key = randomBytes(32);
const talk = (...said: [role: 'system' | 'user' | 'assistant', content: string][]): Example => ({
  messages: said.map(([role, content]) => ({ role, content })),
});

describe('hashes of a conversation', () => {
  const first = chainOf(talk(['system', 'Monday'], ['user', 'a'], ['assistant', 'b ']), key, 's');
  const second = chainOf(talk(['system', 'Tuesday'], ['user', 'a'], ['assistant', 'b'], ['user', 'c'], ['assistant', 'd']), key, 's');

  it('tell that one goes on from another, whatever its instructions say', () => {
    expect(second.earlier).toEqual([first.last]);
    expect(second.answers[0]).toBe(first.answers[0]);
    expect(second.whole).not.toBe(first.whole);
  });

  it('are others in another conversation, and with another key', () => {
    const same = talk(['user', 'a'], ['assistant', 'b']);
    expect(chainOf(same, key, 'other').last).not.toBe(first.last);
    expect(chainOf(same, randomBytes(32), 's').last).not.toBe(first.last);
    expect(chainOf(same, key, 'other').whole).toBe(chainOf(same, key, 's').whole);
  });
});

describe('how a conversation went', () => {
  const text = (role: Turn['role'], said: string): Turn => ({ role, blocks: [{ kind: 'text', text: said }] });
  const call = (id: string, name: string, given: object): Turn => ({
    role: 'assistant',
    blocks: [{ kind: 'tool-call', id, name, input: 'json', arguments: JSON.stringify(given) }],
  });
  const result = (id: string, said: string): Turn => ({
    role: 'user',
    blocks: [{ kind: 'tool-result', id, input: 'json', content: [{ kind: 'text', text: said }] }],
  });
  const worked = (outcome: string) => [
    text('user', 'mend the parser'),
    call('1', 'edit_file', { path: 'a.ts' }),
    result('1', 'ok'),
    call('2', 'bash', { command: 'npm test' }),
    result('2', outcome),
  ];

  it('is told by checks that passed or failed behind a change', () => {
    expect(scoreOf(worked('12 passed'))).toBe(1);
    expect(scoreOf(worked('3 failed'))).toBe(0);
  });

  it('is not known where nothing tells', () => {
    expect(scoreOf([text('user', 'hello')])).toBeUndefined();
  });

  it('is bad where the same is asked again', () => {
    const again = [
      text('user', 'why does the parser fail on empty lines'),
      text('assistant', 'no idea'),
      text('user', 'why does the parser fail on empty lines?'),
    ];
    expect(scoreOf(again)).toBe(0);
  });
});
