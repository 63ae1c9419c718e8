import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runs } from './fixtures/shell.ts';

/** Nobody listens at these ports: where a request would go is known without asking anybody. */
const FILE = `
server: { port: 0 }
providers:
  box: { dialect: openai-chat, url: http://127.0.0.1:9, zone: own, models: { "qwen3-coder:30b": { context: 32000 } } }
  far: { dialect: openai-chat, url: http://127.0.0.1:7, zone: vendor, models: { claude-opus-4-5: { context: 200000, price: { input: 5, output: 25 } } } }
`;

function folder(more = ''): string {
  const cwd = mkdtempSync(join(tmpdir(), 'freehold-route-'));
  writeFileSync(join(cwd, 'freehold.yaml'), FILE + more);
  return cwd;
}

describe('freehold route explain', () => {
  it('takes a question on stdin, and shows work, targets and what would change it', async () => {
    const { code, out } = await runs(['route', 'explain'], {
      cwd: folder(),
      stdin: 'Fix the bug in src/sum.ts: TypeError: x is undefined',
    });
    expect(code).toBe(0);
    expect(out).toMatch(/^work +bug_fix, \d+%; complexity 0\.\d\d, importance 1, about \d+ tokens/);
    expect(out).toMatch(/mode +cheapest-good-enough/);
    expect(out).toMatch(/answer +far\/claude-opus-4-5: /);
    expect(out).toMatch(/2 +box\/qwen3-coder:30b +\d+% +\$0\.00/);
    expect(out).toMatch(/What would change it\n {2}(?:success|price|the work)/);
  });

  it('takes a file with a request as a door takes it', async () => {
    const cwd = folder();
    const request = { model: 'auto', max_tokens: 20, messages: [{ role: 'user', content: 'Hello there.' }] };
    writeFileSync(join(cwd, 'request.json'), JSON.stringify(request));
    const { code, out } = await runs(['route', 'explain', 'request.json', '--door', '/v1/messages', '--json'], { cwd });
    expect([code, JSON.parse(out)]).toEqual([
      0,
      expect.objectContaining({ asked: 'auto', isReproduced: true, task: expect.objectContaining({ class: 'quick_chat' }) }),
    ]);
  });

  it('fails where nobody would answer, and says by which gates', async () => {
    const cwd = folder('routing: { rules: [{ models: [box] }] }\n');
    const { code, out } = await runs(['route', 'explain', '-'], {
      cwd,
      stdin: `Sum this up: ${'some words of a long file. '.repeat(12_000)}`,
    });
    expect(code).toBe(1);
    expect(out).toMatch(/nobody: nobody may answer "auto": window: box\/qwen3-coder:30b \(.*rule: far\/claude-opus-4-5/);
    expect(out).toMatch(/✗ +box\/qwen3-coder:30b/);
  });

  it.each([
    [['route', 'explain', 'no such.json'], /there is no file no such\.json/],
    [['route', 'explain', '0123abcd'], /no gateway runs here that would know the exchange/],
    [['route', 'explain'], /there is no request/],
  ])('%j says what is missing', async (argv, message) => {
    const { code, err } = await runs(argv, { cwd: folder(), stdin: '' });
    expect([code, err]).toEqual([1, expect.stringMatching(message)]);
  });
});
