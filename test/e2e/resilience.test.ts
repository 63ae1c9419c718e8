import { afterEach, describe, expect, it } from 'vitest';
import { open, post } from '../fake/call.ts';
import { ask, stopAll, until, world } from '../fake/targets.ts';
import { chat, json, type Script, silence, sse } from '../fake/upstream.ts';

/** Retries, breakers, hedges and lines. */

afterEach(stopAll);

const ok = json(200, chat.whole('fine'));
const fails = json(500, { error: { message: 'boom' } });

describe('further tries', () => {
  it('one target that fails once is asked again', async () => {
    const { url, ups, records } = await world([[fails, ok]]);
    const answer = await post(`${url}/v1/chat/completions`, ask('up0/fake'));
    expect([answer.status, ups[0]!.seen.length]).toEqual([200, 2]);
    expect(records[0]?.attempts.map(({ error }) => error)).toEqual(['upstream', undefined]);
  });

  it('waits as long as the provider asks, and no longer than the client is to wait', async () => {
    const busy = (seconds: string) => json(429, { error: { message: 'slow down' } }, { 'retry-after': seconds });
    const { url, ups } = await world([[busy('1'), ok], busy('9')]);
    const from = performance.now();
    expect((await post(`${url}/v1/chat/completions`, ask('up0/fake'))).status).toBe(200);
    expect(performance.now() - from).toBeGreaterThanOrEqual(1000);
    const refused = await post(`${url}/v1/chat/completions`, ask('up1/fake'));
    expect([refused.status, refused.headers['retry-after'], ups[1]!.seen.length]).toEqual([429, '9', 1]);
  });

  it('are counted by the client’s turn: who asks the same again and again is not given more each time', async () => {
    const { url, ups } = await world([fails], { resilience: { turn_retries: 3, breaker_failures: 1000 } });
    const same = ask('up0/fake');
    for (let call = 0; call < 8; call++) await post(`${url}/v1/chat/completions`, same);
    expect(ups[0]!.seen.length).toBe(8 + 3);
  });

  it('are a share of a provider’s requests', async () => {
    const { url, ups } = await world([fails], { resilience: { breaker_failures: 1000, retry_share: 0.1 } });
    await Promise.all(Array.from({ length: 40 }, () => post(`${url}/v1/chat/completions`, ask('up0/fake'))));
    // Ten are saved up, then one for ten requests.
    expect(ups[0]!.seen.length).toBeLessThanOrEqual(40 + 10 + 5);
  });

  it('what one dialect cannot carry is asked of the next target', async () => {
    const { url, ups } = await world([ok, ok], {}, [{ dialect: 'ollama' }]);
    const answer = await post(`${url}/v1/chat/completions`, ask('auto', { n: 3 }));
    expect([answer.status, ups.map(({ seen }) => seen.length)]).toEqual([200, [0, 1]]);
  });
});

describe('what overflows a window', () => {
  const long = json(400, { error: { message: 'prompt is too long: 9000 tokens > 8000 maximum', code: 'context_length_exceeded' } });
  const window = (context?: number) => ({ models: { fake: context === undefined ? null : { context } } });

  it('is asked of a larger window only, whatever lies in between', async () => {
    const { url, ups } = await world([long, ok, ok, ok], {}, [window(8000), window(8000), window(), window(64_000)]);
    expect((await post(`${url}/v1/chat/completions`, ask('auto'))).status).toBe(200);
    expect(ups.map(({ seen }) => seen.length)).toEqual([1, 0, 0, 1]);
  });

  it('is told as that, when there is no larger one', async () => {
    const { url, ups } = await world([long, fails], {}, [window(8000), window(4000)]);
    const answer = await post(`${url}/v1/chat/completions`, ask('auto'));
    expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([400, 'context_length_exceeded']);
    expect(ups.map(({ seen }) => seen.length)).toEqual([1, 0]);
  });
});

