import { describe, expect, it } from 'vitest';
import { sense } from './sense.ts';

const found = (shadow: object) =>
  sense(
    {
      providers: { box: { models: ['small-2'] }, far: { models: ['large-1'] } },
      aliases: { any: ['box/small-2', 'far/large-1'], one: 'box/small-2' },
      evaluation: { shadow },
    },
    { discoverable: [] },
  ).map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('models that are tried on live traffic', () => {
  it('are known by address, name or alias', () => {
    expect(found({ candidates: { review: ['box/small-2', 'large-1', 'one'] }, judge: 'far/large-1' })).toEqual([]);
  });

  it.each([
    [
      'of no provider',
      { candidates: { review: ['one', 'bx/small-2'] } },
      /^evaluation\.shadow\.candidates\.review\.1: names "bx\/small-2".*did you mean "box"/,
    ],
    ['among several', { candidates: { review: ['any'] } }, /review\.0: "any" leaves the choice/],
    ['of anybody', { candidates: { review: ['auto'] } }, /review\.0: "auto" leaves the choice/],
    ['that judge and are not there', { judge: 'huge-3' }, /^evaluation\.shadow\.judge: names "huge-3", which no provider serves/],
  ])('are not those %s', (_, shadow, message) => {
    expect(found(shadow)).toEqual([expect.stringMatching(message)]);
  });
});
