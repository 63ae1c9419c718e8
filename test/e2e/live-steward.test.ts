import { afterEach, describe, expect, it } from 'vitest';
import type { SwapView } from '../../src/http/contract.ts';
import { rate, swapWorld, talk } from '../fake/swap.ts';
import { chat, json, type Script } from '../fake/upstream.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

type World = Awaited<ReturnType<typeof swapWorld>>;

/** Conversations, a few at a time, until it holds. */
async function talkUntil({ url }: World, holds: () => boolean): Promise<void> {
  // Until the test's own time is over.
  while (!holds()) {
    await Promise.all(Array.from({ length: 4 }, () => talk(url)()));
    await new Promise((resume) => setTimeout(resume, 10));
  }
}

const answer = json(200, chat.whole('Here it is.'));
const later =
  (ms: number): Script =>
  async (response, seen) => {
    await new Promise((resume) => setTimeout(resume, ms));
    await answer(response, seen);
  };

describe('a canary', () => {
  it('that begins to fail is rolled back by itself, while nobody sees a failure', async () => {
    let isBroken = false;
    const all = await swapWorld(
      stops,
      {},
      { new: (...given) => (isBroken ? json(500, { error: { message: 'broken' } }) : answer)(...given) },
    );
    const { id } = await all.swap({ share: 0.5 });
    const state = () => all.gateway.live.swaps.get(id)?.state;
    await talkUntil(all, () => all.own.seen.length >= 20);
    expect(state()).toBe('canary');
    isBroken = true;
    await talkUntil(all, () => state() === 'rolled-back');
    expect(all.records.every(({ status }) => status === 200)).toBe(true);
    const view = (await all.admin('GET', `/${id}`)) as SwapView;
    expect(view.history.at(-1)).toMatchObject({ state: 'rolled-back', by: 'freehold', why: expect.stringMatching(/^errors: \d/) });
    expect((await talk(all.url)()).model).toBe('large-1');
    const metrics = await (await fetch(`${all.url}/metrics`)).text();
    expect(metrics).toMatch(/^freehold_swap_rollbacks_total 1$/m);
    expect(metrics).toContain(`freehold_swap_share{swap="${id}",from="far/large-1",to="own/small-2",state="rolled-back"} 0`);
    // Nothing puts it back but a person or a new certificate.
    await all.gateway.live.look();
    expect(state()).toBe('rolled-back');
    expect(await all.admin('POST', `/${id}/promote`)).toMatchObject({ state: 'canary', share: 0.5 });
    await all.gateway.live.look();
    expect(state()).toBe('canary');
  });

  it('that becomes slow is rolled back', async () => {
    let ms = 4;
    const all = await swapWorld(stops, {}, { old: later(4), new: (...given) => later(ms)(...given) });
    const { id } = await all.swap({ share: 0.5 });
    const state = () => all.gateway.live.swaps.get(id)?.state;
    await talkUntil(all, () => all.own.seen.length >= 20);
    expect(state()).toBe('canary');
    // So much that a busy machine makes no difference.
    ms = 400;
    await talkUntil(all, () => state() === 'rolled-back');
    expect(all.gateway.live.swaps.get(id)?.history.at(-1)?.why).toMatch(/^latency: of late it takes \d+ ms/);
  });

  it('whose answers people do not like is rolled back', async () => {
    const all = await swapWorld(stops);
    const { id } = await all.swap({ share: 0.5 });
    const state = () => all.gateway.live.swaps.get(id)?.state;
    let told = 0;
    for (; told < 300 && state() !== 'rolled-back'; told++) {
      const answered = await talk(all.url)();
      await rate(all.url, answered, answered.model === 'small-2' ? 'bad' : 'good');
    }
    expect([state(), all.gateway.live.swaps.get(id)?.history.at(-1)?.why]).toEqual([
      'rolled-back',
      expect.stringMatching(/^complaints: 100/),
    ]);
  });

  it('that does well goes through its steps, and what was seen outlives a restart', async () => {
    const plan = [0.3, 0.6].map((share) => ({ share, exchanges: 5, minutes: 0 }));
    const all = await swapWorld(stops);
    const { id } = await all.swap({ share: undefined, plan });
    const look = () => all.gateway.live.look();
    const share = () => all.gateway.live.swaps.get(id)?.share;
    expect(share()).toBe(0.3);
    await look();
    expect(share()).toBe(0.3);
    await talkUntil(all, () => all.own.seen.length >= 5);
    await look();
    expect(share()).toBe(0.6);
    await talkUntil(all, () => all.own.seen.length >= 8);
    const before = (await all.admin('GET', `/${id}`)) as SwapView;
    expect(before.figures.new.exchanges).toBeGreaterThanOrEqual(8);
    expect(before.figures.new.exchanges + before.figures.old.exchanges).toBe(all.records.length);
    await all.close();
    const again = await swapWorld(stops, { data: all.data });
    const after = (await again.admin('GET', `/${id}`)) as SwapView;
    expect(after.figures).toEqual(before.figures);
    await talkUntil(again, () => again.own.seen.length >= 5);
    await again.gateway.live.look();
    expect(again.gateway.live.swaps.get(id)).toMatchObject({ state: 'full', share: 1 });
  });

  it('gives its place back when the certificate it stands on is withdrawn', async () => {
    const all = await swapWorld(stops);
    const certificate = {
      version: 1 as const,
      id: 'certificate-1',
      task: 'documentation' as const,
      candidate: { address: 'own/small-2' },
      reference: { address: 'far/large-1' },
      basis: { kind: 'traffic' as const, from: 0, to: 1 },
      outcome: 'good enough' as const,
      margin: { keep: 0.95 },
      alpha: 0.05,
      candidates: 1,
      pairs: 400,
      candidate_score: 0.9,
      reference_score: 0.9,
      interval: [0.87, 0.93] as [number, number],
      e: 20,
      executed: 400,
      judged: 0,
      at: Date.now(),
      freehold: '0.1.0',
    };
    await all.gateway.verdicts.put({ certificate, key: 'k', signature: 's' });
    const { id, certificates } = await all.swap({ tasks: ['documentation'] });
    expect(certificates).toEqual(['certificate-1']);
    await all.gateway.verdicts.withdraw('certificate-1', { at: Date.now(), why: 'it has fallen', by: 'freehold' });
    await all.gateway.live.look();
    expect(all.gateway.live.swaps.get(id)).toMatchObject({ state: 'rolled-back' });
    // Proven anew, it waits for a person, and what is proven against it takes it back.
    await all.gateway.verdicts.put({ certificate: { ...certificate, id: 'certificate-2', at: Date.now() + 1 }, key: 'k', signature: 's' });
    await all.gateway.live.look();
    expect(all.gateway.live.swaps.get(id)).toMatchObject({ state: 'waiting' });
    await all.admin('POST', `/${id}/approve`);
    const against = { ...certificate, id: 'certificate-3', at: Date.now() + 1000, outcome: 'not good enough' as const };
    await all.gateway.verdicts.put({ certificate: against, key: 'k', signature: 's' });
    await all.gateway.live.look();
    expect(all.gateway.live.swaps.get(id)).toMatchObject({ state: 'rolled-back' });
  });
});
