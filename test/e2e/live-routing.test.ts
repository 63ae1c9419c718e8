import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { swapWorld, talk } from '../fake/swap.ts';
import { json } from '../fake/upstream.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe('a swap', () => {
  it('holds for the model’s address, its name, an alias and auto, and no longer once it is undone', async () => {
    const { url, swap, admin } = await swapWorld(stops, { aliases: { assistant: 'far/large-1' }, routing: { mode: 'best' } });
    const names = ['far/large-1', 'large-1', 'assistant', 'auto'];
    const who = async () => Promise.all(names.map(async (name) => (await talk(url, name)()).model));
    const before = await who();
    expect(before.slice(0, 3)).toEqual(['large-1', 'large-1', 'large-1']);
    const { id } = await swap();
    expect(await who()).toEqual(['small-2', 'small-2', 'small-2', 'small-2']);
    await admin('POST', `/${id}/undo`);
    expect(await who()).toEqual(before);
  });

  it('says so in the header and in the explanation', async () => {
    const { url, swap } = await swapWorld(stops);
    const { id } = await swap({ tasks: ['documentation'] });
    const answer = await talk(url)();
    expect(answer.why).toMatch(`documentation; swap ${id}; swap ${id}: in the place of far/large-1`);
    const why = await fetch(`${url}/v1/exchanges/${answer.headers['x-freehold-request-id']}/decision`);
    expect(await why.json()).toMatchObject({
      asked: 'far/large-1',
      chosen: 'own/small-2',
      swap: { swap: id, from: 'far/large-1', to: 'own/small-2' },
      verdicts: [{ address: 'own/small-2' }, { address: 'far/large-1' }],
      isReproduced: true,
    });
    const rehearsed = await fetch(`${url}/v1/route/explain`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'large-1', messages: [{ role: 'user', content: 'Write the documentation of the function sum.' }] }),
    });
    expect(await rehearsed.json()).toMatchObject({ chosen: 'own/small-2', swap: { swap: id } });
  });

  it('leaves other classes of work alone, and evaluations', async () => {
    const { url, swap } = await swapWorld(stops);
    await swap({ tasks: ['documentation'] });
    expect((await talk(url)()).model).toBe('small-2');
    // Whoever tries a model means that one.
    expect((await talk(url)({ headers: { 'user-agent': 'freehold-eval/1' } })).model).toBe('large-1');
    expect((await talk(url, 'large-1', 'Mend the failing login test in src/login.ts: it throws a TypeError.')()).model).toBe('large-1');
  });

  it('lets the old model answer, and says why, where the new one may not or cannot', async () => {
    const { url, swap, own } = await swapWorld(stops);
    await swap();
    const long = await talk(url, 'large-1', 'Document all of this. '.repeat(12_000))();
    expect([long.model, long.why]).toEqual(['large-1', expect.stringMatching(/swap \w+ does not hold here: own\/small-2: \d+ tokens/)]);
    own.scripts = [json(500, { error: { message: 'out of order' } })];
    expect((await talk(url)()).model).toBe('large-1');
    await own.stop();
    expect((await talk(url)()).model).toBe('large-1');
  });

  it('is bound by zones: nobody is let out by it, and who may not leave is answered at home by it', async () => {
    const out = await swapWorld(stops);
    await out.swap({ from: 'own/small-2', to: 'far/large-1' });
    const near = { headers: { 'x-freehold-zone': 'own' } };
    const stays = await talk(out.url, 'own/small-2')(near);
    expect([stays.model, stays.why]).toEqual([
      'small-2',
      expect.stringMatching(/does not hold here: far\/large-1: this request may go as far as "own"/),
    ]);
    expect(out.far.seen).toHaveLength(0);
    expect((await talk(out.url, 'own/small-2')()).model).toBe('large-1');
    const home = await swapWorld(stops);
    expect((await talk(home.url)(near)).status).toBe(403);
    await home.swap({ tasks: ['documentation'] });
    expect((await talk(home.url)(near)).model).toBe('small-2');
    const other = await talk(home.url, 'large-1', 'Mend the failing login test in src/login.ts: it throws a TypeError.')(near);
    expect([other.status, other.text]).toEqual([403, expect.stringMatching(/may go as far as/)]);
    expect(home.far.seen).toHaveLength(0);
  });

  it('is bound by what a key may ask for, unless the key names what was asked by an alias', async () => {
    const hash = (key: string) => `sha256:${createHash('sha256').update(key).digest('hex')}`;
    const keys = { one: { hash: hash('k1'), models: ['far/*'] }, two: { hash: hash('k2'), models: ['assistant'] } };
    const { url, gateway } = await swapWorld(stops, { keys, aliases: { assistant: 'far/large-1' } });
    await gateway.live.begin({ from: 'far/large-1', to: 'own/small-2', share: 1, approve: true }, { actor: 'test' });
    const by = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });
    const barred = await talk(url)(by('k1'));
    expect([barred.model, barred.why]).toEqual(['large-1', expect.stringMatching(/own\/small-2: the key does not allow it/)]);
    expect((await talk(url, 'assistant')(by('k2'))).model).toBe('small-2');
  });

  it('takes its share of conversations, and each stays with who answered it', async () => {
    const { url, swap, admin } = await swapWorld(stops);
    const before = talk(url);
    await before();
    const { id } = await swap({ share: 0.3 });
    // 200 conversations at 30 %: outside of 26 to 96 once in some million runs.
    const talks = Array.from({ length: 200 }, () => talk(url));
    const first: unknown[] = [];
    for (let at = 0; at < talks.length; at += 40)
      first.push(...(await Promise.all(talks.slice(at, at + 40).map((one) => one()))).map(({ model }) => model));
    const taken = first.filter((model) => model === 'small-2').length;
    expect(taken).toBeGreaterThanOrEqual(26);
    expect(taken).toBeLessThanOrEqual(96);
    const again = async () => {
      const models: unknown[] = [];
      for (const one of talks.slice(0, 40)) models.push((await one({ say: 'And now the other function.' })).model);
      return models;
    };
    expect(await again()).toEqual(first.slice(0, 40));
    expect(await before({ say: 'And the other.' })).toMatchObject({
      model: 'large-1',
      why: expect.stringMatching(/; its name; this conversation is with it; asked for by its name$|; its name; asked for by its name$/),
    });
    await admin('POST', `/${id}/promote`);
    expect(await again()).toEqual(first.slice(0, 40));
    expect((await talk(url)()).model).toBe('small-2');
    await admin('POST', `/${id}/rollback`);
    expect(new Set(await again())).toEqual(new Set(['large-1']));
  });

  it('costs a conversation of auto its place when it is rolled back', async () => {
    const { url, swap, admin } = await swapWorld(stops, { routing: { rules: [{ models: ['far/large-1'] }] } });
    const { id } = await swap();
    const one = talk(url, 'auto');
    expect((await one()).model).toBe('small-2');
    expect((await one({ say: 'And the other function, too, please.' })).model).toBe('small-2');
    await admin('POST', `/${id}/rollback`);
    expect((await one({ say: 'And yet another function, too.' })).model).toBe('large-1');
  });
});
