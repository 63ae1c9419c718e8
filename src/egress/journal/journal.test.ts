import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Journal, type JournalOptions } from './journal.ts';
import { JournalKeys } from './keys.ts';
import { decodeLine } from './line.ts';
import { checkpointsName, readLines, segmentFiles } from './segments.ts';
import { verify } from './verify.ts';

const SECRET = Buffer.alloc(32, 7);
const KEYS = new JournalKeys(SECRET);
let folder: string;
const journals: Journal[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
});
afterEach(async () => {
  await Promise.all(journals.splice(0).map((one) => one.close()));
  rmSync(folder, { recursive: true, force: true });
});

function start(options: Partial<JournalOptions> = {}): Journal {
  const journal = new Journal({ folder, stream: 'egress', keys: KEYS, checkpointMs: 60_000, ...options });
  journals.push(journal);
  return journal;
}

const files = () => segmentFiles(folder, 'egress');
const events = () => files().flatMap((file) => readLines(file).lines.map((line) => decodeLine(line)!.event));
const problems = () => verify(files(), { keys: KEYS, publicKey: KEYS.publicKey, anchors: anchors() }).flatMap((one) => one.problems);
const anchors = () => readLines(join(folder, checkpointsName('egress'))).lines;
const intent = (n: number) => ({ type: 'intent', exchange: `x${n}`, attempt: 1, bytes: n });

describe('a journal', () => {
  it('holds what was appended, in order, and is intact', async () => {
    const journal = start();
    await Promise.all([1, 2, 3].map((n) => journal.append(intent(n))));
    journal.keep({ type: 'outcome', exchange: 'x1', attempt: 1 });
    await journal.close();
    expect(events().map(({ type, exchange }) => [type, exchange])).toEqual([
      ['segment', undefined],
      ['intent', 'x1'],
      ['intent', 'x2'],
      ['intent', 'x3'],
      ['outcome', 'x1'],
      ['stop', undefined],
    ]);
    expect(problems()).toEqual([]);
  });

  it('goes on where it stopped', async () => {
    for (let n = 0; n < 3; n++) {
      const journal = start();
      await journal.append(intent(n));
      await journal.close();
    }
    expect(files()).toHaveLength(1);
    expect(events().filter(({ type }) => type === 'intent')).toHaveLength(3);
    expect(problems()).toEqual([]);
  });

  it('begins a segment when one is full and with each day, and links them', async () => {
    let now = Date.UTC(2026, 0, 1, 23, 59);
    const journal = start({ segmentBytes: 1000, now: () => now });
    for (let n = 0; n < 20; n++) await journal.append(intent(n));
    const full = files().length;
    expect(full).toBeGreaterThan(2);
    now += 120_000;
    await journal.append(intent(20));
    await journal.close();
    expect(files()).toHaveLength(full + 1);
    expect(problems()).toEqual([]);
    for (const file of files()) expect(decodeLine(readLines(file).lines.at(-1)!)!.event.type).toMatch(/checkpoint|stop/);
  });

  it('is not confused by a clock that jumps back', async () => {
    let now = Date.UTC(2026, 0, 5);
    const journal = start({ now: () => now });
    await journal.append(intent(1));
    now -= 3 * 86_400_000;
    await journal.append(intent(2));
    await journal.close();
    expect(problems()).toEqual([]);
  });

  it('signs after so many lines and after so much time', async () => {
    const many = start({ checkpointLines: 5 });
    for (let n = 0; n < 12; n++) await many.append(intent(n));
    expect(events().filter(({ type }) => type === 'checkpoint')).toHaveLength(2);
    await many.close();
    const quiet = start({ checkpointMs: 1 });
    await quiet.append(intent(12));
    await expect.poll(() => events().at(-1)?.type).toBe('checkpoint');
    expect(verify(files(), { publicKey: KEYS.publicKey })[0]!.problems).toEqual([]);
  });

  it('shares one write to the disk among those who wait', async () => {
    const journal = start();
    await journal.append(intent(0));
    const handle = await open(files()[0]!);
    const prototype = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    const writes = vi.spyOn(prototype, 'write');
    await Promise.all(Array.from({ length: 200 }, (_, n) => journal.append(intent(n + 1))));
    expect(writes).toHaveBeenCalledTimes(1);
    writes.mockRestore();
    await journal.close();
    expect(problems()).toEqual([]);
  });
});

