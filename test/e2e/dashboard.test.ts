import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { barriers, CHROMIUM, launch, overflow, screenshot, settled, type Visit, visit } from '../fake/browser.ts';
import { open, post } from '../fake/call.ts';
import { built } from '../fake/dashboard.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json, sse } from '../fake/upstream.ts';

if (!CHROMIUM) console.warn('no Chromium here: the dashboard is not looked at in a browser; apt-get install chromium');

/** Those that there must be; others are walked as well. */
const PAGES = ['Overview', 'Live', 'Exchanges', 'Routing', 'Models', 'Evidence', 'Egress', 'Reports', 'Keys and budgets', 'Settings'];

/** Text that would do something if the page took it for HTML. */
const NASTY = `<img src=x onerror="alert('run')">`;

const MESSAGES = [{ role: 'user', content: 'write a function that adds two numbers' }];

let browser: Browser;
let world: Started & { home: FakeUpstream; vendor: FakeUpstream; data: string };
const stops: (() => unknown)[] = [];
let current: Visit | undefined;

describe.skipIf(!CHROMIUM)('the dashboard in a browser', () => {
  beforeAll(async () => {
    await built();
    [browser, world] = await Promise.all([launch(), begin()]);
  });

  afterAll(async () => {
    await browser?.close();
    await world?.gateway.close();
    await Promise.all([world?.home.stop(), world?.vendor.stop()]);
    rmSync(world.data, { recursive: true, force: true });
  });

  afterEach(async () => {
    await current?.close();
    current = undefined;
    for (const stop of stops.splice(0).reverse()) await stop();
  });

  const at = async (path: string, options: Parameters<typeof visit>[1] = {}, expected?: RegExp): Promise<Visit> => {
    current = await visit(browser, options, expected);
    await current.page.goto(`${world.url}/dashboard${path}`);
    return current;
  };

  describe.each([
    { width: 1280, colorScheme: 'light', rules: 'all' },
    { width: 1280, colorScheme: 'dark', rules: 'contrast' },
    { width: 360, colorScheme: 'light', rules: 'all but contrast' },
    { width: 1920, colorScheme: 'dark', rules: undefined },
  ] as const)('$width px, $colorScheme', ({ width, colorScheme, rules }) => {
    it('every page: no complaint of the browser, nothing wider than the window, no barrier', async () => {
      const { page, complaints } = await at('/', { viewport: { width, height: 800 }, colorScheme, reducedMotion: 'reduce' });
      await settled(page);
      const found: Record<string, unknown> = {};
      const names = await page.locator('nav[aria-label=Pages] a').allTextContents();
      expect(names).toEqual(expect.arrayContaining(PAGES));
      for (const name of names) {
        const menu = page.getByRole('button', { name: 'Open the menu' });
        if (await menu.isVisible()) await menu.click();
        await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
        await settled(page);
        expect(await page.title()).toBe(`${name} · Freehold`);
        await screenshot(page, `${name.toLowerCase().replaceAll(' ', '-')}-${width}-${colorScheme}`);
        const wrong = [...complaints(), ...(rules ? await barriers(page, rules) : [])];
        const wide = await overflow(page);
        if (wide > 0) wrong.push(`${wide} px too wide`);
        if (wrong.length) found[name] = wrong;
      }
      expect(found).toEqual({});
    }, 120_000);
  });

  it('overview says where the work is done, what it saved and what left', async () => {
    const { page, complaints } = await at('/');
    await settled(page);
    await page.getByText(/by models of your own/).waitFor();
    const text = await page.locator('main').textContent();
    expect(text).toMatch(/own models \d+%/);
    expect(text).toMatch(/Saved(?:\$\d|–)/);
    expect(text).toMatch(/Left the building[\d.]+ k?B/);
    await page.getByText('Figures').first().click();
    expect(await page.locator('.trend-table').first().getByRole('row').count()).toBeGreaterThan(1);
    await page.getByRole('radiogroup', { name: 'Span' }).getByText('7 days').click();
    await page.waitForURL(/days=7/);
    expect(complaints()).toEqual([]);
  });

  it('exchanges: narrowed in the address, paged, and each told with its attempts', async () => {
    const { page, complaints } = await at('/exchanges');
    await settled(page);
    await page.getByLabel('Zone', { exact: true }).selectOption('vendor');
    await page.waitForURL(/zone=vendor/);
    await page.getByRole('row').filter({ hasText: 'dear' }).first().waitFor();
    await page.locator('[aria-busy]').waitFor({ state: 'detached' });
    expect(await page.locator('tbody tr').filter({ hasText: 'small' }).count()).toBe(0);
    await page.reload();
    await settled(page);
    expect(await page.getByLabel('Zone', { exact: true }).inputValue()).toBe('vendor');

    await page.goto(`${world.url}/dashboard/exchanges`);
    await settled(page);
    expect(await page.locator('tbody tr').count()).toBe(50);
    await page.getByRole('button', { name: 'Older' }).click();
    await page.waitForURL(/cursor=/);
    await page.goBack();
    await page.waitForURL((url) => !url.search.includes('cursor'));

    const failed = world.records.find(({ attempts, outcome }) => attempts.length > 1 && outcome === 'ok')!;
    await page.goto(`${world.url}/dashboard/exchanges/${failed.id}`);
    await settled(page);
    const attempts = page.locator('.attempts li');
    expect(await attempts.count()).toBe(failed.attempts.length);
    expect(await attempts.first().textContent()).toMatch(/shop\/dear.*vendor/);
    expect(await attempts.last().textContent()).toMatch(/home\/small.*own.*answered/);
    expect(complaints()).toEqual([]);
  });

  it('what a client wrote is text on the page', async () => {
    const { page, complaints } = await at('/exchanges', { viewport: { width: 1920, height: 900 } });
    await settled(page);
    await page.getByText(NASTY).first().waitFor();
    await page.goto(`${world.url}/dashboard/exchanges?session=${encodeURIComponent(NASTY)}`);
    await page.getByRole('button', { name: NASTY }).waitFor();
    expect(await page.locator('main img').count()).toBe(0);
    expect(complaints()).toEqual([]);
  });

  it('live: a request appears when it begins, and ends on the page when it does', async () => {
    let finish: () => void = () => undefined;
    const wait = new Promise<void>((settle) => {
      finish = settle;
    });
    stops.push(() => finish());
    world.home.scripts = [
      async (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(chat.start() + chat.text('words that nobody else should read '));
        await wait;
        response.end(chat.stop() + chat.done);
      },
    ];
    const { page, complaints } = await at('/live');
    await page.getByText('connected', { exact: true }).waitFor();
    const call = open(`${world.url}/v1/chat/completions`, { model: 'home/small', stream: true, messages: MESSAGES });
    await page.getByRole('row').filter({ hasText: 'answering' }).filter({ hasText: 'small' }).waitFor();
    finish();
    await call.answer;
    const row = page
      .getByRole('region', { name: /just ended/ })
      .getByRole('row')
      .filter({ hasText: 'small' });
    await row.waitFor();
    expect(await page.locator('main').textContent()).not.toContain('nobody else');
    await row.getByRole('link').click();
    await page.getByRole('heading', { name: 'How it went' }).waitFor();
    expect(complaints()).toEqual([]);
  });

  it('goes by keyboard', async () => {
    const { page } = await at('/');
    await settled(page);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the page');
    for (let i = 0; i < 4; i++) await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Exchanges');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Exchanges', level: 1 }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('page');
  });

  it('is light or dark as one likes, and stays so', async () => {
    const { page } = await at('/', { colorScheme: 'light' });
    await settled(page);
    const scheme = () => page.evaluate("document.documentElement.getAttribute('data-mantine-color-scheme')");
    expect(await scheme()).toBe('light');
    await page.getByRole('button', { name: 'Dark' }).click();
    expect(await scheme()).toBe('dark');
    await page.reload();
    await settled(page);
    expect(await scheme()).toBe('dark');
  });
});

