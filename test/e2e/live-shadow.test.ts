import { afterEach, describe, expect, it } from 'vitest';
import type { SwapView } from '../../src/http/contract.ts';
import { startGateway } from '../fake/start.ts';
import { swapWorld, talk } from '../fake/swap.ts';
import { until } from '../fake/targets.ts';
import { chat, FakeUpstream, json, type Script } from '../fake/upstream.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const shadowing = (candidate: string, more: object = {}) => ({
  evaluation: { shadow: { candidates: { documentation: [candidate] }, share: 1, ...more } },
});
const said = (text: string) => json(200, chat.whole(text));

/** A call of a tool, in the form of chat completions. */
function calls(name: string, args: object): Script {
  const call = { id: 'c1', type: 'function', function: { name, arguments: JSON.stringify(args) } };
  const whole = chat.whole('');
  const [choice] = whole.choices;
  return json(200, {
    ...whole,
    choices: [{ ...choice, message: { role: 'assistant', content: null, tool_calls: [call] }, finish_reason: 'tool_calls' }],
  });
}

const TOOLS = {
  tools: [
    {
      type: 'function',
      function: { name: 'Write', parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] } },
    },
  ],
};

describe('a shadow', () => {
  it('needs no data folder', async () => {
    const { providers } = await swapWorld(stops);
    const bare = await startGateway({ providers, ...shadowing('own/small-2') });
    stops.push(() => bare.gateway.close());
    await bare.gateway.live.begin({ from: 'far/large-1', to: 'own/small-2', share: 0.001, approve: true }, { actor: 'test' });
    await talk(bare.url)();
    await until(() => bare.gateway.live.evidence.figures().pairs === 1);
    expect(bare.records).toHaveLength(1);
  });

  it('is asked when the answer is complete, never delays it, and stands in the ledger under its own name', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const slow: Script = async (response, seen) => {
      await gate;
      await said('from home')(response, seen);
    };
    const all = await swapWorld(stops, shadowing('own/small-2'), { new: slow });
    const first = await talk(all.url)();
    expect([first.model, JSON.parse(first.text).choices[0].message.content]).toEqual(['large-1', 'from far']);
    await until(() => all.own.seen.length === 1);
    // The candidate takes its time, and nobody waits for it.
    for (let n = 0; n < 5; n++) expect((await talk(all.url)()).model).toBe('large-1');
    expect(all.gateway.live.evidence.figures().pairs).toBe(0);
    open();
    await until(() => all.gateway.live.evidence.figures().pairs === 6);
    expect(all.records).toHaveLength(6);
    const { exchanges } = (await (await fetch(`${all.url}/admin/api/exchanges?client=freehold-shadow`)).json()) as {
      exchanges: { model: string; task: string | null; cost_nanos: number }[];
    };
    expect(exchanges.length).toBeGreaterThanOrEqual(1);
    expect(exchanges[0]).toMatchObject({ model: 'small-2', cost_nanos: 0 });
    expect(JSON.parse(all.own.seen[0]!.body).messages).toEqual(JSON.parse(all.far.seen[0]!.body).messages);
  });

  it('goes no farther than the request may', async () => {
    const all = await swapWorld(stops, shadowing('far/large-1'));
    for (let n = 0; n < 5; n++) expect((await talk(all.url, 'own/small-2')({ headers: { 'x-freehold-zone': 'own' } })).status).toBe(200);
    await until(() => (all.gateway.live.evidence.figures().dropped.get('not allowed') ?? 0) === 5);
    expect(all.far.seen).toHaveLength(0);
    expect((await talk(all.url, 'own/small-2')()).status).toBe(200);
    await until(() => all.gateway.live.evidence.figures().pairs === 1);
    expect(all.far.seen).toHaveLength(1);
  });

  it('keeps its daily budget under load, and charges nobody else', async () => {
    // 5 tokens read and 2 written cost $0.000075, and the most that one may cost is a little more.
    const all = await swapWorld(stops, {
      ...shadowing('far/large-1', { daily_usd: 0.01, concurrency: 16 }),
      budgets: { models: { 'own/*': '1/day' } },
    });
    const body = { max_tokens: 50 };
    for (let round = 0; round < 12; round++) await Promise.all(Array.from({ length: 8 }, () => talk(all.url, 'own/small-2')({ body })));
    const figures = () => all.gateway.live.evidence.figures();
    const over = () => [...figures().dropped.values()].reduce((sum, one) => sum + one, 0) + figures().pairs;
    await until(() => over() === 96);
    const spent = all.far.seen.length * 75_000;
    expect(figures().spentNanos).toBe(spent);
    expect(spent).toBeLessThanOrEqual(0.01 * 1e9);
    const metrics = await (await fetch(`${all.url}/metrics`)).text();
    expect(metrics).toContain(`freehold_shadow_pairs_total ${figures().pairs}\n`);
    expect(metrics).toContain(`freehold_shadow_spent_dollars ${spent / 1e9}\n`);
    expect(figures().pairs).toBe(all.far.seen.length);
  });

  it('gives way to users at home', async () => {
    const hangs: Script = () => undefined;
    const all = await swapWorld(stops, shadowing('own/small-2'), { new: hangs });
    await talk(all.url)();
    await until(() => all.own.seen.length === 1);
    all.own.scripts = [hangs, said('from home')];
    expect((await talk(all.url, 'own/small-2', 'Mend the failing login test in src/login.ts.')()).model).toBe('small-2');
    await all.own.seen[0]!.aborted;
    await until(() => all.gateway.live.evidence.figures().dropped.get('gave way') === 1);
  });

  it('holds nobody up when the gateway ends', async () => {
    const all = await swapWorld(stops, shadowing('own/small-2'), { new: () => undefined });
    await talk(all.url)();
    await until(() => all.own.seen.length === 1);
    await all.close();
    await all.own.seen[0]!.aborted;
  });

  it('repeats nothing that would have effects, and answers nobody', async () => {
    const all = await swapWorld(stops, shadowing('own/small-2'));
    await talk(all.url)({ body: { tools: [{ type: 'web_search' }] } });
    await until(() => all.gateway.live.evidence.figures().dropped.get('side effects') === 1);
    expect(all.own.seen).toHaveLength(0);
  });

  it('proves a candidate that does worse not good enough, with a certificate that the router heeds', async () => {
    const all = await swapWorld(stops, shadowing('own/small-2'), {
      old: calls('Write', { path: 'docs/sum.md' }),
      new: said("I'm sorry, but I can't help with that."),
    });
    const verdict = () => all.gateway.verdicts.of('own/small-2', 'documentation');
    while (!verdict()) {
      await talk(all.url)({ body: TOOLS });
      await until(
        () =>
          [...all.gateway.live.evidence.figures().dropped.values(), all.gateway.live.evidence.figures().pairs].reduce((a, b) => a + b, 0) >=
          all.records.length,
      );
    }
    expect(verdict()).toBe('not-good-enough');
    const { certificate, key, signature } = all.gateway.verdicts.all()[0]!;
    expect(certificate).toMatchObject({ basis: { kind: 'traffic' }, candidate_score: 0, reference_score: 1, executed: certificate.pairs });
    const { problemsOf } = await import('../../src/evals/certificate.ts');
    expect(problemsOf({ certificate, key, signature })).toEqual([]);
    // There is nothing more to find out.
    const asked = all.own.seen.length;
    for (let n = 0; n < 5; n++) await talk(all.url)({ body: TOOLS });
    expect(all.own.seen).toHaveLength(asked);
    const { standings } = (await (await fetch(`${all.url}/admin/api/evidence/standings`)).json()) as { standings: object[] };
    expect(standings).toMatchObject([{ task: 'documentation', outcome: 'not good enough', pairs: certificate.pairs }]);
  });

  it('takes no pair of good-looking texts for proof that a model is good enough', async () => {
    const all = await swapWorld(stops, shadowing('own/small-2', { keep: 0.5 }));
    const { id } = await all.swap({ share: 0.001, tasks: ['documentation'] });
    const standing = async () => ((await all.admin('GET', `/${id}`)) as SwapView).standings[0];
    do {
      await talk(all.url)();
      await until(() => all.gateway.live.evidence.figures().pairs >= all.records.length);
    } while (((await standing())?.e ?? 0) < 20);
    expect(await standing()).toMatchObject({ outcome: 'undecided', reason: expect.stringMatching(/only the form .* name a judge/) });
    expect(all.gateway.verdicts.all()).toEqual([]);
  });

  it('asks a judge in both orders and without names, who proves a candidate good enough', async () => {
    const far = await FakeUpstream.start(said('The old answer.'));
    const own = await FakeUpstream.start(said('The new answer.'));
    // Prefers the first place where it cannot tell, which is then no preference.
    const jury = await FakeUpstream.start((response, seen) => {
      const better = seen.body.includes('ANSWER 1\\nThe new') === seen.body.includes('ANSWER 2\\nThe old') ? 1 : 0;
      return said(`Both do.\n{"better": ${better}}`)(response, seen);
    });
    const at = (up: FakeUpstream, zone: string, model: string) => ({
      dialect: 'openai-chat',
      url: up.url,
      zone,
      models: { [model]: { price: { input: 1, output: 1 } } },
    });
    const started = await startGateway({
      providers: { far: at(far, 'vendor', 'large-1'), own: at(own, 'own', 'small-2'), jury: at(jury, 'vendor', 'judge-3') },
      ...shadowing('own/small-2', { judge: 'jury/judge-3', keep: 0.5, daily_usd: 5 }),
    });
    stops.push(
      () => far.stop(),
      () => own.stop(),
      () => jury.stop(),
      () => started.gateway.close(),
    );
    const { evidence } = started.gateway.live;
    const swap = await started.gateway.live.begin(
      { from: 'far/large-1', to: 'own/small-2', share: 0.001, approve: true },
      { actor: 'test' },
    );
    const standing = () => evidence.standings(swap)[0];
    for (let n = 1; standing()?.outcome !== 'good enough'; n++) {
      await talk(started.url)();
      await until(() => evidence.figures().pairs >= n);
    }
    expect(jury.seen.length).toBe(2 * own.seen.length);
    const [one, two] = jury.seen.map(({ body }) => JSON.parse(body).messages[0].content as string);
    expect([one, two].map((text) => /ANSWER 1\n(.*)/.exec(text!)?.[1]).sort()).toEqual(['The new answer.', 'The old answer.']);
    expect(one).toMatch(/Write the documentation of the function sum/);
    expect(`${one}${two}`).not.toMatch(/small-2|large-1/);
  });

  it('of a model that took over shows when it no longer keeps up: the old one is back', async () => {
    const all = await swapWorld(
      stops,
      { evaluation: { shadow: { share: 1 } } },
      { old: calls('Write', { path: 'docs/sum.md' }), new: calls('Write', { path: 'docs/sum.md' }) },
    );
    const { id } = await all.swap({ shadow: true });
    const state = () => all.gateway.live.swaps.get(id)?.state;
    const pairs = () =>
      [...all.gateway.live.evidence.figures().dropped.values(), all.gateway.live.evidence.figures().pairs].reduce((a, b) => a + b, 0);
    const ask = async () => {
      await talk(all.url)({ body: TOOLS });
      await until(() => pairs() >= all.records.length || state() !== 'full');
    };
    for (let n = 0; n < 10; n++) await ask();
    expect(state()).toBe('full');
    all.own.scripts = [calls('Write', { file: 'docs/sum.md' })];
    for (let n = 0; n < 60 && state() === 'full'; n++) await ask();
    await until(() => state() === 'rolled-back');
    expect(all.gateway.live.swaps.get(id)?.history.at(-1)?.why).toMatch(/^quality: it no longer keeps 90 %/);
  });
});
