import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { JournalKeys } from './keys.ts';
import { type SegmentSums, type Span, tallyOf } from './report.ts';
import { checkpointsName, readLines, type Stream, segmentFiles } from './segments.ts';
import { type Verified, verify } from './verify.ts';

/** What the thread is to do with the journals of a folder. */
export type Reading =
  /** Sums up segments; those with a span only in part. */
  | { task: 'sum'; segments: readonly { file: string; span?: Span }[] }
  /** `secret`: the data folder's, with which every line's MAC is checked. */
  | { task: 'verify'; folder: string; secret: Uint8Array };

/** What it tells: what a segment comes to; how far it is, in files; and in the end the result. */
export type Telling = { file: string; sums: SegmentSums } | { checked: number } | { verified: Verified[] };

const STREAMS: readonly Stream[] = ['egress', 'audit'];

function read(reading: Reading, tell: (told: Telling) => void): void {
  if (reading.task === 'sum') {
    for (const { file, span } of reading.segments) {
      // A segment may be gone by now: whoever keeps it elsewhere takes the oldest away.
      if (existsSync(file)) tell({ file, sums: { ...tallyOf(file, span) } });
    }
    return;
  }
  const { folder } = reading;
  const keys = new JournalKeys(reading.secret);
  const verified: Verified[] = [];
  let checked = 0;
  for (const stream of STREAMS) {
    const files = segmentFiles(folder, stream);
    const beside = join(folder, checkpointsName(stream));
    const anchors = existsSync(beside) ? readLines(beside).lines : [];
    if (files.length) verified.push(...verify(files, { keys, anchors, onFile: () => tell({ checked: ++checked }) }));
  }
  tell({ verified });
}

if (parentPort) {
  const port = parentPort;
  read(workerData as Reading, (told) => port.postMessage(told));
  port.close();
}
