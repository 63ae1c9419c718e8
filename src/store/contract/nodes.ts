import { describe, expect, test, vi } from 'vitest';
import type { KeyRow } from '../ports.ts';
import type { Driver } from './driver.ts';
import { EPOCH, exchangeRow } from './rows.ts';

const of = { account: 'total', window: '2026-10' };

/** What holds where several nodes share a store. */
export function nodes({ place }: Driver): void {
  describe('several nodes', () => {
    test('none leases what another holds; a node that dies gives its leases back in time', async () => {
      const where = await place();
      const [a, b] = await Promise.all([where.open('a'), where.open('b')]);
      const grants = await Promise.all(
        Array.from({ length: 40 }, (_, index) => (index % 2 ? a : b).budgets.lease(of.account, of.window, 70, 1000)),
      );
      expect(grants.reduce((sum, nanos) => sum + nanos, 0)).toBe(1000);
      expect(await a.budgets.read([of])).toEqual([{ ...of, spent_nanos: 0, leased_nanos: 1000 }]);
      // As if node a had stopped renewing.
      await where.tamper(`UPDATE leases SET expires_at = 0 WHERE node = 'a'`);
      const ofA = grants.filter((_, index) => index % 2).reduce((sum, nanos) => sum + nanos, 0);
      expect(await b.budgets.lease(of.account, of.window, 5000, 1000)).toBe(ofA);
      // What it had spent all the same is counted when it is known.
      await a.exchanges.putDurably({ row: exchangeRow(), charges: [{ ...of, nanos: 50 }] });
      expect(await b.budgets.read([of])).toEqual([{ ...of, spent_nanos: 50, leased_nanos: 1000 }]);
      expect(await b.budgets.lease(of.account, of.window, 1, 1000)).toBe(0);
      await Promise.all([a.close(), b.close()]);
    });

    test('rows of several nodes at once: all are there, and the sums are right', async () => {
      const where = await place();
      const stores = await Promise.all(['a', 'b', 'c'].map((node) => where.open(node)));
      const rows = stores.map((_, node) =>
        Array.from({ length: 400 }, (_, index) => exchangeRow({ at: EPOCH + index * 1000, node: `${node}` })),
      );
      for (let index = 0; index < 400; index++)
        for (const [node, store] of stores.entries()) store.exchanges.put({ row: rows[node]![index]!, charges: [{ ...of, nanos: 5 }] });
      await Promise.all(stores.map((store) => store.exchanges.flush()));
      const [sum] = await stores[0]!.reports.totals({ from: EPOCH, to: EPOCH + 86_400_000, grain: 'day' });
      expect(sum).toMatchObject({ exchanges: 1200, input_tokens: 1_200_000, cost_nanos: 6_000_000 });
      expect(await stores[1]!.budgets.read([of])).toMatchObject([{ spent_nanos: 6000 }]);
      await Promise.all(stores.map((store) => store.close()));
    });

    test('a revocation reaches the others within a second', async () => {
      const where = await place();
      const [a, b] = await Promise.all([where.open('a'), where.open('b')]);
      const key: KeyRow = {
        id: 'k',
        hash: 'h',
        prefix: 'fh_',
        name: 'n',
        team: null,
        project: null,
        rules: '{}',
        created_at: EPOCH,
        expires_at: null,
        revoked_at: null,
      };
      const heard: (number | null)[] = [];
      b.keys.watch({ changed: ({ keys }) => heard.push(...keys.map(({ revoked_at }) => revoked_at)), doubt: () => {} });
      await a.keys.putKey(key);
      await vi.waitFor(() => expect(heard).toEqual([null]), { timeout: 5000 });
      await a.keys.putKey({ ...key, revoked_at: EPOCH });
      const told = performance.now();
      await vi.waitFor(() => expect(heard).toEqual([null, EPOCH]), { timeout: 5000, interval: 10 });
      // The promise is one second; the machine of a test may be busy.
      expect(performance.now() - told).toBeLessThan(3000);
      await Promise.all([a.close(), b.close()]);
    });

    test('a job goes to one of many that ask at once', async () => {
      const where = await place();
      const [a, b] = await Promise.all([where.open('a'), where.open('b')]);
      for (let index = 0; index < 10; index++) await a.jobs.enqueue({ id: `${index}`, kind: 'k' });
      const claims = await Promise.all(Array.from({ length: 24 }, (_, index) => (index % 2 ? a : b).jobs.claim(['k'], 60_000)));
      const ids = claims.flatMap((job) => job?.id ?? []);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids).toHaveLength(10);
      await Promise.all([a.close(), b.close()]);
    });
  });
}
