import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** What the machine tells of a process and all that it started. */
export interface Reading {
  /** Time on a core, milliseconds. */
  cpu: number;
  /** Resident memory now and at its peak since `resetPeak`, KiB. */
  memory: number;
  peak: number;
}

const LINUX = existsSync('/proc/self/stat');

/** How far the readings can be trusted; undefined where they are exact. */
export function coarseness(): string | undefined {
  if (!LINUX) return 'CPU and memory come from ps here: steps of 10 ms, and the peak is only the value at the end';
  if (!existsSync('/proc/self/task') || !text(`/proc/self/task/${process.pid}/schedstat`)) return 'CPU comes in ticks of 10 ms here';
  return undefined;
}

/** @returns undefined when the process is gone */
export function readTree(root: number): Reading | undefined {
  const all = LINUX ? processesOfLinux() : processesOfPs();
  const found = descendants(root, all);
  if (found.length === 0) return undefined;
  const sum = (one: (process: Process) => number) => found.reduce((total, process) => total + one(process), 0);
  if (!LINUX) return { cpu: sum(({ cpu }) => cpu), memory: sum(({ memory }) => memory), peak: sum(({ memory }) => memory) };
  return { cpu: sum(cpuOf), memory: sum(({ pid }) => statusKib(pid, 'VmRSS')), peak: sum(({ pid }) => statusKib(pid, 'VmHWM')) };
}

/** Starts the peak of memory anew, where the system permits it. */
export function resetPeak(root: number): void {
  if (!LINUX) return;
  for (const { pid } of descendants(root, processesOfLinux())) {
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, '5');
    } catch {
      // Not permitted: the peak then counts from the start of the process.
    }
  }
}

/** Milliseconds of all cores since boot: at work, and taken by a hypervisor. Zeros where unknown. */
export function machine(): { busy: number; stolen: number } {
  const [user = 0, nice = 0, system = 0, , , irq = 0, soft = 0, stolen = 0] = (text('/proc/stat').split('\n', 1)[0] ?? '')
    .split(/\s+/)
    .slice(1)
    .map((ticks) => Number(ticks) * 10);
  return { busy: user + nice + system + irq + soft, stolen };
}

interface Process {
  pid: number;
  parent: number;
  cpu: number;
  memory: number;
}

function descendants(root: number, all: readonly Process[]): Process[] {
  const found = all.filter(({ pid }) => pid === root);
  for (let at = 0; at < found.length; at++) found.push(...all.filter(({ parent }) => parent === found[at]!.pid));
  return found;
}

function processesOfLinux(): Process[] {
  return readdirSync('/proc').flatMap((name) => {
    const stat = /^\d+$/.test(name) ? text(`/proc/${name}/stat`) : '';
    if (!stat) return [];
    // The command's name stands in brackets and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [{ pid: Number(name), parent: Number(fields[1]), cpu: (Number(fields[11]) + Number(fields[12])) * 10, memory: 0 }];
  });
}

/** All threads by the scheduler's own account, in nanoseconds there; else the process's ticks. */
function cpuOf({ pid, cpu }: Process): number {
  const threads = names(`/proc/${pid}/task`).map((thread) => text(`/proc/${pid}/task/${thread}/schedstat`));
  if (!threads.some(Boolean)) return cpu;
  return threads.reduce((sum, thread) => sum + Number(thread.split(' ', 1)[0]) / 1e6, 0);
}

function statusKib(pid: number, name: string): number {
  return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text(`/proc/${pid}/status`))?.[1] ?? 0);
}

/** `[[dd-]hh:]mm:ss[.cc]` */
function processesOfPs(): Process[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,time=,rss='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid = '', parent = '', time = '', memory = ''] = line.trim().split(/\s+/);
    const seconds = time.split(/[-:]/).reduce((sum, field) => sum * 60 + Number(field), 0);
    return { pid: Number(pid), parent: Number(parent), cpu: seconds * 1000, memory: Number(memory) };
  });
}

function text(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function names(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
