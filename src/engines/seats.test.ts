import { describe, expect, it } from 'vitest';
import { Seats } from './seats.ts';

const seat = (name: string, tokens: number[] = []) => ({ name, contextTokens: tokens });
const count = (to: number) => Array.from({ length: to }, (_, i) => i);
const never = new AbortController().signal;

/** Takes a seat and keeps it until `leave` is called. */
async function sit(seats: Seats<ReturnType<typeof seat>>, tokens: number[] = [], signal = never) {
  const run = seats.use(tokens, signal, async function* (given) {
    yield given.name;
  });
  const { value } = await run.next();
  return { name: value, leave: () => run.return(undefined) };
}

describe('Seats', () => {
  it('prefers the seat that already holds the beginning of the prompt', async () => {
    const seats = new Seats([seat('empty'), seat('some', count(20)), seat('most', count(50))], 0);
    expect((await sit(seats, count(60))).name).toBe('most');
    expect((await sit(seats, count(60))).name).toBe('some');
  });

  it('does not take a conversation away for a few shared tokens', async () => {
    const seats = new Seats([seat('oldest'), seat('other', count(50))], 0);
    expect((await sit(seats, [0, 1, 2])).name).toBe('oldest');
  });

  it('lets wait in order, refuses beyond the queue with whole seconds, and serves who waited', async () => {
    const seats = new Seats([seat('a')], 1);
    const first = await sit(seats);
    const second = sit(seats);
    expect(seats.waiting).toBe(1);
    await expect(sit(seats)).rejects.toMatchObject({ status: 429, retryAfterSeconds: expect.any(Number) });
    await first.leave();
    expect((await second).name).toBe('a');
    expect([seats.busy, seats.waiting]).toEqual([1, 0]);
  });

  it('forgets who leaves the queue', async () => {
    const seats = new Seats([seat('a')], 1);
    const first = await sit(seats);
    const leaving = new AbortController();
    const second = sit(seats, [], leaving.signal);
    leaving.abort(new Error('left'));
    await expect(second).rejects.toThrow('left');
    await first.leave();
    expect([seats.busy, seats.waiting]).toEqual([0, 0]);
  });

  it('frees the seat when the work fails', async () => {
    const seats = new Seats([seat('a')], 0);
    // biome-ignore lint/correctness/useYield: it fails before it could yield
    const failing = seats.use([], never, async function* (): AsyncGenerator<never, void> {
      throw new Error('broken');
    });
    await expect(failing.next()).rejects.toThrow('broken');
    expect(seats.busy).toBe(0);
  });
});
