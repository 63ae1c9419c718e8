import type { Command } from 'commander';
import { exportedDataset } from './dataset.ts';
import type { Shell } from './shell.ts';
import { swap } from './swap.ts';
import { swapDeed, swapList, swapStatus } from './swap-verbs.ts';
import { watchModels } from './watch.ts';

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

  const swaps = program
    .command('swap')
    .description('put one model in the place of another, with proof, a canary and a way back')
    .enablePositionalOptions()
    .argument('<old>', 'whose place is taken: provider/model, or a name that means one model')
    .argument('<new>', 'who takes it')
    .option('--plan', 'only say what would be otherwise')
    .option('--task <class>', 'only these classes of work, separated by commas; by default those that the old one answered lately')
    .option('--share <percent>', 'begin with this share of the conversations, then all; by default the steps of the configuration')
    .option('--exchanges <count>', 'with --share: answers of the new one before it gets all', '100')
    .option('--minutes <count>', 'with --share: how long that must have held', '60')
    .option('--margin <margin>', 'what is good enough: keep=0.95 (the default) of the old one’s score, or lose=0.05 at most')
    .option('--suite <suite...>', 'where cases come from: folders, or builtin; by default builtin and ./evals')
    .option('--budget <usd>', 'spend no more than this on evidence, in US dollars')
    .option('--days <count>', 'traffic of so many days is looked at', '30')
    .option('-y, --yes', 'get evidence and go on without being asked')
    .option('--approve', 'approve it at once, where swaps want approval')
    .option('--accept-undecided', 'begin a canary also for work on which nothing is proven')
    .option('--force', 'also for work at which it is proven not good enough')
    .option('--detach', 'do not follow the canary')
    .option('--url <url>', ELSEWHERE)
    .option('-c, --config <file>', CONFIG)
    .option('--json', JSON_LINE)
    .addHelpText('after', EXAMPLES)
    .action((old, fresh, flags) => done(swap(shell, [old, fresh], flags)));

  const verb = (name: string, summary: string) =>
    swaps
      .command(name)
      .description(summary)
      .option('--url <url>', ELSEWHERE)
      .option('-c, --config <file>', CONFIG)
      .option('--json', JSON_LINE);
  verb('list', 'list all swaps').action((flags) => done(swapList(shell, flags)));
  verb('status', 'show one with all that befell it')
    .argument('[id]', 'its id or the beginning of it; the last by default')
    .action((id, flags) => done(swapStatus(shell, id, flags)));
  for (const [deed, summary] of Object.entries(DEEDS) as [keyof typeof DEEDS, string][])
    verb(deed, summary)
      .argument('[id]', 'its id or the beginning of it; the last by default')
      .option('--why <text>', 'for the record')
      .action((id, flags) => done(swapDeed(shell, deed, id, flags)));

  program
    .command('watch')
    .description('try candidates in idle time, and say when one is good enough or one is not any more')
    .option('--list', 'only show what is to be tried, what came of it, and open weights that would fit this machine')
    .option('--once', 'end when nothing is left to try')
    .option('--task <class>', 'only these classes of work, separated by commas')
    .option('--suite <suite...>', 'where cases come from: folders, or builtin; by default builtin and ./evals')
    .option('--margin <margin>', 'what is good enough: keep=0.95 of the score of who does the work now, or lose=0.05 at most', 'keep=0.95')
    .option('--budget <usd>', 'spend no more than this in a day, in US dollars')
    .option('--idle <seconds>', 'how long nobody may have asked anything', '60')
    .option('--night <hours>', 'only between these hours, e.g. 22-6')
    .option('--again <days>', 'after how long a proof is looked at again', '30')
    .option('--days <count>', 'who does the work is told by the traffic of so many days', '30')
    .option('--url <url>', ELSEWHERE)
    .option('-c, --config <file>', CONFIG)
    .option('--json', 'print events as lines of JSON, for programs')
    .action((flags) => done(watchModels(shell, flags)));
}

const DEEDS = {
  undo: 'take a swap back: the old model answers again at once',
  approve: 'begin a swap that waits for approval',
  promote: 'go to the next share, or to all',
};

const EXAMPLES = `
Examples:
  freehold swap cloud/large box/qwen3-coder --plan
  freehold swap cloud/large box/qwen3-coder --task documentation --share 10 --budget 5 --yes
  freehold swap status
  freehold swap undo`;