/** A model at home and a dear one elsewhere, and a little of everything that happens between them. */
async function begin(): Promise<typeof world> {
  const data = mkdtempSync(join(tmpdir(), 'freehold-page-'));
  const home = await FakeUpstream.start(json(200, chat.whole('at home')));
  const vendor = await FakeUpstream.start(json(200, chat.whole('from afar')));
  const price = (input: number) => ({ price: { input, output: input * 4 } });
  const started = await startGateway({
    data,
    providers: {
      home: { dialect: 'openai-chat', url: home.url, zone: 'own', models: { small: null } },
      shop: { dialect: 'openai-chat', url: vendor.url, zone: 'vendor', models: { dear: price(10) } },
    },
    aliases: { first: ['home/small', 'shop/dear'] },
  });
  const ask = (model: string, more: object = {}, tool = 'opencode/1.0') =>
    post(`${started.url}/v1/chat/completions`, { model, messages: MESSAGES, ...more }, { 'user-agent': tool });
  for (let i = 0; i < 52; i++) await ask(i % 3 ? 'home/small' : 'shop/dear', {}, i % 2 ? 'claude-cli/2.0.1' : 'codex_cli_rs/0.50');
  vendor.scripts = [json(500, { error: { message: 'out of memory' } })];
  await ask('first');
  vendor.scripts = [json(200, chat.whole('from afar'))];
  home.scripts = [sse([chat.start(), chat.text('a '), chat.text('stream'), chat.stop(), chat.done])];
  await ask('home/small', { stream: true });
  home.scripts = [json(200, chat.whole('at home'))];
  await ask(NASTY);
  return { ...started, home, vendor, data };
}
