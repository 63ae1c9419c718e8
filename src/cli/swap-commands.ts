import type { Command } from 'commander';
import { exportedDataset } from './dataset.ts';
import type { Shell } from './shell.ts';

const CONFIG = 'read this file in place of ./freehold.yaml';
const JSON_LINE = 'print JSON, for programs';
const ELSEWHERE = 'of the gateway at this address, in place of the one here';

/** One model in the place of another, and what leads there: trials in idle time, and data for a model of one's own. */
export function swapCommands(program: Command, shell: Shell, done: (work: Promise<number>) => Promise<void>): void {
  const exports = program.commands.find((one) => one.name() === 'export');
  exports
    ?.enablePositionalOptions()
    .command('dataset')
    .description('write conversations as JSONL for fine-tuning, from exchanges whose content was kept')
    .option('--since <time>', 'from this time on: a date, or how long ago (12h, 7d, 2w)')
    .option('--until <time>', 'up to this time')
    .option('--task <class...>', 'only these classes of work')
    .option('--outcome <outcome>', 'only exchanges that ended so', 'ok')
    .option('--min-score <score>', 'only conversations that went at least so well by what their own turns say, 0 to 1')
    .option(
      '--rights <which>',
      'clear: answers that nothing forbids to learn from; terms: also where it depends on terms that you have read',
      'clear',
    )
    .option('--allow <pattern...>', 'answers of these models too, provider/model: you have the right')
    .option('--repository <pattern...>', 'only these repositories')
    .option('--not-repository <pattern...>', 'never these repositories')
    .option('--out <folder>', 'where to; must be empty', 'dataset')
    .option('--url <url>', ELSEWHERE)
    .option('-c, --config <file>', CONFIG)
    .option('--json', JSON_LINE)
    .action((flags) => done(exportedDataset(shell, flags)));
}
