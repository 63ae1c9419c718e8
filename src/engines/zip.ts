import { type FileHandle, open } from 'node:fs/promises';
import { createInflateRaw } from 'node:zlib';

/** One file in a zip archive. */
export interface ZipEntry {
  name: string;
  /** Bytes when unpacked. */
  bytes: number;
  compressedBytes: number;
  method: number;
  offset: number;
}

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const END_BYTES = 22;
const LONGEST_COMMENT_BYTES = 65_535;
const STORED = 0;
const DEFLATED = 8;

/**
 * Lists a zip archive (a Python wheel) by its central directory.
 * @throws Error when the file is no zip, is damaged, or is of the 64-bit kind no wheel under 4 GB uses
 */
export async function zipEntries(path: string): Promise<ZipEntry[]> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const tail = await readAt(
      file,
      Math.max(0, size - END_BYTES - LONGEST_COMMENT_BYTES),
      Math.min(size, END_BYTES + LONGEST_COMMENT_BYTES),
    );
    let end = tail.length - END_BYTES;
    while (end >= 0 && tail.readUInt32LE(end) !== END_SIGNATURE) end--;
    if (end < 0) throw new Error(`${path} is no zip archive.`);
    const count = tail.readUInt16LE(end + 10);
    const offset = tail.readUInt32LE(end + 16);
    if (offset === 0xffffffff || count === 0xffff) throw new Error(`${path} is a 64-bit zip archive, which is not supported.`);
    return parseDirectory(await readAt(file, offset, tail.readUInt32LE(end + 12)), count, path);
  } finally {
    await file.close();
  }
}

/** The unpacked bytes of one entry, as they come. @throws Error when it is damaged or packed in an unknown way */
export async function* unzip(path: string, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  if (entry.method !== STORED && entry.method !== DEFLATED)
    throw new Error(`${entry.name} in ${path} is packed by method ${entry.method}, which is not supported.`);
  const file = await open(path);
  try {
    const head = await readAt(file, entry.offset, 30);
    if (head.readUInt32LE(0) !== LOCAL_SIGNATURE) throw new Error(`${path} is damaged at ${entry.name}.`);
    const start = entry.offset + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
    const packed = file.createReadStream({
      start,
      end: start + Math.max(0, entry.compressedBytes - 1),
      highWaterMark: 1 << 20,
      autoClose: false,
    });
    const source = entry.compressedBytes === 0 ? [] : entry.method === STORED ? packed : packed.pipe(createInflateRaw());
    let size = 0;
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      // The directory's size is what room was made for; more would be a bomb.
      if (size > entry.bytes) throw new Error(`${entry.name} in ${path} unpacks to more than the ${entry.bytes} bytes it names.`);
      yield chunk;
    }
    if (size !== entry.bytes) throw new Error(`${entry.name} in ${path} unpacks to ${size} bytes instead of ${entry.bytes}.`);
  } finally {
    await file.close();
  }
}

function parseDirectory(bytes: Buffer, count: number, path: string): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== ENTRY_SIGNATURE) throw new Error(`${path} has a damaged directory.`);
    const nameLength = bytes.readUInt16LE(at + 28);
    entries.push({
      name: bytes.toString('utf8', at + 46, at + 46 + nameLength),
      method: bytes.readUInt16LE(at + 10),
      compressedBytes: bytes.readUInt32LE(at + 20),
      bytes: bytes.readUInt32LE(at + 24),
      offset: bytes.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}
