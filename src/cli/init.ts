import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline/promises';
import { stringify } from 'yaml';
import { keyLine, loadConfig } from '../config/load.ts';
import { dialectNames, outbound } from '../gateway.ts';
import { rowNamed } from '../providers/catalogue.ts';
import names from './import-names.json' with { type: 'json' };
import { look } from './prepare.ts';
import { type Shell, say, tell } from './shell.ts';

export interface InitFlags {
  output: string;
  /** Serve the team: listen everywhere, with keys. */
  team?: boolean;
  port?: string;
  /** Servers of one's own, as URLs. */
  box?: string[];
  /** Providers of the catalogue. */
  use?: string[];
  /** Weights that Freehold runs itself. */
  engine?: string;
  yes?: boolean;
  json?: boolean;
}

interface Answers {
  team: boolean;
  port: number;
  boxes: string[];
  uses: string[];
  engine?: string;
}

const PORT = 7411;

/** `freehold init`: asks a few questions, or takes options, and writes a commented configuration. Nothing that is there is overwritten. */
export async function init(shell: Shell, flags: InitFlags): Promise<number> {
  const path = resolve(shell.cwd, flags.output);
  if (existsSync(path)) throw new Error(`${flags.output} is there already; name another with --output, or move it away.`);
  for (const name of flags.use ?? [])
    if (!rowNamed(name)) throw new Error(`--use ${name}: the catalogue has no such provider; docs/providers.md lists them.`);
  for (const url of flags.box ?? []) if (!URL.canParse(url)) throw new Error(`--box ${url} is no URL; it looks like http://gpu1:8000/v1`);
  const port = flags.port === undefined ? PORT : Number(flags.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error('--port must be a port from 1 to 65535');
  const found = await discovered(shell);
  const given: Answers = {
    team: flags.team ?? false,
    port,
    boxes: flags.box ?? [],
    uses: flags.use ?? found,
    engine: flags.engine,
  };
  const asks = !flags.yes && !flags.json && shell.stdin.isTTY === true;
  const answers = asks ? await questions(shell, given) : given;
  const key = answers.team ? `fh_${randomBytes(32).toString('base64url')}` : undefined;
  const text = written(answers, key);
  writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  const wanted = missing(answers, shell.env);
  // What was just written must load; a variable that is not set yet is no mistake of the file.
  loadConfig({
    flags: { config: path },
    env: { ...shell.env, ...Object.fromEntries(wanted.map((name) => [name, 'to-be-set'])) },
    dialects: dialectNames,
  });
  if (flags.json) {
    say(shell, JSON.stringify({ file: path, key, missing: wanted }));
    return 0;
  }
  say(shell, `${flags.output} is written.`);
  if (key) say(shell, `\nThe first key, shown this once:\n\n  ${key}\n`);
  for (const name of wanted) say(shell, `Set the variable ${name} before you start.`);
  say(shell, 'Next: freehold doctor, freehold up, freehold connect');
  return 0;
}

/** Names of the catalogue whose server or key is on this machine. */
async function discovered(shell: Shell): Promise<string[]> {
  const outside = outbound(shell.env);
  try {
    const { providers, notes } = await look(shell, outside);
    for (const note of notes) tell(shell, `Found ${note}.`);
    return Object.values(providers).flatMap(({ use }) => use ?? []);
  } finally {
    await outside.close();
  }
}

async function questions(shell: Shell, given: Answers): Promise<Answers> {
  const lines = createInterface({ input: shell.stdin, output: shell.stderr });
  try {
    const uses = await words(lines, `Providers of the catalogue, by name [${given.uses.join(' ') || 'none'}]: `, given.uses);
    const boxes = await words(lines, `URLs of servers of your own [${given.boxes.join(' ') || 'none'}]: `, given.boxes);
    const engine =
      (await lines.question('Weights to run on this machine, a GGUF file or owner/repo:quant [none]: ')).trim() || given.engine;
    const team = /^y/i.test((await lines.question('Shall other machines reach it? It then wants keys. [y/N] ')).trim()) || given.team;
    for (const name of uses) if (!rowNamed(name)) throw new Error(`The catalogue has no provider "${name}"; docs/providers.md lists them.`);
    for (const url of boxes) if (!URL.canParse(url)) throw new Error(`"${url}" is no URL; it looks like http://gpu1:8000/v1`);
    return { ...given, uses, boxes, engine, team };
  } finally {
    lines.close();
  }
}

async function words(lines: Interface, question: string, fallback: string[]): Promise<string[]> {
  const answer = (await lines.question(question)).trim();
  if (answer === '') return fallback;
  return answer === 'none' ? [] : answer.split(/[\s,]+/);
}

/** Variables that the file refers to and nobody has set. */
function missing({ uses }: Answers, env: NodeJS.ProcessEnv): string[] {
  return uses.flatMap((name) => {
    const { variables = [], zone } = rowNamed(name)!;
    return zone !== 'vendor' || variables.length === 0 || variables.some((one) => env[one]?.trim()) ? [] : [variables[0]!];
  });
}

function written({ team, port, boxes, uses, engine }: Answers, key: string | undefined): string {
  const parts = ['# Freehold. Every setting is in docs/config.md; "freehold check" judges this file.'];
  const part = (comment: string, value: object) => parts.push(`# ${comment}\n${stringify(value, { lineWidth: 0 }).trimEnd()}`);
  if (team) part('Reachable from other machines, so everyone needs a key.', { server: { host: '0.0.0.0', port } });
  else part('This machine alone. Host 0.0.0.0 opens it to others, who then need a key.', { server: { port } });
  if (key) part('Hashes of keys; "freehold key NAME" makes more.', { keys: { first: keyLine(key) } });
  const own = boxes.map((url, at) => [boxes.length > 1 ? `box-${at + 1}` : 'box', { dialect: names.dialect, url, zone: 'own' }]);
  const providers = Object.fromEntries([...own, ...uses.map((use) => [use, { use }])]) as object;
  if (Object.keys(providers).length)
    part('Who serves models, in order of preference. Keys are read from the usual variables.', { providers });
  else if (!engine)
    parts.push(
      '# Without providers, Freehold takes the servers and keys that it finds, or fetches a small model:\n# providers:\n#   box: { dialect: …, url: http://gpu1:8000/v1, zone: own }',
    );
  if (engine) part('Models that run in this very process.', { engines: { local: { model: engine } } });
  if (Object.keys(providers).length > 1 || (engine && Object.keys(providers).length))
    part('Where a name leaves the choice, home comes first.', { routing: { mode: 'own-first' } });
  return `${parts.join('\n\n')}\n`;
}
