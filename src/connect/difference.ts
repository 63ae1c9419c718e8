import { diff } from 'node:util';

/** Lines of surroundings that are shown. */
const AROUND = 2;

/** What differs between two texts, line by line: `- ` goes, `+ ` comes; unchanged stretches are left out. */
export function difference(before: string, after: string): string[] {
  const split = (text: string) => (text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/));
  const [old, fresh] = [split(before), split(after)];
  if (old.length === 0) return fresh.map((line) => `+ ${line}`);
  // Node's diff gives 1 for what only its first argument has, the actual, and -1 for what only the expected has.
  const steps = diff(old, fresh);
  const shown = steps.map(
    ([kind], at) => kind !== 0 || steps.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(([near]) => near !== 0),
  );
  return steps.flatMap(([kind, line], at) => {
    if (!shown[at]) return at > 0 && shown[at - 1] ? ['  …'] : [];
    return `${kind === 0 ? ' ' : kind < 0 ? '+' : '-'} ${line}`;
  });
}
