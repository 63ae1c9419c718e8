import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ran, runs } from '../../src/cli/fixtures/shell.ts';
import { testModel } from '../../src/engines/fixtures/models.ts';
import { independenceView, measurementList, savingsView, tcoView } from '../../src/http/contract.ts';
import { exchangeRow } from '../../src/store/contract/rows.ts';
import { openStore } from '../../src/store/open.ts';
import { startGateway } from '../fake/start.ts';

const HOUR = 3_600_000;
const cwd = mkdtempSync(join(tmpdir(), 'freehold-report-'));
const data = join(cwd, 'data');
const freehold = (...argv: string[]): Promise<Ran> => runs(argv, { cwd, env: { HOME: cwd } });

/** Two days of work: own models answer most requests, a vendor most of the tokens. */
beforeAll(async () => {
  writeFileSync(
    join(cwd, 'freehold.yaml'),
    `server: { port: 0 }\ndata: ${data}\nproviders:\n  far: { dialect: openai-chat, url: http://127.0.0.1:9, zone: vendor, models: { claude-opus-5: { price: { input: 5, output: 25 } } } }\n`,
  );
  mkdirSync(data);
  const store = await openStore({ file: join(data, 'ledger.sqlite') });
  const now = Date.now();
  const rows = Array.from({ length: 48 }, (_, hour) => [
    exchangeRow({
      at: now - hour * HOUR,
      session: `s${hour}`,
      input_tokens: 100,
      output_tokens: 10,
      cost_nanos: 0,
      baseline_nanos: 750_000,
    }),
    exchangeRow({
      at: now - hour * HOUR,
      session: `t${hour}`,
      input_tokens: 90,
      output_tokens: 10,
      cost_nanos: 0,
      baseline_nanos: 700_000,
    }),
    exchangeRow({
      ...{ at: now - hour * HOUR, session: `u${hour}`, provider: 'far', model: 'claude-opus-5', zone: 'vendor', importance: 3 },
      ...{ input_tokens: 10_000, output_tokens: 500, cost_nanos: 62_500_000, baseline_nanos: 62_500_000, task: '<script>' },
    }),
  ]).flat();
  await store.exchanges.insertMissing(rows.map((row) => ({ row })));
  await store.close();
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

describe('freehold report', () => {
  it('says on the terminal what own models do, and that many tiny requests are no independence', async () => {
    const { code, out, err } = await freehold('report', '--since', '7d');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/Own models do 40% of the work, each task weighed by its importance/);
    expect(out).toMatch(
      /answer 67% of the requests but only 1% of the tokens|answer 67% of the requests but only 2% of the (?:tokens|money)/,
    );
    expect(out).toContain('freehold swap far/claude-opus-5 box/small');
    expect(out).toContain('Saved: $0.07');
  });

  it('as JSON, and as pages that hold no markup of others', async () => {
    const { out } = await freehold('report', '--since', '7d', '--json', '--html', 'r.html', '--markdown', 'r.md');
    const { independence, savings } = JSON.parse(out) as Record<string, unknown>;
    expect(independenceView.parse(independence).shares).toMatchObject({ requests: 2 / 3, importance: 0.4 });
    expect(savingsView.parse(savings).total).toMatchObject({ exchanges: 144, cost_nanos: 48 * 62_500_000, saved_nanos: 48 * 1_450_000 });
    const html = readFileSync(join(cwd, 'r.html'), 'utf8');
    expect(html).toContain('&lt;script&gt;');
    expect(html).not.toContain('<script');
    expect(readFileSync(join(cwd, 'r.md'), 'utf8')).toContain('## Savings');
  });

  it('mistakes are told with the mend', async () => {
    expect(await freehold('report', '--since', 'yesterday')).toMatchObject({
      code: 1,
      err: expect.stringContaining('--since: "yesterday" is no time'),
    });
    expect((await freehold('report', '--since', '1d', '--until', '2d')).err).toContain('--since: must be before --until');
    expect((await freehold('tco')).err).toMatch(/nobody measured the speed here: run "freehold engine bench"/);
    expect((await freehold('tco', '--prefill', '9', '--decode', '9')).err).toMatch(/what a box costs.*--purchase/);
    expect((await freehold('tco', '--life', '0', '--purchase', '1')).err).toMatch(/life_years/);
    expect((await freehold('engine', 'bench', '--rounds', 'x')).err).toContain('--rounds: "x" is no number above 0');
    expect((await freehold('engine', 'bench', 'far')).err).toMatch(/is a vendor’s/);
  });
});

describe('a box of one’s own', () => {
  it('is measured with the real engine, reckoned with, and listed', async () => {
    const bench = await freehold(
      ...['engine', 'bench', testModel(), '--prompts', '16,48', '--parallel', '1,2', '--output', '8', '--rounds', '2'],
      ...['--watts-idle', '20', '--watts-working', '65'],
    );
    expect([bench.code, bench.out]).toEqual([0, expect.stringContaining('tokens')]);
    expect(readdirSync(join(data, 'measurements'))).toHaveLength(1);
    const { code, out } = await freehold('tco', '--purchase', '500', '--json');
    expect(code).toBe(0);
    const view = tcoView.parse(JSON.parse(out));
    expect(view.rates.prefill).toBeGreaterThan(0);
    expect(view.load.hours).toBeGreaterThanOrEqual(48);
    expect(view.hardware).toMatchObject({ purchase_usd: 500, watts_idle: 20, watts_working: 65 });
    expect(view.alternatives.map(({ model }) => model)).toContain('far/claude-opus-5');
    const told = await freehold('tco', '--rent', '1', '--staff-hours', '0', '--against', 'claude-opus-5');
    expect(told.out).toMatch(/it (?:pays|does NOT pay)/);
    expect((await freehold('tco', '--rent', '1', '--against', 'nobody')).err).toContain('against: no price is known for "nobody"');
    const { gateway, url } = await startGateway({ data, providers: {} });
    const list = measurementList.parse(await (await fetch(`${url}/admin/api/measurements`)).json());
    await gateway.close();
    expect(list.measurements[0]).toMatchObject({ rounds: 2, watts: { idle: 20, working: 65, source: 'given' }, estimated: false });
    expect(list.measurements[0]!.load.map(({ parallel }) => parallel)).toEqual([1, 2]);
  });
});
