import { crc32 } from 'node:zlib';
import type { Frame } from '../protocol/dialect.ts';
import { GatewayError } from '../protocol/errors.ts';
import type { FrameReader } from './frames.ts';

/** Largest message held in memory: the protocol's own limits are 16 MiB of payload and 128 KiB of headers. Bytes. */
const MESSAGE_LIMIT = 24 * 1024 * 1024;
/** Total length, headers' length, and a checksum of the two. Bytes. */
const PRELUDE = 12;
/** Prelude and checksum of the whole: the least a message has. Bytes. */
const LEAST = PRELUDE + 4;

/** Bytes of each type of header value; strings and byte arrays say their length themselves. */
const FIXED: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };
const BYTES = 6;
const STRING = 7;

/**
 * The binary event stream of AWS (https://smithy.io/2.0/aws/amazon-eventstream.html): messages of prelude, headers, payload and two
 * CRC-32 checksums, big-endian. A frame's `event` is the message's event type; an exception is `exception TYPE`, a failure of the
 * connection `error CODE`. `data` is the payload as text. Written here because Node brings the checksum and the rest is this file.
 */
export class EventStreamReader implements FrameReader {
  #held: Uint8Array[] = [];
  #size = 0;
  /** Bytes that the message at hand needs before it can be read. */
  #wanted = PRELUDE;

  /** @throws GatewayError `malformed` on a wrong checksum or length: nothing behind it can be trusted */
  push(bytes: Uint8Array): Frame[] {
    if (bytes.length === 0) return [];
    this.#held.push(bytes);
    this.#size += bytes.length;
    if (this.#size < this.#wanted) return [];
    const all = this.#held.length === 1 ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) : Buffer.concat(this.#held);
    const frames: Frame[] = [];
    let from = 0;
    this.#wanted = PRELUDE;
    while (all.length - from >= PRELUDE) {
      const length = lengthOf(all, from);
      if (all.length - from < length) {
        this.#wanted = length;
        break;
      }
      frames.push(read(all.subarray(from, from + length)));
      from += length;
    }
    this.#size = all.length - from;
    this.#held = this.#size ? [all.subarray(from)] : [];
    return frames;
  }

  /** An unfinished message is no frame: its checksum is missing. */
  end(): Frame[] {
    return [];
  }

  get between(): boolean {
    return this.#size === 0;
  }

  whole(bytes: Uint8Array): number {
    return Math.max(0, bytes.length - this.#size);
  }
}

function broken(what: string): GatewayError {
  return new GatewayError('malformed', `the provider sent an event stream with ${what}`);
}

/** Length of the message that begins at `from`, its prelude checked. */
function lengthOf(bytes: Buffer, from: number): number {
  const length = bytes.readUInt32BE(from);
  if (crc32(bytes.subarray(from, from + 8)) !== bytes.readUInt32BE(from + 8)) throw broken('a wrong checksum');
  if (length < LEAST + bytes.readUInt32BE(from + 4) || length > MESSAGE_LIMIT) throw broken(`a message of ${length} bytes`);
  return length;
}

function read(message: Buffer): Frame {
  const end = message.length - 4;
  if (crc32(message.subarray(0, end)) !== message.readUInt32BE(end)) throw broken('a wrong checksum');
  const payload = PRELUDE + message.readUInt32BE(4);
  const named = headersOf(message.subarray(PRELUDE, payload));
  const data = message.toString('utf8', payload, end);
  switch (named.get(':message-type')) {
    case 'exception':
      return { event: `exception ${named.get(':exception-type') ?? ''}`, data };
    case 'error':
      return { event: `error ${named.get(':error-code') ?? ''}`, data: JSON.stringify({ message: named.get(':error-message') }) };
    default: {
      const event = named.get(':event-type');
      return event === undefined ? { data } : { event, data };
    }
  }
}

/** The headers whose values are texts, by name: nothing else is read here. */
function headersOf(bytes: Buffer): Map<string, string> {
  const named = new Map<string, string>();
  let at = 0;
  const need = (size: number) => {
    if (at + size > bytes.length) throw broken('headers that are cut off');
  };
  while (at < bytes.length) {
    const length = bytes[at++]!;
    need(length + 1);
    const name = bytes.toString('utf8', at, at + length);
    at += length;
    const type = bytes[at++]!;
    let size = FIXED[type];
    if (type === BYTES || type === STRING) {
      need(2);
      size = bytes.readUInt16BE(at);
      at += 2;
    }
    if (size === undefined) throw broken(`a header of the unknown type ${type}`);
    need(size);
    if (type === STRING) named.set(name, bytes.toString('utf8', at, at + size));
    at += size;
  }
  return named;
}
