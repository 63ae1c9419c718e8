import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { builtinSuite, STARTER, sheetText } from '../evals/builtin.ts';
import { importPromptfoo } from '../evals/import/promptfoo.ts';
import { openWorkbench } from '../evals/running/workbench.ts';
import { readSuite } from '../evals/suite/read.ts';
import { type Checked, checkSuite } from '../evals/suite/self-check.ts';
import { TASKS, type TaskClass } from '../tasks/task.ts';
import { resultCommands } from './eval-commands.ts';
import { evalImportRecorded } from './eval-import.ts';
import { paint, type Shell, say, tell } from './shell.ts';

/** The commands below `freehold eval`. */
export function evalCommands(evals: Command, shell: Shell, done: (work: Promise<number>) => Promise<void>): void {
  evals
    .command('init')
    .description('write a small suite to begin with')
    .argument('[folder]', 'where to', 'evals')
    .action((folder) => done(evalInit(shell, folder)));

  evals
    .command('check')
    .description('try a suite on itself: references must pass, wrong answers must fail')
    .argument('[suite]', 'a suite’s folder; the built-in suite by default')
    .option('--task <class>', 'only cases of this class, or the one case of this id')
    .option('--json', 'print JSON, for programs')
    .action((folder, flags) => done(evalCheck(shell, folder, flags)));

  evals
    .command('import')
    .description('make cases of a promptfoo configuration, or of recorded exchanges')
    .argument('[file]', 'promptfooconfig.yaml')
    .option('--to <folder>', 'the suite’s folder', 'evals')
    .option('--task <class>', 'the class of its cases (quick_chat); of recorded ones, only this class')
    .option('--recorded', 'of exchanges whose content was kept (store.content)')
    .option('--yes-content', 'those whose words these are agree')
    .option('--since <time>', 'recorded from this time on: a date, or how long ago (12h, 7d, 2w)')
    .option('--until <time>', 'recorded up to this time')
    .option('--most <count>', 'so many recorded cases at most (50)')
    .option('--judge <model>', 'let this model compare with the recorded answer, in place of words in common')
    .option('-c, --config <file>', 'read this file in place of ./freehold.yaml')
    .option('--url <url>', 'recorded by the gateway at this address, in place of the one here')
    .action((file, flags) => done(flags.recorded ? evalImportRecorded(shell, flags) : evalImport(shell, file, flags)));

  resultCommands(evals, shell, done);
}

/** `freehold eval init [folder]`: writes a small suite that shows every shorthand. Never over a file that is there. */
async function evalInit(shell: Shell, folder = 'evals'): Promise<number> {
  const to = resolve(shell.cwd, folder);
  const there = Object.keys(STARTER).filter((name) => existsSync(join(to, name)));
  if (there.length) throw new Error(`${join(folder, there[0]!)} is there already; name another folder: freehold eval init FOLDER`);
  mkdirSync(to, { recursive: true });
  for (const [name, text] of Object.entries(STARTER)) writeFileSync(join(to, name), text);
  say(
    shell,
    `Wrote ${Object.keys(STARTER)
      .map((name) => join(folder, name))
      .join(', ')}.`,
  );
  say(shell, `Check that its cases judge rightly: freehold eval check ${folder}`);
  return 0;
}

/** `freehold eval check [suite]`: does each reference pass and each wrong answer fail? 0 when all do, 1 when a case is at fault. */
async function evalCheck(shell: Shell, folder: string | undefined, flags: { task?: string; json?: boolean }): Promise<number> {
  const suite = folder === undefined ? builtinSuite() : readSuite(resolve(shell.cwd, folder));
  const cases = suite.cases.filter(({ task, id }) => flags.task === undefined || task === flags.task || id === flags.task);
  if (cases.length === 0) throw new Error(`--task: no case of ${suite.name} is "${flags.task}"; classes are ${TASKS.join(', ')}`);
  const bench = await openWorkbench();
  for (const [language, why] of Object.entries(bench.missing))
    tell(shell, `${paint(shell.stderr, 'yellow', 'Skipped:')} all of ${language}: ${why}`);
  const seen = (one: Checked) => {
    if (!flags.json && one.faults.length) say(shell, `${paint(shell.stdout, 'red', one.id)}: ${one.faults.join('; ')}`);
  };
  const checked = await checkSuite({ cases }, bench, { seen });
  const faulty = checked.filter(({ faults }) => faults.length);
  const skipped = checked.filter((one) => one.skipped !== undefined);
  const wrong = checked.reduce((sum, one) => sum + one.wrongAnswers, 0);
  if (flags.json)
    say(
      shell,
      JSON.stringify({ suite: suite.name, version: suite.version, hash: suite.hash, sandbox: bench.sandbox.name, cases: checked }),
    );
  else {
    for (const one of skipped) tell(shell, `${paint(shell.stderr, 'yellow', 'Skipped:')} ${one.id}: ${one.skipped}`);
    say(
      shell,
      `${suite.name} ${suite.version}: ${checked.length - faulty.length - skipped.length} of ${checked.length} cases judge rightly, ${wrong} wrong answers tried, ${skipped.length} skipped (sandbox: ${bench.sandbox.name}).`,
    );
  }
  return faulty.length ? 1 : 0;
}

/** `freehold eval import <promptfoo.yaml>`: writes its tests as cases of a suite, and says what could not be carried. */
async function evalImport(shell: Shell, file: string | undefined, flags: { to?: string; task?: string }): Promise<number> {
  if (file === undefined) throw new Error('name the file to import, or say --recorded for exchanges whose content was kept');
  const source = resolve(shell.cwd, file);
  const task = (flags.task ?? 'quick_chat') as TaskClass;
  if (!TASKS.includes(task)) throw new Error(`--task: "${task}" is no class; known are ${TASKS.join(', ')}`);
  const folder = flags.to ?? 'evals';
  const to = resolve(shell.cwd, folder);
  const readFile = (path: string) => readFileSync(resolve(dirname(source), path), 'utf8');
  const { cases, notes } = importPromptfoo(readFileSync(source, 'utf8'), { task, readFile });
  for (const note of notes) tell(shell, `${paint(shell.stderr, 'yellow', 'Note:')} ${note}`);
  if (cases.length === 0) throw new Error(`${file} holds no test that can be carried`);
  mkdirSync(to, { recursive: true });
  if (!existsSync(join(to, 'suite.yaml'))) writeFileSync(join(to, 'suite.yaml'), 'name: imported\nversion: 1\n');
  const target = join(to, 'imported.yaml');
  if (existsSync(target)) throw new Error(`${relative(shell.cwd, target)} is there already; move it, or name another folder with --to`);
  writeFileSync(target, sheetText(cases));
  say(shell, `Wrote ${cases.length} cases to ${relative(shell.cwd, target)}.`);
  return 0;
}
