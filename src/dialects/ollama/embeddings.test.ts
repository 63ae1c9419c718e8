import { describe, expect, test } from 'vitest';
import { embeddings } from './embeddings.ts';

const accept = (body: unknown, path = '/api/embed') => embeddings.accept({ path, body });

describe('accept', () => {
  test.each([
    ['one text', { input: 'a' }, ['a']],
    ['several', { input: ['a', 'b'] }, ['a', 'b']],
    ['none, which loads the model', { input: '' }, []],
  ])('%s', (_, more, inputs) => expect(accept({ model: 'm', ...more })).toMatchObject({ model: 'm', inputs, encoding: 'float' }));

  test('the older door takes one prompt', () => {
    expect(accept({ model: 'm', prompt: 'a' }, '/api/embeddings').inputs).toEqual(['a']);
    expect(() => accept({ model: 'm', prompt: ['a'] }, '/api/embeddings')).toThrow(/prompt/);
  });

  test('what says nothing elsewhere is no loss, and the rest is kept', () => {
    const { rest } = accept({ model: 'm', input: 'a', truncate: true, keep_alive: '5m', options: { num_ctx: 9 }, tomorrow: 1 });
    expect(rest).toEqual({ options: { num_ctx: 9 }, tomorrow: 1 });
  });

  test.each([
    [{ input: 'a' }, /model/],
    [{ model: 'm', input: 7 }, /input/],
    [{ model: 'm', input: ['a', 7] }, /input/],
    [{ model: 'm', input: 'a', dimensions: -1 }, /dimensions/],
    ['a', /body/],
  ])('%j is refused', (body, message) => expect(() => accept(body)).toThrow(message));
});

describe('hear', () => {
  test.each([
    [{ embeddings: [[1, 2]], prompt_eval_count: 3 }, [[1, 2]], { input: 3 }],
    [{ embedding: [1, 2] }, [[1, 2]], undefined],
    [{ embedding: [] }, [], undefined],
    [{ embeddings: [] }, [], undefined],
  ])('%j', (body, vectors, usage) => expect(embeddings.hear(body)).toEqual({ vectors, encoding: 'float', usage }));

  test.each([
    [{}, 'malformed'],
    [null, 'malformed'],
    [{ embeddings: [[1, null]] }, 'malformed'],
    [{ embeddings: [[]] }, 'malformed'],
    [{ error: 'the input length exceeds the context length' }, 'context'],
    [{ error: 'this model does not support embeddings' }, 'unsupported'],
  ])('%j is no success', (body, kind) => expect(() => embeddings.hear(body)).toThrow(expect.objectContaining({ kind })));
});

test('what is too long is refused by the server, not cut', () => {
  const prompt = { protocol: 'beta', model: 'x', inputs: ['a'], encoding: 'float', dimensions: 8 } as const;
  expect(embeddings.ask(prompt, 'm')).toEqual({
    path: '/api/embed',
    body: { model: 'm', input: ['a'], truncate: false, dimensions: 8 },
    notes: [],
  });
});
