import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { GroupRow, KeyChanges, KeyRow } from '../ports.ts';
import type { Driver } from './driver.ts';
import { EPOCH, exchangeRow } from './rows.ts';

function keyRow(over: Partial<KeyRow> = {}): KeyRow {
  return {
    id: 'key-1',
    hash: 'h1',
    prefix: 'fh_abcd1',
    name: 'ci',
    team: 'core',
    project: null,
    rules: '{}',
    created_at: EPOCH,
    expires_at: null,
    revoked_at: null,
    ...over,
  };
}

const team: GroupRow = { kind: 'team', id: 'core', name: 'Core', team: null, rules: '{}', created_at: EPOCH, removed_at: null };

/** Keys, budgets, jobs, documents and breakers. */
export function state({ place }: Driver): void {
  describe('keys', () => {
    test('are found by id and hash, replaced, paged; a hash belongs to one key', async () => {
      const store = await (await place()).open();
      const rows = ['a', 'b', 'c'].map((id) => keyRow({ id, hash: `hash-${id}`, team: id === 'b' ? 'ops' : 'core' }));
      for (const row of rows) await store.keys.putKey(row);
      expect(await store.keys.byHash('hash-b')).toEqual(rows[1]);
      expect(await store.keys.byId('c')).toEqual(rows[2]);
      expect(await store.keys.byHash("' OR ''='")).toBeUndefined();
      expect((await store.keys.page({ limit: 2 })).map(({ id }) => id)).toEqual(['a', 'b']);
      expect((await store.keys.page({ limit: 2, after: 'b' })).map(({ id }) => id)).toEqual(['c']);
      expect((await store.keys.page({ limit: 9, team: 'ops' })).map(({ id }) => id)).toEqual(['b']);
      const revoked = { ...rows[1]!, revoked_at: EPOCH + 1 };
      await store.keys.putKey(revoked);
      expect(await store.keys.byHash('hash-b')).toEqual(revoked);
      await expect(store.keys.putKey(keyRow({ id: 'd', hash: 'hash-a' }))).rejects.toMatchObject({ fault: 'conflict' });
      await store.keys.putGroup(team);
      await store.keys.putGroup({ ...team, name: 'Kernel' });
      expect(await store.keys.groups()).toEqual([{ ...team, name: 'Kernel' }]);
      await store.close();
    });

    test('a watcher is told everything, then each change', async () => {
      const store = await (await place()).open();
      await store.keys.putKey(keyRow());
      const told: KeyChanges[] = [];
      const watch = store.keys.watch({ changed: (changes) => told.push(changes), doubt: (_, error) => expect.fail(error.message) });
      await vi.waitFor(() => expect(told).toEqual([{ keys: [keyRow()], groups: [] }]));
      const revoked = keyRow({ revoked_at: EPOCH });
      await store.keys.putKey(revoked);
      await store.keys.putGroup(team);
      await vi.waitFor(() => {
        expect(told.flatMap(({ keys }) => keys)).toContainEqual(revoked);
        expect(told.flatMap(({ groups }) => groups)).toContainEqual(team);
      });
      watch.end();
      const { length } = told;
      await store.keys.putKey(keyRow({ name: 'other' }));
      expect(told).toHaveLength(length);
      await store.close();
    });
  });

  describe('budgets', () => {
    const of = { account: 'team:core', window: '2026-10' };

    test('leases grant what is left, charges move from leased to spent, the rest goes back', async () => {
      const store = await (await place()).open();
      const { budgets } = store;
      const state = async () => (await budgets.read([of]))[0];
      expect(await state()).toEqual({ ...of, spent_nanos: 0, leased_nanos: 0 });
      expect(await budgets.lease(of.account, of.window, 600, 1000)).toBe(600);
      expect(await budgets.lease(of.account, of.window, 600, 1000)).toBe(400);
      expect(await budgets.lease(of.account, of.window, 600, 1000)).toBe(0);
      await store.exchanges.putDurably({ row: exchangeRow(), charges: [{ ...of, nanos: 300 }] });
      expect(await state()).toEqual({ ...of, spent_nanos: 300, leased_nanos: 700 });
      await budgets.giveBack(of.account, of.window, 500);
      expect(await state()).toEqual({ ...of, spent_nanos: 300, leased_nanos: 200 });
      await budgets.giveBack(of.account, of.window, 9999);
      await budgets.charge([
        { ...of, nanos: 1000 },
        { ...of, nanos: -100 },
      ]);
      expect(await state()).toEqual({ ...of, spent_nanos: 1200, leased_nanos: 0 });
      expect(await budgets.lease(of.account, of.window, 1, 1000)).toBe(0);
      expect(await budgets.lease(of.account, of.window, 100, 2000)).toBe(100);
      expect(budgets.hold()).toBe(true);
      await store.close();
    });

    test('a store that is opened again holds what was spent and nothing that was leased', async () => {
      const where = await place();
      const store = await where.open();
      await store.budgets.lease(of.account, of.window, 800, 1000);
      await store.exchanges.putDurably({ row: exchangeRow(), charges: [{ ...of, nanos: 300 }] });
      await store.close();
      const again = await where.open();
      expect(await again.budgets.read([of])).toEqual([{ ...of, spent_nanos: 300, leased_nanos: 0 }]);
      await again.close();
    });

    test('whatever order they come in, spent plus leased stays within the limit as long as nobody charges beyond the lease', async () => {
      const store = await (await place()).open();
      let runs = 0;
      const step = fc.record({ want: fc.nat(400), spend: fc.double({ min: 0, max: 1, noNaN: true }), back: fc.boolean() });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
          const mine = { ...of, account: `run-${runs++}` };
          let held = 0;
          let spent = 0;
          for (const { want, spend, back } of steps) {
            held += await store.budgets.lease(mine.account, mine.window, want, 1000);
            const nanos = Math.floor(held * spend);
            await store.exchanges.putDurably({ row: exchangeRow(), charges: [{ ...mine, nanos }] });
            held -= nanos;
            spent += nanos;
            if (back) {
              await store.budgets.giveBack(mine.account, mine.window, held);
              held = 0;
            }
            expect(await store.budgets.read([mine])).toEqual([{ ...mine, spent_nanos: spent, leased_nanos: held }]);
            expect(spent + held).toBeLessThanOrEqual(1000);
          }
        }),
        { numRuns: 5 },
      );
      await store.close();
    });
  });

  describe('jobs', () => {
    test('one worker at a time, in order, with retries until they are used up', async () => {
      const store = await (await place()).open();
      const { jobs } = store;
      await jobs.enqueue({ id: 'later', kind: 'k', runAt: Date.now() + 60_000 });
      await jobs.enqueue({ id: 'other', kind: 'x' });
      await jobs.enqueue({ id: 'one', kind: 'k', payload: '{"a":1}', maxAttempts: 2 });
      const first = await jobs.claim(['k'], 60_000);
      expect(first).toMatchObject({ id: 'one', state: 'running', attempts: 1, payload: '{"a":1}' });
      expect(await jobs.claim(['k'], 60_000)).toBeUndefined();
      expect(await jobs.renew(first!, 60_000)).toBe(true);
      expect(await jobs.fail(first!, 'no', 0)).toBe(true);
      const second = await jobs.claim(['k'], 60_000);
      expect(second).toMatchObject({ id: 'one', attempts: 2 });
      expect(await jobs.finish(first!, '1')).toBe(false);
      expect(await jobs.fail(second!, 'again', 0)).toBe(true);
      expect(await jobs.get('one')).toMatchObject({ state: 'failed', error: 'again' });
      await jobs.enqueue({ id: 'one', kind: 'k' });
      const third = await jobs.claim(['k'], 60_000);
      expect(await jobs.finish(third!, '{"ok":true}')).toBe(true);
      expect(await jobs.get('one')).toMatchObject({ state: 'done', result: '{"ok":true}', error: null });
      await store.close();
    });

    test('a worker that stops renewing loses the job', async () => {
      const store = await (await place()).open();
      await store.jobs.enqueue({ id: 'one', kind: 'k', maxAttempts: 2 });
      const dead = await store.jobs.claim(['k'], 1);
      const taken = await vi.waitFor(async () => {
        const job = await store.jobs.claim(['k'], 1);
        expect(job).toMatchObject({ id: 'one', attempts: 2 });
        return job!;
      });
      expect(await store.jobs.finish(dead!)).toBe(false);
      await vi.waitFor(async () => {
        expect(await store.jobs.claim(['k'], 1)).toBeUndefined();
        expect(await store.jobs.get('one')).toMatchObject({ state: 'failed', error: 'its worker died' });
      });
      expect(await store.jobs.renew(taken, 1000)).toBe(false);
      await store.close();
    });
  });

  describe('documents and breakers', () => {
    test('documents belong to an owner, are replaced, expire, are paged and cleared away', async () => {
      const store = await (await place()).open();
      const { documents } = store;
      const row = (id: string, over = {}) => ({
        collection: 'answer',
        owner: 'me',
        id,
        value: `{"id":"${id}"}`,
        expires_at: null,
        ...over,
      });
      await documents.put([row('a'), row('b'), row('c', { owner: 'you' }), row('d', { expires_at: Date.now() - 1 })]);
      expect(await documents.get('answer', 'me', 'a')).toEqual(row('a'));
      expect(await documents.get('answer', 'me', 'c')).toBeUndefined();
      expect(await documents.get('answer', 'me', 'd')).toBeUndefined();
      await documents.put([row('a', { value: 'new' })]);
      expect((await documents.page({ collection: 'answer', owner: 'me', limit: 9 })).map(({ id, value }) => [id, value])).toEqual([
        ['a', 'new'],
        ['b', '{"id":"b"}'],
      ]);
      expect((await documents.page({ collection: 'answer', owner: 'me', limit: 1, after: 'a' })).map(({ id }) => id)).toEqual(['b']);
      expect(await documents.remove('answer', 'you', 'a')).toBe(false);
      expect(await documents.remove('answer', 'me', 'a')).toBe(true);
      expect(await store.retain({})).toMatchObject({ documents: 1 });
      await store.close();
    });

    test('of a breaker the newest word counts', async () => {
      const store = await (await place()).open();
      const open = { target: 'box/small', state: 'open' as const, until: EPOCH + 9, failures: 3, changed_at: EPOCH + 2 };
      await store.breakers.put(open);
      await store.breakers.put({ ...open, state: 'closed', changed_at: EPOCH + 1 });
      expect(await store.breakers.since(EPOCH)).toEqual([open]);
      expect(await store.breakers.since(EPOCH + 3)).toEqual([]);
      await store.close();
    });
  });

  describe('opening', () => {
    test('a schema of a newer version, and one that was changed, are refused with the mend', async () => {
      const where = await place();
      await (await where.open()).close();
      await where.tamper(`INSERT INTO migrations (number, name, checksum, at) VALUES (99, 'later', 'x', 0)`);
      await expect(where.open()).rejects.toMatchObject({
        fault: 'schema',
        message: expect.stringMatching(/newer Freehold.*step 99, later.*Run that version/),
      });
      await where.tamper('DELETE FROM migrations WHERE number = 99', `UPDATE migrations SET checksum = 'x'`);
      await expect(where.open()).rejects.toMatchObject({ fault: 'schema', message: expect.stringMatching(/step 1 \(ledger\) differs/) });
    });

    test('a closed store says so', async () => {
      const store = await (await place()).open();
      await store.close();
      await expect(store.keys.byId('a')).rejects.toMatchObject({ fault: 'closed' });
      await expect(store.exchanges.putDurably({ row: exchangeRow() })).rejects.toMatchObject({ name: 'StoreError' });
      expect(store.exchanges.put({ row: exchangeRow() })).toBe(false);
    });
  });
}
