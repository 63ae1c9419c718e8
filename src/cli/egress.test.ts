import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EgressJournal, type Intent } from '../egress/journal/egress.ts';
import { Journal } from '../egress/journal/journal.ts';
import { JournalKeys } from '../egress/journal/keys.ts';
import { openPlace } from '../store/place.ts';
import { type Ran, runs } from './fixtures/shell.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 5, 1, 12);
let data: string;
let file: string;
let original: string;
let publicKey: string;

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'egress-cli-'));
  const place = openPlace(data);
  const keys = new JournalKeys(place.secret);
  publicKey = keys.publicKey;
  let now = START;
  const journal = new Journal({ folder: place.journal, stream: 'egress', keys, now: () => now, segmentBytes: 1e9, checkpointMs: 60_000 });
  const egress = new EgressJournal(journal, keys);
  const intent = (n: number): Intent => ({
    exchange: `x${n}`,
    attempt: 1,
    arrived: now,
    key: n % 2 ? 'alice' : undefined,
    dialect: 'd',
    asked: 'm',
    stream: false,
    provider: n < 4 ? 'far' : 'rented',
    model: 'm',
    zone: n < 4 ? 'vendor' : 'leased',
    origin: 'https://far.example',
    rule: 'zones.default',
    repository: n === 0 ? 'github.com/acme/app' : undefined,
    redacted: n === 1 ? { jwt: 2 } : undefined,
    bytes: 100,
    digest: egress.digest('x'),
  });
  for (let n = 0; n < 6; n++) {
    await egress.begin(intent(n));
    if (n !== 5)
      egress.end({
        exchange: `x${n}`,
        attempt: 1,
        sent: true,
        status: 200,
        out: 100,
        in: 1000,
        costNanos: 5000,
        ...(n === 2 && { error: 'upstream' }),
      });
    now += 60_000;
  }
  await journal.close();
  place.release();
  file = join(data, 'journal', 'egress-000001.jsonl');
  original = readFileSync(file, 'utf8');
});
beforeEach(() => writeFileSync(file, original));
afterAll(() => rmSync(data, { recursive: true }));

const freehold = (...argv: string[]): Promise<Ran> => runs(['egress', ...argv], { cwd: join(data, 'journal') });

describe('freehold egress verify', () => {
  it('is satisfied with what nobody touched: by folder, by file, by key', async () => {
    for (const argv of [
      ['--data', data],
      ['egress-000001.jsonl'],
      ['egress-000001.jsonl', '--key', publicKey],
      [file, '--secret', join(data, 'secret')],
    ]) {
      const { code, out } = await freehold('verify', ...argv);
      expect([code, out]).toEqual([0, expect.stringMatching(/sound[\s\S]*is as it was written, signed by the key (\w{4}-){3}\w{4}/)]);
    }
    const own = await freehold('verify', 'egress-000001.jsonl');
    expect(own.out).toContain('own word');
  });

  it('tells what is wrong and where, and fails', async () => {
    writeFileSync(file, original.replace('"provider":"far"', '"provider":"fat"'));
    const { code, out } = await freehold('verify', 'egress-000001.jsonl');
    expect([code, out]).toEqual([1, expect.stringMatching(/edited {2}egress-000001\.jsonl:3 [\s\S]*is NOT as it was written/)]);
    const json = await freehold('verify', 'egress-000001.jsonl', '--json');
    expect(JSON.parse(json.out)).toMatchObject({ sound: false, journals: [{ stream: 'egress', problems: [{ kind: 'edited', line: 3 }] }] });
  });

  it('finds a cut tail by the checkpoints beside the segments, and by those copied elsewhere', async () => {
    const lines = original.split('\n');
    writeFileSync(file, `${lines.slice(0, 4).join('\n')}\n`);
    expect((await freehold('verify', '--data', data)).out).toMatch(/cut .*the tail was cut off/);
    const beside = join(data, 'journal', 'egress.checkpoints.jsonl');
    const copy = join(data, 'copy.jsonl');
    writeFileSync(copy, readFileSync(beside));
    rmSync(beside);
    expect((await freehold('verify', '--data', data)).code).toBe(0);
    expect((await freehold('verify', '--data', data, '--checkpoints', copy)).out).toContain('the tail was cut off');
    writeFileSync(beside, readFileSync(copy));
  });

  it('does not believe lines that nothing proves', async () => {
    appendFileSync(file, original.split('\n')[2]!.concat('\n'));
    expect((await freehold('verify', 'egress-000001.jsonl')).code).toBe(1);
  });

  it('says what is wrong with its own words', async () => {
    expect((await freehold('verify', 'nowhere.jsonl')).code).toBe(1);
    expect(await freehold('verify', file, '--key', 'no key')).toMatchObject({ code: 1, err: expect.stringContaining('--key') });
  });
});

describe('freehold egress report', () => {
  it('says what left, by destination, repository, key and rule', async () => {
    const { code, out } = await freehold('report', '--data', data);
    expect(code).toBe(0);
    for (const row of [
      /far\/m \(vendor, https:\/\/far\.example\) +4 +1 +0 +400 +4000 +2 +\$0\.000020/,
      /rented\/m \(leased, .*\) +2 +0 +1 +100 +1000 +0/,
      /github\.com\/acme\/app +1/,
      /alice +3/,
      /zones\.default +6/,
      /all +6 +1 +1 +500 +5000/,
    ])
      expect(out).toMatch(row);
  });

  it('of a span of time, for programs', async () => {
    const since = new Date(START + 3 * 60_000).toISOString();
    const { out } = await freehold('report', '--data', data, '--since', since, '--json');
    expect(JSON.parse(out)).toMatchObject({
      total: { requests: 3, open: 1, bytesOut: 200 },
      keys: [{ name: 'alice' }, { name: 'no key' }],
    });
    const none = await freehold('report', '--data', data, '--until', new Date(START - DAY).toISOString(), '--json');
    expect(JSON.parse(none.out).total.requests).toBe(0);
    expect(await freehold('report', '--data', data, '--since', 'tuesday')).toMatchObject({
      code: 1,
      err: expect.stringContaining('--since'),
    });
  });
});

describe('freehold egress keys', () => {
  it('prints the public key, never the secret', async () => {
    const { code, out } = await freehold('keys', '--data', data);
    expect([code, out]).toEqual([0, expect.stringContaining(publicKey)]);
    const json = JSON.parse((await freehold('keys', '--data', data, '--json')).out) as { publicKey: string; checkpoints: string[] };
    expect(json).toMatchObject({
      publicKey,
      checkpoints: [expect.stringContaining('egress.checkpoints.jsonl'), expect.stringContaining('audit')],
    });
    expect(out).not.toContain(readFileSync(join(data, 'secret')).toString('base64url').slice(0, 20));
  });

  it('says when there is none', async () => {
    expect(await freehold('keys', '--data', join(data, 'empty'))).toMatchObject({ code: 1, err: expect.stringContaining('no secret yet') });
  });
});
