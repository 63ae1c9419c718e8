import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { exchangeRow } from '../../src/store/contract/rows.ts';
import { openStore } from '../../src/store/open.ts';
import { barriers, CHROMIUM, launch, overflow, screenshot, settled, visit } from '../fake/browser.ts';
import { built } from '../fake/dashboard.ts';
import { startGateway } from '../fake/start.ts';

if (!CHROMIUM) console.warn('no Chromium here: the page of reports is not looked at in a browser; apt-get install chromium');

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe.skipIf(!CHROMIUM)('the page of reports', () => {
  it('shows what own models do, saves it as a file, and reckons with the figures that are filled in', async () => {
    await built();
    const data = mkdtempSync(join(tmpdir(), 'freehold-reports-page-'));
    const store = await openStore({ file: join(data, 'ledger.sqlite') });
    const far = { provider: 'far', model: '<b>bold</b>', zone: 'vendor', task: 'review', cost_nanos: 9e9, baseline_nanos: 9e9 } as const;
    const rows = Array.from({ length: 40 }, (_, at) => exchangeRow({ at: Date.now() - at * 3_600_000, ...(at % 4 ? {} : far) }));
    await store.exchanges.insertMissing(rows.map((row) => ({ row })));
    await store.close();
    const { gateway, url } = await startGateway({ data, providers: {} });
    const browser = await launch();
    stops.push(
      () => rmSync(data, { recursive: true, force: true }),
      () => gateway.close(),
      () => browser.close(),
    );
    // Nobody measured a box here, which the gateway says with a 400.
    const { page, complaints } = await visit(browser, { reducedMotion: 'reduce' }, /400/);
    await page.goto(`${url}/dashboard/reports`);
    await settled(page);
    expect(await page.getByRole('region', { name: 'What to do next' }).textContent()).toContain('far/<b>bold</b>');
    const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save as HTML' }).click()]);
    expect(saved.suggestedFilename()).toBe('independence.html');
    expect(readFileSync(await saved.path(), 'utf8')).toContain('&lt;b&gt;bold');
    await page.getByText('Own hardware against APIs').click();
    await settled(page);
    expect(await page.getByRole('region', { name: 'Not known yet' }).textContent()).toContain('freehold engine bench');
    for (const [label, value] of [
      ['Price of a box, $', '1200'],
      ['Tokens read a second', '1000'],
      ['Tokens written a second', '100'],
      ['Compare with model', 'claude-opus-5'],
    ] as const)
      await page.getByLabel(label).fill(value);
    await page.getByRole('button', { name: 'Reckon' }).click();
    await page.getByText(/it (?:pays|does NOT pay)/).waitFor();
    expect(new URL(page.url()).searchParams.get('purchase_usd')).toBe('1200');
    await screenshot(page, 'reports-own-hardware');
    expect([await barriers(page), await overflow(page), complaints()]).toEqual([[], 0, []]);
  });
});
