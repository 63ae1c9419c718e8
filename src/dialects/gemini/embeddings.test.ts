import { describe, expect, test } from 'vitest';
import { embeddings } from './embeddings.ts';

const ONE = '/v1beta/models/m:embedContent';
const SEVERAL = '/v1beta/models/m:batchEmbedContents';
const content = (...texts: string[]) => ({ parts: texts.map((text) => ({ text })) });

describe('accept', () => {
  test('the parts of a content are one text', () => {
    expect(embeddings.accept({ path: ONE, body: { content: content('a', 'b') } })).toMatchObject({ model: 'm', inputs: ['a\nb'] });
  });

  test('one length for all is a length, several are told apart', () => {
    const asked = (...lengths: (number | undefined)[]) =>
      embeddings.accept({
        path: SEVERAL,
        body: { requests: lengths.map((outputDimensionality) => ({ content: content('a'), outputDimensionality })) },
      });
    expect(asked(8, 8)).toMatchObject({ dimensions: 8, inputs: ['a', 'a'] });
    expect(asked(8, 9).dimensions).toBeUndefined();
    expect([...asked(8, 9).meaning!]).toEqual(['requests.outputDimensionality']);
  });

  test.each([
    [ONE, {}, /content/],
    [ONE, { content: { parts: [7] } }, /parts\[0\]/],
    [ONE, { content: content('a'), outputDimensionality: 0 }, /outputDimensionality/],
    [SEVERAL, { requests: [] }, /requests/],
    [SEVERAL, { requests: [{ content: content('a') }, 7] }, /requests\[1\]/],
    ['/v1beta/models/%20:embedContent', { content: content('a') }, /model/],
  ])('%s %j is refused', (path, body, message) => expect(() => embeddings.accept({ path, body })).toThrow(message));
});

describe('hear', () => {
  test.each([
    [{ embedding: { values: [1, 2] } }, [[1, 2]]],
    [{ embeddings: [{ values: [1] }, { values: [2] }] }, [[1], [2]]],
  ])('%j', (body, vectors) => expect(embeddings.hear(body).vectors).toEqual(vectors));

  test.each([
    [{}, 'malformed'],
    [null, 'malformed'],
    [{ embedding: {} }, 'malformed'],
    [{ embeddings: [{ values: ['a'] }] }, 'malformed'],
    [{ error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'slow down' } }, 'rate'],
  ])('%j is no success', (body, kind) => expect(() => embeddings.hear(body)).toThrow(expect.objectContaining({ kind })));
});
