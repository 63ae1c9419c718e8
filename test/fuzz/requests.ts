import { deepStrictEqual, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { fixtures } from '../../src/dialects/contract/fixtures.ts';
import * as run from '../../src/dialects/contract/run.ts';
import type { Dialect } from '../../src/protocol/dialect.ts';
import { GatewayError, withinDepth } from '../../src/protocol/errors.ts';
import { wireText } from '../../src/protocol/well-formed.ts';
import { bodiesFrom, named, names, wireOf } from './stir.ts';
import { subject } from './subject.ts';

interface Case {
  client: string;
  target: string;
  body: unknown;
  path: string | undefined;
}

const asked = fixtures.filter(({ request }) => request !== undefined);

export const requests = subject<Case>({
  name: 'requests',
  about: 'real requests of every door, broken in up to three places, asked in every dialect',
  share: 30,
  cases: fc
    .tuple(fc.constantFrom(...asked), names)
    .chain(([{ dialect, request, path }, target]) => bodiesFrom(request).map((body) => ({ client: dialect.name, target, body, path }))),
  holds({ client: speaking, target: spoken, body, path }) {
    const [client, target] = [named(speaking), named(spoken)];
    refused(client, () => {
      const wire = wireOf(body);
      const ask = () => withinDepth(() => target.ask(client.accept(run.call(client, JSON.parse(wire), path)), run.TARGET).request);
      const { body: sent } = ask();
      const hole = holeIn(sent);
      ok(hole === undefined, `${target.name} would be sent ${hole}`);
      const text = withinDepth(() => wireText(sent));
      ok(isSound(JSON.parse(text)), 'half a character would be sent');
      deepStrictEqual(wireText(ask().body), text, 'the same request is not the same bytes');
      ok(!('polluted' in {}), 'a prototype was polluted');
    });
  },
});

/** Runs `work`; what it throws must be an error for the client, with a body in the client's dialect. */
export function refused(client: Dialect, work: () => void): void {
  try {
    work();
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    ok(thrown.kind !== 'internal' && thrown.status >= 400 && thrown.status < 500, `refused as ${thrown.kind} ${thrown.status}`);
    const { status, body } = client.fault.answer(thrown, 'req_1');
    ok(status >= 400 && status < 600, `refused with ${status}`);
    const read = client.fault.hear(status, run.overWire(body));
    ok(read.message.includes(thrown.message.slice(0, 20)), `the client reads "${read.message}" for "${thrown.message}"`);
  }
}

/** All values in a value with their paths, without recursion: some are thousands of levels deep. */
function* within(value: unknown): Generator<[path: string, inner: unknown]> {
  const open: [string, unknown][] = [['', value]];
  for (let next = open.pop(); next; next = open.pop()) {
    yield next;
    const [path, inner] = next;
    if (inner === null || typeof inner !== 'object') continue;
    for (const [key, one] of Object.entries(inner)) open.push([path.length < 200 ? `${path}.${key}` : path, one]);
  }
}

/** The path of a value that JSON cannot say: it would go out as null or not at all. */
function holeIn(value: unknown): string | undefined {
  for (const [path, inner] of within(value)) {
    if (typeof inner === 'number' && !Number.isFinite(inner)) return `${inner} at ${path}`;
    if (typeof inner === 'function' || typeof inner === 'bigint' || typeof inner === 'symbol') return `a ${typeof inner} at ${path}`;
    if (Array.isArray(inner) && inner.some((one) => one === undefined)) return `a list with a hole at ${path}`;
  }
  return undefined;
}

/** Whether no character of a text is half. */
function isSound(value: unknown): boolean {
  for (const [, inner] of within(value)) {
    if (
      typeof inner === 'string' ? !inner.isWellFormed() : inner !== null && Object.keys(inner as object).some((key) => !key.isWellFormed())
    )
      return false;
  }
  return true;
}
