import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ExchangeRow } from '../ports.ts';
import type { Driver } from './driver.ts';
import { EPOCH, exchangeRow } from './rows.ts';

const DAY = 86_400_000;

export function tasks({ place }: Driver): void {
  describe('tasks', () => {
    test('a conversation is one task, split by tokens between those who answered', async () => {
      const store = await (await place()).open();
      const big = { session: 's', zone: 'vendor', provider: 'far', model: 'big', input_tokens: 800, output_tokens: 100 } as const;
      const rows = [
        exchangeRow({ ...big, importance: 4 }),
        exchangeRow({ session: 's', input_tokens: 90, output_tokens: 10, importance: 1 }),
        ...Array.from({ length: 20 }, () => exchangeRow({ session: 't', input_tokens: 1, output_tokens: 0 })),
        exchangeRow({ input_tokens: null, output_tokens: null, importance: 2 }),
        exchangeRow({ outcome: 'timeout', outcome_class: 'provider' }),
        // A conversation that goes on after midnight is still one.
        exchangeRow({ session: 't', at: EPOCH + DAY, input_tokens: 0, output_tokens: 0 }),
        exchangeRow({ at: EPOCH + 2 * DAY }),
      ];
      await store.exchanges.insertMissing(rows.map((row) => ({ row })));
      const found = await store.reports.tasks({ from: EPOCH, to: EPOCH + 2 * DAY });
      const of = { team: 'core', task: 'bug_fix' };
      expect(found).toEqual([
        { of: { ...of, provider: 'box', model: 'small', zone: 'own' }, tasks: 2.1, importance: 0.4 + 1 + 2, undivided: 2 },
        { of: { ...of, provider: 'far', model: 'big', zone: 'vendor' }, tasks: 0.9, importance: 3.6, undivided: 0 },
      ]);
      expect(await store.reports.tasks({ from: EPOCH - DAY, to: EPOCH })).toEqual([]);
      expect(await store.reports.tasks({ from: EPOCH, to: EPOCH + 2 * DAY, without: ['nobody'] })).toEqual(found);
      expect(await store.reports.tasks({ from: EPOCH, to: EPOCH + 2 * DAY, without: ['nobody', 'agent'] })).toEqual([]);
      await store.close();
    });

    test('all groups add up to the number of conversations and their importance', async () => {
      const store = await (await place()).open();
      const few = (...values: (string | null)[]) => fc.constantFrom(...values);
      const made = fc.record({
        session: few('a', 'b', 'c', null),
        team: few('core', null),
        task: few('review', 'testing', null),
        zone: fc.constantFrom('own', 'vendor', null),
        input_tokens: fc.option(fc.nat(1e6), { nil: null }),
        importance: fc.constantFrom(null, 1, 3),
      });
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(made, { minLength: 1, maxLength: 40 }), async (overs) => {
          const from = EPOCH + ++runs * DAY;
          const rows = overs.map((over) => exchangeRow({ ...over, at: from } as Partial<ExchangeRow>));
          await store.exchanges.insertMissing(rows.map((row) => ({ row })));
          const weights = new Map<string, number>();
          for (const { id, session, importance } of rows) {
            const name = session ?? id;
            weights.set(name, Math.max(weights.get(name) ?? 0, importance ?? 1));
          }
          const groups = await store.reports.tasks({ from, to: from + DAY });
          const sum = (of: 'tasks' | 'importance') => groups.reduce((total, group) => total + group[of], 0);
          expect(sum('tasks')).toBeCloseTo(weights.size, 6);
          expect(sum('importance')).toBeCloseTo(
            [...weights.values()].reduce((total, weight) => total + weight, 0),
            6,
          );
        }),
        { numRuns: 8 },
      );
      await store.close();
    });
  });
}
