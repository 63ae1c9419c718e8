import { describe, expect, test } from 'vitest';
import type { Dialect, UpstreamDialect } from '../protocol/dialect.ts';
import { GatewayError } from '../protocol/errors.ts';
import { fold } from '../protocol/fold.ts';
import type { Note } from '../protocol/note.ts';
import type { Part } from '../protocol/part.ts';
import { KEPT } from './contract/errors.ts';
import { dialects, type Fixture, fixtures, having, heardWith, upstreamFixtures } from './contract/fixtures.ts';
import * as run from './contract/run.ts';
import { meaningOf, replyLosses, unannounced } from './contract/same.ts';

/**
 * What every dialect owes, over every fixture and against every other dialect. A new dialect is a line in the list, a new fixture a
 * folder: neither needs code here. (e), the official SDK reading our bytes, is an end-to-end test.
 */

const others = (own: UpstreamDialect) => dialects.filter((dialect) => dialect !== own);
type Heard = Fixture<UpstreamDialect>;
const answered = upstreamFixtures
  .filter(({ whole, stream }) => whole !== undefined || stream)
  .map((fixture): [string, Heard] => [title(fixture), fixture]);
const heard = ({ dialect, stream, whole }: Heard): Part[] => (stream ? run.hearStream(dialect, stream) : run.hearWhole(dialect, whole));

function title({ dialect, name }: Heard): string {
  return `${dialect.name}/${name}`;
}

describe('the suite has something to judge', () => {
  test.each(dialects.map((dialect) => [dialect.name, dialect] as const))('%s', (_, dialect) => {
    const own = fixtures.filter((fixture) => fixture.dialect === dialect);
    for (const file of ['request', 'whole', 'stream', 'error'] as const)
      expect(own.filter((fixture) => fixture[file] !== undefined).length, `fixtures with ${file}`).toBeGreaterThan(0);
    expect(dialect.doors.length).toBeGreaterThan(0);
  });

  const doorless = upstreamFixtures.filter(({ dialect }) => !dialects.some((one) => one === dialect));
  test('dialects without doors', () => {
    for (const file of ['whole', 'stream', 'error'] as const)
      expect(doorless.filter((fixture) => fixture[file] !== undefined).length, `fixtures with ${file}`).toBeGreaterThan(3);
  });
});

describe('(a) the streamed answer is the whole answer', () => {
  const both = heardWith('stream').filter(([, { whole }]) => whole !== undefined);
  test.each(both)('%s', (_, { dialect, stream, whole }) => {
    expect(run.replyOf(run.hearStream(dialect, stream))).toEqual(run.replyOf(run.hearWhole(dialect, whole)));
  });
});

describe('(b) however the stream is cut into packets, the parts are the same', () => {
  test.each(heardWith('stream'))('%s', (_, { dialect, stream }) => {
    const frames = run.framesOf(dialect, [stream]);
    const wanted = JSON.stringify(frames);
    // Parts depend on frames alone, so equal frames are equal parts; the largest files are cut in their first 4 KiB and here and there.
    for (let at = 1; at < stream.length; at += at < 4096 ? 1 : 613)
      if (JSON.stringify(run.framesOf(dialect, [stream.subarray(0, at), stream.subarray(at)])) !== wanted) expect.fail(`cut at byte ${at}`);
    const single = Array.from(stream, (byte) => Uint8Array.of(byte));
    expect(run.hearFrames(dialect, run.framesOf(dialect, single))).toEqual(run.hearFrames(dialect, frames));
  });

  test.each(answered)('parts are orderly: %s', (_, fixture) => run.expectOrderly(heard(fixture)));
});

describe('(c) a request asked in its own dialect is the same JSON', () => {
  test.each(having('request'))('%s', (_, { dialect, request, path }) => {
    const { request: sent, notes } = dialect.ask(dialect.accept(run.call(dialect, structuredClone(request), path)), run.TARGET);
    expect(run.overWire(sent.body)).toEqual(run.renamed(request));
    expect(notes).toEqual([]);
  });
});

describe('(d) every other dialect', () => {
  test.each(having('request'))('asks it: %s', (_, { dialect, request, path }) => {
    const prompt = dialect.accept(run.call(dialect, request, path));
    for (const other of others(dialect)) {
      const { request: sent, notes } = other.ask(prompt, run.TARGET);
      const again = other.accept(run.callOf(other, sent));
      expect(unannounced(meaningOf(prompt), meaningOf(again), notes), other.name).toEqual([]);
    }
  });

  test.each(answered)('answers it: %s', (_, fixture) => {
    for (const client of dialects) {
      const { to, parts } = run.clientOf(client, run.inSequence(heard(fixture)), true);
      const reply = fold(parts);
      const streamed = run.answerStream(client, to, parts);
      const again = run.replyOf(run.readBack(client, streamed.text));
      if (reply.error) {
        expect(KEPT[reply.error.kind], `${client.name} says ${again.error?.kind} for ${reply.error.kind}`).toContain(again.error?.kind);
        expect(replyLosses({ ...reply, error: again.error }, again, streamed.notes), client.name).toEqual([]);
        continue;
      }
      expect(replyLosses(reply, again, streamed.notes), `${client.name} streamed`).toEqual([]);
      const whole = run.answerWhole(client, { ...to, stream: false }, reply);
      const read = run.replyOf(run.hearWhole(client, whole.body));
      expect(replyLosses(reply, read, whole.notes), `${client.name} whole`).toEqual([]);
      expect([read.id, read.model, again.model]).toEqual([again.id, 'client-model', 'client-model']);
    }
  });

  test.each(upstreamFixtures.filter(({ error }) => !error).map((fixture) => [title(fixture), fixture] as const))(
    'notes: %s',
    async (_, fixture) => {
      const { dialect, name, request, path } = fixture;
      const notes: { asked?: Record<string, Note[]>; answered?: Record<string, Note[]> } = {};
      const door = dialects.find((one) => one === dialect);
      if (request && door) {
        const prompt = door.accept(run.call(door, request, path));
        notes.asked = Object.fromEntries(others(dialect).map((other) => [other.name, other.ask(prompt, run.TARGET).notes]));
      }
      if (fixture.stream || fixture.whole) {
        const said = run.inSequence(heard(fixture));
        const answer = (other: Dialect) => {
          const { to, parts } = run.clientOf(other, said, true);
          return run.answerStream(other, to, parts).notes;
        };
        notes.answered = Object.fromEntries(others(dialect).map((other) => [other.name, answer(other)]));
      }
      await expect(`${JSON.stringify(notes, null, 2)}\n`).toMatchFileSnapshot(`contract/notes/${dialect.name}/${name}.json`);
    },
  );
});

