import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Journal } from './journal.ts';
import { JournalKeys } from './keys.ts';
import { encodeLine, hashOf } from './line.ts';
import { checkpointsName, readLines, segmentFiles } from './segments.ts';
import { type VerifyOptions, verify } from './verify.ts';

const KEYS = new JournalKeys(Buffer.alloc(32, 1));
const THIEF = new JournalKeys(Buffer.alloc(32, 2));
let folder: string;
let originals: Map<string, string>;
let anchors: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'verify-'));
  const journal = new Journal({ folder, stream: 'egress', keys: KEYS, segmentBytes: 4000, checkpointLines: 8 });
  for (let n = 0; n < 60; n++) await journal.append({ type: n % 2 ? 'outcome' : 'intent', exchange: `x${n >> 1}`, attempt: 1 });
  await journal.close();
  originals = new Map(segmentFiles(folder, 'egress').map((file) => [file, readFileSync(file, 'utf8')]));
  anchors = readLines(join(folder, checkpointsName('egress'))).lines;
});
beforeEach(() => {
  for (const [file, text] of originals) writeFileSync(file, text);
});
afterAll(() => rmSync(folder, { recursive: true }));

const files = () => segmentFiles(folder, 'egress');
const first = () => files()[0]!;
const last = () => files().at(-1)!;

function check(options: VerifyOptions = { publicKey: KEYS.publicKey }, of = files()): string[] {
  return verify(of, options).flatMap(({ problems }) => problems.map(({ kind, line }) => (line === undefined ? kind : `${kind} ${line}`)));
}

function change(file: string, edit: (lines: string[]) => string[]): void {
  writeFileSync(file, edit(readLines(file).lines).join('\n').concat('\n'));
}

describe('an untouched journal', () => {
  it('is intact, by the public key alone, by the secret, by copied checkpoints, in any order of files', () => {
    expect(files().length).toBeGreaterThan(2);
    expect(anchors.length).toBeGreaterThan(6);
    expect(check()).toEqual([]);
    expect(check({ keys: KEYS })).toEqual([]);
    expect(check({ publicKey: KEYS.publicKey, anchors })).toEqual([]);
    expect(check({}, files().reverse())).toEqual([]);
  });

  it('tells what is in it', () => {
    const [egress] = verify(files());
    expect(egress).toMatchObject({ stream: 'egress', publicKey: KEYS.publicKey, unsigned: 0 });
    expect(egress!.files.reduce((sum, { intents }) => sum + intents, 0)).toBe(30);
    expect(egress!.files.map(({ segment }) => segment)).toEqual(files().map((_, at) => at + 1));
  });

  it('is not taken for one that another key signed', () => {
    expect(check({ publicKey: THIEF.publicKey })).toContain('key 1');
    expect(check({ keys: THIEF })).toContain('forged 2');
  });
});

