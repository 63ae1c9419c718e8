import { ok } from 'node:assert/strict';
import fc from 'fast-check';
import { fixtures } from '../../src/dialects/contract/fixtures.ts';
import * as run from '../../src/dialects/contract/run.ts';
import { dialects } from '../../src/dialects/index.ts';
import type { Dialect, Framing } from '../../src/protocol/dialect.ts';
import { fold } from '../../src/protocol/fold.ts';
import type { Part } from '../../src/protocol/part.ts';
import { type Answer, post } from '../fake/call.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { FakeUpstream, type Script } from '../fake/upstream.ts';
import { bodiesFrom, bytesOf, named, names, packetsOf, type Stirred, streamsOf, wireOf } from './stir.ts';
import { subject } from './subject.ts';

/** What the upstream answers, and how. */
type Given =
  | { form: 'stream'; type: string; stream: Stirred; end: 'clean' | 'cut' }
  | { form: 'whole'; type: string; text: string; status: number };

interface Case {
  upstream: string;
  client: string;
  path: string;
  body: unknown;
  given: Given;
}

const TYPES: Readonly<Record<Framing, string>> = {
  sse: 'text/event-stream',
  ndjson: 'application/x-ndjson',
  eventstream: 'application/vnd.amazon.eventstream',
};
const PROVIDER = 'up';
/** Ends a case that hangs; nothing else depends on it. Milliseconds. */
const PATIENCE = 20_000;

let fake: FakeUpstream;
let started: Started;
let answer: Script = () => undefined;
const unhandled: unknown[] = [];
const remember = (reason: unknown) => unhandled.push(reason);

function givenBy(upstream: Dialect): fc.Arbitrary<Given> {
  const own = fixtures.filter(({ dialect }) => dialect === upstream);
  const wholes = own.filter(({ whole }) => whole !== undefined).map(({ whole }) => whole);
  const errors = own.flatMap(({ error }) => (error ? [error.body] : []));
  const right = TYPES[upstream.framing];
  const type = fc.constantFrom(right, right, right, `${right}; charset=utf-8`, 'application/json', 'text/plain');
  const stream = fc.record({ type, stream: streamsOf(upstream), end: fc.constantFrom('clean' as const, 'clean' as const, 'cut' as const) });
  const json = (bodies: readonly unknown[]) => fc.oneof(...bodies.map((body) => fc.oneof(fc.constant(body), bodiesFrom(body)))).map(wireOf);
  const text = fc.oneof(
    { weight: 6, arbitrary: json(wholes) },
    { weight: 1, arbitrary: json(errors) },
    fc.constantFrom('', '<html>', '{"a":'),
  );
  const whole = fc.record({
    type: fc.constantFrom('application/json', 'application/json', right, 'text/html'),
    text,
    status: fc.constant(200),
  });
  const refusal = fc.record({
    type: fc.constantFrom('application/json', 'text/html', right),
    text: fc.oneof(json(errors), fc.string(), fc.constant('')),
    status: fc.constantFrom(201, 204, 302, 400, 401, 404, 408, 413, 429, 500, 503, 529, 599),
  });
  return fc.oneof(
    { weight: 5, arbitrary: stream.map((fields): Given => ({ form: 'stream', ...fields })) },
    { weight: 3, arbitrary: whole.map((fields): Given => ({ form: 'whole', ...fields })) },
    { weight: 2, arbitrary: refusal.map((fields): Given => ({ form: 'whole', ...fields })) },
  );
}

const asked = fixtures.filter(({ request }) => request !== undefined);

/** A real request for the fake provider's model, every third one broken. */
const calls = fc.constantFrom(...asked).chain(({ dialect: client, request, path }) => {
  const door = path ?? client.doors[0]!.replace('*', 'client-model');
  const wanted = door.replace(/(models\/)[^:/?]+/, `$1${PROVIDER}/fake`);
  const body = { ...(request as object), ...('model' in (request as object) && { model: `${PROVIDER}/fake` }) };
  const bodies = fc.oneof({ weight: 2, arbitrary: fc.constant<unknown>(body) }, { weight: 1, arbitrary: bodiesFrom(body) });
  return bodies.map((sent) => ({ client: client.name, path: wanted, body: sent }));
});

