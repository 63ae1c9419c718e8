import { afterEach, describe, expect, it } from 'vitest';
import { type PlanInput, plan } from '../../src/policy/plan.ts';
import { post } from '../fake/call.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json } from '../fake/upstream.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

interface World extends Started {
  own: FakeUpstream;
  far: FakeUpstream;
}

/** A model of our own, and one somewhere else that is known to be better. */
async function world(routing: object = {}, more: Record<string, unknown> = {}, others: object = {}): Promise<World> {
  const own = await FakeUpstream.start(json(200, chat.whole('from home')));
  const far = await FakeUpstream.start(json(200, chat.whole('from far')));
  const price = { input: 5, output: 25, cache_read: 0.5 };
  const started = await startGateway({
    providers: {
      own: { dialect: 'openai-chat', url: own.url, zone: 'own', models: { 'qwen3-coder:30b': { context: 32_000 } } },
      far: { dialect: 'openai-chat', url: far.url, zone: 'vendor', models: { 'claude-opus-4-5': { context: 200_000, price } } },
      ...others,
    },
    routing,
    ...more,
  });
  stops.push(
    () => started.gateway.close(),
    () => own.stop(),
    () => far.stop(),
  );
  return { ...started, own, far };
}

type Message = Record<string, unknown>;
const TOOLS = ['Edit', 'Bash'].map((name) => ({ type: 'function', function: { name, parameters: { type: 'object' } } }));
const user = (content: string): Message => ({ role: 'user', content });
let calls = 0;
const step = (name: string, args: object, content: string): Message[] => {
  const id = `call_${++calls}`;
  return [
    { role: 'assistant', content: null, tool_calls: [{ id, type: 'function', function: { name, arguments: JSON.stringify(args) } }] },
    { role: 'tool', tool_call_id: id, content },
  ];
};
const ask = ({ url }: World, messages: Message[], headers: Record<string, string> = {}, model = 'auto') =>
  post(`${url}/v1/chat/completions`, { model, messages, tools: TOOLS }, headers);
const who = (answer: Awaited<ReturnType<typeof ask>>) => answer.headers['x-freehold-model'];
const TASK = user('Mend the login test in src/login.ts, please.');
const edit = () => step('Edit', { path: 'src/login.ts', n: ++calls }, 'The file was changed.');
const failing = () => step('Bash', { command: 'npm test', n: ++calls }, 'AssertionError: expected 1\n1 failed, 3 passed');
const passing = () => step('Bash', { command: 'npm test', n: ++calls }, '4 passed');

