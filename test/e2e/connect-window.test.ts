import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runs } from '../../src/cli/fixtures/shell.ts';
import { startGateway } from '../fake/start.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

describe('a tool whose own words do not fit', () => {
  const shown = async (context: number | undefined) => {
    const models = { small: context === undefined ? null : { context } };
    const provider = { dialect: 'openai-chat', url: 'http://127.0.0.1:9', zone: 'own', models };
    const { gateway, url } = await startGateway({ providers: { box: provider } });
    stops.push(() => gateway.close());
    const home = mkdtempSync(join(tmpdir(), 'freehold-home-'));
    return runs(['connect', 'claude-code', '--url', url, '--dry-run'], { env: { HOME: home, PATH: '' }, cwd: home });
  };

  it('is warned of before anything is written', async () => {
    const { code, err } = await shown(8192);
    expect(code).toBe(0);
    expect(err).toContain('begins with about 13k tokens of its own, and the largest window served here is 8k');
  });

  it.each([65_536, undefined])('and nobody is where the window is %s', async (context) =>
    expect((await shown(context)).err).not.toContain('begins with'),
  );
});
