import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Frame } from '../protocol/dialect.ts';
import { GatewayError } from '../protocol/errors.ts';
import { SseReader, sseFrame } from './sse.ts';

/** The standard's algorithm said plainly: all bytes at once, every line by every rule. Slow, and that is the point. */
function reference(bytes: Uint8Array): Frame[] {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).replace(/^\uFEFF/, '');
  const frames: Frame[] = [];
  let event = '';
  let data: string[] = [];
  // An unfinished last event counts as finished: the one place where we are kinder than the standard.
  for (const line of [...text.split(/\r\n|\r|\n/), '']) {
    if (line === '') {
      if (data.length) frames.push(event ? { event, data: data.join('\n') } : { data: data.join('\n') });
      event = '';
      data = [];
      continue;
    }
    const colon = line.indexOf(':');
    if (colon === 0) continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    if (field === 'event') event = value;
  }
  return frames;
}

function read(...packets: Uint8Array[]): Frame[] {
  const reader = new SseReader();
  return [...packets.flatMap((packet) => reader.push(packet)), ...reader.end()];
}

const bytes = (text: string) => new TextEncoder().encode(text);
const oneByOne = (all: Uint8Array) => Array.from(all, (byte) => Uint8Array.of(byte));
const frames = (text: string) => read(bytes(text));

const value = fc.oneof(
  fc.constantFrom('', ' ', '  two', 'a: b', ':', '[DONE]', '{"a":"ü€𝄞"}', '\uFEFF', 'data: x', '\u2028', '\0'),
  fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => text.replace(/[\r\n]/g, '')),
);
const line = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constantFrom('data: ', 'data:', 'event: ', 'event:'), value).map((pair) => pair.join('')) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(':', ': ', 'id: ', 'retry: ', 'data', 'event', 'database: ', 'Data: ', ' data: '), value)
      .map((p) => p.join('')),
  },
  { weight: 2, arbitrary: fc.constant('') },
);
const stream = fc
  .tuple(
    fc.constantFrom('', '\uFEFF'),
    fc.array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')), { maxLength: 14 }),
    fc.oneof(fc.constant(''), line),
  )
  .map(([bom, lines, last]) => bytes(bom + lines.flat().join('') + last));

describe('frames', () => {
  test('equal the reference, whole, byte by byte and split at every byte', () => {
    fc.assert(
      fc.property(stream, (all) => {
        const wanted = reference(all);
        expect(read(all)).toEqual(wanted);
        expect(read(...oneByOne(all))).toEqual(wanted);
        for (let at = 1; at < all.length; at++) expect(read(all.subarray(0, at), all.subarray(at))).toEqual(wanted);
      }),
      { numRuns: 400 },
    );
  });

  test('equal the reference in packets of any size, empty ones too', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat({ max: 9 }), { minLength: 1 }), (all, sizes) => {
        const packets: Uint8Array[] = [];
        for (let at = 0, n = 0; at < all.length; n++) {
          const size = n < sizes.length ? sizes[n]! : 5;
          packets.push(all.subarray(at, at + size));
          at += size;
        }
        expect(read(...packets)).toEqual(reference(all));
      }),
    );
  });

  test('bytes that are no UTF-8 neither throw nor hide the next frame', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (noise) => {
        const all = new Uint8Array([...noise, ...bytes('\n\n\ndata: after\n\n')]);
        expect(read(all).at(-1)).toEqual({ data: 'after' });
        expect(read(...oneByOne(all)).at(-1)).toEqual({ data: 'after' });
      }),
    );
  });

  test.each<[string, string, Frame[]]>([
    ['a space after the colon is optional, and only one goes', 'data:a\n\ndata:  b\n\n', [{ data: 'a' }, { data: ' b' }]],
    ['several data lines are one text', 'data: a\ndata: b\ndata\n\n', [{ data: 'a\nb\n' }]],
    ['an event name belongs to one event', 'event: x\ndata: a\n\ndata: b\n\n', [{ event: 'x', data: 'a' }, { data: 'b' }]],
    ['the last event name counts, and a bare field empties it', 'event: x\nevent\ndata: a\n\n', [{ data: 'a' }]],
    ['an event without data is none', 'event: ping\n\ndata: a\n\n', [{ data: 'a' }]],
    ['empty data is an event', 'data:\n\n', [{ data: '' }]],
    ['comments, also bare ones, are no end of the stream', ': OPENROUTER PROCESSING\n\n:\ndata: a\n:\n\n', [{ data: 'a' }]],
    ['unknown fields and their like', 'id: 1\nretry: 5\ndatab: x\n data: y\ndata: a\n\n', [{ data: 'a' }]],
    ['a byte order mark in front only', '\uFEFFdata: \uFEFFa\n\n', [{ data: '\uFEFFa' }]],
    ['the last event without its blank line', 'data: a\n\ndata: b', [{ data: 'a' }, { data: 'b' }]],
    ['CR alone ends lines', 'data: a\r\rdata: b\r\r', [{ data: 'a' }, { data: 'b' }]],
    ['nothing', '', []],
    ['a bare JSON object instead of events', '{\n "error": {}\n}\n', [{ data: '{\n "error": {}\n}' }]],
    ['a bare JSON object among events is noise', '{"a":1}\ndata: a\n\n', [{ data: 'a' }]],
  ])('%s', (_, text, wanted) => expect(frames(text)).toEqual(wanted));

  test('a frame is given with the byte that ends it', () => {
    const reader = new SseReader();
    expect(reader.push(bytes('data: a\r\n'))).toEqual([]);
    expect(reader.push(bytes('\r'))).toEqual([{ data: 'a' }]);
    expect(reader.push(bytes('\n'))).toEqual([]);
    expect(reader.end()).toEqual([]);
  });

  test('what sseFrame writes is read back', () => {
    const json = fc.json();
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 'message_start'), (data, event) => {
        expect(frames(sseFrame(data, event))).toEqual([event ? { event, data } : { data }]);
      }),
    );
  });
});

