import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { hashKey } from '../../src/accounts/directory.ts';
import { liveEvent } from '../../src/http/contract.ts';
import { open } from '../fake/call.ts';
import { startGateway } from '../fake/start.ts';
import { chat, FakeUpstream } from '../fake/upstream.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const ADMIN = 'an-admin-key-of-the-tests';
const WITH_KEY = { admin: { key: `sha256:${hashKey(ADMIN)}` } };

describe('the live feed', () => {
  const ASK = { model: 'up/fake', stream: true, messages: [{ role: 'user', content: 'a secret question' }] };

  /** An upstream that goes on when it is told to. */
  async function streaming(settings: Record<string, unknown> = {}) {
    const gates: (() => void)[] = [];
    const gate = () => new Promise<void>((settle) => gates.push(settle));
    const up = await FakeUpstream.start(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chat.start());
      await gate();
      response.write(chat.text('a secret answer '));
      await gate();
      response.write(chat.text('that goes on '));
      await gate();
      response.end(chat.stop() + chat.done);
    });
    const models = { fake: { price: { input: 1, output: 2 } } };
    const started = await startGateway({ providers: { up: { dialect: 'openai-chat', url: up.url, zone: 'vendor', models } }, ...settings });
    stops.push(
      () => up.stop(),
      () => started.gateway.close(),
      () => {
        for (const settle of gates) settle();
      },
    );
    const goOn = async () => {
      while (gates.length === 0) await new Promise((resume) => setTimeout(resume, 5));
      gates.shift()!();
    };
    return { ...started, up, goOn };
  }

  it('tells how an exchange begins, answers and ends, and nothing of what was said', async () => {
    const { url, goOn } = await streaming();
    const reader = await read(url);
    stops.push(() => reader.leave());
    const call = open(`${url}/v1/chat/completions`, ASK, { 'user-agent': 'claude-cli/2.0.1' });
    const { id } = await reader.until(({ state }) => state === 'waiting');
    await goOn();
    const begun = await reader.until(({ state }) => state === 'answering');
    await goOn();
    await reader.until(({ bytes_in }) => bytes_in > begun.bytes_in);
    await goOn();
    const ended = await reader.until(({ state }) => state === 'ended');
    await call.answer;
    const mine = reader.events.filter((event) => event.id === id);
    expect([...new Set(mine.map(({ state }) => state))]).toEqual(['waiting', 'answering', 'ended']);
    expect(mine.every((event) => event.asked === 'up/fake' && event.client === 'claude-cli')).toBe(true);
    expect(ended).toMatchObject({
      outcome: 'ok',
      outcome_class: 'ok',
      status: 200,
      attempts: 1,
      provider: 'up',
      model: 'fake',
      zone: 'vendor',
    });
    expect(reader.text()).not.toMatch(/secret|goes on/);
  });

  it('goes on where a reader left off, also across what it missed', async () => {
    const { url, goOn } = await streaming();
    const first = await read(url);
    open(`${url}/v1/chat/completions`, ASK);
    const { id } = await first.until(({ state }) => state === 'waiting');
    const last = first.last();
    first.leave();
    for (let i = 0; i < 3; i++) await goOn();
    const second = await read(url, { 'last-event-id': last });
    const ended = await second.until((event) => event.id === id && event.state === 'ended');
    expect(ended.outcome).toBe('ok');
    second.leave();
    const third = await read(url, { 'last-event-id': last });
    stops.push(() => third.leave());
    expect((await third.until((event) => event.id === id && event.state === 'ended')).outcome).toBe('ok');
    expect(third.numbers().filter((number) => number <= Number(last))).toEqual([]);
  });

  it('is for who may use the admin API', async () => {
    const { url } = await streaming(WITH_KEY);
    expect((await fetch(`${url}/admin/api/live`)).status).toBe(401);
    expect((await fetch(`${url}/admin/api/live`, { method: 'POST', headers: { authorization: `Bearer ${ADMIN}` } })).status).toBe(405);
    const reader = await read(url, { authorization: `Bearer ${ADMIN}` });
    reader.leave();
  });

  it('ends when the gateway does', async () => {
    const { url, gateway } = await streaming();
    const reader = await read(url);
    const began = performance.now();
    await gateway.close();
    await reader.over;
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

type LiveEvent = ReturnType<typeof liveEvent.parse>;

/** Reads the feed until it is told to leave. Every event fits the contract. */
function read(url: string, headers: Record<string, string> = {}) {
  const events: LiveEvent[] = [];
  const waiting: { fits: (event: LiveEvent) => boolean; settle: (event: LiveEvent) => void }[] = [];
  let text = '';
  let done = 0;
  return new Promise<{
    events: LiveEvent[];
    text(): string;
    last(): string;
    numbers(): number[];
    until(fits: (event: LiveEvent) => boolean): Promise<LiveEvent>;
    leave(): void;
    over: Promise<void>;
  }>((resolve, reject) => {
    const call = request(`${url}/admin/api/live`, { headers, agent: false }, (answer) => {
      if (answer.statusCode !== 200) return reject(new Error(`status ${answer.statusCode}`));
      const over = new Promise<void>((settle) => answer.on('close', () => settle()));
      answer.on('error', () => undefined);
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        const end = text.lastIndexOf('\n\n');
        for (const block of text.slice(done, Math.max(done, end)).split('\n\n')) {
          if (!block.includes('event: exchange')) continue;
          const event = liveEvent.parse(JSON.parse(/^data: (.*)$/m.exec(block)![1]!));
          events.push(event);
          for (const one of waiting) if (one.fits(event)) one.settle(event);
        }
        done = Math.max(done, end);
      });
      const numbers = () => [...text.matchAll(/^id: (\d+)$/gm)].map(([, number]) => Number(number));
      resolve({
        events,
        text: () => text,
        last: () => String(numbers().at(-1)),
        numbers,
        until: (fits) =>
          new Promise((settle) => {
            const found = events.find(fits);
            if (found) settle(found);
            else waiting.push({ fits, settle });
          }),
        leave: () => call.destroy(),
        over,
      });
    });
    call.on('error', reject).end();
  });
}
