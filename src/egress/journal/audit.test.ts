import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Audit } from './audit.ts';
import { Journal } from './journal.ts';
import { JournalKeys } from './keys.ts';
import { decodeLine } from './line.ts';
import { readLines, segmentFiles } from './segments.ts';
import { verify } from './verify.ts';

const KEYS = new JournalKeys(Buffer.alloc(32, 3));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('holds who did what, with digests of what was and is, and refuses when it cannot', async () => {
  const journal = new Journal({ folder, stream: 'audit', keys: KEYS });
  const audit = new Audit(journal, KEYS);
  const deed = { actor: 'admin', action: 'key.update', object: 'k1', from: '10.0.0.1', facts: { team: 'core' } };
  await audit.write({ ...deed, before: { zone: 'own' }, after: { zone: 'vendor' } });
  await audit.write({ ...deed, outcome: 'refused', before: { zone: 'own' } });
  const events = segmentFiles(folder, 'audit').flatMap((file) => readLines(file).lines.map((line) => decodeLine(line)!.event));
  expect(events.slice(1)).toEqual([
    { type: 'audit', ...deed, before: expect.stringMatching(/^[\w-]{43}$/), after: expect.stringMatching(/^[\w-]{43}$/) },
    { type: 'audit', ...deed, outcome: 'refused', before: events[1]!['before'] },
  ]);
  expect(events[1]!['before']).not.toBe(events[1]!['after']);
  renameSync(folder, `${folder}-away`);
  await expect(audit.write(deed)).rejects.toThrow(/audit journal .* cannot be written/);
  renameSync(`${folder}-away`, folder);
  await journal.close();
  expect(verify(segmentFiles(folder, 'audit'), { keys: KEYS })).toMatchObject([{ stream: 'audit', problems: [] }]);
});
