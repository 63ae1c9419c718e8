import { describe, expect, it } from 'vitest';
import type { Swap } from '../policy/swap.ts';
import type { DocumentRow, Documents } from '../store/ports.ts';
import { SwapBook } from './book.ts';

const SWAP: Swap = {
  version: 1,
  id: 's1',
  from: 'v/old',
  to: 'box/new',
  tasks: null,
  state: 'canary',
  share: 0.5,
  certificates: [],
  steps: [],
  shadow: false,
  created_at: 1,
  changed_at: 1,
  history: [],
};

/** What a store keeps; `isAway`: it does not answer. */
function kept() {
  const rows = new Map<string, DocumentRow>();
  const world = { isAway: false };
  const answer = async <T>(value: () => T): Promise<T> => {
    if (world.isAway) throw new Error('the store does not answer');
    return value();
  };
  const documents: Documents = {
    put: (all) => answer(() => all.forEach((row) => void rows.set(`${row.collection} ${row.id}`, row))),
    get: (collection, _, id) => answer(() => rows.get(`${collection} ${id}`)),
    remove: (collection, _, id) => answer(() => rows.delete(`${collection} ${id}`)),
    page: ({ collection }) => answer(() => [...rows.values()].filter((row) => row.collection === collection)),
  };
  return { documents, world };
}

describe('the book of swaps', () => {
  it('is the same for all who share a store', async () => {
    const { documents } = kept();
    const [one, two] = [new SwapBook(), new SwapBook()];
    await one.open(documents, false);
    await two.open(documents, false);
    await one.put(SWAP);
    await two.refresh();
    expect(two.of('v/old')).toEqual([SWAP]);
    await two.change('s1', async (swap) => ({ ...swap, state: 'undone', changed_at: 2 }));
    await one.refresh();
    expect([one.isIdle, one.get('s1')?.state, one.since('s1')]).toEqual([true, 'undone', undefined]);
    one.close();
    two.close();
  });

  it('makes changes one after the other, each on what is kept then', async () => {
    const { documents } = kept();
    const book = new SwapBook();
    await book.open(documents, true);
    await book.put(SWAP);
    const more = (by: number) => book.change('s1', async (swap) => ({ ...swap, share: swap.share + by, changed_at: swap.changed_at + 1 }));
    const failing = book.change('s1', () => Promise.reject(new Error('no')));
    await Promise.all([more(0.1), expect(failing).rejects.toThrow('no'), more(0.2)]);
    expect(book.get('s1')?.share).toBeCloseTo(0.8);
    expect(await book.change('s2', async () => undefined)).toBeUndefined();
    book.close();
  });

  it('lets go of one at once, also while the store is away, until it is changed', async () => {
    const { documents, world } = kept();
    const book = new SwapBook();
    await book.open(documents, true);
    await book.put(SWAP);
    expect(book.since('s1')).toBe(1);
    world.isAway = true;
    book.suspend(SWAP);
    expect(book.isIdle).toBe(true);
    world.isAway = false;
    await book.refresh();
    expect(book.of('v/old')).toEqual([]);
    await book.change('s1', async (swap) => ({ ...swap, share: 0.1, changed_at: 2 }));
    expect(book.of('v/old')).toMatchObject([{ share: 0.1 }]);
    book.close();
  });
});
