import { describe, expect, test } from 'vitest';
import type { ExchangeRow, PageQuery, Store } from '../ports.ts';
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
        complexity: 0.75,
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
