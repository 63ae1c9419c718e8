import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dimension, ExchangeRow, PageQuery, Store } from '../ports.ts';
import type { Driver } from './driver.ts';
import { EPOCH, exchangeRow } from './rows.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ALL = { from: EPOCH - 2 * DAY, to: EPOCH + 40 * DAY, grain: 'day' } as const;

async function idsOf(store: Store, query: PageQuery): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.exchanges.page({ ...query, cursor });
    ids.push(...page.rows.map(({ id }) => id));
    cursor = page.next;
  } while (cursor !== undefined);
  return ids;
}

const newestFirst = (rows: readonly ExchangeRow[]) => [...rows].sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1)).map(({ id }) => id);

export function exchanges({ place }: Driver): void {
  describe('exchanges', () => {
    test('every column comes back as it was', async () => {
      const store = await (await place()).open();
      const full = exchangeRow({
        session: 's',
        project: 'p',
        repository: 'github.com/acme/app',
        complexity: 'high',
        importance: 2.5,
        cost_nanos: 9_007_199_254_740_991,
        cache_write_tokens: 1,
        cache_write_1h_tokens: 2,
        reasoning_tokens: 3,
        notes: '[{"why":"ü \\u0000 \'quoted\' \\\\ back"}]',
        findings: '[]',
        asked: `it's "quoted", {braced}, NULL, \\N and 日本 🦊`,
        first_token_ms: 0.125,
      });
      const empty = exchangeRow({
        key: null,
        team: null,
        client: null,
        task: null,
        provider: null,
        model: null,
        zone: null,
        ceiling: null,
      });
      const bare: ExchangeRow = {
        ...empty,
        cost_nanos: null,
        price_source: null,
        input_tokens: null,
        output_tokens: null,
        plan: null,
        outcome: 'interrupted',
        outcome_class: 'interrupted',
      };
      for (const row of [full, bare]) {
        await store.exchanges.putDurably({ row });
        expect(await store.exchanges.get(row.id)).toEqual(row);
      }
      expect(await store.exchanges.get('nobody')).toBeUndefined();
      await store.close();
    });

    test('content lies apart, and only where it was given', async () => {
      const store = await (await place()).open();
      const [one, two] = [exchangeRow(), exchangeRow()];
      await store.exchanges.putDurably({ row: one, content: { request: '{"a":1}', answer: 'Hello.' } });
      await store.exchanges.putDurably({ row: two });
      expect(await store.exchanges.content(one.id)).toEqual({ request: '{"a":1}', answer: 'Hello.' });
      expect(await store.exchanges.content(two.id)).toBeUndefined();
      await store.close();
    });

    test('the same id is written, summed and charged once: at once, again, and by recovery with another time', async () => {
      const store = await (await place()).open();
      const row = exchangeRow();
      const charges = [{ account: 'total', window: 'w', nanos: 5000 }];
      store.exchanges.put({ row, charges });
      store.exchanges.put({ row, charges });
      await store.exchanges.flush();
      await store.exchanges.putDurably({ row, charges });
      const other = exchangeRow();
      const late = { ...row, at: row.at + 999 };
      expect(
        await store.exchanges.insertMissing([
          { row: late, charges },
          { row: other, charges },
          { row: other, charges },
        ]),
      ).toBe(1);
      expect(
        await store.exchanges.insertMissing([
          { row: late, charges },
          { row: other, charges },
        ]),
      ).toBe(0);
      expect(await store.reports.totals(ALL)).toMatchObject([{ exchanges: 2, cost_nanos: 10_000 }]);
      expect(await store.budgets.read([{ account: 'total', window: 'w' }])).toMatchObject([{ spent_nanos: 10_000 }]);
      await store.close();
    });

    test('pages: newest first, without gaps or repeats, while rows arrive, also when a clock jumped back', async () => {
      const store = await (await place()).open();
      const rows = Array.from({ length: 137 }, (_, index) => exchangeRow({ at: EPOCH + (index % 10) * HOUR - (index > 100 ? DAY : 0) }));
      await store.exchanges.insertMissing(rows.map((row) => ({ row })));
      expect(await idsOf(store, { limit: 20 })).toEqual(newestFirst(rows));
      const first = await store.exchanges.page({ limit: 50 });
      await store.exchanges.putDurably({ row: exchangeRow({ at: EPOCH + DAY }) });
      const second = await store.exchanges.page({ limit: 500, cursor: first.next });
      expect([...first.rows, ...second.rows].map(({ id }) => id)).toEqual(newestFirst(rows));
      expect(Object.keys(first.rows[0]!)).not.toContain('attempts');
      await expect(store.exchanges.page({ limit: 5, cursor: "1' OR 1=1" })).rejects.toMatchObject({ fault: 'refused' });
      await store.close();
    });

    test('filters, alone and together, find what a search by hand finds', async () => {
      const store = await (await place()).open();
      const pick = <T>(values: readonly T[], index: number, stride: number) => values[Math.floor(index / stride) % values.length]!;
      const rows = Array.from({ length: 300 }, (_, index) => {
        const outcome = pick(['ok', 'timeout', 'cancelled'] as const, index, 7);
        return exchangeRow({
          at: EPOCH + ((index * 7919) % 1000) * 60_000,
          key: pick(['k1', 'k2', null], index, 1),
          project: pick(['p', null], index, 2),
          session: pick(['s1', null, null], index, 3),
          repository: pick(['r', null], index, 5),
          model: pick(['small', 'large'], index, 4),
          zone: pick(['own', 'vendor'] as const, index, 4),
          outcome,
          outcome_class: outcome === 'timeout' ? 'provider' : outcome,
        });
      });
      await store.exchanges.insertMissing(rows.map((row) => ({ row })));
      const filters: Omit<PageQuery, 'limit'>[] = [
        { key: 'k1' },
        { outcome_class: 'ok' },
        { outcome_class: 'provider' },
        { zone: 'vendor', key: 'k2' },
        { session: 's1', model: 'large', outcome_class: 'cancelled' },
        { repository: 'r', project: 'p', from: EPOCH + 100 * 60_000, to: EPOCH + 600 * 60_000 },
        { key: 'nobody' },
      ];
      for (const { from = 0, to = Infinity, ...same } of filters) {
        const fits = (row: ExchangeRow) =>
          row.at >= from && row.at < to && Object.entries(same).every(([name, value]) => row[name as keyof ExchangeRow] === value);
        const bounds = { ...(from && { from }), ...(to < Infinity && { to }) };
        expect(await idsOf(store, { limit: 7, ...same, ...bounds })).toEqual(newestFirst(rows.filter(fits)));
      }
      await store.close();
    });

    test('sums equal the rows, by any dimension and grain', async () => {
      const store = await (await place()).open();
      let runs = 0;
      const dimension = fc.constantFrom('a', 'b', '');
      const counts = fc.option(fc.nat(1e6), { nil: null });
      const made = fc.record({
        at: fc.nat(3 * DAY).map((after) => EPOCH + after),
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

    test('retention takes what is too old with its content, and leaves the sums', async () => {
      const store = await (await place()).open();
      const rows = Array.from({ length: 1500 }, (_, index) => exchangeRow({ at: EPOCH + index * 2 * 60_000 }));
      const content = { request: 'r', answer: 'a' };
      await store.exchanges.insertMissing(rows.map((row) => ({ row, content })));
      const before = EPOCH + 30 * HOUR;
      const old = rows.filter(({ at }) => at < before).length;
      const sums = await store.reports.totals(ALL);
      const gone = await store.retain({ exchanges: before, hours: before });
      expect(gone).toMatchObject({ exchanges: old, contents: old });
      expect(gone.hours).toBeGreaterThan(0);
      expect(await idsOf(store, { limit: 500 })).toEqual(newestFirst(rows.filter(({ at }) => at >= before)));
      expect(await store.exchanges.content(rows[0]!.id)).toBeUndefined();
      expect(await store.exchanges.content(rows.at(-1)!.id)).toEqual(content);
      expect(await store.reports.totals(ALL)).toEqual(sums);
      expect(await store.reports.totals({ from: EPOCH, to: EPOCH + 2 * HOUR, grain: 'hour' })).toEqual([]);
      // What is as old as that can still be recovered.
      expect(await store.exchanges.insertMissing([{ row: exchangeRow({ at: EPOCH }) }])).toBe(1);
      await store.close();
    });
  });
}
