import type { Command } from 'commander';
import { report } from './report.ts';
import type { Shell } from './shell.ts';
import { tco } from './tco.ts';

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

  command('tco', 'say what hardware of your own costs against APIs, for this team’s work')
    .option('--purchase <usd>', 'what one box cost to buy')
    .option('--rent <usd>', 'what one box costs a month, where it is rented')
    .option('--boxes <count>', 'how many there are')
    .option('--life <years>', 'for how long it is used')
    .option('--resale <share>', 'what part of its price it brings then, 0 to 1')
    .option('--watts-idle <watts>', 'what one box draws when it does nothing; by default as engine bench read it')
    .option('--watts-working <watts>', 'what it draws at work; by default as engine bench read it')
    .option('--kwh <usd>', 'the price of a kilowatt hour')
    .option('--cooling <factor>', 'power for all around it, 1 or more')
    .option('--staff-hours <hours>', 'hours of people a month')
    .option('--staff-rate <usd>', 'what an hour of theirs costs')
    .option('--other <usd>', 'what else it costs a month')
    .option('--model <model>', 'whose measurement counts; by default the newest')
    .option('--prefill <rate>', 'tokens read a second, in place of what was measured')
    .option('--decode <rate>', 'tokens written a second when it is full, in place of what was measured')
    .option('--against <model>', 'compare with this model; by default with what vendors answered')
    .option('--scope <scope>', 'all that was answered, or own: what own models answered')
    .option('--since <time>', 'from this time on: a date, or how long ago (12h, 7d, 2w); 14 days unless told')
    .option('--until <time>', 'up to this time')
    .option('--html <file>', 'write it as one HTML file, to print or to send')
    .option('--markdown <file>', 'write it as Markdown')
    .option('--url <url>', ELSEWHERE)
    .option('-c, --config <file>', CONFIG)
    .option('--json', JSON_LINE)
    .addHelpText('after', TCO_EXAMPLES)
    .action((flags) => done(tco(shell, flags)));
}

const TCO_EXAMPLES = `
Examples:
  freehold engine bench && freehold tco --purchase 4200 --watts-idle 60 --watts-working 350
  freehold tco --rent 900 --prefill 3000 --decode 400 --against claude-opus-5

What it costs can also stand in the configuration, under hardware:.`;

const EXAMPLES = `
Examples:
  freehold report --since 90d
  freehold report --html independence.html      print it to PDF with any browser`;
