import { afterEach, describe, expect, it } from 'vitest';
import { adminWorld } from '../fake/admin.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const WANTED = { from: 'up/fake', to: 'up/free' };

describe('the admin API of swaps', () => {
  it('begins, promotes, rolls back and undoes one, each on record', async () => {
    const { call, gateway } = await adminWorld(stops);
    const begun = await call('POST', '/admin/api/swaps', { ...WANTED, tasks: ['documentation'], share: 0.2, approve: true });
    expect([begun.status, begun.body]).toMatchObject([201, { ...WANTED, tasks: ['documentation'], state: 'canary', share: 0.2 }]);
    const at = (deed: string) => call('POST', `/admin/api/swaps/${begun.body.id}/${deed}`, { why: 'tried it' });
    expect((await at('promote')).body).toMatchObject({ state: 'full', share: 1 });
    expect((await at('rollback')).body).toMatchObject({ state: 'rolled-back' });
    expect((await at('rollback')).status).toBe(409);
    expect((await at('undo')).body).toMatchObject({ state: 'undone' });
    const { body } = await call('GET', '/admin/api/swaps');
    expect(body).toMatchObject({ swaps: [{ id: begun.body.id, history: [{ by: 'local' }, { why: 'tried it' }, {}, {}] }] });
    expect(gateway.live.swaps.isIdle).toBe(true);
  });

  it('waits for approval unless the configuration says otherwise', async () => {
    const careful = await adminWorld(stops);
    const waiting = await careful.call('POST', '/admin/api/swaps', WANTED);
    expect(waiting.body).toMatchObject({ state: 'waiting', share: 0.05 });
    expect((await careful.call('POST', `/admin/api/swaps/${waiting.body.id}/approve`)).body).toMatchObject({
      state: 'canary',
      share: 0.05,
    });
    const quick = await adminWorld(stops, { evaluation: { approval: 'not-needed' } });
    expect((await quick.call('POST', '/admin/api/swaps', WANTED)).body).toMatchObject({ state: 'canary' });
    expect((await quick.call('POST', '/admin/api/swaps', { ...WANTED, from: 'up/free', to: 'up/fake', approve: false })).status).toBe(409);
  });

  it.each([
    ['a model that nobody serves', { ...WANTED, to: 'up/none' }, 400, /to: nobody serves/],
    ['a name that means several', { ...WANTED, from: 'auto' }, 400, /from: "auto" means several/],
    ['the same model', { ...WANTED, to: 'up/fake' }, 400, /to: is the same model/],
    ['a class of work that is none', { ...WANTED, tasks: ['cooking'] }, 400, /tasks\.0/],
    ['a field that is none', { ...WANTED, models: [] }, 400, /models: is unknown here/],
  ])('refuses %s', async (_, wanted, status, message) => {
    const { call } = await adminWorld(stops);
    const answer = await call('POST', '/admin/api/swaps', wanted);
    expect([answer.status, answer.body.error.message]).toEqual([status, expect.stringMatching(message)]);
  });

  it('keeps them over a restart', async () => {
    const { call, close, data } = await adminWorld(stops);
    await call('POST', '/admin/api/swaps', { ...WANTED, approve: true });
    await close();
    const again = await adminWorld(stops, { data });
    expect((await again.call('GET', '/admin/api/swaps')).body).toMatchObject({ swaps: [{ ...WANTED, state: 'canary' }] });
  });
});