describe('a journal that cannot be written', () => {
  const isRoot = process.getuid?.() === 0;

  it('says so when its folder is gone, keeps outcomes, and goes on when it is back', async () => {
    const log: string[] = [];
    const journal = start({ log: (line) => log.push(line) });
    await journal.append(intent(1));
    renameSync(folder, `${folder}-away`);
    await expect(journal.append(intent(2))).rejects.toThrow(/cannot be written \(ENOENT\)/);
    journal.keep({ type: 'outcome', exchange: 'x1', attempt: 1 });
    await expect(journal.append(intent(3))).rejects.toThrow();
    expect(journal.failure).toBeDefined();
    renameSync(`${folder}-away`, folder);
    await expect.poll(() => journal.failure, { timeout: 5000 }).toBeUndefined();
    await journal.append(intent(4));
    await journal.close();
    expect(events().map(({ type, exchange }) => exchange ?? type)).toEqual(['segment', 'x1', 'x1', 'x4', 'stop']);
    expect(log.map((line) => /cannot|again/.exec(line)?.[0])).toEqual(['cannot', 'again']);
    expect(problems()).toEqual([]);
  });

  it('says so when a folder is no folder', async () => {
    writeFileSync(join(folder, 'file'), '');
    const journal = start({ folder: join(folder, 'file') });
    await expect(journal.append(intent(1))).rejects.toThrow(/ENOTDIR/);
  });

  it('says so when another program writes its file', async () => {
    const journal = start();
    await journal.append(intent(1));
    appendFileSync(files()[0]!, 'x'.repeat(10_000));
    await expect(journal.append(intent(2))).rejects.toThrow(/changed by another program/);
  });

  it.skipIf(!isRoot || process.platform !== 'linux')('says so when the disk is full, and loses nothing that it promised', async () => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', disk]);
    try {
      const journal = start({ folder: disk });
      let written = 0;
      const full = async () => {
        for (;;) {
          await journal.append({ ...intent(written), padding: 'x'.repeat(500) });
          written++;
        }
      };
      await expect(full()).rejects.toThrow(/cannot be written \(ENOSPC\)/);
      expect(written).toBeGreaterThan(10);
      const [file] = segmentFiles(disk, 'egress');
      const intents = () => readLines(file!).lines.filter((line) => decodeLine(line)?.event.type === 'intent').length;
      execFileSync('mount', ['-o', 'remount,size=1m', disk]);
      await expect
        .poll(
          () =>
            journal.append(intent(1000)).then(
              () => true,
              () => false,
            ),
          { timeout: 5000 },
        )
        .toBe(true);
      await journal.close();
      expect(intents()).toBe(written + 1);
      expect(verify([file!], { keys: KEYS })[0]!.problems).toEqual([]);
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });

  it('refuses to go on behind a line that was changed', async () => {
    const journal = start();
    await journal.append(intent(1));
    await journal.append(intent(2));
    await journal.close();
    const [file] = files();
    writeFileSync(file!, readFileSync(file!, 'utf8').replace('"x1"', '"x9"'));
    await expect(start().append(intent(3))).rejects.toThrow(/line 3 of .* is not as Freehold wrote it/);
  });

  it('refuses to go on behind lines that somebody else wrote', async () => {
    const other = new JournalKeys(Buffer.alloc(32, 8));
    const journal = start({ keys: other });
    await journal.append(intent(1));
    await journal.append(intent(2));
    const [file] = files();
    const lines = readLines(file!).lines;
    writeFileSync(file!, `${lines.join('\n')}\n`);
    await expect(start().append(intent(3))).rejects.toThrow(/with this secret/);
  });
});

describe('a line that is none', () => {
  it('is refused, and the others are written', async () => {
    const log: string[] = [];
    const journal = start({ log: (line) => log.push(line) });
    journal.keep({ type: 'outcome', cost: 0.1 });
    const bad = expect(journal.append({ type: 'intent', cost: Number.NaN })).rejects.toThrow(/holds what no journal does/);
    await journal.append(intent(1));
    await bad;
    expect([journal.failure, log.length]).toEqual([undefined, 2]);
  });
});

describe('a crash', () => {
  it('in the middle of a line leaves the lines before it', async () => {
    const journal = start();
    await journal.append(intent(1));
    await journal.append(intent(2));
    await journal.close();
    const [file] = files();
    truncateSync(file!, readFileSync(file!).length - 30);
    const next = start();
    await next.append(intent(3));
    await next.close();
    expect(events().map(({ type, exchange }) => exchange ?? type)).toEqual(['segment', 'x1', 'x2', 'start', 'x3', 'stop']);
    expect(events()[3]!['torn']).toBeGreaterThan(100);
    expect(verify(files(), { keys: KEYS })[0]!.problems).toEqual([]);
  });

  it('before the first line of a segment leaves a segment that is begun anew', async () => {
    const journal = start({ segmentBytes: 1 });
    await journal.append(intent(1));
    await journal.append(intent(2));
    await journal.close();
    writeFileSync(join(folder, 'egress-000004.jsonl'), '{"at":1,');
    const next = start();
    await next.append(intent(3));
    await next.close();
    expect(files()).toHaveLength(4);
    expect(problems()).toEqual([]);
  });

  it('by kill -9 loses no line that was promised, time and again', async () => {
    const program = fileURLToPath(new URL('./fixtures/writer.ts', import.meta.url));
    const promised: string[] = [];
    for (let round = 0; round < 6; round++) {
      const child = spawn(process.execPath, [program, folder, SECRET.toString('hex'), String(round)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        // Killed by what it did, not by a clock: each round after another number of lines.
        if (text.length > 400 + 700 * round) child.kill('SIGKILL');
      });
      await new Promise((done) => child.on('close', done));
      promised.push(...text.split('\n').slice(0, -1));
    }
    const journal = start();
    await journal.append(intent(1));
    await journal.close();
    const held = new Set(events().flatMap(({ type, exchange }) => (type === 'intent' ? [exchange] : [])));
    expect(promised.length).toBeGreaterThan(100);
    expect(promised.filter((exchange) => !held.has(exchange))).toEqual([]);
    expect(files().length).toBeGreaterThan(1);
    expect(problems()).toEqual([]);
  }, 30_000);
});
