import { expect, test } from 'vitest';
import { anthropic } from './index.ts';

test('a provider’s listing', () => {
  const listed = anthropic.models.hear({
    data: [
      {
        type: 'model',
        id: 'claude-opus-4-6',
        display_name: 'Claude Opus 4.6',
        created_at: '2026-02-05T00:00:00Z',
        max_input_tokens: 200000,
        max_tokens: 128000,
        capabilities: { image_input: { supported: true }, thinking: { supported: true, types: {} }, batch: null },
      },
      { id: 'old', created_at: '1970-01-01T00:00:00Z', max_tokens: null, capabilities: null },
      { display_name: 'nameless' },
      null,
    ],
    has_more: false,
  });
  expect(listed).toEqual([
    { id: 'claude-opus-4-6', created: 1770249600, window: 200000, maxOutput: 128000, vision: true, reasoning: true },
    { id: 'old' },
  ]);
});

test.each([[null], [{}], [{ data: {} }], ['text']])('a listing that is none: %j', (body) => {
  expect(anthropic.models.hear(body)).toEqual([]);
});

test('our listing, and one of it', () => {
  const models = [{ id: 'a', created: 1770249600, window: 1000 }, { id: 'b' }];
  const [a, b] = [
    { type: 'model', id: 'a', display_name: 'a', created_at: '2026-02-05T00:00:00Z', max_input_tokens: 1000, max_tokens: null },
    { type: 'model', id: 'b', display_name: 'b', created_at: '1970-01-01T00:00:00Z', max_input_tokens: null, max_tokens: null },
  ];
  expect(anthropic.models.answer(models)).toEqual({ data: [a, b], has_more: false, first_id: 'a', last_id: 'b' });
  expect(anthropic.models.answer([])).toEqual({ data: [], has_more: false, first_id: null, last_id: null });
  expect(anthropic.models.one(models[0]!)).toEqual(a);
});

test('how a key is shown, and who speaks this dialect', () => {
  expect(anthropic.credential('k')).toEqual({ 'x-api-key': 'k', 'anthropic-version': '2023-06-01' });
  expect(anthropic.credential(undefined)).toEqual({ 'anthropic-version': '2023-06-01' });
  expect([anthropic.recognises?.({ 'anthropic-version': '2023-06-01' }), anthropic.recognises?.({ authorization: 'Bearer x' })]).toEqual([
    true,
    false,
  ]);
});
