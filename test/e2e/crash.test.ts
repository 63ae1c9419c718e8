import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { killAgainAndAgain } from '../crash/rounds.ts';

/** The short form of `node test/crash/main.ts`. */
it('a gateway that is killed under load again and again loses no call, charges none twice and passes no budget', async () => {
  const data = mkdtempSync(join(tmpdir(), 'freehold-crash-'));
  try {
    const { taken, answered, rows, intents, interrupted, cost, spent, limit } = await killAgainAndAgain(data, 4, 1500, Math.random);
    expect(taken).toBeGreaterThan(5);
    expect(rows).toBe(intents);
    expect(taken).toBeLessThanOrEqual(rows);
    expect(rows - interrupted).toBeLessThanOrEqual(answered);
    expect(interrupted).toBeGreaterThan(0);
    expect(spent).toBe(cost);
    expect(spent).toBeLessThanOrEqual(limit);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
});
