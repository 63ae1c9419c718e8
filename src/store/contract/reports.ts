import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dimension } from '../ports.ts';
import type { Driver } from './driver.ts';
import { EPOCH, exchangeRow } from './rows.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ALL = { from: EPOCH - 2 * DAY, to: EPOCH + 40 * DAY, grain: 'day' } as const;

export function reports({ place }: Driver): void {
  describe('reports', () => {
    test('sums equal the rows, by any dimension and grain', async () => {
      const store = await (await place()).open();
      let runs = 0;
      const dimension = fc.constantFrom('a', 'b', '');
      const counts = fc.option(fc.nat(1e6), { nil: null });
      const made = fc.record({
        at: fc.nat(3 * DAY - 1).map((after) => EPOCH + after),
        key: dimension.map((text) => text || null),
        model: dimension.map((text) => text || null),
        input_tokens: counts,
        cost_nanos: counts,
        baseline_nanos: counts,
        importance: fc.constantFrom(null, 1, 2),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(made, { minLength: 1, maxLength: 60 }), fc.constantFrom('hour', 'day'), async (overs, grain) => {
          const project = `run-${runs++}`;
          const rows = overs.map((over) => exchangeRow({ ...over, project }));
          for (const row of rows) store.exchanges.put({ row });
          await store.exchanges.flush();
          const groups = await store.reports.totals({ from: EPOCH, to: EPOCH + 3 * DAY, grain, by: ['key', 'model'], where: { project } });
          const expected = new Map<string, number[]>();
          for (const row of rows) {
            const name = `${row.key ?? ''}/${row.model ?? ''}`;
            const priced = row.cost_nanos !== null && row.baseline_nanos !== null;
            const add = [
              1,
              row.input_tokens ?? 0,
              row.cost_nanos ?? 0,
              row.cost_nanos === null ? 1 : 0,
              priced ? row.baseline_nanos! : 0,
              row.importance ?? 1,
            ];
            const sums = expected.get(name) ?? add.map(() => 0);
            expected.set(
              name,
              sums.map((sum, index) => sum + add[index]!),
            );
          }
          const found = groups.map(({ of, exchanges, input_tokens, cost_nanos, unpriced, baseline_nanos, importance }) => [
            `${of.key}/${of.model}`,
            [exchanges, input_tokens, cost_nanos, unpriced, baseline_nanos, importance],
          ]);
          expect(new Map(found as [string, number[]][])).toEqual(expected);
        }),
        { numRuns: 6 },
      );
      await store.close();
    });

    test('every choice of dimensions adds up to the same', async () => {
      const store = await (await place()).open();
      const rows = Array.from({ length: 200 }, (_, index) =>
        exchangeRow({
          at: EPOCH + index * 900_000,
          key: `k${index % 7}`,
          team: index % 3 ? 'core' : null,
          project: index % 5 ? null : 'p',
          client: index % 2 ? 'agent' : 'editor',
          task: index % 4 ? 'review' : 'testing',
          model: `m${index % 3}`,
          cost_nanos: index,
        }),
      );
      await store.exchanges.insertMissing(rows.map((row) => ({ row })));
      const all: Dimension[] = ['key', 'team', 'project', 'client', 'task', 'provider', 'model', 'zone', 'outcome_class'];
      const choices: Dimension[][] = [
        [],
        ['team'],
        ['task', 'model'],
        ['key', 'client'],
        ['team', 'model'],
        ['key', 'model'],
        ['project', 'zone'],
        all,
      ];
      for (const by of choices) {
        const groups = await store.reports.totals({ ...ALL, by });
        const values = new Set(rows.map((row) => JSON.stringify(by.map((name) => row[name] ?? ''))));
        expect(groups.map(({ of }) => JSON.stringify(by.map((name) => of[name]))).sort()).toEqual([...values].sort());
        expect(groups.reduce((sum, { exchanges }) => sum + exchanges, 0)).toBe(200);
        expect(groups.reduce((sum, { cost_nanos }) => sum + cost_nanos, 0)).toBe((199 * 200) / 2);
      }
      const one = await store.reports.totals({ ...ALL, by: ['task'], where: { key: 'k1', team: '' } });
      const count = (task: string) => rows.filter((row) => row.key === 'k1' && row.team === null && row.task === task).length;
      expect(one.map(({ of, exchanges }) => [of.task, exchanges])).toEqual([
        ['review', count('review')],
        ['testing', count('testing')],
      ]);
      await store.close();
    });

    test('series, filters, empty windows; hours only for short windows, and no dimension from outside', async () => {
      const store = await (await place()).open();
      const at = [EPOCH, EPOCH + 10, EPOCH + HOUR, EPOCH + 30 * HOUR];
      await store.exchanges.insertMissing(at.map((at, index) => ({ row: exchangeRow({ at, task: index % 2 ? 'review' : 'testing' }) })));
      const hours = await store.reports.totals({ from: EPOCH, to: EPOCH + 2 * HOUR, grain: 'hour', series: true });
      expect(hours.map(({ start, exchanges }) => [start, exchanges])).toEqual([
        [EPOCH, 2],
        [EPOCH + HOUR, 1],
      ]);
      expect(await store.reports.totals({ ...ALL, where: { task: 'review' } })).toMatchObject([{ exchanges: 2 }]);
      expect(await store.reports.totals({ from: EPOCH - DAY, to: EPOCH, grain: 'day' })).toEqual([]);
      await expect(store.reports.totals({ ...ALL, grain: 'hour' })).rejects.toMatchObject({ fault: 'refused' });
      const hostile = 'key; DROP TABLE exchanges' as 'key';
      await expect(store.reports.totals({ ...ALL, by: [hostile] })).rejects.toThrow(/by: there is no dimension/);
      await expect(store.reports.totals({ ...ALL, where: { [hostile]: 'x' } })).rejects.toThrow(/where: there is no dimension/);
      await store.close();
    });

    test('quantiles of latency are within a tenth; failures do not count', async () => {
      const store = await (await place()).open();
      const durations = Array.from({ length: 500 }, (_, index) => 5 * 1.02 ** index);
      const rows = durations.map((total_ms) => exchangeRow({ total_ms, first_token_ms: null }));
      const failed = exchangeRow({ total_ms: 1e7, outcome: 'timeout', outcome_class: 'provider' });
      await store.exchanges.insertMissing([...rows, failed].map((row) => ({ row })));
      const [group] = await store.reports.latency({ ...ALL, measure: 'total', by: ['model'] });
      expect(group).toMatchObject({ of: { model: 'small' }, count: 500 });
      for (const [quantile, found] of [
        [0.5, group!.p50],
        [0.9, group!.p90],
        [0.95, group!.p95],
        [0.99, group!.p99],
      ] as const) {
        const right = durations[Math.ceil(quantile * 500) - 1]!;
        expect(Math.abs(found / right - 1)).toBeLessThan(0.1);
      }
      expect(await store.reports.latency({ ...ALL, measure: 'first_token' })).toEqual([]);
      await store.close();
    });
  });
}