describe('the limit of 64 Mi characters', () => {
  const MIB = 1024 * 1024;
  const chunk = new Uint8Array(MIB).fill(97);

  test('a frame below it passes although it comes in pieces', () => {
    const reader = new SseReader();
    reader.push(bytes('data: '));
    for (let n = 0; n < 40; n++) reader.push(chunk);
    expect(reader.push(bytes('\n\n'))[0]?.data.length).toBe(40 * MIB);
  });

  test('a frame above it is malformed, as one line and as many', () => {
    const endless = (end: string) => () => {
      const reader = new SseReader();
      for (let n = 0; n < 66; n++) {
        reader.push(bytes('data: '));
        reader.push(chunk);
        reader.push(bytes(end));
      }
    };
    expect(endless('')).toThrow(GatewayError);
    expect(endless('\n')).toThrow(GatewayError);
    expect(endless('\n\n')).not.toThrow();
  });

  test('comments do not add up to it', () => {
    const reader = new SseReader();
    for (let n = 0; n < 70; n++) {
      reader.push(bytes(':'));
      reader.push(chunk);
      reader.push(bytes('\n\n'));
    }
    expect(reader.push(bytes('data: a\n\n'))).toEqual([{ data: 'a' }]);
  });
});

/** Characters that string searches, cuts and joins touch while `work` runs: a count, because a clock would lie on a busy machine. */
function touched(work: () => void): number {
  const text = String.prototype;
  const list = Array.prototype;
  const { indexOf, slice } = text;
  const { join } = list;
  let count = 0;
  text.indexOf = function (this: string, what: string, from = 0) {
    const at = indexOf.call(this, what, from);
    count += (at < 0 ? this.length : at + 1) - from;
    return at;
  };
  text.slice = function (this: string, from?: number, to?: number) {
    const part = slice.call(this, from, to);
    count += part.length;
    return part;
  };
  list.join = function (this: unknown[], separator?: string) {
    const joined = join.call(this, separator);
    count += joined.length;
    return joined;
  };
  try {
    work();
  } finally {
    Object.assign(text, { indexOf, slice });
    list.join = join;
  }
  return count;
}

describe('work is linear in the bytes', () => {
  const shapes: Record<string, (n: number) => Uint8Array[]> = {
    'one long line, byte by byte': (n) => oneByOne(bytes(`data: ${'x'.repeat(n)}\n\n`)),
    'one long line in one packet': (n) => [bytes(`data: ${'x'.repeat(n)}\n\n`)],
    'many events in one packet': (n) => [bytes('data: x\n\n'.repeat(n / 9))],
    'many events and one CR at the end': (n) => [bytes(`${'data: x\n\n'.repeat(n / 9)}\r`)],
    'many CR lines and one LF at the end': (n) => [bytes(`${'data: x\r\r'.repeat(n / 9)}\n`)],
    'many CRLF lines': (n) => [bytes('data: x\r\n\r\n'.repeat(n / 11))],
    'one event of many lines, byte by byte': (n) => oneByOne(bytes(`${'data: x\n'.repeat(n / 8)}\n`)),
    'a comment that never ends, byte by byte': (n) => oneByOne(bytes(`:${'x'.repeat(n)}`)),
  };
  const cost = (packets: Uint8Array[]) => touched(() => read(...packets));

  test.each(Object.entries(shapes))('%s', (_, shape) => {
    const small = cost(shape(2_000));
    const large = cost(shape(32_000));
    expect(small).toBeGreaterThan(1_000);
    expect(large / small).toBeLessThan(17);
    expect(large).toBeLessThan(32_000 * 8);
  });

  test('the count finds a reader that searches its whole buffer for every packet', () => {
    const naive = (packets: Uint8Array[]) =>
      touched(() => {
        let buffer = '';
        for (const packet of packets) {
          buffer += String.fromCharCode(...packet);
          if (buffer.indexOf('\n\n') >= 0) buffer = '';
        }
      });
    const shape = shapes['one long line, byte by byte']!;
    expect(naive(shape(8_000)) / naive(shape(2_000))).toBeGreaterThan(10);
  });
});
