import { EventStreamCodec } from '@smithy/eventstream-codec';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Frame } from '../protocol/dialect.ts';
import { EventStreamReader } from './eventstream.ts';

/** The encoder of the AWS SDK, so that not both sides of a test are ours. */
const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);
type Headers = Parameters<typeof codec.encode>[0]['headers'];

const encode = (headers: Headers, body: string): Uint8Array => codec.encode({ headers, body: Buffer.from(body) });
const text = (value: string) => ({ type: 'string' as const, value });
const event = (type: string, body: string) => encode({ ':message-type': text('event'), ':event-type': text(type) }, body);

function read(packets: Iterable<Uint8Array>): Frame[] {
  const reader = new EventStreamReader();
  const frames: Frame[] = [];
  for (const packet of packets) frames.push(...reader.push(packet));
  frames.push(...reader.end());
  return frames;
}

test('the published empty message and one with headers and a payload', () => {
  // aws/aws-sdk-go, private/protocol/eventstream/testdata (Apache-2.0): encoded/positive/empty_message.
  expect(read([Buffer.from('000000100000000005c248eb7d98c8ff', 'hex')])).toEqual([{ data: '' }]);
  expect(read([event('messageStart', '{"role":"assistant"}')])).toEqual([{ event: 'messageStart', data: '{"role":"assistant"}' }]);
});

test('exceptions and errors are events of their own', () => {
  const exception = encode({ ':message-type': text('exception'), ':exception-type': text('throttlingException') }, '{"message":"slow"}');
  const error = encode({ ':message-type': text('error'), ':error-code': text('InternalError'), ':error-message': text('oops') }, '');
  expect(read([exception, error])).toEqual([
    { event: 'exception throttlingException', data: '{"message":"slow"}' },
    { event: 'error InternalError', data: '{"message":"oops"}' },
  ]);
});

test('headers of every type are passed over', () => {
  const headers: Headers = {
    yes: { type: 'boolean', value: true },
    no: { type: 'boolean', value: false },
    byte: { type: 'byte', value: -1 },
    short: { type: 'short', value: 300 },
    integer: { type: 'integer', value: -70_000 },
    binary: { type: 'binary', value: Uint8Array.of(7, 7, 7) },
    time: { type: 'timestamp', value: new Date(8675309) },
    uuid: { type: 'uuid', value: '01020304-0506-0708-090a-0b0c0d0e0f10' },
    ':event-type': text('last'),
  };
  expect(read([encode(headers, 'x')])).toEqual([{ event: 'last', data: 'x' }]);
});

test('however it is cut into packets, the frames are the same', () => {
  const message = fc.tuple(fc.constantFrom('contentBlockDelta', 'ü', 'metadata'), fc.string({ unit: 'grapheme', maxLength: 300 }));
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), fc.array(fc.nat(2000), { maxLength: 8 }), (messages, cuts) => {
      const bytes = Buffer.concat(messages.map(([type, body]) => event(type, body)));
      const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const packets = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
      expect(read(packets)).toEqual(messages.map(([type, data]) => ({ event: type, data: data.toWellFormed() })));
    }),
  );
});

describe('what is damaged is refused, never guessed', () => {
  const sound = event('contentBlockDelta', '{"delta":{"text":"Hello"}}');

  test('any flipped bit', () => {
    fc.assert(
      fc.property(fc.nat(sound.length - 1), fc.nat(7), (at, bit) => {
        const bytes = Uint8Array.from(sound);
        bytes[at] = bytes[at]! ^ (1 << bit);
        expect(() => read([bytes])).toThrow(expect.objectContaining({ kind: 'malformed' }));
      }),
    );
  });

  test('a message that is cut off is no frame, and the reader is not between frames', () => {
    const reader = new EventStreamReader();
    expect(reader.push(sound.subarray(0, sound.length - 1))).toEqual([]);
    expect([reader.between, reader.end()]).toEqual([false, []]);
    expect(reader.push(sound.subarray(sound.length - 1))).toHaveLength(1);
    expect(reader.between).toBe(true);
  });
});