describe('what is done to a journal is found', () => {
  it('any one flipped bit, wherever it is', () => {
    // Every byte of one segment in turn would take long; a prime step visits all parts of lines.
    const text = Buffer.from(originals.get(first())!);
    for (let at = 0; at < text.length; at += 7) {
      const flipped = Buffer.from(text);
      flipped[at]! ^= 1 << (at % 8);
      writeFileSync(first(), flipped);
      expect(check(), `byte ${at}`).not.toEqual([]);
    }
  });

  it('one flipped bit in the last line and in the last signature', () => {
    const text = Buffer.from(originals.get(last())!);
    for (let at = text.length - 300; at < text.length; at++) {
      const flipped = Buffer.from(text);
      flipped[at]! ^= 1;
      writeFileSync(last(), flipped);
      expect(check({ keys: KEYS }), `byte ${at}`).not.toEqual([]);
    }
  });

  it('one removed line, the first and the last of a segment among them', () => {
    const { length } = readLines(first()).lines;
    for (const gone of [0, 5, length - 1]) {
      beforeEachFile();
      change(first(), (lines) => lines.toSpliced(gone, 1));
      expect(check(), String(gone)).toEqual(expect.arrayContaining([expect.stringMatching(/^removed/)]));
    }
  });

  it('two swapped lines', () => {
    change(first(), (lines) => lines.toSpliced(4, 2, lines[5]!, lines[4]!));
    expect(check()).toEqual(['removed 5', 'order 6', 'removed 7']);
  });

  it('a line that is there twice', () => {
    change(first(), (lines) => lines.toSpliced(4, 0, lines[4]!));
    expect(check()).toContain('order 6');
  });

  it('a missing segment, also the first', () => {
    expect(check(undefined, files().toSpliced(1, 1))).toContain('missing 1');
    expect(check(undefined, files().slice(1))).toContain('missing 1');
    expect(check({ partial: true }, files().slice(1))).toEqual([]);
    expect(check({ anchors }, files().slice(0, -1))).toContain('cut');
  });

  it('a cut tail: at once where lines without a signature are left, else by a copied checkpoint', () => {
    change(last(), (lines) => lines.slice(0, -1));
    expect(check()).toContain('unsigned');
    expect(check({ keys: KEYS, anchors })).toEqual(['cut']);
    const ends = (line: string) => line.includes('"type":"checkpoint"');
    beforeEachFile();
    change(first(), (lines) => lines.slice(0, lines.findIndex(ends) + 1));
    expect(check(undefined, [first()])).toEqual([]);
    expect(new Set(check({ publicKey: KEYS.publicKey, anchors }, [first()]))).toEqual(new Set(['cut']));
  });

  it('a line cut short', () => {
    writeFileSync(last(), originals.get(last())!.slice(0, -20));
    expect(check()).toContainEqual(expect.stringMatching(/^cut/));
  });

  it('a forged tail, by whoever has the files and not the secret', () => {
    const lines = readLines(last()).lines;
    const stop = JSON.parse(lines.at(-1)!) as { n: number };
    let head = { n: stop.n, hash: hashOf(lines.at(-1)!) };
    const forged = [{ type: 'start' }, { type: 'intent', exchange: 'y', attempt: 1 }].map((event) => {
      const line = encodeLine(event, head, 1, THIEF);
      head = line.head;
      return line.text;
    });
    change(last(), (kept) => [...kept, ...forged]);
    expect(check()).toEqual(['unsigned']);
    expect(check({ keys: KEYS })).toEqual([`forged ${lines.length + 1}`, `forged ${lines.length + 2}`]);
    const signed = encodeLine({ type: 'stop', stream: 'egress' }, head, 1, THIEF);
    change(last(), (kept) => [...kept, signed.text]);
    expect(check()).toEqual([`signature ${lines.length + 3}`, 'unsigned']);
  });

  it('a tail that was written anew by whoever has the secret, after a checkpoint was copied', () => {
    const lines = readLines(last()).lines;
    const before = JSON.parse(lines.at(-3)!) as { n: number };
    let head = { n: before.n, hash: hashOf(lines.at(-3)!) };
    const written = [
      { type: 'intent', exchange: 'never', attempt: 1 },
      { type: 'stop', stream: 'egress' },
    ].map((event) => {
      const line = encodeLine(event, head, 1, KEYS);
      head = line.head;
      return line.text;
    });
    change(last(), (kept) => [...kept.slice(0, -2), ...written]);
    expect(check({ keys: KEYS })).toEqual([]);
    expect(check({ keys: KEYS, anchors })).toContain('edited');
  });

  it('a checkpoint that somebody else signed is no proof', () => {
    const fake = encodeLine({ type: 'checkpoint', stream: 'egress' }, { n: 3, hash: 'x' }, 1, THIEF);
    expect(check({ publicKey: KEYS.publicKey, anchors: [fake.text] })).toEqual(['signature']);
  });

  it('a file that is no journal', () => {
    writeFileSync(first(), 'hello\n{"at":1}\n');
    expect(check({ partial: true }, [first()])).toEqual(['edited 1', 'edited 2']);
    writeFileSync(first(), '');
    expect(check({}, [first()])).toEqual(['unreadable']);
  });
});

function beforeEachFile(): void {
  for (const [file, text] of originals) writeFileSync(file, text);
}
