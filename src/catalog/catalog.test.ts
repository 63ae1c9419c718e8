import { describe, expect, it } from 'vitest';
import { factsOf } from './catalog.ts';

describe('what the catalogue says', () => {
  it.each([
    ['https://api.anthropic.com', 'claude-opus-4-8', { input: 5, output: 25, cacheWrite: 6.25 }],
    ['https://api.anthropic.com/v1', 'claude-opus-4-8-20260401', { input: 5 }],
    ['https://api.anthropic.com', 'claude-opus-5', { input: 5, cacheWrite1h: 10 }],
    ['https://generativelanguage.googleapis.com', 'models/gemini-2.5-pro', { input: 1.25, tiers: [{ above: 200_000, input: 2.5 }] }],
    ['https://europe-west1-aiplatform.googleapis.com', 'gemini-2.5-pro', { input: 1.25 }],
    ['https://bedrock-runtime.eu-west-1.amazonaws.com', 'eu.anthropic.claude-opus-4-5-20251101-v1:0', { input: expect.any(Number) }],
  ])('%s %s has a price with source and date', (url, model, price) => {
    expect(factsOf(url, model)?.price).toMatchObject({
      ...price,
      source: expect.stringMatching(/.+/),
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    });
  });

  it('what is not known has no price, never a price of zero', () => {
    expect(factsOf('https://api.anthropic.com', 'claude-17')).toBeUndefined();
    expect(factsOf('https://api.anthropic.com', 'constructor')).toBeUndefined();
    expect(factsOf('http://127.0.0.1:8000/v1', 'gpt-5.5')).toBeUndefined();
    expect(factsOf('https://models.github.ai', 'deepseek/deepseek-r1')?.price).toBeUndefined();
    expect(factsOf('https://api.anthropic.com.evil.example', 'claude-opus-4-8')).toBeUndefined();
  });

  it('tells open weights, window and longest answer', () => {
    expect(factsOf('https://api.groq.com/openai/v1', 'openai/gpt-oss-120b')).toMatchObject({ open: true, window: 131_072 });
    expect(factsOf('https://api.openai.com/v1', 'gpt-5.5')).toMatchObject({ open: false, maxOutput: 128_000, tools: true });
  });
});
