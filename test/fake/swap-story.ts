import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { fakeShell } from '../../src/cli/fixtures/shell.ts';
import { run } from '../../src/cli/program.ts';
import { loadConfig } from '../../src/config/load.ts';
import { dialects } from '../../src/dialects/index.ts';
import { testModel } from '../../src/engines/fixtures/models.ts';
import { builtinSuite } from '../../src/evals/builtin.ts';
import { question } from '../../src/evals/case.ts';
import { readSuite } from '../../src/evals/suite/read.ts';
import { createGateway, type Gateway } from '../../src/gateway.ts';
import { post } from './call.ts';
import { candidates } from './candidates.ts';
import { FakeUpstream } from './upstream.ts';

/**
 * A swap from beginning to end, by the commands that a person would give: a rented model whose place a model of one's own takes at
 * documentation. Gateway, commands, verdicts and certificates are real, and so is the embedded engine that is refused; the two models
 * that know the cases are simulated, with a quality that is known.
 */

/** One command and what it printed. */
export interface Told {
  command: string;
  code: number;
  out: string;
  err: string;
  /** Both, in order. */
  printed: string;
}

export const RENTED = 'cloud/frontier-simulated';
export const OWN = 'box/coder-7b-simulated';
/** How often each gives a right answer. */
const QUALITY = { 'frontier-simulated': 0.97, 'coder-7b-simulated': 0.96 };

const UNITS = ['bytes', 'seconds', 'nano-dollars', 'tokens', 'rows', 'degrees'];
const NOUNS = ['limit', 'timeout', 'budget', 'window', 'page', 'angle', 'delay', 'share', 'depth', 'price'];
const ERRORS = ['RangeError', 'TypeError', 'StoreError', 'SyntaxError'];

/** A team's own suite: a line of documentation must name unit and error. Judged by its text, so that nothing needs to be run. */
export function teamSuite(count: number): { name: string; version: string; cases: object[] } {
  const cases = Array.from({ length: count }, (_, at) => {
    const [unit, noun, error] = [UNITS[at % UNITS.length]!, NOUNS[at % NOUNS.length]!, ERRORS[at % ERRORS.length]!];
    const called = `${noun}Of${at}`;
    return {
      id: `line-${at}`,
      task: 'documentation',
      prompt: `Write one line of documentation for the function below: what comes in and out, in which unit, and what it throws.`,
      code: `export function ${called}(given: number): number {\n  // given in ${unit}\n  if (given < 0) throw new ${error}('negative');\n  return given * ${at + 1};\n}`,
      language: 'typescript',
      mentions: [unit, error],
      reference: `/** ${called}: takes and gives ${unit}. Throws ${error} below zero. */`,
      wrong: [`/** Returns the ${noun}. */`, `/** ${called}: takes ${unit} and never fails. */`],
    };
  });
  return { name: 'team-docs', version: '1', cases };
}

/** A machine with the gateway running on it, and a shell in which commands are given. */
export interface Stage {
  gateway: Gateway;
  url: string;
  folder: string;
  /** Gives a command as a person would; the file of the configuration lies in the folder. */
  give(...words: string[]): Promise<Told>;
  /** A person's request for a line of documentation. @returns who answered */
  ask(model: string, at: number, headers?: Record<string, string>): Promise<string>;
  close(): Promise<void>;
}

export interface StageOptions {
  /** Cases of the team's suite. */
  cases: number;
  /** With the embedded engine. */
  engine?: boolean;
  /** Milliseconds that a simulated answer takes. */
  delayMs?: number;
  qualities?: Readonly<Record<string, number>>;
  /** Whether swaps want approval. */
  approval?: 'required' | 'not-needed';
}

/** Sets the stage. */
export async function setStage({
  cases,
  engine = false,
  delayMs = 0,
  qualities = QUALITY,
  approval = 'not-needed',
}: StageOptions): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'freehold-swap-'));
  mkdirSync(join(folder, 'evals'));
  const { cases: written, ...head } = teamSuite(cases);
  writeFileSync(join(folder, 'evals', 'suite.yaml'), stringify(head));
  writeFileSync(join(folder, 'evals', 'documentation.yaml'), stringify({ cases: written }));
  const suite = readSuite(join(folder, 'evals'));
  const script = candidates([suite, builtinSuite()], qualities, { delayMs });
  const [cloud, box] = [await FakeUpstream.start(script), await FakeUpstream.start(script)];
  const dialect = dialects[0]!.name;
  const port = await freePort();
  const file = {
    server: { port },
    data: './data',
    routing: { mode: 'cheapest-good-enough' },
    evaluation: { approval },
    providers: {
      cloud: {
        dialect,
        url: cloud.url,
        zone: 'vendor',
        models: { 'frontier-simulated': { context: 400_000, max_output: 64_000, price: { input: 5, output: 25 } } },
      },
      box: { dialect, url: box.url, zone: 'own', models: { 'coder-7b-simulated': { context: 32_768, max_output: 8192 } } },
    },
    ...(engine && { engines: { tiny: { model: testModel() } } }),
  };
  const path = join(folder, 'freehold.yaml');
  writeFileSync(path, stringify(file));
  const { config } = loadConfig({ flags: { config: path }, env: {}, cwd: folder, dialects: dialects.map(({ name }) => name) });
  const gateway = await createGateway({ config, env: {} });
  for (let tries = 0; engine && !gateway.registry.world().models.some(({ provider }) => provider === 'tiny'); tries++) {
    if (tries > 600) throw new Error('the engine did not start');
    await new Promise((resume) => setTimeout(resume, 100));
  }
  const give = async (...words: string[]): Promise<Told> => {
    const { shell, out, err } = fakeShell({ cwd: folder, stdin: '' });
    let printed = '';
    for (const stream of [shell.stdout, shell.stderr]) {
      const write = stream.write.bind(stream);
      stream.write = (text: Uint8Array | string) => {
        printed += text;
        return write(text);
      };
    }
    const code = await run(words, shell);
    return {
      command: `freehold ${words.map((word) => (/\s/.test(word) ? `"${word}"` : word)).join(' ')}`,
      code,
      out: out(),
      err: err(),
      printed,
    };
  };
  const ask = async (model: string, at: number, headers: Record<string, string> = {}): Promise<string> => {
    const it = suite.cases[at % suite.cases.length]!;
    const body = { model, messages: [{ role: 'user', content: question(it) }] };
    const answer = await post(`${gateway.url}/v1/chat/completions`, body, { 'x-freehold-session': `person-${at}`, ...headers });
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    return `${answer.headers['x-freehold-provider']}/${answer.headers['x-freehold-model']}`;
  };
  return {
    gateway,
    url: gateway.url,
    folder,
    give,
    ask,
    close: async () => {
      await gateway.close();
      await Promise.all([cloud.stop(), box.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => found(port));
    });
  });
}
