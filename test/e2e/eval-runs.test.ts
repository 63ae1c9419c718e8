import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../src/cli/fixtures/shell.ts';
import type { Signed } from '../../src/evals/evidence.ts';
import type { JudgeReport } from '../../src/evals/run/judging.ts';
import type { RunSummary } from '../../src/evals/run/summary.ts';
import { readSuite } from '../../src/evals/suite/read.ts';
import { candidates, writeSums } from '../fake/candidates.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, type Script, sse } from '../fake/upstream.ts';

/** Runs as people start them, through a real gateway, of models whose true quality is known. */
const TOKENS = { input: 100, output: 20 };
/** Dollars per million tokens; an answer of these costs 300,000 nano-dollars. */
const PRICE = { input: 1, output: 10 };
const COST = 300_000;
const CASES = 240;
const QUALITIES = { 'large-1': 0.95, 'same-1': 0.95, 'bad-1': 0.5, 'slow-1': 0.9 };
const MODELS = Object.keys(QUALITIES);

let folder: string;
let suite: string;
let up: FakeUpstream;
let started: Started;

/** Knows which of two sums is right, and prefers the first place where it does not look: at every fifth. */
const umpire: Script = (response, seen) => {
  const { messages } = JSON.parse(seen.body) as { messages: { content: string }[] };
  const asked = messages[0]!.content;
  const n = Number(/What is (\d+)/.exec(asked)?.[1]);
  const better = n % 5 === 0 || asked.indexOf(`It is ${2 * n}.`) < asked.indexOf('END OF ANSWER 1') ? 1 : 2;
  return sse([chat.start(), chat.text(`One is right. {"better": ${better}}`), chat.stop(), chat.done])(response, seen);
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'eval-runs-'));
  suite = join(folder, 'sums');
  writeSums(suite, CASES);
  const answers = candidates([readSuite(suite)], QUALITIES, { tokens: TOKENS, delayMs: 2 });
  up = await FakeUpstream.start((response, seen) =>
    seen.body.includes('"umpire-2501"') ? umpire(response, seen) : answers(response, seen),
  );
  started = await startGateway({
    data: join(folder, 'data'),
    providers: {
      cloud: {
        dialect: 'openai-chat',
        url: up.url,
        zone: 'own',
        models: Object.fromEntries([...MODELS, 'umpire-2501', 'umpire-latest'].map((name) => [name, { price: PRICE }])),
      },
    },
  });
});
afterAll(async () => {
  await started?.gateway.close();
  await up?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const env = () => ({ FREEHOLD_DATA: join(folder, 'data') });
const evals = (...words: string[]) => runs(['eval', ...words], { env: env(), cwd: folder });
type Printed = RunSummary & { certificates: Signed[]; folder: string };
async function run(...words: string[]): Promise<Printed> {
  // A run that goes on knows its suites.
  const suites = words[0] === '--resume' ? [] : ['sums'];
  const { out, err } = await evals('run', ...suites, '--url', started.url, '--json', ...words);
  expect(out, err).toMatch(/^\{"version":1/);
  return JSON.parse(out) as Printed;
}

describe('a run', () => {
  let first: Printed;

  it('finds the true difference, says undecided where there is none, and certifies what it proved', async () => {
    first = await run('--models', 'cloud/large-1,cloud/same-1,cloud/bad-1', '--at-once', '16');
    expect(first.ended).toBe('complete');
    const outcome = (name: string) => first.verdicts.filter(({ candidate }) => candidate === `cloud/${name}`).map((one) => one.outcome);
    expect(outcome('bad-1')).toEqual(['not good enough', 'not good enough']);
    expect(outcome('same-1')).not.toContain('not good enough');
    expect(first.verdicts.filter((one) => one.outcome === 'undecided').every(({ more = 0 }) => more > 0)).toBe(true);
    expect(first.certificates.filter(({ certificate }) => certificate.candidate.address === 'cloud/bad-1')).toHaveLength(2);
    expect(first.spent_nanos).toBe(3 * CASES * COST);
    // The gateway charged the same, and knows who asked.
    const { gateway } = started;
    const ask = (path: string, query: Record<string, string>) =>
      gateway.admin.handle({ method: 'GET', path, query: new URLSearchParams(query), actor: 'test' });
    const sums = async () =>
      (await ask('/admin/api/usage', { from: '0', to: '9999999999999', by: 'client' })).body as {
        groups: { of: object; exchanges: number; cost_nanos: number }[];
      };
    await expect
      .poll(async () => (await sums()).groups, { timeout: 15_000 })
      .toMatchObject([{ of: { client: 'freehold-eval' }, exchanges: 3 * CASES, cost_nanos: 3 * CASES * COST }]);
    expect(gateway.verdicts.of('cloud/bad-1', 'quick_chat')).toBe('not-good-enough');
    const { body: kept } = await ask(`/admin/api/evidence/runs/${first.plan.id}`, {});
    expect(JSON.stringify(kept)).toContain('"case":"sums/sum-7"');
    const { body: standings } = await ask('/admin/api/evidence/standings', {});
    expect(JSON.stringify(standings)).toContain('"address":"cloud/same-1"');
  });

  it('pays nothing for what was asked before', async () => {
    const before = up.seen.length;
    const again = await run('--models', 'cloud/large-1,cloud/same-1,cloud/bad-1');
    expect([again.spent_nanos, up.seen.length]).toEqual([0, before]);
    expect(again.verdicts.map(({ outcome, e }) => [outcome, e])).toEqual(first.verdicts.map(({ outcome, e }) => [outcome, e]));
    const { code, out } = await evals('compare', first.plan.id, again.plan.id);
    expect([code, out]).toEqual([0, expect.stringContaining('No case came out otherwise')]);
  });

  it('can be looked at: list, show, one page, and what is different from another', async () => {
    expect((await evals('list')).out).toMatch(/2 not good enough/);
    const html = join(folder, 'report.html');
    const { out } = await evals('show', first.plan.id, '--html', html);
    expect(out).toMatch(/cloud\/bad-1 .*not good enough/);
    expect(readFileSync(html, 'utf8')).toMatch(/<svg role="img" aria-label="\d\d\.\d %/);
    const { code, out: changes } = await evals('compare', first.plan.id, 'last', '--models', 'cloud/large-1,cloud/bad-1');
    expect(code).toBe(1);
    expect(changes).toMatch(/broke .*sums\/sum-\d+/);
    expect((await evals('show', '1999')).err).toMatch(/no run in/);
  });

  it('gives certificates that anybody can check, and nobody can change', async () => {
    const files = readdirSync(join(first.folder, 'certificates'));
    const path = join(first.folder, 'certificates', files[0]!);
    const own = await evals('verify', path, '--suite', 'sums');
    expect([own.code, own.out]).toEqual([0, expect.stringContaining('this data folder')]);
    const signed = JSON.parse(readFileSync(path, 'utf8')) as Signed;
    const named = await runs(['eval', 'verify', path, '--key', signed.key], { cwd: folder, env: { FREEHOLD_DATA: join(folder, 'other') } });
    expect(named.code).toBe(0);
    const stranger = await runs(['eval', 'verify', path], { cwd: folder, env: { FREEHOLD_DATA: join(folder, 'other') } });
    expect([stranger.code, stranger.out]).toEqual([1, expect.stringContaining('not trusted')]);
    const forged = join(folder, 'forged.json');
    const { certificate } = signed;
    writeFileSync(forged, JSON.stringify({ ...signed, certificate: { ...certificate, outcome: 'good enough' } }));
    expect((await evals('verify', forged)).out).toMatch(/changed after it was signed/);
    writeSums(join(folder, 'changed'), CASES - 1);
    expect((await evals('verify', path, '--suite', 'changed')).out).toMatch(/not the one that was asked/);
    const post = (body: unknown, path = '') =>
      fetch(`${started.url}/admin/api/evidence/certificates${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect((await post({ ...signed, certificate: { ...certificate, pairs: 9 } })).status).toBe(400);
    expect((await post({ why: 'its weights changed' }, `/${certificate.id}/withdraw`)).status).toBe(200);
    const counted = () => started.gateway.verdicts.certificate(certificate.candidate.address, certificate.task)?.id;
    expect(counted()).not.toBe(certificate.id);
    // What was withdrawn does not count again because somebody sends it again.
    expect(await (await post(signed)).json()).toMatchObject({ withdrawn: { why: 'its weights changed' } });
    expect(counted()).not.toBe(certificate.id);
  });

  it('never spends more than its budget, to the nano-dollar, and goes on with another', async () => {
    const before = up.seen.length;
    const part = await run(
      '--models',
      'cloud/large-1,cloud/slow-1',
      '--seed',
      '5',
      '--budget',
      '0.02',
      '--max-tokens',
      '200',
      '--at-once',
      '12',
    );
    expect(part.ended).toBe('budget');
    const asked = up.seen.length - before;
    expect(part.spent_nanos).toBe(asked * COST);
    expect(part.spent_nanos).toBeLessThanOrEqual(20_000_000);
    // The most that an answer can cost no longer fits; what one does cost would.
    expect(part.spent_nanos).toBeGreaterThan(17_000_000);
    expect(part.verdicts.map(({ outcome }) => outcome)).toContain('not decidable with this budget');
    const more = await run('--resume', part.plan.id, '--budget', '0.04', '--at-once', '12');
    expect(more.plan.id).toBe(part.plan.id);
    expect(more.spent_nanos).toBe((up.seen.length - before) * COST);
    expect(more.spent_nanos).toBeGreaterThan(part.spent_nanos);
    expect(more.spent_nanos).toBeLessThanOrEqual(40_000_000);
  });

  it('goes on after a kill, and asks nothing twice that was answered', async () => {
    const before = up.seen.length;
    const words = ['eval', 'run', 'sums', '--url', started.url, '--models', 'cloud/large-1,cloud/slow-1', '--seed', '9', '--at-once', '4'];
    const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
    const child = spawn(process.execPath, [main, ...words], { cwd: folder, env: { ...process.env, ...env() }, stdio: 'ignore' });
    await expect.poll(() => up.seen.length - before, { timeout: 20_000, interval: 5 }).toBeGreaterThan(100);
    child.kill('SIGKILL');
    await new Promise((done) => child.once('exit', done));
    const killed = up.seen.length - before;
    expect(killed).toBeLessThan(2 * CASES);
    const id = readdirSync(join(folder, 'data', 'evals', 'runs'))
      .sort()
      .at(-1)!;
    expect((await evals('show', id)).err).toMatch(/died before its end/);
    const done = await run('--resume', id);
    expect(done.ended).toBe('complete');
    expect(done.plan.seed).toBe(9);
    expect(done.rows.reduce((sum, { cases }) => sum + cases, 0)).toBe(2 * CASES);
    // What was under way in that moment is asked once more.
    expect(up.seen.length - before).toBeGreaterThanOrEqual(2 * CASES);
    expect(up.seen.length - before).toBeLessThanOrEqual(2 * CASES + 8);
  });

  it('says what is wrong with what it is told', async () => {
    const refused = async (...words: string[]) => (await evals('run', '--url', started.url, ...words)).err;
    expect(await refused('nowhere', '--models', 'cloud/large-1')).toMatch(/there is no suite nowhere/);
    expect(await refused('sums')).toMatch(/--models: name who is to be tried/);
    expect(await refused('sums', '--models', 'cloud/none')).toMatch(/no model is called "cloud\/none"; there are cloud\/bad-1/);
    expect(await refused('sums', '--models', 'cloud/large-1', '--margin', '0.95')).toMatch(/--margin: .*keep=0.95/);
    expect(await refused('sums', '--models', 'cloud/large-1', '--task', 'poetry')).toMatch(/--task: "poetry" is no class/);
    expect(await refused('sums', '--models', 'cloud/large-1', '--resume', '20200101-000000-aaaa')).toMatch(/there is no run/);
  });
});

it('a judge is measured before it is believed', async () => {
  const { code, out, err } = await evals('judge', 'umpire-2501', '--suite', 'sums', '--most', '30', '--url', started.url, '--json');
  expect(code, err).toBe(0);
  const { reports } = JSON.parse(out) as { reports: JudgeReport[] };
  const all = reports.at(-1)!;
  expect(all).toMatchObject({ class: 'all', pairs: 60, wrong: 0 });
  expect(all.accuracy + all.firstPlaceBias).toBe(1);
  expect(all.firstPlaceBias).toBeGreaterThan(0.05);
  expect(all.agreement.kappa).toBeGreaterThan(0.5);
  expect((await evals('judge', 'umpire-2501', '--suite', 'sums', '--most', '9', '--url', started.url)).out).toMatch(
    /It knows the better answer in/,
  );
  expect((await evals('judge', 'umpire-latest', '--suite', 'sums', '--url', started.url)).err).toMatch(/names no version/);
});