export const gateway = subject<Case>({
  name: 'gateway',
  about: 'calls over real connections, before an upstream that answers anything',
  share: 4,
  cases: fc.tuple(calls, names).chain(([call, upstream]) => givenBy(named(upstream)).map((given) => ({ ...call, upstream, given }))),
  async open() {
    fake = await FakeUpstream.start((response, seen) => answer(response, seen));
    const provider = (dialect: string) => ({ dialect, url: fake.url, zone: 'own', models: ['fake'] });
    started = await startGateway({ providers: Object.fromEntries(dialects.map(({ name }) => [name, provider(name)])) });
    process.on('unhandledRejection', remember);
  },
  async close() {
    process.off('unhandledRejection', remember);
    await started.gateway.close();
    await fake.stop();
  },
  async holds({ upstream, client, path, body, given }) {
    const sent = wireOf(body).replaceAll(`"${PROVIDER}/fake"`, `"${upstream}/fake"`);
    fake.seen.length = started.records.length = started.log.length = 0;
    answer = scriptOf(given);
    const got = await patiently(post(started.url + path.replace(`${PROVIDER}/fake`, `${upstream}/fake`), sent));
    ok(unhandled.length === 0, `unhandled: ${String(unhandled[0])}`);
    ok(started.records.length === 1, `${started.records.length} records of one call`);
    ok(started.records[0]!.outcome !== 'internal', `an error that nobody foresaw: ${started.log.join('\n')}`);
    judged(named(client), named(upstream), given, got);
  },
});

function scriptOf(given: Given): Script {
  return async (response) => {
    if (given.form === 'whole') {
      const bodyless = given.status === 204;
      response.writeHead(given.status, { 'content-type': given.type }).end(bodyless ? undefined : given.text);
      return;
    }
    response.writeHead(200, { 'content-type': given.type });
    const packets = [...packetsOf(given.stream)];
    const size = Math.ceil(packets.length / 12) || 1;
    for (let at = 0; at < packets.length; at += size) {
      response.write(Buffer.concat(packets.slice(at, at + size)));
      await new Promise((next) => setImmediate(next));
    }
    if (given.end === 'clean') response.end();
    else response.destroy();
  };
}

async function patiently(call: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer: it hangs')), PATIENCE);
  });
  return Promise.race([call, late]).finally(() => clearTimeout(timer));
}

/** What the client was told: an error in its own dialect, or an answer that is as complete as what the upstream said. */
function judged(client: Dialect, upstream: Dialect, given: Given, { status, headers, text, complete }: Answer): void {
  if (status >= 400) {
    ok(status < 600 && complete, `refused with ${status}`);
    const said = client.fault.hear(status, JSON.parse(text) as unknown);
    ok(said.message !== '', 'a refusal without a word');
    if (status === 429) ok(Number.isInteger(Number(headers['retry-after'])), `a 429 with retry-after ${headers['retry-after']}`);
    return;
  }
  ok(status === 200 || status === 201, `answered with ${status}`);
  const type = headers['content-type'] ?? '';
  // A list that is not closed is how a broken stream ends where there is no other sign.
  if (complete && text.startsWith('[') && !text.trimEnd().endsWith(']')) return;
  const read = type.startsWith('application/json')
    ? fold(run.hearWhole(client, JSON.parse(complete ? text : '{}')))
    : run.replyOf(run.readBack(client, text));
  if (!complete || read.error) return;
  ok(read.finish, 'an answer without an end');
  // What passes between equals is the provider's own, calls with broken arguments included.
  const parts = partsOf(upstream, given);
  const said = upstream === client ? fold(parts) : run.replyOf(parts);
  ok(said.finish, `a success that the upstream never said (${said.error?.message}; as ${given.type}): ${text.slice(-300)}`);
}

/** The upstream's answer as its own dialect hears it. */
function partsOf(upstream: Dialect, given: Given): Part[] {
  const isStream = Object.values(TYPES).some((type) => given.type.startsWith(type));
  const bytes = given.form === 'stream' ? bytesOf(given.stream) : Buffer.from(given.text);
  if (isStream) return run.hearFrames(upstream, run.framesOf(upstream, [bytes]));
  return run.hearWhole(upstream, JSON.parse(bytes.toString('utf8')) as unknown);
}
