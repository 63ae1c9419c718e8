import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LoadSettings, Queue } from './queue.ts';

const SETTINGS: LoadSettings = { concurrency: 1, queue: 8, waitMs: 60_000, models: 1 };

/** A line with a log of whose turn came. */
function line(settings: Partial<LoadSettings> = {}) {
  const queue = new Queue();
  const all = { ...SETTINGS, ...settings };
  const went: string[] = [];
  return {
    queue,
    went,
    enter: (caller: string, model = 'm', now = 0) => queue.enter(caller, model, now, all, () => went.push(`${caller}:${model}`)),
    done: (model = 'm', now = 0, took = 1000) => queue.done(model, took, now, all),
  };
}

describe('Queue', () => {
  it('goes round by caller, whatever one of them has piled up', () => {
    const it = line();
    for (const caller of ['a', 'a', 'a', 'a', 'b', 'c']) it.enter(caller);
    for (let at = 0; at < 5; at++) it.done();
    expect(it.went.map((one) => one[0])).toEqual(['a', 'b', 'c', 'a', 'a', 'a']);
  });

  it('answers those of the loaded model first, until somebody has been passed over for too long', () => {
    const it = line();
    for (const [caller, model] of [
      ['a', 'x'],
      ['b', 'y'],
      ['c', 'x'],
      ['d', 'y'],
      ['e', 'x'],
    ] as const)
      it.enter(caller, model);
    for (let at = 0; at < 4; at++) it.done(it.went.at(-1)!.slice(2));
    expect(it.went).toEqual(['a:x', 'c:x', 'e:x', 'b:y', 'd:y']);
    const other = line();
    other.enter('a', 'x', 0);
    other.enter('b', 'y', 0);
    other.enter('c', 'x', 1000);
    other.done('x', 20_000);
    expect(other.went.at(-1)).toBe('b:y');
  });

  it('starts no second model beside one that is at work, where only one fits', () => {
    const it = line({ concurrency: 2 });
    it.enter('a', 'x');
    it.enter('b', 'y');
    it.enter('c', 'x');
    expect(it.went).toEqual(['a:x', 'c:x']);
    it.done('x');
    expect(it.went).toHaveLength(2);
    it.done('x');
    expect(it.went).toEqual(['a:x', 'c:x', 'b:y']);
    const both = line({ concurrency: 2, models: 2 });
    both.enter('a', 'x');
    both.enter('b', 'y');
    expect(both.went).toEqual(['a:x', 'b:y']);
  });

  it('lets nobody wait where the line is full or the wait too long, and says when to come back', () => {
    const it = line({ queue: 2, waitMs: 9000 });
    for (const caller of ['a', 'b', 'c']) it.enter(caller);
    expect(it.enter('d')).toEqual({ waiting: 2, retryAfter: 1 });
    for (let at = 0; at < 3; at++) it.done('m', 0, 10_000);
    it.enter('e');
    expect(it.enter('f')).toEqual({ waiting: 0, retryAfter: 10 });
  });

  it('who leaves the line is never called', () => {
    const it = line();
    it.enter('a');
    const left = it.enter('b');
    if ('leave' in left) left.leave();
    it.enter('c');
    it.done();
    expect(it.went).toEqual(['a:m', 'c:m']);
  });

  it('never more at once than may, nobody lost and nobody twice', () => {
    const request = fc.record({ caller: fc.constantFrom('a', 'b', 'c'), model: fc.constantFrom('x', 'y', 'z') });
    const step = fc.oneof(request, fc.constant('done' as const));
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 2 }),
        (steps, concurrency, models) => {
          const settings = { concurrency, models, queue: 1000, waitMs: 1e12 };
          const queue = new Queue();
          const working: string[] = [];
          let entered = 0;
          let finished = 0;
          let now = 0;
          const finish = () => {
            const model = working.shift();
            if (model === undefined) return false;
            finished++;
            queue.done(model, 10, now, settings);
            return true;
          };
          for (const one of steps) {
            now += 4000;
            if (one === 'done') finish();
            else {
              entered++;
              queue.enter(one.caller, one.model, now, settings, () => working.push(one.model));
            }
            expect(working.length).toBeLessThanOrEqual(concurrency);
            expect(new Set(working).size).toBeLessThanOrEqual(models);
            expect(queue.waiting === 0 || working.length > 0).toBe(true);
          }
          while (finish());
          expect([finished, queue.waiting, queue.running]).toEqual([entered, 0, 0]);
        },
      ),
    );
  });
});
