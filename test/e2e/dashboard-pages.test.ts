import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { configFrom, loadConfig } from '../../src/config/load.ts';
import { provenanceOf, refused } from '../../src/config/provenance.ts';
import { JournalKeys } from '../../src/egress/journal/keys.ts';
import { sign } from '../../src/evals/certificate.ts';
import type { Certificate } from '../../src/evals/evidence.ts';
import { createGateway, type Gateway } from '../../src/gateway.ts';
import { barriers, CHROMIUM, launch, overflow, screenshot, settled, type Visit, visit } from '../fake/browser.ts';
import { post } from '../fake/call.ts';
import { built } from '../fake/dashboard.ts';
import { chat, FakeUpstream, json } from '../fake/upstream.ts';

if (!CHROMIUM) console.warn('no Chromium here: the pages are not looked at in a browser; apt-get install chromium');

let browser: Browser;
let world: Awaited<ReturnType<typeof begin>>;
let current: Visit | undefined;

describe.skipIf(!CHROMIUM)('pages of the dashboard', () => {
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
  });

  const at = async (path: string, options: Parameters<typeof visit>[1] = {}, expected?: RegExp): Promise<Page> => {
    current = await visit(browser, { reducedMotion: 'reduce', ...options }, expected);
    await current.page.goto(`${world.gateway.url}/dashboard${path}`);
    await settled(current.page);
    return current.page;
  };
  /** Nothing is wrong with what is on the screen. */
  const sound = async (page: Page, name: string) => {
    await screenshot(page, name);
    expect([name, await barriers(page), await overflow(page), current!.complaints()]).toEqual([name, [], 0, []]);
  };

  it('routing: the matrix has intervals and shares, and a prompt is decided on without being sent', async () => {
    const page = await at('/routing');
    const row = page.getByRole('row').filter({ hasText: 'Code generation' });
    expect(await row.textContent()).toMatch(/\d+% \d+–\d+/);
    expect(await row.textContent()).toMatch(/100% of it/);
    const asked = world.home.seen.length + world.vendor.seen.length;
    await page.getByRole('textbox', { name: 'Prompt' }).fill('Write unit tests for the function that parses dates.');
    await page.getByLabel('Mode', { exact: true }).selectOption('best');
    await page.getByRole('button', { name: 'See the decision' }).click();
    await page.getByRole('region', { name: 'Targets in the order of the plan' }).waitFor();
    const told = await page.getByRole('region', { name: 'Try a prompt' }).textContent();
    expect(told).toMatch(/Taken forTesting \(\d+%/);
    expect(told).toMatch(/Modebest/);
    expect(world.home.seen.length + world.vendor.seen.length).toBe(asked);
    await sound(page, 'routing-tried');
  });

  it('models: one is found, told with what is expected and proven of it, and put in the place of another', async () => {
    const page = await at('/models');
    await page.getByLabel('Name contains').fill('small');
    await page.waitForURL(/q=small/);
    const row = page.getByRole('region', { name: 'Models' }).getByRole('row').filter({ hasText: 'small' });
    await expect.poll(() => page.getByRole('region', { name: 'Models' }).locator('tbody tr').count()).toBe(1);
    expect(await row.textContent()).toContain('Documentation: proven');
    await row.getByRole('link').click();
    await page.getByRole('heading', { name: 'small', level: 1 }).waitFor();
    await expect.poll(() => page.getByRole('region', { name: 'Expected success by work' }).getByRole('row').count()).toBe(15);
    await page.getByRole('button', { name: 'Put it in the place of another' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('home/small answers in the place of').selectOption('shop/dear');
    expect(await dialog.getByLabel('Documentation, proven').isChecked()).toBe(true);
    await sound(page, 'models-swap');
    await dialog.getByRole('button', { name: 'Begin' }).click();
    await dialog.waitFor({ state: 'detached' });
    const swap = page.locator('.swap').filter({ hasText: 'shop/dear' });
    await swap.waitFor();
    await swap.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click();
    await swap.getByText('undone', { exact: true }).waitFor();
    expect(world.gateway.live.swaps.all()).toMatchObject([
      { from: 'shop/dear', to: 'home/small', state: 'undone', tasks: ['documentation'] },
    ]);
    await sound(page, 'models-one');
  });

  it('evidence: a certificate is checked where it is shown, and one that was changed does not hold', async () => {
    const page = await at('/evidence');
    await page.getByRole('region', { name: 'Certificates' }).getByRole('link', { name: 'Documentation' }).first().click();
    await page.getByText('holds', { exact: true }).waitFor();
    expect(await page.getByRole('region', { name: 'What it says' }).textContent()).toMatch(/good enough.*documentation.*95 % credible/);
    await sound(page, 'evidence-certificate');
    await world.gateway.verdicts.put({ ...world.signed, certificate: { ...world.signed.certificate, pairs: 999 } });
    await page.getByRole('button', { name: 'Verify again' }).click();
    await page.getByText('does not hold', { exact: true }).waitFor();
    await world.gateway.verdicts.put(world.signed);
  });

  it('egress: what left by destination and key, and the journal is checked on the page', async () => {
    const page = await at('/egress');
    expect(await page.getByRole('region', { name: /What left, by destination/ }).textContent()).toContain('shop/dear');
    await page.getByRole('radiogroup', { name: 'By' }).getByText('Rule').click();
    await page
      .getByRole('region', { name: /What left, by rule/ })
      .getByText('zones.default')
      .waitFor();
    await page.getByRole('button', { name: 'Verify now' }).click();
    await page.getByText('as it was written', { exact: true }).waitFor();
    await sound(page, 'egress-verified');
    const folder = join(world.data, 'journal');
    const name = readdirSync(folder).find((one) => /^egress-\d+\.jsonl$/.test(one))!;
    const text = readFileSync(join(folder, name), 'utf8');
    writeFileSync(join(folder, name), text.replace('"dear"', '"fear"'));
    await page.getByRole('button', { name: 'Verify now' }).click();
    await page.getByText('NOT as it was written', { exact: true }).waitFor();
    expect(await page.locator('.journal-problems').textContent()).toContain(name);
    writeFileSync(join(folder, name), text);
  });

  it('keys: one is made and shown once, limited, rotated and revoked; a team likewise', async () => {
    const page = await at('/keys', {}, /status of 400/);
    await page.getByText('There are no keys').waitFor();
    await page.getByRole('button', { name: 'New team' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('core');
    await page.getByRole('dialog').getByLabel('Requests a minute').fill('60');
    await page.getByRole('dialog').getByRole('button', { name: 'Make the team' }).click();
    await page.getByRole('region', { name: 'All teams' }).getByText('60 requests/min').waitFor();

    await page.getByRole('button', { name: 'New key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Ada');
    await dialog.getByLabel('Team').selectOption('core');
    await dialog.getByRole('button', { name: 'Add a budget' }).click();
    await dialog.getByLabel('US dollars').fill('20');
    await dialog.getByLabel('Good for').fill('soon');
    await sound(page, 'keys-new');
    await dialog.getByRole('button', { name: 'Make the key' }).click();
    await dialog
      .getByText(/"soon" is no time span/)
      .first()
      .waitFor();
    await dialog.getByLabel('Good for').fill('30d');
    await dialog.getByRole('button', { name: 'Make the key' }).click();
    const once = page.getByRole('dialog', { name: 'The key of Ada' });
    const key = (await once.locator('code').first().textContent())!;
    expect(key).toMatch(/^fh_[\w-]{43}$/);
    expect((await fetch(`${world.gateway.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
    await sound(page, 'keys-made');
    await once.getByRole('button', { name: 'I have it' }).click();
    const row = page.getByRole('row').filter({ hasText: 'Ada' });
    expect(await row.textContent()).toMatch(/active.*core.*\$20\/day/);
    await page.locator('.budget').filter({ hasText: 'key Ada' }).getByText('$20.00', { exact: true }).waitFor();
    expect(await page.content()).not.toContain(key);

    await row.getByRole('button', { name: 'Limits' }).click();
    await dialog.getByLabel('Farthest zone').selectOption('own');
    await dialog.getByRole('button', { name: 'Change' }).click();
    await row.getByText('at most own').waitFor();
    await row.getByRole('button', { name: 'Rotate' }).click();
    await dialog.getByLabel('The old one is good').selectOption('0s');
    await dialog.getByRole('button', { name: 'Rotate' }).click();
    const other = (await once.locator('code').first().textContent())!;
    expect(other).not.toBe(key);
    expect((await fetch(`${world.gateway.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(401);
    await once.getByRole('button', { name: 'I have it' }).click();
    await row.getByRole('button', { name: 'Revoke' }).click();
    await sound(page, 'keys-revoke');
    await dialog.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('1 revoked or expired').waitFor();
    expect((await fetch(`${world.gateway.url}/v1/models`, { headers: { authorization: `Bearer ${other}` } })).status).toBe(401);
    await page.getByRole('region', { name: 'All teams' }).getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('There are no teams').waitFor();
    expect(current!.complaints()).toEqual([]);
  });

  it('settings: a change of the file that was not taken is told with place and mend, and no secret is shown', async () => {
    const page = await at('/settings');
    const main = await page.locator('main').textContent();
    expect(main).toMatch(/freehold\.yaml:3:5 ?server\.prot ?is no known key/);
    expect(main).not.toContain('a-secret-of-the-tests');
    await page.getByLabel('Setting contains').fill('shop.key');
    await page.getByRole('row').filter({ hasText: 'providers.shop.key' }).getByText('••••••').waitFor();
    await sound(page, 'settings');
  });
});

/** A gateway with a data folder, a little traffic, a certificate, and a file that was changed for the worse. */
async function begin() {
  const data = mkdtempSync(join(tmpdir(), 'freehold-pages-'));
  const home = await FakeUpstream.start(json(200, chat.whole('at home')));
  const vendor = await FakeUpstream.start(json(200, chat.whole('from afar')));
  const file = {
    data,
    server: { port: 0 },
    providers: {
      home: { dialect: 'openai-chat', url: home.url, zone: 'own', models: { small: null } },
      shop: {
        dialect: 'openai-chat',
        url: vendor.url,
        zone: 'vendor',
        key: 'a-secret-of-the-tests',
        models: { dear: { price: { input: 10, output: 40 } } },
      },
    },
  };
  const provenance = provenanceOf({ file: '/etc/freehold.yaml', given: file, overrides: [] }, [], Date.now());
  refused(provenance, configFault(), Date.now());
  const gateway: Gateway = await createGateway({ config: configFrom(file), provenance });
  const ask = (model: string) =>
    post(`${gateway.url}/v1/chat/completions`, {
      model,
      messages: [{ role: 'user', content: 'Write a function that adds two numbers.' }],
    });
  for (const model of ['auto', 'auto', 'shop/dear']) await ask(model);
  const signed = sign(CERTIFICATE, new JournalKeys(readFileSync(join(data, 'secret'))));
  await gateway.verdicts.put(signed);
  return { gateway, home, vendor, data, signed };
}

/** What is wrong with a file, as reading it tells. */
function configFault(): Error {
  const folder = mkdtempSync(join(tmpdir(), 'freehold-pages-'));
  try {
    writeFileSync(join(folder, 'freehold.yaml'), '# a slip\nserver:\n    prot: 7411\n');
    loadConfig({ cwd: folder });
  } catch (error) {
    return error as Error;
  } finally {
    rmSync(folder, { recursive: true });
  }
  throw new Error('the slip was taken');
}

const CERTIFICATE: Certificate = {
  version: 1,
  id: 'certificate-of-the-tests',
  task: 'documentation',
  candidate: { address: 'home/small' },
  reference: { address: 'shop/dear' },
  basis: { kind: 'suite', name: 'builtin', version: '1', hash: 'abc' },
  outcome: 'good enough',
  margin: { keep: 0.95 },
  alpha: 0.05,
  candidates: 1,
  pairs: 80,
  candidate_score: 0.9,
  reference_score: 0.91,
  interval: [0.82, 0.95],
  e: 31,
  executed: 80,
  judged: 0,
  at: Date.now(),
  freehold: '0.1.0',
};