describe('a breaker', () => {
  it('of a single target fails fast and lets one request probe', async () => {
    let isWell = false;
    const { url, ups } = await world([(response, seen) => (isWell ? ok : fails)(response, seen)], {
      resilience: { retries: 0, breaker_failures: 3, breaker_seconds: 0.4 },
    });
    const call = () => post(`${url}/v1/chat/completions`, ask('up0/fake'));
    for (let at = 0; at < 3; at++) expect((await call()).status).toBe(500);
    const fast = await call();
    expect([fast.status, fast.headers['retry-after'], ups[0]!.seen.length]).toEqual([503, '1', 3]);
    expect(fast.text).toContain('up0/fake is left alone');
    await new Promise((resume) => setTimeout(resume, 450));
    isWell = true;
    const probes = await Promise.all(Array.from({ length: 5 }, call));
    expect(probes.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(1);
    expect((await call()).status).toBe(200);
  });

  it('that opened under an outage spares the target and its callers', async () => {
    const { url, ups } = await world([fails, ok], { resilience: { breaker_failures: 3, breaker_seconds: 60 } });
    for (let call = 0; call < 12; call++) expect((await post(`${url}/v1/chat/completions`, ask('auto'))).status).toBe(200);
    expect(ups[0]!.seen.length).toBeLessThanOrEqual(3);
  });

  it('forgets what it knew when the configuration changes', async () => {
    const { url, ups, gateway } = await world([[fails, fails, ok]], {
      resilience: { retries: 0, breaker_failures: 2, breaker_seconds: 60 },
    });
    const call = () => post(`${url}/v1/chat/completions`, ask('up0/fake'));
    expect([(await call()).status, (await call()).status, (await call()).status]).toEqual([500, 500, 503]);
    const { configFrom } = await import('../../src/config/load.ts');
    const provider = { dialect: 'openai-chat', zone: 'own', models: ['fake'], url: ups[0]!.url, headers: { 'x-mended': 'yes' } };
    await gateway.apply(configFrom({ server: { port: 0 }, providers: { up0: provider } }));
    expect((await call()).status).toBe(200);
  });
});

describe('a target that is slow to begin', () => {
  const TEXT = [chat.start(), chat.text('Hello'), chat.stop(), chat.done];
  const quick = sse(TEXT);

  it('is outrun by the next one, stopped, and accounted', async () => {
    const { url, ups, records } = await world([[...Array<Script>(8).fill(quick), silence], quick], {
      resilience: { hedge_least_seconds: 0.1, hedge_share: 1 },
    });
    for (let call = 0; call < 8; call++) await post(`${url}/v1/chat/completions`, ask('auto', { stream: true }));
    const from = performance.now();
    const answer = await post(`${url}/v1/chat/completions`, ask('auto', { stream: true }));
    expect(performance.now() - from).toBeLessThan(3000);
    expect([answer.status, answer.headers['x-freehold-provider'], answer.complete]).toEqual([200, 'up1', true]);
    await ups[0]!.seen[8]!.aborted;
    expect(records.at(-1)).toMatchObject({
      outcome: 'ok',
      attempts: [
        { provider: 'up0', error: 'cancelled' },
        { provider: 'up1', bytesIn: expect.any(Number) },
      ],
    });
    expect(records.at(-1)?.attempts[0]?.bytesOut).toBeGreaterThan(0);
  });

  it('that begins before the other answers, and the other is stopped', async () => {
    const late: Script = async (response, seen) => {
      await new Promise((resume) => setTimeout(resume, 300));
      await quick(response, seen);
    };
    const { url, ups } = await world([[...Array<Script>(8).fill(quick), late], silence], {
      resilience: { hedge_least_seconds: 0.1, hedge_share: 1 },
    });
    for (let call = 0; call < 8; call++) await post(`${url}/v1/chat/completions`, ask('auto', { stream: true }));
    const answer = await post(`${url}/v1/chat/completions`, ask('auto', { stream: true }));
    expect([answer.headers['x-freehold-provider'], answer.text]).toEqual(['up0', TEXT.join('')]);
    await ups[1]!.seen[0]!.aborted;
  });

  it('is waited for where nobody else may answer', async () => {
    const { url, ups } = await world([[...Array<Script>(8).fill(quick), sse(TEXT, 'end', 200)], quick], {
      resilience: { hedge_least_seconds: 0.05, hedge_share: 1 },
    });
    for (let call = 0; call < 9; call++) await post(`${url}/v1/chat/completions`, ask('up0/fake', { stream: true }));
    expect(ups.map(({ seen }) => seen.length)).toEqual([9, 0]);
  });
});

describe('a server of ours', () => {
  const slow: Script = async (response, seen) => {
    await new Promise((resume) => setTimeout(resume, 150));
    await ok(response, seen);
  };

  it('is never asked more at once than it takes, and the rest waits', async () => {
    let most = 0;
    let now = 0;
    const counting: Script = async (response, seen) => {
      most = Math.max(most, ++now);
      await slow(response, seen);
      now--;
    };
    const { url, records } = await world([counting], {}, [{ load: { concurrency: 2 } }]);
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(`${url}/v1/chat/completions`, ask('up0/fake'))));
    expect([answers.every(({ status }) => status === 200), most]).toEqual([true, 2]);
    expect(Math.max(...records.map(({ attempts }) => attempts[0]!.waitedMs!))).toBeGreaterThan(100);
  });

  it('that is busy is a 503 with Retry-After, or the next target’s turn', async () => {
    const alone = await world([slow], {}, [{ load: { concurrency: 1, queue: 1 } }]);
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(`${alone.url}/v1/chat/completions`, ask('up0/fake'))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 503, 503, 503]);
    for (const { status, headers } of answers) if (status === 503) expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
    const both = await world([slow, ok], {}, [{ load: { concurrency: 1, queue: 1 } }]);
    const all = await Promise.all(Array.from({ length: 5 }, () => post(`${both.url}/v1/chat/completions`, ask('auto'))));
    expect([all.every(({ status }) => status === 200), both.ups.map(({ seen }) => seen.length)]).toEqual([true, [2, 3]]);
  });

  it('frees its place when a client leaves, in line or at work', async () => {
    const { url, ups } = await world([silence], {}, [{ load: { concurrency: 1 } }]);
    const [first, second] = [open(`${url}/v1/chat/completions`, ask('up0/fake')), open(`${url}/v1/chat/completions`, ask('up0/fake'))];
    await until(() => ups[0]!.seen.length === 1);
    second.leave();
    ups[0]!.scripts = [ok];
    first.leave();
    expect((await post(`${url}/v1/chat/completions`, ask('up0/fake'))).status).toBe(200);
    expect(ups[0]!.seen.length).toBe(2);
  });

  it('that loads a model for long keeps its client with signs of life', async () => {
    const cold: Script = async (response, seen) => {
      await new Promise((resume) => setTimeout(resume, 700));
      await sse([chat.start(), chat.text('warm'), chat.stop(), chat.done])(response, seen);
    };
    const { url } = await world([cold], { server: { keepalive_seconds: 0.1 } }, [{ load: { concurrency: 1 } }]);
    const calls = await Promise.all([0, 1].map(() => post(`${url}/v1/chat/completions`, ask('up0/fake', { stream: true }))));
    for (const { text, complete } of calls)
      expect([complete, text.startsWith(': keepalive'), text.includes('warm')]).toEqual([true, true, true]);
  });
});
