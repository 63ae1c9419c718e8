import { expect, it } from 'vitest';
import { licenceOf, unlicensed } from './licence.ts';

it.each([
  ['codestral:22b', false],
  ['Codestral-22B-v0.1-Q4_K_M', false],
  ['mistral-large-2407', false],
  ['qwen2.5-coder:3b', false],
  ['Qwen2.5-Coder-7B-Instruct', true],
  ['openai/gpt-oss-20b', true],
  ['Meta-Llama-3.1-8B-Instruct', null],
  ['gemma3:4b', null],
])('the weights of %s may be run by a company: %s', (model, may) => {
  expect(licenceOf(model)?.selfHosting).toBe(may);
});

it('only what is known to ask for an agreement is barred, until there is one', () => {
  expect(unlicensed('codestral:22b', [])).toContain('routing.licences_agreed');
  expect(unlicensed('codestral:22b', ['codestral*'])).toBeUndefined();
  expect(unlicensed('gemma3:4b', [])).toBeUndefined();
  expect(unlicensed('our-own-model', [])).toBeUndefined();
});
