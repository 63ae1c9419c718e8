import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A kind of journal; each has a chain of its own. */
export type Stream = 'egress' | 'audit';

const NAME = /^(egress|audit)-(\d{6,})\.jsonl$/;

/** A segment's file name, e.g. `egress-000001.jsonl`. @param number from 1 */
export function segmentName(stream: Stream, number: number): string {
  return `${stream}-${String(number).padStart(6, '0')}.jsonl`;
}

/** Where a stream's checkpoints are gathered, so that they can be copied elsewhere. */
export function checkpointsName(stream: Stream): string {
  return `${stream}.checkpoints.jsonl`;
}

/** Numbers of a stream's segments, ascending. A folder that is not there has none. */
export function segmentNumbers(folder: string, stream: Stream): number[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names
    .flatMap((name) => {
      const found = NAME.exec(name);
      return found?.[1] === stream ? [Number(found[2])] : [];
    })
    .sort((a, b) => a - b);
}

/** Paths of a stream's segments in their order. */
export function segmentFiles(folder: string, stream: Stream): string[] {
  return segmentNumbers(folder, stream).map((number) => join(folder, segmentName(stream, number)));
}

/** The lines of a file, without line ends, and what stands behind the last one. */
export function readLines(file: string): { lines: string[]; rest: string } {
  const lines = readFileSync(file, 'utf8').split('\n');
  const rest = lines.pop() ?? '';
  return { lines, rest };
}
