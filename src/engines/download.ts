import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { discard, get, type Http, type HttpReply } from './http.ts';
import type { Meter } from './meter.ts';

/** What one download needs; the file appears at `to` only when it is whole and its checksum is right. */
export interface Wanted {
  url: string;
  headers: Record<string, string>;
  to: string;
  /** Lower-case hex; undefined when the source names none. */
  sha256: string | undefined;
  /** Undefined when the source does not say. */
  bytes: number | undefined;
}

/** What a download borrows from its caller. */
export interface Means {
  http: Http;
  meter: Meter;
  signal: AbortSignal;
  /** Free bytes on the disk of a folder. */
  freeBytes: (dir: string) => Promise<number>;
  /** Pause before trying again after the n-th cut connection, in milliseconds. */
  retryDelayMs: (attempt: number) => number;
}

const MOST_ATTEMPTS = 6;
const SPARE_BYTES = 64 * 1024 * 1024; // a disk filled to its last byte troubles everybody else

/** An error that trying again cannot mend. */
class Final extends Error {}

/**
 * Downloads one file; continues what an earlier try left behind, also after cut connections.
 * @returns the file's sha256 in hex
 * @throws Error when the checksum is wrong (what was loaded is removed), the disk is too full, the server refuses,
 *   or the connection was cut six times without one byte in between
 */
export async function download(wanted: Wanted, means: Means): Promise<string> {
  await mkdir(dirname(wanted.to), { recursive: true });
  const part = `${wanted.to}.part`;
  let counted = 0;
  for (let attempt = 1; ; attempt++) {
    const before = await sizeOf(part);
    try {
      counted = await attemptOnce(wanted, part, means, counted);
      break;
    } catch (error) {
      means.signal.throwIfAborted();
      if ((await sizeOf(part)) > before) attempt = 0;
      if (error instanceof Final || attempt >= MOST_ATTEMPTS) throw error;
      await sleep(means.retryDelayMs(attempt + 1), undefined, { signal: means.signal });
    }
  }
  const sha256 = (await hashFile(part)).digest('hex');
  await rm(`${part}.tag`, { force: true });
  if (wanted.sha256 !== undefined && sha256 !== wanted.sha256.toLowerCase()) {
    await rm(part, { force: true });
    throw new Error(
      `${shown(wanted.url)} does not have the checksum its source names (expected sha256 ${wanted.sha256}, got ${sha256}). It was removed; try again.`,
    );
  }
  await rename(part, wanted.to);
  return sha256;
}

/** Free bytes an unprivileged process may use on the disk of a folder. */
export async function freeBytesOf(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}

/** @throws Error that names both numbers when `bytes` more do not fit beside some spare room */
export async function assureSpace(dir: string, bytes: number, freeBytes: (dir: string) => Promise<number>): Promise<void> {
  const free = await freeBytes(dir);
  if (free < bytes + SPARE_BYTES) {
    throw new Final(
      `Not enough room in ${dir}: ${megabytes(bytes)} are needed, ${megabytes(free)} are free. Free some, or choose another folder with --dir.`,
    );
  }
}

/** The sha256 of a file so far, ready for more. */
export async function hashFile(path: string): Promise<Hash> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash;
}

// One connection, from where the partial file ends. Gives the bytes the meter now counts for this file.
async function attemptOnce(wanted: Wanted, part: string, means: Means, counted: number): Promise<number> {
  const { meter, signal, http } = means;
  let have = await sizeOf(part);
  if (wanted.bytes !== undefined && have > wanted.bytes) have = 0;
  const tag = have > 0 ? await readFile(`${part}.tag`, 'utf8').catch(() => '') : '';
  const count = (bytes: number, isFresh: boolean) => {
    counted += bytes;
    meter.add(bytes, isFresh);
  };
  if (have > counted) count(have - counted, false);
  if (have > 0 && have === wanted.bytes) return counted;
  const range: Record<string, string> = have > 0 ? { range: `bytes=${have}-`, ...(tag === '' ? {} : { 'if-range': tag }) } : {};
  const reply = await get(http, wanted.url, { ...wanted.headers, ...range, 'accept-encoding': 'identity' }, signal);
  if (reply.status === 416 && have > 0) {
    // Whatever we have is not a beginning of what is there now.
    await discard(reply);
    await rm(part, { force: true });
    count(-counted, false);
    throw new Error('the partial file did not fit and was dropped');
  }
  if (reply.status !== 200 && reply.status !== 206) {
    await discard(reply);
    const message = `${shown(wanted.url)} answered ${reply.status}${advice(reply.status)}`;
    throw reply.status >= 500 || reply.status === 429 || reply.status === 408 ? new Error(message) : new Final(message);
  }
  const isContinued = reply.status === 206 && Number(/^bytes (\d+)-/.exec(reply.headers['content-range'] ?? '')?.[1]) === have;
  if (!isContinued) {
    count(-counted, false);
    have = 0;
  }
  const length = Number(reply.headers['content-length'] ?? Number.NaN);
  const total = wanted.bytes ?? (Number.isNaN(length) ? undefined : have + length);
  if (meter.total === 0 && total !== undefined) meter.total = total;
  await assureSpace(dirname(part), (total ?? have) - have, means.freeBytes);
  // A weak tag does not promise the same bytes.
  const etag = reply.headers['etag'] ?? '';
  if (etag !== '' && !etag.startsWith('W/')) await writeFile(`${part}.tag`, etag);
  await pour(reply, part, have, count);
  const size = await sizeOf(part);
  if (total !== undefined && size !== total) throw new Error(`${shown(wanted.url)} was cut at ${size} of ${total} bytes`);
  return counted;
}

async function pour(reply: HttpReply, part: string, from: number, count: (bytes: number, isFresh: boolean) => void): Promise<void> {
  const file = await open(part, from > 0 ? 'r+' : 'w');
  try {
    await file.truncate(from);
    let at = from;
    for await (const chunk of reply.body) {
      await file.write(chunk, 0, chunk.length, at);
      at += chunk.length;
      count(chunk.length, true);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

function advice(status: number): string {
  if (status === 401 || status === 403)
    return ': it wants a credential (for Hugging Face set HF_TOKEN and accept the model’s terms on its page)';
  return status === 404 ? ': there is no such file' : '';
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

// Signed addresses carry credentials behind the question mark.
function shown(url: string): string {
  const at = new URL(url);
  return `${at.origin}${at.pathname}`;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
