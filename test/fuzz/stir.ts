import fc from 'fast-check';
import { fixtures } from '../../src/dialects/contract/fixtures.ts';
import { dialects } from '../../src/dialects/index.ts';
import type { Dialect, Frame } from '../../src/protocol/dialect.ts';
import { chance, packets } from '../fake/packets.ts';

/** How real bytes and bodies are spoiled: everything that networks, servers and clients have been seen to do to them, and more. */

/** Cases name their dialects, so that they can be read. */
export const names: fc.Arbitrary<string> = fc.constantFrom(...dialects.map(({ name }) => name));

export function named(name: string): Dialect {
  return dialects.find((dialect) => dialect.name === name)!;
}

/** What may stand between any two events. */
const BETWEEN = [
  ': keepalive',
  ':',
  'event: ping\ndata: {"type":"ping"}',
  'event: unheard_of\ndata: {"type":"unheard_of","index":0,"delta":{"type":"x"}}',
  'data:',
  'data: {}',
  'data: null',
  'data: []',
  'data: 7',
  'id: 5\nretry: 10',
  'data: {"error":null}',
  'data: {"error":{"message":"boom","type":"server_error","code":"500"}}',
  'data: [DONE]',
] as const;
const LINES = ['', '{}', 'null', '[]', '{"done":false}', '{"error":"boom"}', '{"model":"m","done":true}'] as const;

type Spoiling =
  | { how: 'drop' | 'twice' | 'cut' | 'merge'; at: number }
  | { how: 'swap'; at: number; with: number }
  | { how: 'flip'; at: number; bit: number }
  | { how: 'put'; at: number; which: number }
  | { how: 'noise'; at: number; bytes: Uint8Array };

const place = fc.nat({ max: 100_000 });
const spoiling: fc.Arbitrary<Spoiling> = fc.oneof(
  fc.record({ how: fc.constantFrom('drop' as const, 'twice' as const, 'cut' as const, 'merge' as const), at: place }),
  fc.record({ how: fc.constant('swap' as const), at: place, with: place }),
  fc.record({ how: fc.constant('flip' as const), at: place, bit: fc.nat({ max: 7 }) }),
  fc.record({ how: fc.constant('put' as const), at: place, which: fc.nat({ max: 100 }) }),
  fc.record({ how: fc.constant('noise' as const), at: place, bytes: fc.uint8Array({ maxLength: 12 }) }),
);

export interface Stirred {
  fixture: string;
  /** The bytes, one a character, so that a case can be read. */
  latin1: string;
  /** Seed of how the bytes are cut into packets, and the largest. */
  cut: number;
  largest: number;
}

/** A real stream of `dialect`, spoiled in up to four places and written with any line ends; one in eight is nothing but noise. */
export function streamsOf(dialect: Dialect): fc.Arbitrary<Stirred> {
  const own = fixtures.filter((fixture) => fixture.dialect === dialect && fixture.stream);
  const real = fc
    .record({
      from: fc.constantFrom(...own),
      spoilings: fc.array(spoiling, { maxLength: 4 }),
      end: fc.constantFrom('\n', '\n', '\r\n', '\r'),
      bom: fc.boolean(),
    })
    .map(({ from, spoilings, end, bom }) => ({
      fixture: from.name,
      bytes: spoiled(dialect, Buffer.from(from.stream!).toString('utf8'), spoilings, end, bom),
    }));
  const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => ({ fixture: 'noise', bytes }));
  return fc
    .record({
      made: fc.oneof({ weight: 7, arbitrary: real }, { weight: 1, arbitrary: noise }),
      cut: fc.nat({ max: 1e6 }),
      largest: fc.constantFrom(1, 3, 40, 1500),
    })
    .map(({ made, cut, largest }) => ({ fixture: made.fixture, latin1: Buffer.from(made.bytes).toString('latin1'), cut, largest }));
}

