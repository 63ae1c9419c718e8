import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GatewayError } from '../../protocol/errors.ts';
import { ZONES } from '../../protocol/zone.ts';
import { addressOf } from './contenders.ts';
import { admission, candidates, conversation, desk } from './fixtures/decisions.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** Decides, and answers with who was to answer first. */
function decide(routing: ReturnType<typeof desk>, asked: ReturnType<typeof admission>): string {
  const held = routing.stage.admit?.(asked);
  const [first] = asked.plan;
  if (!first || !held || held instanceof Promise) throw new Error('nobody was to answer');
  asked.record.attempts.push({ provider: first.provider, model: first.target.model, zone: first.zone });
  asked.record.usage = { input: 1000, output: 10 };
  held.over(asked.record);
  return addressOf(first);
}

describe('the plan', () => {
  const sixteen = candidates(16);
  it('holds no target that another stage took away, nor one beyond the ceiling, in any world', () => {
    fc.assert(
      fc.property(fc.subarray(sixteen), fc.constantFrom(...ZONES), fc.nat(9), (left, ceiling, seed) => {
        const asked = admission('x', conversation(seed, 2, 1000), sixteen);
        asked.ceiling = ceiling;
        asked.plan = left.filter(({ zone }) => ZONES.indexOf(zone) <= ZONES.indexOf(ceiling));
        const allowed = new Set(asked.plan);
        try {
          desk().stage.admit?.(asked);
          expect(asked.plan.length).toBeGreaterThan(0);
        } catch (error) {
          expect(allowed.size).toBe(0);
          expect((error as GatewayError).message).toMatch(/nobody may answer "auto": (?:zone|access)/);
          return;
        }
        for (const one of asked.plan) expect(allowed.has(one)).toBe(true);
        const { steps, excluded } = asked.record.decision!.plan;
        expect(steps.length + excluded.length).toBe(sixteen.length);
      }),
      { numRuns: 60 },
    );
  });

  it('that is empty for illness says when to come again', () => {
    const asked = admission('x', conversation(1, 1, 100), sixteen);
    expect(() => desk({}, 'open').stage.admit?.(asked)).toThrow(
      expect.objectContaining({
        kind: 'unavailable',
        retryAfter: 5,
        message: expect.stringMatching(/"auto": health: p0\/.* and 12 more$/),
      }),
    );
  });

  it('is the same for the same request and memory', () => {
    const made = () => {
      const asked = admission('x', conversation(1, 3, 1000), sixteen);
      decide(desk(), asked);
      return asked.record.decision;
    };
    expect(made()).toEqual(made());
  });
});

it('memory does not grow with the number of decisions', () => {
  const routing = desk({ sessions: { most: 500 } });
  const sixteen = candidates(16);
  const prompts = Array.from({ length: 1000 }, (_, seed) => conversation(seed, 4, 2000));
  const round = (from: number) => {
    for (let n = 0; n < 3000; n++) {
      const asked = admission(`x${from + n}`, prompts[n % prompts.length]!, sixteen);
      decide(routing, asked);
      routing.record(asked.record);
    }
    gc();
    return process.memoryUsage().heapUsed;
  };
  // What is remembered of answered exchanges is bounded by 10,000, so it is full after four rounds.
  round(0);
  round(3000);
  round(6000);
  round(9000);
  const before = round(12_000);
  const after = round(15_000);
  expect(after - before).toBeLessThan(2 * 1024 * 1024);
}, 60_000);
