import { describe, expect, it } from 'vitest';
import { JournalKeys } from '../egress/journal/keys.ts';
import type { DocumentRow, Documents } from '../store/ports.ts';
import { VerdictBook } from './book.ts';
import { problemsOf, sign } from './certificate.ts';
import type { Certificate } from './evidence.ts';

const KEYS = new JournalKeys(Buffer.alloc(32, 7));
const CERTIFICATE: Certificate = {
  version: 1,
  id: 'documentation-own-small',
  task: 'documentation',
  candidate: { address: 'own/small', version: 'q8_0' },
  reference: { address: 'vendor/large' },
  basis: { kind: 'suite', name: 'builtin', version: '1', hash: 'ab'.repeat(32) },
  outcome: 'good enough',
  margin: { keep: 0.95 },
  alpha: 0.05,
  candidates: 1,
  pairs: 320,
  candidate_score: 0.91,
  reference_score: 0.9,
  interval: [0.87, 0.94],
  e: 21.4,
  executed: 320,
  judged: 0,
  at: 1_700_000_000_000,
  freehold: '0.1.0',
};

describe('a certificate', () => {
  it('holds after a trip through a file, also with its members in another order', () => {
    const { certificate, key, signature } = sign(CERTIFICATE, KEYS);
    const turned = Object.fromEntries(Object.entries(certificate).reverse());
    expect(problemsOf(JSON.parse(JSON.stringify({ signature, key, certificate: turned })))).toEqual([]);
  });

  it.each([
    ['its margin was widened', { margin: { keep: 0.5 } }, /changed after it was signed/],
    ['it speaks of another model', { candidate: { address: 'own/tiny' } }, /changed after it was signed/],
    ['its outcome is none', { outcome: 'perhaps' }, /no certificate: certificate.outcome/],
  ])('is refused when %s', (_, change, problem) => {
    const signed = sign(CERTIFICATE, KEYS);
    expect(problemsOf({ ...signed, certificate: { ...CERTIFICATE, ...change } }).join()).toMatch(problem);
  });

  it('is refused when its evidence is no proof, or a stranger vouches for it', () => {
    expect(problemsOf(sign({ ...CERTIFICATE, e: 12 }, KEYS)).join()).toMatch(/no proof/);
    expect(problemsOf(sign(CERTIFICATE, KEYS), [new JournalKeys(Buffer.alloc(32, 8)).publicKey]).join()).toMatch(/not trusted/);
  });
});

describe('the book of verdicts', () => {
  const documents = () => {
    const rows = new Map<string, DocumentRow>();
    return {
      put: async (more: readonly DocumentRow[]) => void more.map((row) => rows.set(row.id, row)),
      page: async ({ after = '' }: { after?: string }) => [...rows.values()].filter(({ id }) => id > after),
    } as unknown as Documents;
  };

  it('says what the newest certificate says that was not withdrawn, also on another node', async () => {
    const kept = documents();
    const [book, other] = [new VerdictBook(), new VerdictBook()];
    await Promise.all([book.open(kept), other.open(kept)]);
    await book.put(sign(CERTIFICATE, KEYS));
    await book.put(sign({ ...CERTIFICATE, id: 'later-one', outcome: 'not good enough', at: CERTIFICATE.at + 1 }, KEYS));
    expect(book.of('own/small', 'documentation')).toBe('not-good-enough');
    expect(book.of('own/small', 'review')).toBeUndefined();
    await book.withdraw('later-one', { at: CERTIFICATE.at + 2, why: 'its weights changed', by: 'shell:ada' });
    expect(book.of('own/small', 'documentation')).toBe('good-enough');
    await other.refresh();
    expect(other.of('own/small', 'documentation')).toBe('good-enough');
    expect(other.all().map(({ certificate, withdrawn }) => [certificate.id, withdrawn?.why])).toEqual([
      ['later-one', 'its weights changed'],
      ['documentation-own-small', undefined],
    ]);
    book.close();
    other.close();
  });

  it('lets no model that fell stand again on an older proof', async () => {
    const book = new VerdictBook();
    await book.open(documents());
    const good = (id: string, later: number): Certificate => ({ ...CERTIFICATE, id, at: CERTIFICATE.at + later });
    for (const [at, id] of ['first-one', 'second-one', 'third-one'].entries()) await book.put(sign(good(id, at), KEYS));
    await book.withdraw('second-one', { at: CERTIFICATE.at + 9, why: 'it was a mistake', by: 'shell:ada' });
    expect(book.certificate('own/small', 'documentation')?.id).toBe('third-one');
    await book.withdraw('third-one', { at: CERTIFICATE.at + 9, why: 'it has fallen', by: 'freehold' });
    expect(book.of('own/small', 'documentation')).toBeUndefined();
    await book.put(sign(good('fourth-one', 20), KEYS));
    expect(book.of('own/small', 'documentation')).toBe('good-enough');
    book.close();
  });
});
