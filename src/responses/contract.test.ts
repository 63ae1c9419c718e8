import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeptAnswer } from '../protocol/memory.ts';
import { MemoryAnswers } from './memory.ts';
import type { AnswerStore, Limits } from './ports.ts';

/** What every store of answers owes. A new driver is one more entry here. */
const DRIVERS: Record<string, (limits: () => Limits, now: () => number) => AnswerStore> = {
  memory: (limits, now) => new MemoryAnswers(limits, now),
};

const HOUR = 3_600_000;
const AMPLE: Limits = { keep: HOUR, answers: 1000, bytes: 1_000_000 };

function answer(id: string, previous?: string, text = id): KeptAnswer {
  const output = JSON.stringify({ id: `msg_${id}`, text });
  return { id, ...(previous !== undefined && { previous }), at: 0, input: `{"in":"${id}"}`, output, shown: '{}', itemIds: [`msg_${id}`] };
}

describe.each(Object.entries(DRIVERS))('%s', (_, create) => {
  let clock = 0;
  const start = (limits: Partial<Limits> = {}) =>
    create(
      () => ({ ...AMPLE, ...limits }),
      () => clock,
    );
  const ids = async (store: AnswerStore, owner: string, id: string) => (await store.chain(owner, id))?.map((one) => one.id);

  it('gives back what was put, with all it continues, oldest first', async () => {
    const store = start();
    for (const [id, previous] of [['a'], ['b', 'a'], ['c', 'b'], ['d', 'a']] as const) await store.put('me', answer(id, previous));
    expect(await store.chain('me', 'c')).toEqual([answer('a'), answer('b', 'a'), answer('c', 'b')]);
    expect(await ids(store, 'me', 'd')).toEqual(['a', 'd']);
    expect(await store.chain('me', 'x')).toBeUndefined();
  });

  it('finds the answer that holds an item', async () => {
    const store = start();
    await store.put('me', answer('a'));
    expect((await store.holding('me', 'msg_a'))?.id).toBe('a');
    expect(await store.holding('me', 'msg_b')).toBeUndefined();
  });

  it('shows nobody what belongs to another', async () => {
    const store = start();
    await store.put('me', answer('a'));
    expect(await store.chain('you', 'a')).toBeUndefined();
    expect(await store.holding('you', 'msg_a')).toBeUndefined();
    expect(await store.remove('you', 'a')).toBe(false);
    await store.put('you', answer('b', 'a'));
    expect(await store.chain('you', 'b')).toBeUndefined();
    expect(await ids(store, 'me', 'a')).toEqual(['a']);
  });

  it('forgets a removed answer at once, but not the history of those that continue it', async () => {
    const store = start();
    await store.put('me', answer('a'));
    await store.put('me', answer('b', 'a'));
    expect(await store.remove('me', 'a')).toBe(true);
    expect(await store.remove('me', 'a')).toBe(false);
    expect(await store.chain('me', 'a')).toBeUndefined();
    expect(await store.holding('me', 'msg_a')).toBeUndefined();
    expect(await ids(store, 'me', 'b')).toEqual(['a', 'b']);
  });

  it('keeps no answer whose history is gone', async () => {
    const store = start();
    await store.put('me', answer('b', 'a'));
    expect(await store.chain('me', 'b')).toBeUndefined();
  });

  it('forgets after its time; an answer’s history lives as long as the answer', async () => {
    clock = 0;
    const store = start();
    await store.put('me', answer('a'));
    clock = HOUR / 2;
    await store.put('me', answer('b', 'a'));
    clock = HOUR;
    expect(await store.chain('me', 'a')).toBeUndefined();
    expect(await store.holding('me', 'msg_a')).toBeUndefined();
    expect(await ids(store, 'me', 'b')).toEqual(['a', 'b']);
    clock = 2 * HOUR;
    expect(await store.chain('me', 'b')).toBeUndefined();
  });

  it('keeps nothing where the time is zero', async () => {
    const store = start({ keep: 0 });
    await store.put('me', answer('a'));
    expect([store.keeps, await store.chain('me', 'a')]).toEqual([false, undefined]);
    expect(start().keeps).toBe(true);
  });

  it('lets the oldest go when there are too many, and those of the largest owner first', async () => {
    clock = 0;
    const store = start({ answers: 3 });
    await store.put('small', answer('s'));
    for (const id of ['a', 'b', 'c', 'd']) await store.put('large', answer(id));
    expect(await ids(store, 'small', 's')).toEqual(['s']);
    expect(await Promise.all(['a', 'b', 'c', 'd'].map((id) => ids(store, 'large', id)))).toEqual([undefined, undefined, ['c'], ['d']]);
  });

  it('holds no more bytes than it may', async () => {
    const store = start({ bytes: 2500 });
    for (const id of ['a', 'b', 'c']) await store.put('me', answer(id, undefined, 'x'.repeat(1000)));
    expect(await store.chain('me', 'a')).toBeUndefined();
    expect(await ids(store, 'me', 'c')).toEqual(['c']);
  });
});

describe('memory', () => {
  it('counts right whatever happens, and is empty when all is gone', async () => {
    const step = fc.record({
      act: fc.constantFrom('put', 'remove', 'wait'),
      owner: fc.nat(2),
      id: fc.nat(8),
      previous: fc.option(fc.nat(8)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        let now = 0;
        const limits: Limits = { keep: 50, answers: 6, bytes: 600 };
        const store = new MemoryAnswers(
          () => limits,
          () => now,
        );
        for (const { act, owner, id, previous } of steps) {
          if (act === 'put')
            await store.put(`o${owner}`, answer(`${id}`, previous === null || previous === id ? undefined : `${previous}`));
          else if (act === 'remove') await store.remove(`o${owner}`, `${id}`);
          else now += 20;
          expect(store.size.answers).toBeLessThanOrEqual(limits.answers);
          expect(store.size.bytes).toBeLessThanOrEqual(limits.bytes);
        }
        now += 1000;
        store.sweep();
        expect(store.size).toEqual({ answers: 0, bytes: 0 });
      }),
    );
  });

  it('a turn of a long conversation costs what it added', async () => {
    const store = new MemoryAnswers(
      () => AMPLE,
      () => 0,
    );
    const sizes: number[] = [];
    for (let turn = 0; turn < 300; turn++) {
      const before = store.size.bytes;
      await store.put('me', answer(`t${1000 + turn}`, turn ? `t${999 + turn}` : undefined));
      sizes.push(store.size.bytes - before);
    }
    expect(new Set(sizes).size).toBe(1);
    expect(await store.chain('me', 't1299')).toHaveLength(300);
  });
});
