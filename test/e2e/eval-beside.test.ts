import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runs } from '../../src/cli/fixtures/shell.ts';
import { readSuite } from '../../src/evals/suite/read.ts';
import { candidates, writeSums } from '../fake/candidates.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { FakeUpstream } from '../fake/upstream.ts';

/** Evaluation beside the team's own work: what it asks is no work of people, and people's work becomes cases. */
const MODELS = ['large-1', 'slow-1', 'bad-1'];

let folder: string;
let up: FakeUpstream;
let started: Started;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'eval-beside-'));
  writeSums(join(folder, 'sums'), 30);
  const qualities = { 'large-1': 1, 'slow-1': 1, 'bad-1': 0 };
  up = await FakeUpstream.start(candidates([readSuite(join(folder, 'sums'))], qualities));
  started = await startGateway({
    data: join(folder, 'data'),
    store: { content: true },
    providers: { cloud: { dialect: 'openai-chat', url: up.url, zone: 'own', models: MODELS } },
  });
  await run('--models', 'cloud/large-1,cloud/slow-1');
});
afterAll(async () => {
  await started?.gateway.close();
  await up?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const evals = (...words: string[]) => runs(['eval', ...words], { env: { FREEHOLD_DATA: join(folder, 'data') }, cwd: folder });
async function run(...words: string[]): Promise<void> {
  const { code, err } = await evals('run', 'sums', '--url', started.url, ...words);
  expect(code, err).toBe(0);
}

it('cases are made of recorded exchanges, when those whose words they are agree', async () => {
  const words = ['import', '--recorded', '--url', started.url, '--to', 'ours', '--most', '5'];
  expect((await evals(...words)).err).toMatch(/--yes-content/);
  // What evaluation itself asked is left out.
  expect((await evals(...words, '--yes-content')).err).toMatch(/No exchange of that time/);
  for (let n = 0; n < 7; n++)
    await fetch(`${started.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'cloud/large-1', messages: [{ role: 'user', content: `What is ${n} + ${n}?` }] }),
    });
  // One exchange's content, and that somebody read it is on record.
  const get = async (path: string) => (await fetch(`${started.url}/admin/api/${path}`)).json() as Promise<Record<string, unknown>>;
  const others = async () => {
    const { exchanges } = (await get('exchanges?limit=20')) as { exchanges: { id: string; client: string }[] };
    return exchanges.filter(({ client }) => client !== 'freehold-eval');
  };
  await expect.poll(async () => (await others()).length, { timeout: 15_000 }).toBe(7);
  const { out, err } = await evals(...words, '--yes-content');
  expect(out, err).toMatch(/Wrote 5 cases/);
  const exchanges = await others();
  expect(await get(`exchanges/${exchanges[0]!.id}/content`)).toEqual({
    request: expect.stringContaining('What is'),
    answer: expect.any(String),
  });
  expect(await get('exchanges/none/content')).toMatchObject({ error: { message: expect.stringContaining('no content') } });
  const journal = join(folder, 'data', 'journal');
  const audit = readdirSync(journal)
    .filter((name) => name.startsWith('audit'))
    .map((name) => readFileSync(join(journal, name), 'utf8'))
    .join('');
  expect(audit).toContain(`"action":"contents.read"`);
  expect(audit).toContain(exchanges[0]!.id);
  const { cases } = readSuite(join(folder, 'ours'));
  expect(cases).toHaveLength(5);
  for (const { prompt, reference } of cases)
    expect([prompt, reference]).toEqual([expect.stringMatching(/What is \d \+ \d/), expect.stringMatching(/It is|I do/)]);
});

it('a model is asked itself, also while another stands in its place', async () => {
  const post = (path: string, body: unknown) =>
    fetch(started.url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const swap = { from: 'cloud/large-1', to: 'cloud/bad-1', share: 1, approve: true };
  const begun = await post('/admin/api/swaps', swap);
  expect(begun.status, await begun.clone().text()).toBe(201);
  const asked = async (work: () => Promise<unknown>) => {
    const before = up.seen.length;
    await work();
    return new Set(up.seen.slice(before).map(({ body }) => (JSON.parse(body) as { model: string }).model));
  };
  const ordinary = { model: 'cloud/large-1', messages: [{ role: 'user', content: 'What is 3 + 3?' }] };
  expect(await asked(() => post('/v1/chat/completions', ordinary))).toEqual(new Set(['bad-1']));
  expect(await asked(() => run('--models', 'cloud/large-1,cloud/slow-1', '--most', '2', '--fresh'))).toEqual(
    new Set(['large-1', 'slow-1']),
  );
  const { id } = (await begun.json()) as { id: string };
  expect((await post(`/admin/api/swaps/${id}/undo`, { why: 'tried' })).status).toBe(200);
});
