import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NdjsonReader } from './ndjson.ts';

const read = (packets: Uint8Array[]) => {
  const reader = new NdjsonReader();
  const frames = packets.flatMap((packet) => reader.push(packet));
  return [...frames, ...reader.end()].map((frame) => frame.data);
};

it('yields the lines of any values, split at any bytes, with any line ends', () => {
  const line = fc.jsonValue().map((value) => JSON.stringify(value));
  const ends = fc.constantFrom('\n', '\r\n', '\n\n');
  fc.assert(
    fc.property(fc.array(fc.tuple(line, ends)), fc.option(line), fc.array(fc.nat(200)), (lines, last, cuts) => {
      const bytes = Buffer.from(lines.map(([text, end]) => text + end).join('') + (last ?? ''));
      const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const packets = places.slice(1).map((end, at) => bytes.subarray(places[at], end));
      expect(read(packets)).toEqual([...lines.map(([text]) => text), ...(last === null ? [] : [last])]);
    }),
  );
});

it('knows when a line is half read', () => {
  const reader = new NdjsonReader();
  reader.push(Buffer.from('{"a"'));
  expect(reader.between).toBe(false);
  reader.push(Buffer.from(':1}\n'));
  expect(reader.between).toBe(true);
});
