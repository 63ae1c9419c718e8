import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { IndependenceView, SavingsView } from '../http/contract.ts';
import type { Block, Document } from '../reports/document.ts';
import { htmlOf } from '../reports/html.ts';
import { independencePage } from '../reports/independence-page.ts';
import { barLines, courseLines, markdownOf } from '../reports/markdown.ts';
import { type AdminFlags, withAdmin } from './admin.ts';
import { momentOf } from './egress.ts';
import { paint, type Shell, say, table, tell } from './shell.ts';

export interface ReportFlags extends AdminFlags {
  since?: string;
  until?: string;
  html?: string;
  markdown?: string;
}

/** Tasks are read exchange by exchange, which takes a while where there are millions. Milliseconds. */
const PATIENCE = 300_000;

/** `freehold report`: how much of the work own models do, what else they could, and what was saved. */
export function report(shell: Shell, flags: ReportFlags): Promise<number> {
  return withAdmin(shell, flags, async (client) => {
    const now = Date.now();
    const from = momentOf(flags.since, '--since', now);
    const to = momentOf(flags.until, '--until', now);
    if (from !== undefined && from >= (to ?? now)) throw new Error('--since: must be before --until');
    const query = new URLSearchParams({ ...(from !== undefined && { from: String(from) }), ...(to !== undefined && { to: String(to) }) });
    const asked = `?${query}&tasks=true`;
    const independence = await client.ask<IndependenceView>('GET', `/admin/api/reports/independence${asked}`, undefined, PATIENCE);
    const savings = await client.ask<SavingsView>('GET', `/admin/api/reports/savings${asked}`);
    const page = independencePage(independence, savings);
    const isWritten = write(shell, page, flags);
    if (flags.json) say(shell, JSON.stringify({ independence, savings }));
    else if (!isWritten) print(shell, page);
    return 0;
  });
}

/** Writes a report to the files that are named. @returns whether there were any */
export function write(shell: Shell, page: Document, { html, markdown }: Pick<ReportFlags, 'html' | 'markdown'>): boolean {
  const files = [
    [html, htmlOf],
    [markdown, markdownOf],
  ] as const;
  for (const [file, text] of files)
    if (file !== undefined) {
      writeFileSync(resolve(shell.cwd, file), text(page));
      tell(shell, `Wrote ${file}.`);
    }
  return html !== undefined || markdown !== undefined;
}

/** A report for a terminal. */
export function print(shell: Shell, { title, subtitle, blocks }: Document): void {
  say(shell, paint(shell.stdout, 'bold', title));
  say(shell, paint(shell.stdout, 'dim', subtitle));
  for (const block of blocks) say(shell, `\n${textOf(shell, block)}`);
}

function textOf(shell: Shell, block: Block): string {
  switch (block.kind) {
    case 'heading':
      return paint(shell.stdout, 'bold', block.text.toUpperCase());
    case 'text':
      return block.text;
    case 'list':
      return block.items.map((item) => `  - ${item}`).join('\n');
    case 'command':
      return `  ${paint(shell.stdout, 'cyan', block.text)}`;
    case 'table':
      return table(block.rows, block.right);
    case 'bars':
      return [paint(shell.stdout, 'dim', block.title), ...barLines(block)].join('\n');
    case 'course':
      return [paint(shell.stdout, 'dim', block.title), ...courseLines(block)].join('\n');
  }
}
