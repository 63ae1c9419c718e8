import type { Command } from 'commander';
import { report } from './report.ts';
import type { Shell } from './shell.ts';

const CONFIG = 'read this file in place of ./freehold.yaml';
const JSON_LINE = 'print JSON, for programs';
const ELSEWHERE = 'of the gateway at this address, in place of the one here';

/** What the figures come to, for those who decide. */
export function reportCommands(
  command: (name: string, summary: string) => Command,
  shell: Shell,
  done: (work: Promise<number>) => Promise<void>,
): void {
  command('report', 'say how much of the work your own models do, what they still could, and what was saved')
    .option('--since <time>', 'from this time on: a date, or how long ago (12h, 7d, 2w); 30 days unless told')
    .option('--until <time>', 'up to this time')
    .option('--html <file>', 'write it as one HTML file, to print or to send')
    .option('--markdown <file>', 'write it as Markdown')
    .option('--url <url>', ELSEWHERE)
    .option('-c, --config <file>', CONFIG)
    .option('--json', JSON_LINE)
    .addHelpText('after', EXAMPLES)
    .action((flags) => done(report(shell, flags)));
}

const EXAMPLES = `
Examples:
  freehold report --since 90d
  freehold report --html independence.html      print it to PDF with any browser`;
