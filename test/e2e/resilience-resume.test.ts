import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { readBack, replyOf } from '../../src/dialects/contract/run.ts';
import { dialects } from '../../src/dialects/index.ts';
import type { Dialect } from '../../src/protocol/dialect.ts';
import type { Reply } from '../../src/protocol/reply.ts';
import { post } from '../fake/call.ts';
import { breaksAt, given, requestTo, restOf, says, streamOf } from '../fake/model.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { FakeUpstream } from '../fake/upstream.ts';

/** Streams that break off after content and are continued by another target: the client gets one answer, nothing twice, nothing lost. */

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

const named = (name: string): Dialect => dialects.find((one) => one.name === name)!;
const CLIENTS = ['openai-chat', 'anthropic', 'openai-responses', 'gemini', 'ollama'];

interface World extends Started {
  first: FakeUpstream;
  second: FakeUpstream;
}

async function world(first: Dialect, second: Dialect, settings: Record<string, unknown> = {}): Promise<World> {
  const [one, two] = [await FakeUpstream.start(), await FakeUpstream.start()];
  const provider = ({ name }: Dialect, url: string) => ({ dialect: name, url, zone: 'own', models: ['fake'] });
  const started = await startGateway({
    providers: { first: provider(first, one.url), second: provider(second, two.url) },
    // A property cuts hundreds of streams: no breaker and no budget shall spare it that.
    resilience: { breaker_failures: 1000, retry_share: 1, ...(settings['resilience'] as object) },
  });
  running.push({ stop: () => started.gateway.close() }, one, two);
  return { ...started, first: one, second: two };
}

const TEXT =
  'First the loop reads one line; then it adds “ümlaut” & 𝄞 to the list, as `push` says.\n\n```ts\nconst total = lines.length;\n```\nThat is 42 in all, and nothing else.';
const THOUGHT = 'The user wants the count of lines, so I look at the loop before I answer.';
const CALLS: Reply['blocks'] = [
  { kind: 'tool-call', id: 'call_1', name: 'read_file', input: 'json', arguments: '{"path":"src/a.ts"}' },
  { kind: 'tool-call', id: 'call_2', name: 'run', input: 'json', arguments: '{"command":"npm test","limit":3}' },
];

const replies: Record<string, Reply> = {
  text: { blocks: [{ kind: 'text', text: TEXT }], usage: { input: 20, output: 40 }, finish: { reason: 'stop' } },
  'thought and text': {
    blocks: [
      { kind: 'reasoning', text: THOUGHT },
      { kind: 'text', text: TEXT },
    ],
    usage: { input: 20, output: 60 },
    finish: { reason: 'stop' },
  },
  'text and calls': {
    blocks: [{ kind: 'text', text: 'I look into it first, and then I run the tests of that folder.' }, ...CALLS],
    usage: { input: 20, output: 30 },
    finish: { reason: 'tool-calls' },
  },
  calls: { blocks: CALLS, usage: { input: 20, output: 30 }, finish: { reason: 'tool-calls' } },
};

/** What a client makes of an answer. Ids are no matter, and a thought may be told by two models. */
function folded(reply: Reply): object {
  const of = (kind: 'text' | 'reasoning') => reply.blocks.map((block) => (block.kind === kind ? block.text : '')).join('');
  const calls = reply.blocks.flatMap((block) => (block.kind === 'tool-call' ? [[block.name, JSON.parse(block.arguments)]] : []));
  return { text: of('text'), thought: of('reasoning'), calls, finish: reply.finish?.reason, error: reply.error?.message };
}

const TOOLS = ['read_file', 'run'];

/** Where each frame ends. */
function frameEnds(framing: Dialect['framing'], bytes: Buffer): number[] {
  const [end, ends] = [framing === 'sse' ? '\n\n' : '\n', [] as number[]];
  for (let at = bytes.indexOf(end); at >= 0; at = bytes.indexOf(end, at + 1)) ends.push(at + end.length);
  return ends;
}

describe.each(CLIENTS)('a client of %s', (name) => {
  const client = named(name);

  it.each(CLIENTS.flatMap((from) => Object.keys(replies).map((what) => [from, what] as const)))(
    'gets a whole answer of an upstream of %s that breaks off: %s',
    async (from, what) => {
      const [broken, other] = [named(from), named(CLIENTS[(CLIENTS.indexOf(from) + 1 + Object.keys(replies).indexOf(what)) % 5]!)];
      const it = await world(broken, other);
      const reply = replies[what]!;
      const bytes = streamOf(broken, reply);
      it.second.scripts = [says(other, (prompt) => restOf(reply, given(prompt)))];
      let turn = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: bytes.length - 1 }),
          fc.constantFrom('end' as const, 'cut' as const),
          async (at, then) => {
            it.first.scripts = [breaksAt(broken, bytes.subarray(0, at), then)];
            // A conversation stays where it was answered, so each cut is one of its own.
            const asked = requestTo(client, 'auto', true, TOOLS, `Do it, please: ${turn++}.`);
            const answer = await post(it.url + asked.path, asked.body);
            const where = `cut at ${at} of ${bytes.length} (${then}): ${JSON.stringify(it.records.at(-1)?.attempts)} ${it.records.at(-1)?.cause}\n${answer.text.slice(-3000)}`;
            expect([answer.status, answer.complete], where).toEqual([200, true]);
            expect(folded(replyOf(readBack(client, answer.text))), where).toEqual(folded(reply));
          },
        ),
        { numRuns: 12 },
      );
    },
  );

  it.each(['text and calls', 'calls'])('gets a whole answer of %s, behind whatever frame its own stream breaks off', async (what) => {
    const other = named(CLIENTS[(CLIENTS.indexOf(name) + 1) % 5]!);
    const it = await world(client, other);
    const reply = replies[what]!;
    const bytes = streamOf(client, reply, 40);
    it.second.scripts = [says(other, (prompt) => restOf(reply, given(prompt)))];
    for (const at of frameEnds(client.framing, bytes).slice(0, -1)) {
      it.first.scripts = [breaksAt(client, bytes.subarray(0, at), 'cut')];
      const asked = requestTo(client, 'auto', true, TOOLS, `Do it, please: ${at}.`);
      const answer = await post(it.url + asked.path, asked.body);
      const where = `cut at ${at} of ${bytes.length}: ${it.records.at(-1)?.cause}\n${answer.text}`;
      expect([answer.status, answer.complete], where).toEqual([200, true]);
      expect(folded(replyOf(readBack(client, answer.text))), where).toEqual(folded(reply));
    }
  });
});