function spoiled(dialect: Dialect, text: string, spoilings: readonly Spoiling[], end: string, bom: boolean): Uint8Array {
  const isSse = dialect.framing === 'sse';
  const separator = isSse ? '\n\n' : '\n';
  const events = text.split(separator).filter((event) => event !== '');
  const puttable: readonly string[] = isSse ? BETWEEN : LINES;
  const onBytes: Spoiling[] = [];
  for (const one of spoilings) {
    const at = one.at % (events.length + 1);
    if (one.how === 'drop') events.splice(at, 1);
    else if (one.how === 'twice') events.splice(at, 0, events[at] ?? '');
    else if (one.how === 'cut') events.length = at;
    else if (one.how === 'merge') events.splice(at, 2, (events[at] ?? '') + (isSse ? '\n' : '') + (events[at + 1] ?? ''));
    else if (one.how === 'put') events.splice(at, 0, puttable[one.which % puttable.length]!);
    else if (one.how === 'swap') {
      const other = one.with % (events.length || 1);
      [events[at], events[other]] = [events[other] ?? '', events[at] ?? ''];
    } else onBytes.push(one);
  }
  const written = events.map((event) => event + separator).join('');
  let bytes = Buffer.from((bom ? '\uFEFF' : '') + (isSse ? written.replaceAll('\n', end) : written));
  for (const one of onBytes) {
    const at = one.at % (bytes.length || 1);
    if (one.how === 'flip' && bytes.length) bytes[at] = bytes[at]! ^ (1 << one.bit);
    else if (one.how === 'noise') bytes = Buffer.concat([bytes.subarray(0, at), one.bytes, bytes.subarray(at)]);
  }
  return bytes;
}

export function bytesOf({ latin1 }: Stirred): Buffer {
  return Buffer.from(latin1, 'latin1');
}

export function packetsOf(stirred: Stirred): Iterable<Uint8Array> {
  return packets(bytesOf(stirred), stirred.largest, chance(stirred.cut));
}

/** Stands for a number of this many digits, which no JavaScript value can be. */
const LONG = '12345678901234567890';

/** A body as a client writes it. */
export function wireOf(body: unknown): string {
  return (JSON.stringify(body) ?? 'null').replaceAll(`:"${LONG}"`, `:${LONG}`);
}

/** What stands where something else should: wrong types, and values that break careless code. */
const strange: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, '', ' ', 'x', 0, -1, 1.5, 1e21, Number.MAX_SAFE_INTEGER + 2, true, false, [], {}, [null], [[]], [{}]),
  fc.constantFrom<unknown>(LONG, [LONG], { [LONG]: LONG }),
  fc.constantFrom<unknown>('constructor', 'valueOf', '__proto__', 'toString', { toString: null, valueOf: 1 }, { length: 1e9 }),
  fc.constantFrom<unknown>('\ud83d', 'a\udc00b', '\u0000', '\uFEFF', '\u2028', 'e\u0301'.repeat(30)),
  fc.constant(null).map(() => JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}') as unknown),
  fc.nat({ max: 3000 }).map((depth) => deep(depth)),
  fc.nat({ max: 40_000 }).map((length) => 'lorem '.repeat(length / 6)),
  fc.jsonValue({ maxDepth: 3 }),
);

function deep(levels: number): unknown {
  let value: unknown = 'x';
  for (let n = 0; n < levels; n++) value = n % 2 ? [value] : { a: value };
  return value;
}

interface Change {
  way: number[];
  how: 'put' | 'delete' | 'twice' | 'empty' | 'swap';
  value: unknown;
}

const change: fc.Arbitrary<Change> = fc.record({
  way: fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 9 }),
  how: fc.constantFrom('put' as const, 'put' as const, 'delete' as const, 'twice' as const, 'empty' as const, 'swap' as const),
  value: strange,
});

/** A JSON value changed in up to three places. */
export function bodiesFrom(value: unknown): fc.Arbitrary<unknown> {
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const body = { whole: copyOf(value) };
    for (const one of changes) apply(body, one);
    return body.whole;
  });
}

function apply(root: Record<string, unknown>, { way, how, value }: Change): void {
  let holder = root;
  let key = 'whole';
  for (const step of way) {
    const inner = holder[key];
    const keys = inner !== null && typeof inner === 'object' ? Object.keys(inner) : [];
    if (keys.length === 0) break;
    holder = inner as Record<string, unknown>;
    key = keys[step % keys.length]!;
  }
  const keys = Object.keys(holder);
  const next = keys[(keys.indexOf(key) + 1) % keys.length]!;
  if (how === 'put') holder[key] = value;
  else if (how === 'twice' && Array.isArray(holder)) holder.splice(Number(key), 0, copyOf(holder[Number(key)]));
  else if (how === 'delete' && Array.isArray(holder)) holder.splice(Number(key), 1);
  else if (how === 'delete') delete holder[key];
  else if (how === 'swap') [holder[key], holder[next]] = [holder[next], holder[key]];
  else holder[key] = Array.isArray(holder[key]) ? [] : typeof holder[key] === 'string' ? '' : {};
}

/** By way of JSON, because a structured clone of a deep value overflows the stack. */
function copyOf<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}

export function textOf(frames: readonly Frame[]): string {
  return frames.map(({ data }) => data).join('\n');
}
