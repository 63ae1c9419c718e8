import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { dialects } from '../../src/dialects/index.ts';
import { textOf } from '../../src/protocol/block.ts';
import type { Dialect } from '../../src/protocol/dialect.ts';
import type { Reply } from '../../src/protocol/reply.ts';
import { open, post } from '../fake/call.ts';
import { breaksAt, given, requestTo, restOf, says, streamOf } from '../fake/model.ts';
import { stopAll, until, world } from '../fake/targets.ts';
import { silence, sse } from '../fake/upstream.ts';

/** What becomes of a stream that breaks off; the property that cuts answers anywhere has a file of its own. */

afterEach(stopAll);

const named = (name: string): Dialect => dialects.find((one) => one.name === name)!;
let asked = 0;
const question = () => `question ${asked++}`;

const REPLY: Reply = {
  blocks: [{ kind: 'text', text: 'First the loop reads one line; then it adds it to the list, and in the end there are 42 of them.' }],
  usage: { input: 30, output: 25 },
  finish: { reason: 'stop' },
};

describe('an answer that breaks off', () => {
  const openai = named('openai-chat');
  const bytes = streamOf(openai, REPLY);
  const half = breaksAt(openai, bytes.subarray(0, bytes.lastIndexOf('\n\n', bytes.length / 2) + 2), 'cut');
  const whole = says(openai, (prompt) => restOf(REPLY, given(prompt)));
  const streamed = () => requestTo(openai, 'auto', true, [], question()).body;

  it('is continued, and the record and its usage say so', async () => {
    const { url, records } = await world([half, whole]);
    const answer = await post(`${url}/v1/chat/completions`, { ...streamed(), stream_options: { include_usage: true } });
    expect(answer.complete).toBe(true);
    const usage = /"usage":(\{"prompt.*?\})/.exec(answer.text)?.[1];
    // What the first attempt wrote is estimated, what the second wrote is known.
    expect(JSON.parse(usage!).completion_tokens).toBeGreaterThan(25);
    expect(records[0]).toMatchObject({
      outcome: 'ok',
      attempts: [{ error: 'truncated' }, { provider: 'up1' }],
      notes: [{ path: 'answer', why: expect.stringContaining('broke off at up0/fake; up1/fake was asked to go on') }],
    });
  });

  it('is continued by the same target where there is no other', async () => {
    const { url, ups } = await world([[half, whole]]);
    const answer = await post(`${url}/v1/chat/completions`, { ...streamed(), model: 'up0/fake' });
    expect([answer.complete, ups[0]!.seen.length]).toEqual([true, 2]);
  });

  it('is an honest error when every other answer is another one', async () => {
    const other: Reply = {
      ...REPLY,
      blocks: [{ kind: 'text', text: 'First the loop reads one line; but nobody knows what it does then.' }],
    };
    const { url, records } = await world([half, says(openai, () => other)]);
    const answer = await post(`${url}/v1/chat/completions`, streamed());
    expect([answer.complete, answer.text.includes('nobody')]).toEqual([false, false]);
    expect(records[0]?.outcome).toBe('truncated');
  });

  it('is not continued where the configuration or the key says so', async () => {
    const off = await world([half, whole], { resilience: { resume: false } });
    expect((await post(`${off.url}/v1/chat/completions`, streamed())).complete).toBe(false);
    expect(off.ups[1]!.seen).toHaveLength(0);
    const hash = (key: string) => `sha256:${createHash('sha256').update(key).digest('hex')}`;
    const keys = { on: { hash: hash('fh-on') }, off: { hash: hash('fh-off'), resume: false } };
    const keyed = await world([half, whole], { keys });
    const as = (key: string) => ({ authorization: `Bearer ${key}` });
    expect((await post(`${keyed.url}/v1/chat/completions`, streamed(), as('fh-off'))).complete).toBe(false);
    expect((await post(`${keyed.url}/v1/chat/completions`, streamed(), as('fh-on'))).complete).toBe(true);
  });

  it('by what asking again cannot help is told once, in the stream that was begun', async () => {
    const filtered = streamOf(openai, { ...REPLY, finish: { reason: 'stop' } }).toString();
    const fault = 'data: {"error":{"message":"blocked by the content filter","type":"invalid_request_error","code":"content_filter"}}\n\n';
    const begun = filtered.slice(0, filtered.lastIndexOf('\n\n', filtered.length / 2) + 2);
    for (const resume of [true, false]) {
      const { url, ups, records } = await world([sse([begun, fault], 'end', 30), whole], { resilience: { resume } });
      const { path, body } = requestTo(named('openai-responses'), 'auto', true, [], question());
      const answer = await post(url + path, body);
      expect([records[0]?.outcome, ups[1]!.seen.length]).toEqual(['filter', 0]);
      expect([answer.text.split('"type":"response.created"').length - 1, answer.text.includes('response.failed')]).toEqual([1, true]);
    }
  });

  it('goes on under the ids that the client knows', async () => {
    for (const name of ['openai-chat', 'openai-responses']) {
      const dialect = named(name);
      const all = streamOf(dialect, REPLY).toString().replaceAll('abc123', 'of-the-provider');
      const cut = breaksAt(dialect, Buffer.from(all.slice(0, all.lastIndexOf('\n\n', all.length / 2) + 2)), 'cut');
      const { url } = await world([cut, whole], {}, [{ dialect: name }]);
      const { path, body } = requestTo(dialect, 'auto', true, [], question());
      const answer = await post(url + path, { ...body, store: false });
      expect(answer.complete).toBe(true);
      const ids = [...answer.text.matchAll(/"(?:id|item_id)":"(.*?)"/g)].map(([, id]) => id);
      expect(
        ids.every((id) => id!.includes('of-the-provider')),
        `${ids.join(' ')}`,
      ).toBe(true);
      const numbers = [...answer.text.matchAll(/"sequence_number":(\d+)/g)].map(([, number]) => Number(number));
      expect(numbers).toEqual(numbers.map((_, at) => at));
    }
  });

  it('is kept whole for who asks for it by its id', async () => {
    const dialect = named('openai-responses');
    const all = streamOf(dialect, REPLY).toString();
    const cut = breaksAt(dialect, Buffer.from(all.slice(0, all.lastIndexOf('\n\n', all.length / 2) + 2)), 'cut');
    const { url } = await world([cut, whole], {}, [{ dialect: dialect.name }]);
    const { path, body } = requestTo(dialect, 'auto', true, [], question());
    const answer = await post(url + path, { ...body, store: true });
    const [, id] = /"id":"(resp_.*?)"/.exec(answer.text)!;
    const kept = await (await fetch(`${url}/v1/responses/${id}`)).json();
    expect(kept).toMatchObject({ id, status: 'completed', output: [{ type: 'message', content: [{ text: textOf(REPLY.blocks) }] }] });
  });

  it('is asked for without a word between, where the model goes on by itself', async () => {
    const { url, ups } = await world([half, whole], {}, [{}, { quirks: ['goes-on'] }]);
    expect((await post(`${url}/v1/chat/completions`, streamed())).complete).toBe(true);
    const { messages } = JSON.parse(ups[1]!.seen[0]!.body);
    expect(messages.at(-1)).toMatchObject({ role: 'assistant', content: expect.stringMatching(/^First the loop/) });
  });

  it('is given up when the client leaves', async () => {
    const { url, ups, records } = await world([half, silence]);
    const call = open(`${url}/v1/chat/completions`, streamed());
    await call.response;
    await until(() => ups[1]!.seen.length === 1);
    call.leave();
    await ups[1]!.seen[0]!.aborted;
    await until(() => records.length === 1);
    expect(records[0]?.outcome).toBe('cancelled');
  });
});
