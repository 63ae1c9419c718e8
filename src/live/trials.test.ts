import { describe, expect, it } from 'vitest';
import { JournalKeys } from '../egress/journal/keys.ts';
import { VerdictBook } from '../evals/book.ts';
import { problemsOf, sign } from '../evals/certificate.ts';
import type { DocumentRow, Documents } from '../store/ports.ts';
import { type Match, type Pair, Trials } from './trials.ts';

const MATCH: Match = { task: 'testing', candidate: 'box/new', incumbent: 'v/old', judge: undefined };
const GOOD: Pair = { candidate: 1, incumbent: 1, isTelling: true, isJudged: false };
const PLAN = { keep: 0.5, candidates: 1 };

function world() {
  const rows = new Map<string, DocumentRow>();
  const documents = {
    put: async (all: readonly DocumentRow[]) => all.forEach((row) => void rows.set(row.id, row)),
    page: async ({ collection }: { collection: string }) => [...rows.values()].filter((row) => row.collection === collection),
  } as unknown as Documents;
  const keys = new JournalKeys(Buffer.alloc(32, 7));
  const verdicts = new VerdictBook();
  const told: string[] = [];
  let now = 1000;
  const make = () =>
    new Trials({
      verdicts,
      sign: (certificate) => sign(certificate, keys),
      tell: async ({ id }) => void told.push(id),
      version: '1.0.0',
      now: () => now++,
    });
  return { documents, verdicts, told, rows, make };
}

describe('trials on live traffic', () => {
  it('end in a certificate that holds, once, and go on after a restart', async () => {
    const { documents, verdicts, told, make } = world();
    let trials = make();
    await trials.open(documents);
    for (let n = 0; !trials.isDecided(MATCH); n++) {
      if (n === 3) {
        trials = make();
        await trials.open(documents);
      }
      await trials.add(MATCH, GOOD, PLAN);
    }
    await trials.add(MATCH, GOOD, PLAN);
    const [kept] = verdicts.all();
    expect([verdicts.all().length, told]).toEqual([1, [kept!.certificate.id]]);
    expect(problemsOf({ ...kept! })).toEqual([]);
    expect(kept!.certificate).toMatchObject({ outcome: 'good enough', judged: 0, basis: { kind: 'traffic', from: 1000 } });
    expect(trials.standings('box/new', 'v/old')).toMatchObject([{ outcome: 'good enough', pairs: kept!.certificate.pairs + 1 }]);
  });

  it('take looks for proof only of what is bad', async () => {
    const { documents, verdicts, make } = world();
    const trials = make();
    await trials.open(documents);
    while (!trials.isDecided(MATCH)) await trials.add(MATCH, { ...GOOD, isTelling: false }, PLAN);
    expect(verdicts.all()).toEqual([]);
    expect(trials.standings('box/new', 'v/old')).toMatchObject([{ outcome: 'undecided' }]);
    const worse = { ...MATCH, candidate: 'box/worse' };
    while (!trials.isDecided(worse)) await trials.add(worse, { ...GOOD, candidate: 0, isTelling: false }, PLAN);
    expect(verdicts.of('box/worse', 'testing')).toBe('not-good-enough');
  });

  it('leave alone what they cannot read, and begin anew with another judge', async () => {
    const { documents, rows, make } = world();
    await documents.put([{ collection: 'live-trials', owner: '', id: 'x', value: '{"version":9}', expires_at: null }]);
    const trials = make();
    await trials.open(documents);
    await trials.add(MATCH, GOOD, PLAN);
    await trials.add({ ...MATCH, judge: 'far/judge-3' }, { ...GOOD, isJudged: true }, PLAN);
    expect(trials.standings('box/new', 'v/old').map(({ pairs }) => pairs)).toEqual([1, 1]);
    expect(rows.get('x')?.value).toBe('{"version":9}');
  });
});
