import { readFileSync } from 'node:fs';

/** The part of a .cpuprofile that is read here (https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile). */
interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  /** Microseconds since the sample before. */
  timeDeltas: number[];
}

/**
 * Where the time went: the functions with most time of their own, as `share% function file:line`; idle time does not count.
 * @param last only so many seconds before the end, because loading and compiling fill the beginning
 */
export function hottest(file: string, last: number, count: number): string[] {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as Profile;
  const names = new Map(nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [id, nameOf(functionName, url, lineNumber)]));
  const spent = new Map<string, number>();
  let total = 0;
  let left = timeDeltas.reduce((sum, time) => sum + time, 0);
  for (const [at, id] of samples.entries()) {
    const name = names.get(id) ?? '?';
    const time = timeDeltas[at] ?? 0;
    left -= time;
    if (name === '(idle)' || left > last * 1e6) continue;
    total += time;
    spent.set(name, (spent.get(name) ?? 0) + time);
  }
  const ordered = [...spent].sort((a, b) => b[1] - a[1]).slice(0, count);
  return ordered.map(([name, time]) => `${((100 * time) / total).toFixed(1).padStart(5)}% ${name}`);
}

function nameOf(name: string, url: string, line: number): string {
  const where = url.replace(/^file:\/\//, '').replace(/^.*\/(src|node_modules)\//, '$1/');
  return where ? `${name || '(anonymous)'} ${where}:${line + 1}` : name;
}
