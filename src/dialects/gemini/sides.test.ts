import { describe, expect, test } from 'vitest';
import type { Side } from '../../protocol/dialect.ts';
import { gemini } from './index.ts';

const side = (method: string, path: string): Side => gemini.sides!.find((one) => one.method === method && one.path === path)!;
const call = (path: string, body?: unknown) => ({ path, query: new URLSearchParams(), headers: {}, body });
const MODELS = [{ id: 'up/fake', window: 8000, maxOutput: 100, reasoning: true }, { id: 'plain' }];

describe('countTokens', () => {
  const count = (body: unknown) =>
    side('POST', '/v1beta/*:countTokens').answer(call('/v1beta/models/up/fake:countTokens', body), []).body as { totalTokens: number };
  const contents = [{ role: 'user', parts: [{ text: 'How many tokens are in this sentence?' }] }];

  test('is an estimate, biased high and marked', () => {
    const counted = count({ contents });
    expect(counted).toMatchObject({ estimated: true, promptTokensDetails: [{ modality: 'TEXT', tokenCount: counted.totalTokens }] });
    expect(counted.totalTokens).toBeGreaterThan(8);
    expect(counted.totalTokens).toBeLessThan(30);
  });

  test('includes instructions, tools and pictures', () => {
    const alone = count({ contents }).totalTokens;
    const more = {
      contents,
      systemInstruction: { parts: [{ text: 'Be brief. '.repeat(20) }] },
      tools: [{ functionDeclarations: [{ name: 'f', description: 'x y '.repeat(50) }] }],
    };
    expect(count({ generateContentRequest: { model: 'models/m', ...more } }).totalTokens).toBeGreaterThan(alone + 100);
    expect(count({ contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }] }] }).totalTokens).toBeGreaterThan(250);
  });

  test('names what is wrong', () => expect(() => count({ contents: 4 })).toThrow(expect.objectContaining({ field: 'contents' })));
});

describe('models', () => {
  test('are listed under their resource names', () => {
    expect(side('GET', '/v1beta/models').answer(call('/v1beta/models'), MODELS).body).toMatchObject({
      models: [
        {
          name: 'models/up/fake',
          inputTokenLimit: 8000,
          outputTokenLimit: 100,
          thinking: true,
          supportedGenerationMethods: expect.arrayContaining(['generateContent']),
        },
        { name: 'models/plain' },
      ],
    });
  });

  test.each(['/v1beta/models/up/fake', '/v1beta/models/up%2Ffake'])('one at %s', (path) => {
    expect(side('GET', '/v1beta/models/*').answer(call(path), MODELS).body).toMatchObject({ name: 'models/up/fake' });
  });

  test('an unknown one', () => {
    expect(() => side('GET', '/v1beta/models/*').answer(call('/v1beta/models/none'), MODELS)).toThrow(
      expect.objectContaining({ kind: 'not-found', field: 'model' }),
    );
  });

  test('of a provider: those that answer prompts or make vectors', () => {
    const listing = {
      models: [
        {
          name: 'models/gemini-2.5-pro',
          inputTokenLimit: 1048576,
          outputTokenLimit: 65536,
          supportedGenerationMethods: ['generateContent', 'countTokens'],
          thinking: true,
        },
        { name: 'models/gemini-embedding-001', supportedGenerationMethods: ['embedContent'] },
        { name: 'tunedModels/mine' },
        { name: 7 },
        null,
      ],
    };
    expect(gemini.models.hear(listing)).toEqual([
      { id: 'gemini-2.5-pro', window: 1048576, maxOutput: 65536, reasoning: true },
      { id: 'gemini-embedding-001', embeds: true },
      { id: 'tunedModels/mine' },
    ]);
    expect(gemini.models.hear({ data: [] })).toEqual([]);
  });
});

test('a listing is recognised by its headers', () => {
  expect(
    [{ 'x-goog-api-key': 'k' }, { 'x-goog-api-client': 'c' }, { authorization: 'x' }].map((headers) =>
      gemini.recognises?.(headers as never),
    ),
  ).toEqual([true, true, false]);
});
