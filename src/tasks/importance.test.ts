import { expect, test } from 'vitest';
import { importanceOf } from './importance.ts';
import { bare, endsOf, type Question } from './question.ts';

const asks = (said: string, more: Partial<Question> = {}): Question => ({ ...bare('chat', 10), said: endsOf(said), ...more });

test.each([
  ['rename a variable', 1],
  ['fix src/auth/session.ts', 2],
  ['fix lib/payments.py please', 2],
  ['look at src/author/list.ts', 1],
  ['the branch is release/2.4, bump it', 3],
  ['Current branch: main', 1],
  ['we are on branch hotfix-12 and src/crypto/aes.c is wrong', 3],
])('%s weighs %d', (said, importance) => {
  expect(importanceOf(asks(said)).importance).toBe(importance);
});

test('the branch that a tool names in its instructions counts', () => {
  const system = endsOf('You are a tool.\n\ngitStatus:\nCurrent branch: release/7');
  expect(importanceOf(asks('rename it', { system }))).toEqual({ importance: 3, evidence: ['branch:release'] });
});

test('a rule of the configuration raises, never lowers', () => {
  const owners = { name: 'core', importance: 6, fits: (path: string) => path.startsWith('core/') };
  const low = { name: 'low', importance: 1, fits: () => true };
  expect(importanceOf(asks('edit core/main.rs'), [owners, low])).toEqual({ importance: 6, evidence: ['rule:core'] });
});

test('the header raises, never lowers', () => {
  expect(importanceOf(asks('fix src/auth/a.ts', { importance: '1' })).importance).toBe(2);
  expect(importanceOf(asks('x', { importance: '7.5' })).importance).toBe(7.5);
});

test.each(['', 'high', '0', '11', 'NaN', '-3'])('the header %j is refused by name', (importance) => {
  expect(() => importanceOf(asks('x', { importance }))).toThrow(/x-freehold-importance.*1 to 10/);
});