describe('a conversation', () => {
  it('stays on its model, moves up when its tests fail, stays there, and explains why', async () => {
    const all = await world({ mode: 'own-first' });
    const history = [TASK];
    expect(who(await ask(all, history))).toBe('qwen3-coder:30b');
    history.push(...edit(), ...passing());
    expect(who(await ask(all, history))).toBe('qwen3-coder:30b');
    history.push(...edit(), ...failing());
    const moved = await ask(all, history);
    expect([who(moved), moved.headers['x-freehold-decision']]).toEqual([
      'claude-opus-4-5',
      expect.stringMatching(/own-first; moved up: its tests failed/),
    ]);
    history.push(...edit(), ...passing());
    const after = await ask(all, history);
    expect([who(after), after.headers['x-freehold-decision']]).toEqual([
      'claude-opus-4-5',
      expect.stringMatching(/this conversation is with it/),
    ]);
    const why = await fetch(`${all.url}/v1/exchanges/${moved.headers['x-freehold-request-id']}/decision`);
    expect(await why.json()).toMatchObject({
      chosen: 'far/claude-opus-4-5',
      otherwise: 'own/qwen3-coder:30b',
      why: expect.stringMatching(/moved up: its tests failed/),
      isReproduced: true,
      signals: ['check passed'],
    });
  });

  it('of a helper is one of its own, and so is another caller’s', async () => {
    const all = await world({ mode: 'own-first' });
    const history = [TASK, ...edit(), ...failing()];
    const session = { 'x-claude-code-session-id': 's' };
    await ask(all, [TASK], session);
    expect(who(await ask(all, history, session))).toBe('claude-opus-4-5');
    expect(who(await ask(all, [TASK], { ...session, 'x-claude-code-agent-id': 'a' }))).toBe('qwen3-coder:30b');
  });

  it('that outgrows its model moves to a larger window', async () => {
    const all = await world({ mode: 'own-first' });
    expect(who(await ask(all, [TASK]))).toBe('qwen3-coder:30b');
    const grown = await ask(all, [TASK, ...step('Bash', { command: 'cat all' }, 'some words of a long file. '.repeat(8000))]);
    expect([who(grown), grown.headers['x-freehold-decision']]).toEqual([
      'claude-opus-4-5',
      expect.stringMatching(/instead of own\/qwen3-coder:30b: \d+ tokens/),
    ]);
  });

  it('that repeats itself is told so and moves up; where the settings say so, it is stopped', async () => {
    const same = () => step('Bash', { command: 'ls' }, 'a.ts');
    const turns = [TASK, ...same(), ...same(), ...same(), ...same()];
    const patient = await world({ mode: 'own-first' });
    await ask(patient, [TASK]);
    const moved = await ask(patient, turns);
    expect([who(moved), moved.headers['x-freehold-warning']]).toEqual(['claude-opus-4-5', 'the same calls were made 4 times in a row']);
    const strict = await world({ loops: { repeats: { act: 'stop' } } });
    await ask(strict, [TASK]);
    const stopped = await ask(strict, turns);
    expect([stopped.status, JSON.parse(stopped.text)]).toEqual([
      400,
      { error: expect.objectContaining({ code: 'loop_stopped', message: expect.stringMatching(/made 4 times in a row/) }) },
    ]);
    expect(strict.own.seen.length + strict.far.seen.length).toBe(1);
  });

  it('with a model of its own choice is not read, unless it may be stopped', async () => {
    const same = () => step('Bash', { command: 'ls' }, 'a.ts');
    const turns = [TASK, ...same(), ...same(), ...same(), ...same()];
    const named = (all: World, headers = {}) => ask(all, turns, headers, 'own/qwen3-coder:30b');
    const calm = await world();
    expect((await named(calm, { 'session-id': 's' })).status).toBe(200);
    expect(calm.records[0]).toMatchObject({ session: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(calm.records[0]!.task).toBeUndefined();
    const strict = await world({ loops: { repeats: { act: 'stop' } } });
    expect((await named(strict)).status).toBe(400);
  });

  it('that costs too much is stopped', async () => {
    const all = await world({ mode: 'best', loops: { spending: { usd: 0.000001 } } });
    expect((await ask(all, [TASK])).status).toBe(200);
    const stopped = await ask(all, [TASK, ...passing()]);
    expect([stopped.status, stopped.text]).toEqual([400, expect.stringMatching(/this conversation has cost/)]);
  });
});

describe('who answers', () => {
  it('is chosen by the mode of the settings, a rule, or a header', async () => {
    const rule = { name: 'releases', when: { path: '**/login.ts' }, mode: 'best' };
    const all = await world({ mode: 'own-first', rules: [rule] });
    expect(who(await ask(all, [user('Say hello.')]))).toBe('qwen3-coder:30b');
    const greeted = [user('Say hello.'), ...passing()];
    expect(who(await ask(all, greeted, { 'x-freehold-mode': 'best' }))).toBe('claude-opus-4-5');
    expect(who(await ask(all, [...greeted, ...passing()]))).toBe('claude-opus-4-5');
    const ruled = await ask(all, [TASK]);
    expect([who(ruled), ruled.headers['x-freehold-decision']]).toEqual(['claude-opus-4-5', expect.stringMatching(/rule "releases"/)]);
    const wrong = await ask(all, [TASK], { 'x-freehold-mode': 'cheap' });
    expect([wrong.status, wrong.text]).toEqual([400, expect.stringMatching(/x-freehold-mode: must be one of cheapest-good-enough/)]);
  });

  it('is one by chance under a rule with weights, the same for all of a conversation', async () => {
    const all = await world({ rules: [{ models: { 'own/qwen3-coder:30b': 1, 'far/claude-opus-4-5': 1 } }] });
    const firsts: (string | string[] | undefined)[] = [];
    for (let n = 0; n < 24; n++) {
      const opening = [user(`Say ${n}.`)];
      const first = who(await ask(all, opening));
      expect(who(await ask(all, [...opening, ...passing()]))).toBe(first);
      firsts.push(first);
    }
    expect(new Set(firsts).size).toBe(2);
  });

  it('is who was named, without a decision, whatever the rules say', async () => {
    const all = await world({ rules: [{ models: ['far/claude-opus-4-5'] }] });
    const pinned = await ask(all, [TASK], {}, 'own/qwen3-coder:30b');
    expect([who(pinned), pinned.headers['x-freehold-decision'], all.records[0]!.decision]).toEqual([
      'qwen3-coder:30b',
      undefined,
      undefined,
    ]);
  });

  it('is one of an alias’s several', async () => {
    const all = await world({ mode: 'own-first' }, { aliases: { coder: ['far/claude-opus-4-5', 'own'] } });
    expect(who(await ask(all, [TASK], {}, 'coder'))).toBe('qwen3-coder:30b');
    expect(all.records[0]!.decision?.input.contenders).toHaveLength(2);
  });

  it('is nobody where a rule’s models are not served now, and an alias of others is none of its business', async () => {
    const down = { dialect: 'openai-chat', url: 'http://127.0.0.1:9', zone: 'own' };
    const aliases = { coder: ['far/claude-opus-4-5', 'own'] };
    const all = await world({ rules: [{ name: 'strict', models: ['down'] }] }, { aliases }, { down });
    const none = await ask(all, [TASK]);
    expect([none.status, none.text]).toEqual([503, expect.stringMatching(/rule: .*rule \\"strict\\" names others/)]);
    const coder = await ask(all, [TASK], {}, 'coder');
    expect([coder.status, coder.headers['x-freehold-decision']]).toEqual([200, expect.not.stringMatching(/strict/)]);
  });

  it('is nobody when the gates leave none, each named: a prompt for the largest window is the client’s to shorten', async () => {
    const all = await world({ rules: [{ when: { tools: true }, models: ['own/qwen3-coder:30b'] }] });
    const long = [user('some words of a long file. '.repeat(12_000))];
    const none = await ask(all, long);
    expect([none.status, none.text]).toEqual([503, expect.stringMatching(/window: own\/qwen3-coder:30b \(.*rule: far\/claude-opus-4-5/)]);
    const huge = await post(`${all.url}/v1/chat/completions`, {
      model: 'auto',
      messages: [user('some words of a long file. '.repeat(60_000))],
    });
    expect([huge.status, JSON.parse(huge.text)]).toEqual([400, { error: expect.objectContaining({ code: 'context_length_exceeded' }) }]);
  });
});

describe('what was decided', () => {
  it('is decided again from what was recorded', async () => {
    const all = await world({ mode: 'own-first' });
    const history = [TASK];
    for (const more of [[], [...edit(), ...failing()], passing(), [user('Thanks. Now write the release notes for version two.')]]) {
      history.push(...more);
      await ask(all, history);
    }
    expect(all.records).toHaveLength(4);
    for (const { decision } of all.records) {
      const kept = JSON.parse(JSON.stringify(decision)) as { input: PlanInput; plan: unknown };
      expect(plan(kept.input)).toEqual(kept.plan);
    }
  });

  it('would be told of a request that is not sent, text or whole', async () => {
    const all = await world({ mode: 'own-first' });
    const told = async (body: unknown, door = '') => JSON.parse((await post(`${all.url}/v1/route/explain${door}`, body)).text);
    expect(await told(JSON.stringify('Why is the sky blue?'))).toMatchObject({
      chosen: 'own/qwen3-coder:30b',
      asked: 'auto',
      isReproduced: true,
    });
    const other = { model: 'auto', max_tokens: 10, messages: [{ role: 'user', content: 'Hi.' }] };
    expect(await told(other, '?door=/v1/messages')).toMatchObject({ chosen: 'own/qwen3-coder:30b', flips: expect.any(Array) });
    expect(await told({ ...other, model: 'far/claude-opus-4-5' })).toMatchObject({ answered: 'far/claude-opus-4-5', why: /one model/ });
    expect(await told({ ...other, model: 'nobody' })).toMatchObject({ refused: 'not-found' });
    expect((await post(`${all.url}/v1/route/explain?door=/v1/nowhere`, other)).status).toBe(404);
    expect(all.own.seen.length + all.far.seen.length).toBe(0);
  });
});

describe('feedback', () => {
  it('is also given by whoever asks the same of another model', async () => {
    const all = await world({ mode: 'best' });
    const id = (await ask(all, [TASK])).headers['x-freehold-request-id'];
    await ask(all, [TASK], {}, 'own/qwen3-coder:30b');
    const why = await fetch(`${all.url}/v1/exchanges/${id}/decision`);
    expect(await why.json()).toMatchObject({ chosen: 'far/claude-opus-4-5', signals: ['retry elsewhere'] });
  });

  it('changes what is believed of who answered, and can be changed', async () => {
    const all = await world({ mode: 'best' });
    const rate = async (body: unknown) => JSON.parse((await post(`${all.url}/v1/feedback`, body)).text) as object;
    const exchange = async (session: string) =>
      (await ask(all, [TASK], { 'x-freehold-session': session })).headers['x-freehold-request-id'];
    const belief = () =>
      all.records.at(-1)!.decision!.input.contenders.find(({ address }) => address === 'far/claude-opus-4-5')!.belief.mean;
    const first = await exchange('first');
    const before = belief();
    for (let n = 0; n < 2; n++) {
      const bad = { exchange: await exchange(`s${n}`), rating: 'bad', reason: 'wrong' };
      expect(await rate(bad)).toMatchObject({ object: 'feedback', score: 0, model: 'far/claude-opus-4-5' });
    }
    await exchange('then');
    const after = belief();
    expect(after).toBeLessThan(before);
    for (let n = 0; n < 5; n++) await rate({ exchange: first, score: n % 2 ? 1 : 0 });
    await exchange('last');
    expect(belief()).toBeLessThan(after);
  });

  it.each([
    [{ exchange: 'nobody', rating: 'good' }, 404, /no exchange of yours/],
    [{ exchange: 'x' }, 400, /either rating/],
    [{ exchange: 'x', score: 2 }, 400, /score/],
    [{ exchange: 'x', rating: 'good', stars: 5 }, 400, /stars: is unknown/],
  ])('%j is %i', async (body, status, message) => {
    const all = await world();
    const answer = await post(`${all.url}/v1/feedback`, body);
    expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(message)]);
  });
});
