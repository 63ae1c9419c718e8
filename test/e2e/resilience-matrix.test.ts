import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { readBack, replyOf } from '../../src/dialects/contract/run.ts';
import { dialects } from '../../src/dialects/index.ts';
import type { Dialect } from '../../src/protocol/dialect.ts';
import type { Reply } from '../../src/protocol/reply.ts';
import { type Answer, post } from '../fake/call.ts';
import { FAULTS, type Fault } from '../fake/faults.ts';
import { given, requestTo, restOf, says } from '../fake/model.ts';
import { startGateway } from '../fake/start.ts';
import { FakeUpstream } from '../fake/upstream.ts';

/**
 * The fault matrix over real HTTP: what a provider does wrong × streamed or whole × the client's dialect. The first target speaks the client's
 * dialect and fails, a second one of another dialect is well. `npm run test:matrix` prints the table.
 */

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

const named = (name: string): Dialect => dialects.find((one) => one.name === name)!;
const PAIRS: readonly [client: string, second: string][] = [
  ['openai-chat', 'anthropic'],
  ['anthropic', 'openai-responses'],
  ['openai-responses', 'openai-chat'],
];

/** Requests of one cell, one after the other. */
const CALLS = 10;
/** How long a client waits at most, in milliseconds; on a busy machine, too. */
const BOUND = 8000;

const TEXT = 'First the loop reads one line; then it adds it to the list, and in the end there are 42 of them.';
const REPLY: Reply = { blocks: [{ kind: 'text', text: TEXT }], usage: { input: 9, output: 24 }, finish: { reason: 'stop' } };

interface Row {
  fault: string;
  client: string;
  form: string;
  whole: number;
  first: number;
  second: number;
  typical: number;
  slowest: number;
}
const rows: Row[] = [];

function textOf(client: Dialect, { text }: Answer, stream: boolean): { text: string; fine: boolean } {
  const reply = stream ? replyOf(readBack(client, text)) : replyOf(client.hear().whole(JSON.parse(text)));
  return { text: reply.blocks.map((block) => (block.kind === 'text' ? block.text : '')).join(''), fine: reply.finish !== undefined };
}

async function cell(fault: Fault, client: Dialect, other: Dialect, stream: boolean): Promise<Row> {
  const [first, second] = [await FakeUpstream.start(), await FakeUpstream.start(says(other, (prompt) => restOf(REPLY, given(prompt))))];
  const warm = fault.warm ?? 0;
  first.scripts = Array.from({ length: warm + 4 * CALLS }, (_, call) =>
    call < warm ? says(client, () => REPLY) : fault.script(client, REPLY, call - warm),
  );
  const provider = ({ name }: Dialect, url: string, context: number) => ({
    dialect: name,
    url,
    zone: 'own',
    models: { fake: { context } },
  });
  const { url, gateway } = await startGateway({
    providers: { first: provider(client, first.url, 8000), second: provider(other, second.url, 200_000) },
    timeouts: { first_byte_seconds: 3, idle_seconds: 0.3 },
    resilience: { hedge_least_seconds: 0.2, hedge_share: 1 },
  });
  running.push({ stop: () => gateway.close() }, first, second);
  // Conversations of their own, or all but the first would stay with the target that answered it.
  const ask = (call: number) => requestTo(client, 'auto', stream, [], `Do number ${call}, please.`);
  for (let call = 0; call < warm; call++) {
    const { path, body } = ask(-1 - call);
    await post(url + path, body);
  }
  const times: number[] = [];
  let whole = 0;
  for (let call = 0; call < CALLS; call++) {
    const { path, body } = ask(call);
    const from = performance.now();
    const answer = await post(url + path, body);
    times.push(performance.now() - from);
    if (fault.refused !== undefined) {
      expect([answer.status, JSON.parse(answer.text)]).toEqual([fault.refused, expect.objectContaining({ error: expect.anything() })]);
      continue;
    }
    const where = `${fault.name}, call ${call}: ${answer.text.slice(0, 2000)}`;
    expect([answer.status, answer.complete], where).toEqual([200, true]);
    expect(textOf(client, answer, stream), where).toEqual({ text: TEXT, fine: true });
    whole++;
  }
  times.sort((a, b) => a - b);
  return {
    fault: fault.name,
    client: client.name,
    form: stream ? 'stream' : 'whole',
    whole,
    first: first.seen.length - warm,
    second: second.seen.length,
    typical: Math.round(times[CALLS / 2]!),
    slowest: Math.round(times.at(-1)!),
  };
}

describe.each(FAULTS.map((fault) => [fault.name, fault] as const))('%s', (_, fault) => {
  it.each(PAIRS.flatMap(([client, second]) => [true, false].map((stream) => [client, stream ? 'streamed' : 'whole', second] as const)))(
    'a client of %s, %s, gets the complete answer',
    async (client, form, second) => {
      const row = await cell(fault, named(client), named(second), form === 'streamed');
      rows.push(row);
      expect(row.slowest, 'the slowest answer').toBeLessThan(BOUND);
      expect(row.first, 'calls that the failing provider got').toBeLessThanOrEqual(fault.most);
      if (fault.refused !== undefined) expect(row.second, 'calls around the filter').toBe(0);
    },
  );
});

afterAll(() => {
  if (!process.env['MATRIX']) return;
  const head = ['fault', 'client', 'form', 'complete', 'calls to the first', 'to the second', 'median ms', 'slowest ms'];
  const lines = rows.map((row) => [
    row.fault,
    row.client,
    row.form,
    FAULTS.find(({ name }) => name === row.fault)?.refused ? 'honest error' : `${row.whole}/${CALLS}`,
    row.first,
    row.second,
    row.typical,
    row.slowest,
  ]);
  process.stdout.write(`\n| ${head.join(' | ')} |\n|${head.map(() => '---').join('|')}|\n`);
  for (const line of lines) process.stdout.write(`| ${line.join(' | ')} |\n`);
});
