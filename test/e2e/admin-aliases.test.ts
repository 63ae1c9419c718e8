import { afterEach, describe, expect, it } from 'vitest';
import { adminWorld } from '../fake/admin.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const world = (settings?: Record<string, unknown>) => adminWorld(stops, settings);

describe('the names that scripts for LiteLLM use', () => {
  it('generate, info, delete', async () => {
    const { call, ask } = await world();
    await call('PUT', '/admin/api/teams/core', {});
    const wanted = {
      key_alias: 'ci',
      max_budget: 10,
      budget_duration: '30d',
      models: ['up/fake'],
      tpm_limit: 100_000,
      rpm_limit: 3,
      max_parallel_requests: 2,
      duration: '30d',
      team_id: 'core',
      metadata: { owner: 'me' },
      user_id: 'u1',
    };
    const made = await call('POST', '/key/generate', wanted);
    const { key, token } = made.body;
    const facts = { key_alias: 'ci', max_budget: 10, budget_duration: '30d', rpm_limit: 3, team_id: 'core', metadata: { owner: 'me' } };
    expect([made.status, made.body]).toEqual([200, expect.objectContaining({ ...facts, ignored: ['user_id'] })]);
    expect(Date.parse(made.body.expires)).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    expect((await ask(key)).status).toBe(200);
    expect((await ask(key, { model: 'up/free' })).status).toBe(403);
    await expect.poll(async () => (await call('GET', `/key/info?key=${key}`)).body.info.spend).toBeCloseTo(0.000009, 9);
    expect((await call('GET', `/key/info?key=${token}`)).body.info).toMatchObject({ ...facts, max_parallel_requests: 2 });
    expect((await call('POST', '/key/delete', { keys: [key] })).body).toEqual({ deleted_keys: [key] });
    expect((await ask(key)).status).toBe(401);
    expect((await call('GET', `/key/info?key=${key}`)).body.info.blocked).toBe(true);
    await call('POST', '/key/generate', { key_alias: 'two' });
    expect((await call('POST', '/key/delete', { key_aliases: ['two'] })).status).toBe(200);
    expect((await call('POST', '/key/delete', { keys: ['fh_nobody'] })).status).toBe(404);
    expect((await call('POST', '/key/generate', { budget_duration: '3d', max_budget: 1 })).status).toBe(400);
  });
});
