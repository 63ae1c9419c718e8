import type { Command } from 'commander';
import { evalJudge } from './eval-judge.ts';
import { evalRun } from './eval-run-command.ts';
import { evalCompare, evalList, evalShow } from './eval-show.ts';
import { evalVerify } from './eval-verify.ts';
import type { Shell } from './shell.ts';

const CONFIG = 'read this file in place of ./freehold.yaml';
const JSON_LINE = 'print JSON, for programs';

/** The commands below `freehold eval` that ask models and read what came of it. */
export function resultCommands(evals: Command, shell: Shell, done: (work: Promise<number>) => Promise<void>): void {
  const command = (name: string, summary: string) =>
    evals.command(name).description(summary).option('-c, --config <file>', CONFIG).option('--json', JSON_LINE);

  command('run', 'ask models the cases of suites, and say who is good enough')
    .argument('[suite...]', 'folders of suites, or builtin; builtin by default')
    .option('--models <models>', 'who is tried: provider/model, separated by commas')
    .option('--reference <model>', 'whom they are compared with; the first of --models by default')
    .option('--task <class>', 'only these classes of work, separated by commas')
    .option('--margin <margin>', 'what is good enough: keep=0.95 of the reference’s score, or lose=0.05 at most', 'keep=0.95')
    .option('--count <what>', 'what an answer counts: its score from 0 to 1, or pass: 1 when all of it is right, else 0', 'score')
    .option('--most <count>', 'so many cases of a class at most')
    .option('--repeat <count>', 'answers to each case; their mean is one score')
    .option('--budget <usd>', 'spend no more than this, in US dollars')
    .option('--until-decided', 'ask a class of work no further once its outcome stands')
    .option('--seed <number>', 'of the order of cases and of the models’ chance (1)')
    .option('--max-tokens <count>', 'tokens an answer may have (8192)')
    .option('--temperature <number>', '0 unless told; with --repeat the model’s own')
    .option('--at-once <count>', 'requests at the same time to each provider; by default its configured load, or 4')
    .option('--fresh', 'ask again what earlier runs asked')
    .option('--resume <run>', 'go on with a run that was stopped or died')
    .option('--html <file>', 'write a report as one page')
    .option('--url <url>', 'ask this gateway')
    .addHelpText('after', EXAMPLES)
    .action((suites, flags) => done(evalRun(shell, suites, flags)));

  command('list', 'list runs').action((flags) => done(evalList(shell, flags)));

  command('show', 'show what a run came to')
    .argument('[run]', 'its id, the beginning of it, or last', 'last')
    .option('--html <file>', 'write a report as one page')
    .action((name, flags) => done(evalShow(shell, name, flags)));

  command('compare', 'show what came out otherwise in a second run')
    .argument('<before>', 'a run')
    .argument('<after>', 'another, or last')
    .option('--models <pairs>', 'who is compared with whom where names differ: OLD,NEW')
    .option('--all', 'show every case that changed')
    .action((before, after, flags) => done(evalCompare(shell, [before, after], flags)));

  command('judge', 'measure how far a model can be believed as a judge, on answers that were run')
    .argument('<model>', 'provider/model, with its version in its name')
    .option('--suite <suite...>', 'folders of suites, or builtin')
    .option('--task <class>', 'only these classes of work, separated by commas')
    .option('--most <count>', 'so many pairs of a class at most', '10')
    .option('--budget <usd>', 'spend no more than this, in US dollars')
    .option('--seed <number>', 'of the choice of pairs (1)')
    .option('--at-once <count>', 'requests at the same time')
    .option('--url <url>', 'ask this gateway')
    .action((model, flags) => done(evalJudge(shell, model, flags)));

  command('verify', 'check a certificate; needs no server')
    .argument('<file>', 'the certificate')
    .option(
      '--key <key...>',
      'who must have signed: public keys, or files with them; by default this data folder and evaluation.trusted_keys',
    )
    .option('--suite <suite...>', 'the suites it must be about: folders, or builtin')
    .action((file, flags) => done(evalVerify(shell, file, flags)));
}

const EXAMPLES = `
Examples:
  freehold eval run --models box/qwen3-coder,cloud/large --reference cloud/large --budget 5
  freehold eval run evals builtin --task documentation --models box/small --reference cloud/large --margin lose=0.05
  freehold eval run --resume 20261122-101500-3f2a

A gateway that runs is asked; without one, the run starts its own.`;
