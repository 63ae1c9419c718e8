import fc from 'fast-check';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { SUBJECTS } from './fuzz/subjects.ts';

/** The short form of `npm run test:fuzz`: a few cases of each subject. */
const CASES = 200;

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))('%s', (_, { about, share, cases, holds, open, close }) => {
  beforeAll(async () => open?.());
  afterAll(async () => close?.());

  test(about, async () => {
    const property = fc.asyncProperty(cases, async (value) => {
      await holds(value);
    });
    await fc.assert(property, { numRuns: Math.ceil(CASES * Math.min(1, share / 10)) });
  });
});
