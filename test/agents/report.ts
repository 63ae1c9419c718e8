import { type Cell, CHECKS, type Check, type Finding } from './judge.ts';
import type { Kept } from './kept.ts';

/** A client as the page names it, with why it was skipped. */
export interface Row {
  name: string;
  label: string;
  speaks: string;
  version: string;
  skipped?: string;
}

export interface Results {
  upstreams: string[];
  /** Upstream dialects for which nothing here plays a provider. */
  unplayed: string[];
  rows: Row[];
  cells: Kept[];
}

type Judged = Pick<Cell, 'checks'>;
export const isGreen = (cell: Judged): boolean => Object.values(cell.checks).every(({ state }) => state !== 'failed');

/** What failed in a cell, in one line. */
export function failures({ checks }: Judged): string {
  return CHECKS.filter((check) => checks[check].state === 'failed')
    .map((check) => `${check}: ${checks[check].words}`)
    .join('; ');
}

/** At which faults the client stopped by its own nature and said so. */
function stops({ checks }: Judged): string {
  const told = CHECKS.filter((check) => checks[check].state === 'told');
  return told.length ? ` (stops at: ${told.join(', ')})` : '';
}

const table = (head: string[], lines: string[][]) =>
  [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');

/** One word where all upstreams agree, else who differs. */
function merged(findings: { upstream: string; finding: Finding }[]): string {
  const groups = new Map<string, string[]>();
  for (const { upstream, finding } of findings) {
    const words = finding.state === 'failed' ? `✗ ${finding.words}` : finding.words;
    groups.set(words, [...(groups.get(words) ?? []), upstream]);
  }
  const sorted = [...groups].sort(([, a], [, b]) => b.length - a.length);
  return sorted
    .map(([words, upstreams], at) => (at === 0 && sorted.length === 1 ? words : `${words} (${upstreams.join(', ')})`))
    .join('; ');
}

/** docs/compatibility.md. @param mustHaves the hand-written end of the page */
export function markdown(results: Results, mustHaves: string): string {
  const { rows, cells, upstreams } = results;
  const of = (row: Row) => cells.filter(({ client, version }) => client === row.name && version === row.version);
  const name = ({ label, version }: Row) => `${label} ${version}`;
  const line = (row: Row, check: Check) => merged(of(row).map(({ upstream, checks }) => ({ upstream, finding: checks[check] })));
  const ran = rows.filter((row) => of(row).length > 0);
  const tried = ran.flatMap(of);
  const among = (values: string[]) => [...new Set(values)].sort().join(', ');
  return `# Compatibility

This page is written by \`npm run test:agents\`, which drives the real clients, from the npm registry and at pinned versions, through a running gateway. Behind it a scripted coding model speaks each upstream dialect over real HTTP, as strict as its providers are: it refuses what they would refuse.

Run on ${among(tried.map(({ date }) => date))}; ${among(tried.map(({ platform }) => platform))}. ${tried.filter(isGreen).length} of ${rows.length * upstreams.length} cells are green.

## Clients × upstream dialects

✓ stands for all of these: a first tool call whose result comes back, then two tools called at once that really write files (compared byte by byte on disk, with quotes, backslashes and letters beyond ASCII in them); an image; what the model thought, with its signature, sent back unchanged with the next request; for SDKs the same without streaming; a 429 with \`Retry-After\`; a 529; a stream that is cut in the middle of a tool call; a prompt that does not fit. What failed stands in the cell, and faults at which a client stops by its own nature, and says so, beside the ✓.

${table(
  ['client', 'speaks', ...upstreams],
  rows.map((row) => [
    name(row),
    row.speaks,
    ...upstreams.map((upstream) => {
      const cell = of(row).find((one) => one.upstream === upstream);
      if (!cell) return row.skipped ? 'skipped' : 'not run';
      return isGreen(cell) ? `✓${stops(cell)}` : `✗ ${failures(cell)}`;
    }),
  ]),
)}
${rows
  .filter((row) => row.skipped && !ran.includes(row))
  .map((row) => `\n**Skipped: ${row.label}.** ${row.skipped}\n`)
  .join('')}${results.unplayed.map((dialect) => `\n**Skipped: upstream ${dialect}.** Nothing in test/agents/model plays it.\n`).join('')}
## Faults

What becomes of the task when the provider fails once. "goes on": the client tried again, or its SDK did, or the small agent that is around each SDK here when the SDK threw; and the task was done.

${table(
  ['client', '429 with Retry-After', '529', 'cut in the middle of a tool call', 'prompt too long'],
  ran.map((row) => [name(row), line(row, '429'), line(row, '529'), line(row, 'cut'), line(row, 'context')]),
)}

## Thoughts

Whether the sealed thoughts of the model come back with the next request, by upstream dialect that seals them. Freehold carries the seals of other dialects in the fields that each client sends back; where a client sends none back, there is nothing to carry them in.

${table(
  ['client', 'sealed thoughts'],
  ran.map((row) => [
    name(row),
    merged(
      of(row).flatMap(({ upstream, checks: { thoughts } }) =>
        thoughts.words === 'nothing to prove' ? [] : [{ upstream, finding: thoughts }],
      ),
    ) || '–',
  ]),
)}

${mustHaves}`;
}
