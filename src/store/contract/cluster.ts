import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const HOME = '/usr/lib/postgresql';

/** Where Debian's packages put the newest server's programs; undefined where there is none. */
export function postgresPrograms(): string | undefined {
  if (!existsSync(HOME)) return undefined;
  const [newest] = readdirSync(HOME)
    .map(Number)
    .filter(Boolean)
    .sort((a, b) => b - a);
  const programs = `${HOME}/${newest}/bin`;
  return existsSync(`${programs}/initdb`) ? programs : undefined;
}

export interface Cluster {
  /** A new, empty database. */
  database(): Promise<string>;
  /** Ends the server at once, as a power cut would. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A PostgreSQL server of our own, in a folder of its own and on a free port. The server refuses to run as root, so root steps down. */
export async function startCluster(programs: string): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'freehold-postgres-'));
  const user = process.getuid?.() === 0 ? unprivileged() : undefined;
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const port = await freePort();
  execFileSync(`${programs}/initdb`, ['-D', data, '-U', 'freehold', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'], {
    ...user,
    cwd: folder,
    stdio: 'pipe',
  });
  let server: ReturnType<typeof spawn> | undefined;
  const end = async (signal: 'SIGINT' | 'SIGQUIT') => {
    const gone = new Promise((resolve) => server?.once('exit', resolve));
    if (!server?.kill(signal)) return;
    await gone;
  };
  const cluster: Cluster = {
    async start() {
      const settings = [
        `port=${port}`,
        'listen_addresses=127.0.0.1',
        'unix_socket_directories=',
        'max_connections=60',
        'recovery_init_sync_method=syncfs',
      ];
      server = spawn(`${programs}/postgres`, ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
        ...user,
        cwd: folder,
        stdio: 'ignore',
      });
      // A test run that ends early leaves no server behind.
      process.once('exit', () => server?.kill('SIGQUIT'));
      await answering(urlOf(port, 'postgres'));
    },
    async database() {
      const name = `t${Date.now().toString(36)}${Math.floor(Math.random() * 1e6)}`;
      await asked(urlOf(port, 'postgres'), `CREATE DATABASE ${name}`);
      return urlOf(port, name);
    },
    async kill() {
      // What other tests wrote need not be replayed at the next start.
      await asked(urlOf(port, 'postgres'), 'CHECKPOINT');
      await end('SIGQUIT');
    },
    async stop() {
      await end('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await cluster.start();
  return cluster;
}

function urlOf(port: number, database: string): string {
  return `postgres://freehold@127.0.0.1:${port}/${database}`;
}

async function answering(url: string): Promise<void> {
  for (let tries = 0; ; tries++)
    try {
      return await asked(url, 'SELECT 1');
    } catch (error) {
      if (tries > 400) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

/** One statement on a connection of its own. */
export async function asked(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function unprivileged(): { uid: number; gid: number } {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const [, , uid, gid] = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')!;
  return { uid: Number(uid), gid: Number(gid) };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
