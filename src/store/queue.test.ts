import { expect, test, vi } from 'vitest';
import type { Sent } from './backend/exchanges.ts';
import { exchangeRow } from './contract/rows.ts';
import { StoreError, type StoreFault } from './fault.ts';
import { WriteQueue } from './queue.ts';

/** A writer that is slow, or fails with the faults that stand in its list, first to last. */
function writer(faults: (StoreFault | undefined)[] = []) {
  const groups: string[][] = [];
  const write = async (sent: readonly Sent[]) => {
    const fault = faults.shift();
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (fault) throw new StoreError(fault, fault);
    groups.push(sent.map(({ tuple }) => tuple[0] as string));
  };
  return { groups, write };
}

const put = (queue: WriteQueue, count: number): string[] =>
  Array.from({ length: count }, () => {
    const row = exchangeRow();
    queue.put({ row });
    return row.id;
  });

test('rows are written in their order, in few groups, none larger than a transaction should be', async () => {
  const { groups, write } = writer();
  const queue = new WriteQueue(write);
  const ids = put(queue, 2500);
  await queue.flush();
  expect(groups.flat()).toEqual(ids);
  expect(groups.every(({ length }) => length <= 1000)).toBe(true);
  expect(groups.length).toBeLessThan(6);
  expect(queue.health()).toMatchObject({ ok: true, queued: 0, written: 2500 });
});

test('a flush waits for what was put before it and not for what comes after', async () => {
  const { groups, write } = writer();
  const queue = new WriteQueue(write);
  const ids = put(queue, 3);
  const flushed = queue.flush();
  const more = setInterval(() => put(queue, 1), 1);
  await flushed;
  clearInterval(more);
  expect(groups.flat().slice(0, 3)).toEqual(ids);
  await queue.close(1000);
});

test('while writes fail a flush fails too, rows keep their order, and are written when it works again', async () => {
  const { groups, write } = writer(['full', 'full']);
  const queue = new WriteQueue(write);
  const ids = put(queue, 5);
  await expect(queue.flush()).rejects.toMatchObject({ fault: 'full' });
  ids.push(...put(queue, 5));
  await vi.waitFor(() => expect(queue.health()).toMatchObject({ ok: true, queued: 0 }), 5000);
  expect(groups.flat()).toEqual(ids);
});

test('after a refused row no flush may say that all is written', async () => {
  const queue = new WriteQueue(writer().write, { rows: 1, bytes: 1e9 });
  const must = () => queue.put({ row: exchangeRow(), must: true });
  expect([must(), must(), must()]).toEqual([true, true, false]);
  await expect(queue.flush()).rejects.toMatchObject({ fault: 'refused' });
});

test('large rows fill the queue by their bytes', () => {
  const queue = new WriteQueue(writer().write, { rows: 1000, bytes: 10_000 });
  const content = { request: 'x'.repeat(6000), answer: '' };
  expect([1, 2, 3].map(() => queue.put({ row: exchangeRow(), content }))).toEqual([true, true, false]);
});

test('a close writes what is queued, and counts what it cannot write', async () => {
  const good = writer();
  const queue = new WriteQueue(good.write);
  const ids = put(queue, 3);
  await queue.close(1000);
  expect(good.groups.flat()).toEqual(ids);
  const stuck = new WriteQueue(() => new Promise(() => {}));
  put(stuck, 3);
  await stuck.close(30);
  expect(stuck.health().dropped).toBe(3);
});
