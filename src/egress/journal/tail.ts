import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalKeys } from './keys.ts';
import { decodeLine, GENESIS, type Head, hashOf, isSignedType } from './line.ts';
import { type Stream, segmentName, segmentNumbers } from './segments.ts';

/** Why a journal cannot be written, with the mend. Holds no content. */
export class JournalError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'JournalError';
  }
}

/** Where a journal on disk ends. */
export interface Tail {
  /** Number of the last segment; 0 when there is none. */
  segment: number;
  head: Head;
  /** Bytes of the last segment's whole lines. */
  size: number;
  /** Bytes behind them: of a line that was being written when the process died. */
  torn: number;
  /** When the last segment was begun, Unix milliseconds. */
  begun: number;
  /** Lines that no signature covers yet. */
  unsigned: number;
}

/**
 * Finds the end of a journal. A line that was cut short by a crash is no damage: nothing left before it was whole. Anything else that is not
 * as this program writes it is. @throws JournalError naming file and line
 */
export function findTail(folder: string, stream: Stream, keys: JournalKeys): Tail {
  const numbers = segmentNumbers(folder, stream);
  const segment = numbers.at(-1);
  if (segment === undefined) return { segment: 0, head: GENESIS, size: 0, torn: 0, begun: 0, unsigned: 0 };
  const file = join(folder, segmentName(stream, segment));
  const bytes = readFileSync(file);
  const size = bytes.lastIndexOf(0x0a) + 1;
  const texts = bytes.toString('utf8', 0, size).split('\n').slice(0, -1);
  if (texts.length === 0) {
    // The process died between making the file and writing its first line.
    const before = numbers.at(-2);
    if (before === undefined) return { segment, head: GENESIS, size: 0, torn: bytes.length, begun: 0, unsigned: 0 };
    const { head } = lastOf(join(folder, segmentName(stream, before)), keys);
    return { segment, head, size: 0, torn: bytes.length, begun: 0, unsigned: 0 };
  }
  return { segment, ...judge(file, texts, keys), size, torn: bytes.length - size };
}

function lastOf(file: string, keys: JournalKeys): { head: Head } {
  return judge(file, readFileSync(file, 'utf8').split('\n').slice(0, -1), keys);
}

/** Follows the chain through a segment; MACs are checked where no signature vouches yet. */
function judge(file: string, texts: readonly string[], keys: JournalKeys): Pick<Tail, 'head' | 'begun' | 'unsigned'> {
  let head: Head | undefined;
  let begun = 0;
  let unsigned = 0;
  for (const [at, text] of texts.entries()) {
    const line = decodeLine(text);
    if (!line || (head && (line.n !== head.n + 1 || line.prev !== head.hash))) throw damaged(file, at + 1);
    head = { n: line.n, hash: hashOf(text) };
    if (at === 0) begun = line.at;
    unsigned = isSignedType(line) ? 0 : unsigned + 1;
  }
  for (const [at, text] of texts.slice(texts.length - unsigned).entries()) {
    const line = decodeLine(text)!;
    if (!keys.isMac(line.body, line.mac)) throw damaged(file, texts.length - unsigned + at + 1);
  }
  return { head: head ?? GENESIS, begun, unsigned };
}

function damaged(file: string, line: number): JournalError {
  return new JournalError(
    `line ${line} of ${file} is not as Freehold wrote it with this secret; "freehold egress verify" shows what is wrong. Keep the journal's folder as evidence, and give Freehold an empty one in its place`,
  );
}
