import { spawn } from 'node:child_process';
import { readFileSync, statfsSync } from 'node:fs';
import { setPriority } from 'node:os';
import { HOME } from './isolate.ts';
import type { Limits, Ran, Stop } from './job.ts';

const LOOK_MS = 40;
/** After this the pipes of what was killed are given up. */
const GONE_MS = 3000;
const PAGE = 4096;
/** The isolator's own processes, which are not the run's. */
const OWN_PROCESSES = 6;

/**
 * Runs a command line that isolates, collects what it says and ends it, with all it started, when it takes more than it may.
 * @param env the whole environment @throws Error when the program cannot be started at all
 */
export function supervise(
  command: readonly string[],
  { env, stdin, limits }: { env: Record<string, string>; stdin?: string; limits: Limits },
): Promise<Ran> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command[0]!, command.slice(1), { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const said = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let bytes = 0;
    let stopped: Stop | undefined;
    let giveUp: NodeJS.Timeout | undefined;
    const stop = (why: Stop) => {
      if (stopped) return;
      stopped = why;
      kill(child.pid);
      giveUp = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, GONE_MS);
    };
    const timer = setTimeout(() => stop('time'), limits.timeMs);
    const look = setInterval(() => {
      const why = child.pid === undefined ? undefined : excess(child.pid, limits);
      if (why) stop(why);
    }, LOOK_MS);
    for (const name of ['stdout', 'stderr'] as const)
      child[name].on('data', (chunk: Buffer) => {
        const room = limits.outputBytes - bytes;
        bytes += chunk.length;
        if (room > 0) said[name].push(chunk.subarray(0, room));
        if (bytes > limits.outputBytes) stop('output');
      });
    const done = () => {
      clearTimeout(timer);
      clearTimeout(giveUp);
      clearInterval(look);
    };
    child.on('error', (error) => {
      done();
      reject(new Error(`The sandbox could not start ${command[0]}: ${error.message}`, { cause: error }));
    });
    child.on('close', (code) => {
      done();
      // What left its group dies with process 1 of its namespace; the group is the isolator's own.
      kill(child.pid);
      const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString('utf8');
      resolve({
        code: stopped ? null : code,
        stdout: text(said.stdout),
        stderr: text(said.stderr),
        stopped,
        ms: performance.now() - began,
      });
    });
    // A program that does not read its input closes the pipe early; that is its right.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin ?? '');
    try {
      if (child.pid !== undefined) setPriority(child.pid, 10);
    } catch {
      // It may have ended already.
    }
  });
}

function kill(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is empty.
  }
}

/** What of its limits the tree of processes below `pid` exceeds now, if anything. */
function excess(pid: number, limits: Limits): Stop | undefined {
  const tree = [pid];
  let pages = 0;
  for (let at = 0; at < tree.length; at++) {
    const one = tree[at]!;
    if (tree.length > limits.processes + OWN_PROCESSES) return 'processes';
    pages += Number(proc(one, 'statm').split(' ')[1] ?? 0);
    for (const child of proc(one, `task/${one}/children`).split(' ')) if (child) tree.push(Number(child));
  }
  if (pages * PAGE > limits.memoryMb * 1_048_576) return 'memory';
  return filesOf(tree.at(-1)!) > limits.files ? 'files' : undefined;
}

/** Empty when the process is gone or not ours to read. */
function proc(pid: number, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8');
  } catch {
    return '';
  }
}

/** Files in the run's folder and /tmp, as the file systems count them. */
function filesOf(pid: number): number {
  let count = 0;
  for (const folder of [HOME, '/tmp', '/dev/shm'])
    try {
      const { type, files, ffree } = statfsSync(`/proc/${pid}/root${folder}`);
      if (type === TMPFS) count += files - ffree;
    } catch {
      // Not mounted yet, or gone.
    }
  return count;
}

/** TMPFS_MAGIC of linux/magic.h: before the mounts are made the same paths lead to this machine's own disk. */
const TMPFS = 0x01021994;
