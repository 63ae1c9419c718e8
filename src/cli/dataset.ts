import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { cleaningFor } from '../evals/dataset/clean.ts';
import { exportDataset } from '../evals/dataset/export.ts';
import type { Gathered } from '../evals/dataset/gather.ts';
import type { Manifest } from '../evals/dataset/manifest.ts';
import { contents } from '../gateway.ts';
import { TASKS } from '../tasks/task.ts';
import { type AdminClient, type AdminFlags, withAdmin } from './admin.ts';
import { momentOf } from './egress.ts';
import { load } from './prepare.ts';
import { size } from './progress.ts';
import { paint, type Shell, say, table, tell } from './shell.ts';
import { version } from './version.ts';

export interface DatasetFlags extends AdminFlags {
  since?: string;
  until?: string;
  task?: string[];
  outcome: string;
  minScore?: string;
  rights: string;
  allow?: string[];
  repository?: string[];
  notRepository?: string[];
  out: string;
}

/** Rows that are asked for at once. */
const PAGE = 100;

/** `freehold export dataset`: conversations for fine-tuning, from exchanges whose content was kept. 0 when there are any, 1 when there is none. */
export async function exportedDataset(shell: Shell, flags: DatasetFlags): Promise<number> {
  const { config } = load(shell, { config: flags.config });
  const now = Date.now();
  const span = { from: momentOf(flags.since, '--since', now), to: momentOf(flags.until, '--until', now) };
  const { task: tasks, outcome, rights, allow = [], repository = [], notRepository = [], out } = flags;
  const unknown = tasks?.find((one) => !(TASKS as readonly string[]).includes(one));
  if (unknown !== undefined) throw new Error(`--task: there is no class "${unknown}"; classes are ${TASKS.join(', ')}`);
  if (rights !== 'clear' && rights !== 'terms')
    throw new Error(`--rights: must be clear, or terms when somebody has read the terms that answers depend on`);
  const folder = resolve(shell.cwd, out);
  const manifest = await withAdmin(shell, flags, (client) =>
    exportDataset(kept(client, span), {
      folder,
      filters: { ...span, tasks, outcome, minScore: flags.minScore, rights, allow, repository, notRepository },
      freehold: version(),
      ...contents,
      url: (provider) => config.providers[provider]?.url,
      tasks,
      outcome,
      minScore: shareOf(flags.minScore, '--min-score'),
      agreed: allow,
      terms: rights === 'terms',
      repositories: { only: repository, never: notRepository },
      ...cleaningFor(config.egress),
      key: randomBytes(32),
      now: Date.now,
      seen: (read) => tell(shell, `${read} exchanges read`),
    }),
  );
  if (flags.json) say(shell, JSON.stringify(manifest));
  else print(shell, manifest, out);
  return manifest.examples ? 0 : 1;
}

/** Kept contents, newest first, page by page. */
async function* kept(client: AdminClient, { from, to }: { from?: number; to?: number }): AsyncGenerator<Gathered> {
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (cursor) query.set('cursor', cursor);
    if (from !== undefined) query.set('from', String(from));
    if (to !== undefined) query.set('to', String(to));
    const page: { contents: Gathered[]; next: string | null } = await client.ask('GET', `/admin/api/contents?${query}`);
    yield* page.contents;
    cursor = page.next;
  }
}

function shareOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const share = Number(text);
  if (!(share >= 0 && share <= 1)) throw new Error(`${option}: "${text}" is no number from 0 to 1`);
  return share;
}

function print(shell: Shell, manifest: Manifest, out: string): void {
  const { read, examples, parts, split, sources, left_out, redacted } = manifest;
  const bold = (text: string) => paint(shell.stdout, 'bold', text);
  say(shell, `${examples} examples of ${read} exchanges, in ${out}`);
  if (examples) {
    const rows = Object.values(parts).map((part) => [
      part.file,
      String(part.examples),
      size(part.bytes),
      part.from?.slice(0, 10) ?? '',
      part.to?.slice(0, 10) ?? '',
    ]);
    say(shell, `\n${table([['file', 'examples', 'size', 'from', 'to'].map(bold), ...rows], [1, 2])}`);
    say(shell, `Split by ${split.by}: ${split.why}.`);
    const whose = sources.map((one) => [one.address, String(one.answers), one.agreed ? 'as you said' : one.right, one.under]);
    say(shell, `\n${table([['from', 'answers', 'right', 'under'].map(bold), ...whose], [1])}`);
  }
  const counts = (of: Record<string, number>) => Object.entries(of).map(([what, count]) => `  ${String(count).padStart(6)}  ${what}`);
  if (Object.keys(redacted).length) say(shell, `\n${bold('Replaced')}\n${counts(redacted).join('\n')}`);
  if (Object.keys(left_out).length) say(shell, `\n${bold('Left out')}\n${counts(left_out).join('\n')}`);
  say(shell, '\nThe table of licences and terms is no legal advice; manifest.json names source and date of each.');
}
