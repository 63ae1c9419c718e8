import { describe, expect, it } from 'vitest';
import { estimateText } from '../protocol/estimate.ts';
import { inputBound } from './bound.ts';

const picture = 'iVBORw0KGgo'.padEnd(80_000, 'A');

describe('the most tokens that bytes can mean', () => {
  it.each([
    ['a data URL', { content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${picture}` } }] }],
    ['data beside its type', { content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: picture } }] }],
    ['inline data', { contents: [{ parts: [{ inlineData: { data: picture, mimeType: 'image/png' } }, { text: 'x' }] }] }],
  ])('%s counts as a picture, not as text', (_, body) => {
    const text = JSON.stringify(body);
    for (const bytes of [text, Buffer.from(text)]) {
      expect(inputBound(bytes)).toBeGreaterThanOrEqual(1600);
      expect(inputBound(bytes)).toBeLessThan(1800);
    }
  });

  it('what only speaks of base64 is text', () => {
    const text = JSON.stringify({ content: 'base64 is '.repeat(300) });
    expect(inputBound(text)).toBe(Math.ceil(text.length / 2));
  });

  it.each([
    'const sum = (a: number[]) => a.reduce((x, y) => x + y, 0);\n',
    'für größere Städte, naïve façade; ',
    '測試の文字列を数える',
    '{"a":[1,2,{"b":null}]},\n\t\t',
  ])('lies above what %j means', (piece) => {
    const content = piece.repeat(500);
    expect(inputBound(JSON.stringify({ content }))).toBeGreaterThanOrEqual(estimateText(content));
  });

  it('a text with long lines of signs is text', () => {
    const text = JSON.stringify({ content: `${'='.repeat(2000)}\nwords and more words `.repeat(20) });
    expect(inputBound(text)).toBe(Math.ceil(text.length / 2));
  });

  it('two pictures count twice', () => {
    const one = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: picture } };
    expect(inputBound(JSON.stringify([one, one]))).toBeGreaterThan(3200);
    expect(inputBound(JSON.stringify([one, one]))).toBeLessThan(3500);
  });
});
