import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Where Chromium lies; undefined where there is none. `CHROMIUM` names another. */
export const CHROMIUM = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
);

/** Looked at by people; git does not keep them. */
const SCREENSHOTS = fileURLToPath(new URL('../e2e/screenshots/', import.meta.url));

/** The sandbox needs rights that a container's root does not have; what is opened here is our own page. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

export interface Visit {
  page: Page;
  /** What the browser complained of since it was last asked: errors of scripts, of the console, of the policy. */
  complaints(): string[];
  close(): Promise<void>;
}

/** @param expected complaints that belong to what is tried, e.g. a refused sign-in */
export async function visit(browser: Browser, options: BrowserContextOptions = {}, expected?: RegExp): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const heard: string[] = [];
  const hear = (text: string) => {
    if (!expected?.test(text)) heard.push(text);
  };
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') hear(message.text());
  });
  page.on('pageerror', (error) => hear(error.message));
  page.on('dialog', (dialog) => {
    hear(`a dialog says ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { page, complaints: () => heard.splice(0), close: () => context.close() };
}

/** Waits until a page of the dashboard has its figures. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor();
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
}

interface Violation {
  id: string;
  impact: string | null;
  help: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** Which of axe's rules are asked: contrast changes with the colours, everything else with the width. */
export type Rules = 'all' | 'contrast' | 'all but contrast';

const CHOSEN: Readonly<Record<Rules, object>> = {
  all: {},
  contrast: { runOnly: ['color-contrast'] },
  'all but contrast': { rules: { 'color-contrast': { enabled: false } } },
};

/** What axe finds that keeps somebody out, one line each. Empty is good. */
export async function barriers(page: Page, rules: Rules = 'all'): Promise<string[]> {
  // Through the browser's debugger, which the page's policy does not bind.
  await page.evaluate(axe.source);
  const options = JSON.stringify({ resultTypes: ['violations'], ...CHOSEN[rules] });
  const { violations } = (await page.evaluate(`axe.run(document, ${options})`)) as { violations: Violation[] };
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`).join(' | ')}`,
    );
}

/** How many pixels a page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth') as Promise<number>;
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: `${SCREENSHOTS}${name}.png`, fullPage: true });
}
