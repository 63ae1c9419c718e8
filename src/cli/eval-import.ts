import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { sheetText } from '../evals/builtin.ts';
import { cleaningFor } from '../evals/dataset/clean.ts';
import { importRecorded, type Recorded } from '../evals/import/recorded.ts';
import { contents } from '../gateway.ts';
import { TASKS, type TaskClass } from '../tasks/task.ts';
import { type AdminFlags, withAdmin } from './admin.ts';
import { momentOf } from './egress.ts';
import { numberIn } from './eval-run-command.ts';
import { load } from './prepare.ts';
import { paint, type Shell, say, tell } from './shell.ts';

export interface RecordedFlags extends AdminFlags {
  to: string;
  task?: string;
  since?: string;
  until?: string;
  most?: string;
  judge?: string;
  /** Those whose words these are agree. */
  yesContent?: boolean;
}

/** Exchanges that are asked for at once. */
const PAGE = 100;

/** Cases that are made unless told: each is to be read by somebody. */
const MOST = 50;

type Kept = Recorded & { row: Parameters<typeof contents.reread>[0] & Recorded['row'] };

/** `freehold eval import --recorded`: makes cases of exchanges whose content was kept, redacted. 0 when there are any, 1 when there is none. */
export async function evalImportRecorded(shell: Shell, flags: RecordedFlags): Promise<number> {
  if (!flags.yesContent)
    throw new Error(
      'recorded exchanges hold people’s words: when those people agree that cases are made of them, say so with --yes-content',
    );
  const now = Date.now();
  const span = { from: momentOf(flags.since, '--since', now), to: momentOf(flags.until, '--until', now) };
  const task = flags.task as TaskClass | undefined;
  if (task !== undefined && !TASKS.includes(task)) throw new Error(`--task: "${task}" is no class of work; there are ${TASKS.join(', ')}`);
  const most = numberIn(flags.most, '--most', (n) => Number.isSafeInteger(n) && n > 0, 'a whole number') ?? MOST;
  const target = join(resolve(shell.cwd, flags.to), 'recorded.yaml');
  if (existsSync(target)) throw new Error(`${relative(shell.cwd, target)} is there already; move it, or name another folder with --to`);
  const { config } = load(shell, { config: flags.config });
  const { cases, notes } = await withAdmin(shell, flags, async (client) => {
    const made = { cases: [] as Record<string, unknown>[], notes: [] as string[] };
    for (let cursor: string | null = ''; cursor !== null && made.cases.length < most; ) {
      const query = new URLSearchParams({ limit: String(PAGE), ...(cursor && { cursor }), ...(task && { task }) });
      for (const [name, at] of Object.entries(span)) if (at !== undefined) query.set(name, String(at));
      const page: { contents: (Kept['row'] & Pick<Recorded, 'content'>)[]; next: string | null } = await client.ask(
        'GET',
        `/admin/api/contents?${query}`,
      );
      const rows = new Map(page.contents.map((row) => [row.content, row]));
      const { cases: more, notes: told } = importRecorded(
        page.contents.map((row) => ({ row, content: row.content })),
        {
          consent: true,
          ...cleaningFor(config.egress),
          now: () => performance.now(),
          key: randomBytes(32),
          take: (content) => taken(rows.get(content)!),
          ...(flags.judge !== undefined && { judge: flags.judge }),
        },
      );
      made.cases.push(...more);
      made.notes.push(...told);
      cursor = page.next;
    }
    return made;
  });
  for (const note of notes.slice(0, 20)) tell(shell, `${paint(shell.stderr, 'yellow', 'Left out:')} ${note}`);
  if (notes.length > 20) tell(shell, `and ${notes.length - 20} others`);
  if (cases.length === 0) {
    tell(shell, 'No exchange of that time has one question and one answer in words. Contents are kept only while store.content is on.');
    return 1;
  }
  const folder = resolve(shell.cwd, flags.to);
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, 'suite.yaml'))) writeFileSync(join(folder, 'suite.yaml'), 'name: recorded\nversion: 1\n');
  writeFileSync(target, sheetText(cases.slice(0, most)), { mode: 0o600 });
  say(
    shell,
    `Wrote ${Math.min(most, cases.length)} cases to ${relative(shell.cwd, target)}. Read them: their references are what a model said, and nobody proved it.`,
  );
  return 0;
}

/** One question in words and its answer in words; a conversation with tools is no case. */
function taken(kept: Kept['row'] & Pick<Recorded, 'content'>): { prompt: string; answer: string } | undefined {
  const read = contents.reread(kept);
  if (typeof read === 'string') return undefined;
  const { prompt, reply } = read;
  const asked = prompt.turns.filter(({ role }) => role !== 'system');
  if (asked.length !== 1 || asked[0]!.role !== 'user') return undefined;
  const blocks = prompt.turns.flatMap((turn) => turn.blocks);
  const answered = reply.blocks.filter(({ kind }) => kind !== 'reasoning');
  const words = (list: typeof blocks) =>
    list.every(({ kind }) => kind === 'text')
      ? list
          .map((block) => (block.kind === 'text' ? block.text : ''))
          .join('\n\n')
          .trim()
      : '';
  const [question, answer] = [words(blocks), words(answered)];
  return question && answer ? { prompt: question, answer } : undefined;
}
