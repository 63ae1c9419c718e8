import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Measurement } from './measured.ts';
import { cardNames } from './power.ts';

/** What this machine is. */
export async function machineHere(): Promise<Measurement['machine']> {
  const processor = cpus()[0]?.model.trim() || process.arch;
  return { processor, cores: availableParallelism(), memory_bytes: totalmem(), cards: await cardNames() };
}

/** Memory of the processes that this one started, in bytes; null where the system does not tell. */
export function childMemory(): number | null {
  const children = childrenOf(process.pid);
  if (children.length === 0) return null;
  return children.reduce((sum, pid) => sum + residentOf(pid), 0);
}

/** By proc(5); an empty list on other systems. */
function childrenOf(pid: number): number[] {
  const direct = text(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return direct.flatMap((child) => [child, ...childrenOf(child)]);
}

function residentOf(pid: number): number {
  return 1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(text(`/proc/${pid}/status`))?.[1] ?? 0);
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
