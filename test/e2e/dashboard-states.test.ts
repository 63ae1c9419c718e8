import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hashKey } from '../../src/accounts/directory.ts';
import { postgresPrograms, startCluster } from '../../src/store/contract/cluster.ts';
import { barriers, CHROMIUM, launch, settled, type Visit, visit } from '../fake/browser.ts';
import { built, freshGateway } from '../fake/dashboard.ts';

const PROGRAMS = postgresPrograms();
if (!PROGRAMS) console.warn('no PostgreSQL here: the dashboard is not looked at while its store is down; apt-get install postgresql');

let browser: Browser;
const stops: (() => unknown)[] = [];
let current: Visit | undefined;

describe.skipIf(!CHROMIUM)('the dashboard, empty, locked and cut off', () => {
  beforeAll(async () => {
    await built();
    browser = await launch();
  });

  afterAll(() => browser?.close());

  afterEach(async () => {
    await current?.close();
    current = undefined;
    for (const stop of stops.splice(0).reverse()) await stop();
  });

  it('says what to do where nothing was asked yet', async () => {
    const empty = await freshGateway(stops);
    current = await visit(browser);
    await current.page.goto(`${empty.url}/dashboard/`);
    await settled(current.page);
    await current.page.getByText('freehold connect claude-code').waitFor();
    await current.page.goto(`${empty.url}/dashboard/exchanges`);
    await current.page.getByText('freehold connect claude-code').waitFor();
    expect(current.complaints()).toEqual([]);
  });

  it('lets in who has the admin key, until they leave', async () => {
    const key = 'an-admin-key-of-the-tests';
    const locked = await freshGateway(stops, { admin: { key: `sha256:${hashKey(key)}` } });
    current = await visit(browser, {}, /status of 401/);
    const { page, complaints } = current;
    await page.goto(`${locked.url}/dashboard/exchanges`);
    expect(await barriers(page)).toEqual([]);
    const field = page.locator('input[type=password]');
    await field.fill('wrong');
    await field.press('Enter');
    await page.getByText('this is not the admin key').waitFor();
    await field.fill(key);
    await field.press('Enter');
    await page.getByRole('heading', { name: 'Exchanges', level: 1 }).waitFor();
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })')).not.toContain(key);
    await page.reload();
    await page.getByRole('heading', { name: 'Exchanges', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(complaints()).toEqual([]);
  });

  it('says what it takes where there is no admin key and somebody comes through a proxy', async () => {
    const open = await freshGateway(stops);
    current = await visit(browser, { extraHTTPHeaders: { 'x-forwarded-for': '10.0.0.1' } });
    await current.page.goto(`${open.url}/dashboard/keys`);
    await current.page.getByRole('heading', { name: 'Open to this machine only' }).waitFor();
    await current.page.getByText('freehold key --admin').waitFor();
    expect(current.complaints()).toEqual([]);
  });

  it('says so when the gateway is gone, and keeps what it knew', async () => {
    const doomed = await freshGateway(stops);
    current = await visit(browser, {}, /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|Failed to load/);
    const { page, complaints } = current;
    await page.goto(`${doomed.url}/dashboard/`);
    await settled(page);
    await doomed.gateway.close();
    await page.getByText('The gateway does not answer').first().waitFor();
    expect(await page.getByRole('heading', { name: 'Overview' }).isVisible()).toBe(true);
    expect(complaints()).toEqual([]);
  });

  it.skipIf(!PROGRAMS)('says so when the store is gone, and goes on when it is back', async () => {
    const cluster = await startCluster(PROGRAMS!);
    const started = await freshGateway(stops, { store: { url: await cluster.database() } });
    const { page, complaints, close } = await visit(browser, {}, /status of 503/);
    try {
      await page.goto(`${started.url}/dashboard/exchanges`);
      await settled(page);
      expect(await page.getByRole('alert').count()).toBe(0);
      await cluster.kill();
      await page.goto(`${started.url}/dashboard/exchanges?zone=own`);
      await page.getByRole('alert').filter({ hasText: 'the store does not answer' }).first().waitFor();
      await page.getByRole('button', { name: 'Try again' }).waitFor();
      await cluster.start();
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByText('Nothing fits').waitFor();
      expect(complaints()).toEqual([]);
    } finally {
      await close();
      for (const stop of stops.splice(0).reverse()) await stop();
      await cluster.stop();
    }
  });
});
