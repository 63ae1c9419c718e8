import { afterEach, describe, expect, it } from 'vitest';
import { Asked } from '../../src/exchange/asked.ts';
import type { AttemptEnd, Stage } from '../../src/exchange/stage.ts';
import { GatewayError } from '../../src/protocol/errors.ts';
import { post } from '../fake/call.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json, type Script, sse } from '../fake/upstream.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

const ASK = { model: 'up/fake', max_tokens: 50, messages: [{ role: 'user', content: 'tell WORD' }] };

async function world(stages: Stage[], ...scripts: Script[]): Promise<Started & { up: FakeUpstream; home: FakeUpstream }> {
  const up = await FakeUpstream.start(...scripts);
  const home = await FakeUpstream.start(json(200, chat.whole('from home')));
  const provider = (url: string, zone: string) => ({ dialect: 'openai-chat', url, zone, models: ['fake'] });
  const providers = { up: provider(up.url, 'vendor'), home: provider(home.url, 'own') };
  const started = await startGateway({ providers, resilience: { retries: 0 } }, stages);
  stops.push(
    () => started.gateway.close(),
    () => up.stop(),
    () => home.stop(),
  );
  return { ...started, up, home };
}

/** Notes how each attempt it cleared ended; waits where `slow`. */
function watcher(ends: AttemptEnd[], slow: boolean): Stage {
  const clearance = { settle: ({ flight: _, ...end }: AttemptEnd) => void ends.push(end) };
  return { name: 'watcher', clear: () => (slow ? Promise.resolve(clearance) : clearance) };
}

describe('a stage', () => {
  it('that refuses the exchange is told in the caller’s dialect, and nothing leaves', async () => {
    const no: Stage = {
      name: 'no',
      admit: () => {
        throw new GatewayError('budget', 'the budget of today is spent', { retryAfter: 60 });
      },
    };
    const { url, up, records } = await world([no], json(200, chat.whole('ok')));
    const answer = await post(`${url}/v1/messages`, ASK);
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '60']);
    expect(JSON.parse(answer.text)).toMatchObject({ type: 'error', error: { message: 'the budget of today is spent' } });
    expect(up.seen).toHaveLength(0);
    expect(records[0]).toMatchObject({ outcome: 'budget', attempts: [] });
  });

  it.each([false, true])('that cleared an attempt which a later one refused hears that nothing was sent (waiting: %s)', async (slow) => {
    const ends: AttemptEnd[] = [];
    const no: Stage = {
      name: 'no',
      clear: () => {
        throw new GatewayError('forbidden', 'this may not leave');
      },
    };
    const { url, up } = await world([watcher(ends, slow), no], json(200, chat.whole('ok')));
    expect((await post(`${url}/v1/chat/completions`, ASK)).status).toBe(403);
    expect(up.seen).toHaveLength(0);
    expect(ends).toEqual([{ error: 'forbidden', usage: undefined, sent: false, accepted: false }]);
  });

  it.each([false, true])('settles each attempt once with what was used (waiting: %s)', async (slow) => {
    const ends: AttemptEnd[] = [];
    const { url } = await world([watcher(ends, slow)], json(500, { error: { message: 'no' } }), json(200, chat.whole('ok')));
    expect((await post(`${url}/v1/chat/completions`, ASK)).status).toBeGreaterThanOrEqual(500);
    expect((await post(`${url}/v1/chat/completions`, ASK)).status).toBe(200);
    expect(ends).toEqual([
      { error: 'upstream', usage: undefined, sent: true, accepted: false },
      { error: undefined, usage: expect.objectContaining({ output: expect.any(Number) }), sent: true, accepted: true },
    ]);
  });

  it('that bars one target leaves the next one to answer, and hears once that all is over', async () => {
    const over: string[] = [];
    const bar: Stage = {
      name: 'bar',
      admit: () => ({ over: (record) => void over.push(record.outcome) }),
      clear: ({ candidate }) => {
        if (candidate.zone === 'own') throw new GatewayError('forbidden', 'not there');
        return undefined;
      },
    };
    const { url, up, home } = await world([bar], json(200, chat.whole('from afar')));
    const answer = await post(`${url}/v1/chat/completions`, { ...ASK, model: 'auto' });
    expect([answer.status, answer.headers['x-freehold-zone']]).toEqual([200, 'vendor']);
    expect([up.seen.length, home.seen.length]).toEqual([1, 0]);
    expect(over).toEqual(['ok']);
  });

  it.each([
    ['/v1/chat/completions', false],
    ['/v1/chat/completions', true],
    ['/v1/messages', false],
    ['/v1/messages', true],
    ['/v1/responses', true],
  ])('may rewrite what leaves and undo it in the answer of %s (stream: %s)', async (door, stream) => {
    const rewriter: Stage = {
      name: 'rewriter',
      prepare: ({ incoming }) => ({
        asked: new Asked({ ...incoming, body: Buffer.from(incoming.body.toString().replace('WORD', 'MASK')) }),
        restore: (parts) =>
          parts.map((part) => (part.type === 'block-delta' ? { ...part, text: part.text.replace('MASK', 'WORD') } : part)),
      }),
    };
    const script = stream ? sse([chat.start(), chat.text('it is MASK'), chat.stop(), chat.done]) : json(200, chat.whole('it is MASK'));
    const { url, up } = await world([rewriter], script);
    const input = door.endsWith('responses') ? { model: 'up/fake', input: 'tell WORD' } : ASK;
    const answer = await post(url + door, { ...input, stream });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('it is WORD');
    expect(up.seen[0]!.body).toContain('tell MASK');
    expect(up.seen[0]!.body).not.toContain('WORD');
  });
});