const counted = ({ type }: Part) => type !== 'usage';

describe('(f) a stream that breaks anywhere', () => {
  test.each(heardWith('stream'))('ends with one fault, in every dialect: %s', (_, { dialect, stream }) => {
    const frames = run.framesOf(dialect, [stream]);
    const whole = run.hearFrames(dialect, frames);
    for (let kept = 0; kept < frames.length; kept++) {
      const heard = run.hearFrames(dialect, frames.slice(0, kept));
      run.expectOrderly(heard);
      const said = run.inSequence(heard);
      const end = said.at(-1);
      // What comes behind the end adds counts at most; before it the answer is no success.
      if (end?.type === 'finish') expect(said.filter(counted)).toEqual(run.inSequence(whole).filter(counted));
      else if (end?.type === 'fault' && end.error.kind !== 'truncated') expect(run.inSequence(whole).at(-1)).toEqual(end);
      for (const client of dialects) {
        const { to, parts } = run.clientOf(client, said, true);
        const again = run.replyOf(run.readBack(client, run.answerStream(client, to, parts).text));
        expect([again.finish === undefined, again.error === undefined], `${client.name} after ${kept} frames`).toEqual([
          end?.type === 'fault',
          end?.type === 'finish',
        ]);
      }
    }
  });
});

describe('errors keep their class', () => {
  test.each(heardWith('error'))('%s', (_, { dialect, error }) => {
    const retryAfter = Number(error.headers?.['retry-after']) || undefined;
    const kind = dialect.fault.hear(error.status, error.body, retryAfter);
    expect(kind).toBeInstanceOf(GatewayError);
    if (retryAfter) expect(kind.retryAfter).toBe(retryAfter);
    if (error.kind) expect(kind.kind).toBe(error.kind);
    for (const other of dialects) {
      const { status, body } = other.fault.answer(kind, 'req_1');
      expect(KEPT[kind.kind], `${other.name} answers ${status} ${JSON.stringify(body)}`).toContain(
        other.fault.hear(status, run.overWire(body)).kind,
      );
    }
  });

  test.each(dialects.map((dialect) => [dialect.name, dialect] as const))('every kind can be answered: %s', (_, dialect) => {
    for (const [kind, kept] of Object.entries(KEPT)) {
      const error = new GatewayError(kind as keyof typeof KEPT, 'the mend', { field: 'messages[1]' });
      const { status, body } = dialect.fault.answer(error, 'req_1');
      const again = dialect.fault.hear(status, run.overWire(body));
      expect(kept, `${dialect.name} answers ${kind} as ${status} ${JSON.stringify(body)}`).toContain(again.kind);
      // Of a refused key nothing is repeated.
      if (again.kind !== 'upstream-auth') expect(again.message).toContain('the mend');
      const inStream = run.replyOf(
        run.readBack(dialect, run.answerStream(dialect, run.promptWith(dialect, true), [{ type: 'fault', error }]).text),
      );
      expect(kept, `${dialect.name} streams ${kind}`).toContain(inStream.error?.kind);
      if (again.kind !== 'upstream-auth') expect(inStream.error?.message).toContain('the mend');
    }
  });
});

describe('a glance never overlooks anything', () => {
  const glanced = new Map<string, number>();

  test.each(dialects.map((dialect) => [dialect.name, dialect] as const))('%s', (_, dialect) => {
    let count = 0;
    for (const [name, { stream }] of having('stream').filter(([, fixture]) => fixture.dialect === dialect)) {
      const hearing = dialect.hear(run.TARGET);
      let begun = false;
      for (const frame of run.framesOf(dialect, [stream])) {
        const types = hearing.frame(frame).map(({ type }) => type);
        // A dialect without frames for starts says them with the text, so the relay looks at every frame until something has begun.
        if (begun && dialect.glance(frame.data)) {
          count++;
          const text = types.filter((type) => type !== 'block-start' && type !== 'block-end');
          expect(text, `${name}: ${frame.data}`).toEqual(['block-delta']);
        }
        begun ||= types.includes('block-start');
      }
    }
    glanced.set(dialect.name, count);
  });

  // A dialect that counts tokens in every frame can spare none; one that needs no glance at all would make this suite blind.
  test('frames that need not be parsed', () => expect(Math.max(...glanced.values())).toBeGreaterThan(10));
});

test('what keeps a stream alive says nothing', () => {
  for (const dialect of dialects) {
    const alive = run.hearStream(dialect, new TextEncoder().encode(dialect.keepalive));
    expect(
      alive.map(({ type }) => type),
      dialect.name,
    ).toEqual(['fault']);
    expect(fold(alive), dialect.name).toMatchObject({ blocks: [], error: { kind: 'truncated' } });
  }
});
