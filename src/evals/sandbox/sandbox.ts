import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { HOME, ISOLATORS, type Isolator, programPath } from './isolate.ts';
import { inside, type Job, LIMITS, type Ran, type Sandbox } from './job.ts';
import { supervise } from './supervise.ts';

/** Nothing on this machine isolates. The message says what was tried and what to install. */
export class NoSandbox extends Error {
  override name = 'NoSandbox';
}

export interface OpenOptions {
  /** Ways to isolate, best first. */
  isolators?: readonly Isolator[];
  /** Runs at a time. */
  atOnce?: number;
}

/**
 * Opens the best isolation that this machine has, proven by a run that tries to get out.
 * Node's permission model is not among them: Node 24 does not deny the network with it, and it binds Node's own calls only.
 * @throws NoSandbox when none holds
 */
export async function openSandbox({ isolators = ISOLATORS, atOnce = availableParallelism() }: OpenOptions = {}): Promise<Sandbox> {
  const tried: string[] = [];
  for (const isolator of isolators) {
    const who = `${isolator.name} ${isolator.asRoot ? 'as root' : 'by user namespaces'}`;
    if (process.platform !== 'linux') {
      tried.push(`${who}: needs Linux`);
      continue;
    }
    if (isolator.asRoot && !isRoot()) continue;
    const missing = isolator.needs.filter((name) => programPath(name, process.env['PATH']) === undefined);
    if (missing.length) {
      tried.push(`${who}: ${missing.join(', ')} is not installed`);
      continue;
    }
    const sandbox = limited(isolator, atOnce);
    const wrong = await escapes(sandbox);
    if (wrong === undefined) return sandbox;
    tried.push(`${who}: ${wrong}`);
  }
  throw new NoSandbox(
    `Nothing on this machine isolates generated code, so none is run. Install bubblewrap (Debian: apt-get install bubblewrap), or allow user namespaces. Tried:\n${tried.map((line) => `  ${line}`).join('\n')}`,
  );
}

const isRoot = () => process.getuid?.() === 0;

function limited(isolator: Isolator, atOnce: number): Sandbox {
  const waiting: (() => void)[] = [];
  let running = 0;
  let count = 0;
  return {
    name: isolator.name,
    async run(job) {
      if (running >= atOnce) await new Promise<void>((go) => waiting.push(go));
      else running++;
      try {
        // Ids in turn: a limit on processes counts by user, and two runs must not share it.
        return await once(isolator, job, isRoot() ? 200_000 + (count++ % 50_000) : undefined);
      } finally {
        const next = waiting.shift();
        if (next) next();
        else running--;
      }
    },
  };
}

async function once(isolator: Isolator, job: Job, uid: number | undefined): Promise<Ran> {
  const limits = { ...LIMITS, ...job.limits };
  const folder = mkdtempSync(join(tmpdir(), 'freehold-eval-'));
  const handed = join(folder, 'in');
  const root = join(folder, 'root');
  try {
    for (const each of [handed, root]) mkdirSync(each);
    // The folder above keeps other people of this machine out; inside, a user without rights must read it.
    chmodSync(handed, 0o755);
    if (uid !== undefined) for (const each of [folder, root]) chownSync(each, uid, uid);
    for (const [path, text] of Object.entries(job.files ?? {})) place(handed, path, text);
    const reads = (job.reads ?? []).filter((path) => existsSync(path) && !path.startsWith('/usr/'));
    const [program, ...rest] = isolator.command({ argv: job.argv, handed, root, reads, limits, uid });
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', HOME, TMPDIR: '/tmp', LANG: 'C.UTF-8', ...job.env };
    return await supervise([programPath(program!, process.env['PATH'])!, ...rest], { env, stdin: job.stdin, limits });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function place(folder: string, path: string, text: string): void {
  const file = join(folder, inside(path));
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeFileSync(file, text, { mode: 0o644 });
}

/** What a run must not be able to do, each tried; the words are what is said when it can. */
const PROBE = `
[ -e "$1" ] && echo "it reads this machine's files"
(echo x > "/box-in/probe") 2> /dev/null && echo "it writes where it must not"
(echo x > "/usr/probe") 2> /dev/null && echo "it writes to the system"
[ "$(grep -c : /proc/net/dev)" -le 1 ] || echo "it has the network's interfaces"
[ -z "$FREEHOLD_PROBE" ] || echo "it sees the environment"
grep -q '^CapEff:[[:space:]]*0*$' /proc/self/status || echo "it keeps capabilities"
[ "$(ls -d /proc/[0-9]* | wc -l)" -lt 20 ] || echo "it sees this machine's processes"
(echo x > ${HOME}/probe) || echo "it cannot write to its folder"
echo tried`;

/** Why a sandbox does not hold here, or undefined when it does. */
async function escapes(sandbox: Sandbox): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'freehold-outside-'));
  const outside = join(folder, 'secret');
  writeFileSync(outside, 'secret');
  process.env['FREEHOLD_PROBE'] = 'secret';
  try {
    const { code, stdout, stderr, stopped } = await sandbox.run({ argv: ['sh', '-c', PROBE, 'sh', outside], limits: { timeMs: 10_000 } });
    const lines = stdout.trim().split('\n');
    if (stopped || lines.at(-1) !== 'tried') return `it does not start: ${stderr.trim().split('\n').at(-1) || (stopped ?? `code ${code}`)}`;
    return lines.length > 1 ? lines.slice(0, -1).join(', ') : undefined;
  } finally {
    delete process.env['FREEHOLD_PROBE'];
    rmSync(folder, { recursive: true, force: true });
  }
}
