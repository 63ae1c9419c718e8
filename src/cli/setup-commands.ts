import type { Command } from 'commander';
import { completion } from './completion.ts';
import { connect } from './connect.ts';
import { demo } from './demo.ts';
import { disconnect } from './disconnect.ts';
import { doctor } from './doctor.ts';
import { exportConfig } from './export.ts';
import { importConfig } from './import.ts';
import { init } from './init.ts';
import type { Shell } from './shell.ts';

const CONFIG = 'read this file in place of ./freehold.yaml';
const JSON_LINE = 'print JSON, for programs';

/** What sets a gateway and its tools up, and looks after both. */
export function setupCommands(
  command: (name: string, summary: string) => Command,
  shell: Shell,
  done: (work: Promise<number>) => Promise<void>,
): void {
  command('demo', 'show everything with a simulated team and simulated models; nothing leaves this machine')
    .option('-p, --port <port>', 'listen on this port; 0 takes any free one', '7420')
    .option('--speed <factor>', 'how many times faster than life people ask and models answer', '1')
    .option('--days <days>', 'how far the simulated history reaches back', '30')
    .option('--data <folder>', 'a folder of its own for what is simulated; emptied when the next demo begins')
    .option('--json', 'print one line of JSON when ready')
    .action((flags) => done(demo(shell, flags)));

  command('doctor', 'look at everything that can keep the gateway from working, each with its mend')
    .option('-c, --config <file>', CONFIG)
    .option('--json', JSON_LINE)
    .action((flags) => done(doctor(shell, flags)));

  command('init', 'write a commented configuration; asks a few questions, or takes options')
    .option('-o, --output <file>', 'where', 'freehold.yaml')
    .option('--use <provider...>', 'providers of the catalogue; by default those whose server or key is found here')
    .option('--box <url...>', 'servers of your own')
    .option('--engine <weights>', 'run these weights, a GGUF file or a name as for pull')
    .option('--team', 'let other machines reach it, with keys')
    .option('-p, --port <port>', 'listen on this port')
    .option('-y, --yes', 'ask nothing')
    .option('--json', JSON_LINE)
    .action((flags) => done(init(shell, flags)));

  command('import', 'make a configuration out of another program’s')
    .argument('<format>', 'litellm, claude-code-router, portkey or llama-swap')
    .argument('<file>', 'its configuration')
    .option('-o, --output <file>', 'write it there; without it, it is printed')
    .option('--json', JSON_LINE)
    .action((format, file, flags) => done(importConfig(shell, format, file, flags)));

  command('export', 'write the configuration as another program reads it')
    .argument('<format>', 'litellm or llama-swap')
    .option('-o, --output <file>', 'write it there; without it, it is printed')
    .option('-c, --config <file>', CONFIG)
    .action((format, flags) => done(exportConfig(shell, format, flags)));

  command('connect', 'point a coding tool at the gateway; without a tool, list them')
    .argument('[tool]', 'which one, by its name in the list')
    .option('-m, --model <name>', 'the model it asks for; by default its own names where they are answered, else auto')
    .option('--key <key>', 'give it this key, in place of one made for it')
    .option('--url <url>', 'of the gateway at this address, in place of the one here')
    .option('-y, --yes', 'write without being asked')
    .option('--dry-run', 'only show the change')
    .option('--no-test', 'ask no question through its door')
    .option('-c, --config <file>', CONFIG)
    .option('--json', JSON_LINE)
    .action((tool, flags) => done(connect(shell, tool, flags)));

  command('disconnect', 'undo connect: every file as it was, to the byte')
    .argument('<tool>', 'which one')
    .option('--force', 'also where files changed since; what is there now is kept beside them')
    .option('--url <url>', 'of the gateway at this address, in place of the one here')
    .option('-c, --config <file>', CONFIG)
    .option('--json', JSON_LINE)
    .action((tool, flags) => done(disconnect(shell, tool, flags)));

  const complete = command('completion', 'print a script that completes commands in your shell')
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText(
      'after',
      '\nExamples:\n  source <(freehold completion bash)\n  freehold completion fish > ~/.config/fish/completions/freehold.fish',
    );
  complete.action((kind) => done(Promise.resolve(completion(shell, complete.parent ?? complete, kind))));
}
