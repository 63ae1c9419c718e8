import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { resilienceSchema } from '../policy/resilience.ts';
import { GatewayError } from '../protocol/errors.ts';
import { openStore } from '../store/open.ts';
import { Resilience } from './resilience.ts';
import { shareHealth } from './shared-health.ts';

it('what one node learned of a target another knows, with the time that is left, and so when it is well again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'freehold-health-'));
  const store = await openStore({ file: join(folder, 'store.sqlite') });
  const settings = resilienceSchema.parse({ breaker_failures: 2, breaker_seconds: 30 });
  const node = () => new Resilience({ settings: () => settings, now: Date.now, random: Math.random });
  const [one, two] = [node(), node()];
  const ends = [one, two].map((resilience) => shareHealth(resilience, store.breakers, 20));
  try {
    for (let at = 0; at < 2; at++) one.report('up/model', new GatewayError('upstream', 'boom'));
    await expect.poll(() => two.health('up/model'), { timeout: 5000 }).toBe('open');
    const left = two.admit('up/model')!.ms;
    expect(left).toBeGreaterThan(20_000);
    expect(left).toBeLessThanOrEqual(30_000);
    one.report('up/model');
    await expect.poll(() => two.health('up/model'), { timeout: 5000 }).toBe('closed');
  } finally {
    for (const end of ends) end();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
