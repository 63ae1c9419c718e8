import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startGateway } from '../fake/start.ts';
import { FakeUpstream } from '../fake/upstream.ts';
import type { Client } from './client.ts';
import { placeOf } from './install.ts';
import { Conversation, type Fault, type Faults, farewell, PICTURE, prompt, proofs, type Task } from './model/conversation.ts';
import { play } from './model/server.ts';
import type { Upstream } from './model/turn.ts';

/** What one run of a client came to. */
export interface Ran {
  /** The proofs are on disk as they should be, the last words were shown, and the client ended well. */
  done: boolean;
  /** What is wrong with what it did; a task left undone and said so is not among it. */
  damage: string[];
  /** What of the task is missing. */
  missing: string[];
  played: Fault[];
  pictures: number;
  /** Sealed thoughts that should have come back, and how many did. */
  due: number;
  returned: number;
  /** Model calls. */
  asked: number;
  seconds: number;
  /** What the client printed, and what the gateway noted: for the one who looks for the cause. */
  output: string;
  records: string[];
}

export interface Plan {
  stream: boolean;
  picture: boolean;
  faults: Faults;
}

/** Agents start slowly, and a busy machine makes them slower. */
const PATIENCE = { agent: 180_000, sdk: 60_000 };

/** Runs a client once, through a gateway of its own, against a provider of its own that speaks `dialect`. */
export async function run(client: Client, dialect: string, upstream: Upstream, plan: Plan): Promise<Ran> {
  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'freehold-agent-')));
  const folder = join(scratch, 'work');
  const home = join(scratch, 'home');
  const task: Task = { nonce: `n${randomBytes(5).toString('hex')}`, folder, picture: plan.picture, faults: plan.faults };
  const conversation = new Conversation(task);
  const fake = await FakeUpstream.start(play(upstream, conversation));
  const key = `sk-${randomBytes(12).toString('hex')}`;
  const { gateway, url, records } = await startGateway({
    server: { loopback_without_key: client.keyless === true },
    keys: { agent: `sha256:${createHash('sha256').update(key).digest('hex')}` },
    providers: {
      scripted: { dialect, url: fake.url, zone: 'own', key: 'sk-upstream', models: { [upstream.model]: { context: 200_000 } } },
    },
    aliases: { '*': `scripted/${upstream.model}`, [client.model]: `scripted/${upstream.model}` },
  });
  try {
    await mkdir(folder);
    await mkdir(home);
    const picture = join(folder, PICTURE);
    await writeFile(picture, Buffer.from(PNG, 'base64'));
    const command = client.command({
      url,
      key,
      home,
      picture,
      model: client.model,
      prompt: prompt(task),
      stream: plan.stream,
      installed: placeOf(client),
    });
    for (const [path, text] of Object.entries(command.files ?? {})) {
      await mkdir(dirname(join(home, path)), { recursive: true });
      await writeFile(join(home, path), text);
    }
    const began = performance.now();
    const { output, code } = await execute(
      command.file,
      command.args,
      { ...surroundings(home), ...command.env },
      folder,
      PATIENCE[client.kind],
    );
    const seconds = (performance.now() - began) / 1000;
    const missing: string[] = [];
    const damage = [...new Set(conversation.wrong)];
    for (const [name, text] of Object.entries(proofs(task))) {
      const found = await readFile(join(folder, name), 'utf8').catch(() => undefined);
      if (found === undefined) missing.push(name);
      else if (found !== text) damage.push(`${name} holds ${JSON.stringify(found.slice(0, 60))}`);
    }
    if (!output.includes(farewell(task))) missing.push('the last words');
    if (code === null) damage.push('it never came to an end');
    else if (code !== 0) missing.push(`exit code ${code}`);
    return {
      done: missing.length === 0 && damage.length === 0,
      damage,
      missing,
      played: conversation.played,
      pictures: conversation.pictures,
      due: conversation.due.size,
      returned: [...conversation.due].filter((seal) => conversation.returned.has(seal)).length,
      asked: conversation.asked,
      seconds,
      output,
      records: records.map(
        ({ asked, path, status, outcome, attempts, notes }) =>
          `${asked} ${path} ${status} ${outcome} ${attempts.map(({ error }) => error ?? 'ok').join(',')} ${notes.map((note) => note.path).join(' ')}`,
      ),
    };
  } finally {
    await gateway.close();
    await fake.stop();
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Nothing of this machine's settings reaches a client. */
function surroundings(home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    ...(process.env['SystemRoot'] ? { SystemRoot: process.env['SystemRoot'] } : {}),
    HOME: home,
    USERPROFILE: home,
    TMPDIR: home,
    SHELL: '/bin/bash',
    TERM: 'dumb',
    LANG: 'C.UTF-8',
    CI: '1',
    NO_COLOR: '1',
    DO_NOT_TRACK: '1',
    GIT_CONFIG_NOSYSTEM: '1',
  };
}

/** Runs to the end, or ends the whole group of processes when patience is over; `code` is then null. */
function execute(
  file: string,
  args: string[],
  env: Record<string, string>,
  cwd: string,
  patience: number,
): Promise<{ output: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32' });
    let output = '';
    const timer = setTimeout(() => {
      try {
        if (process.platform === 'win32') child.kill();
        else process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // It ended at that very moment.
      }
    }, patience);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ output, code });
    });
  });
}

/** One red pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
