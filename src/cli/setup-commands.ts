import type { Command } from 'commander';
import { connect } from './connect.ts';
import { disconnect } from './disconnect.ts';
import { doctor } from './doctor.ts';
import { importConfig } from './import.ts';
import type { Shell } from './shell.ts';

const CONFIG = 'read this file in place of ./freehold.yaml';
const JSON_LINE = 'print JSON, for programs';

/** What sets a gateway and its tools up, and looks after both. */
export function setupCommands(
  command: (name: string, summary: string) => Command,
  shell: Shell,
  done: (work: Promise<number>) => Promise<void>,
): void {
  command('doctor', 'look at everything that can keep the gateway from working, each with its mend')
    .option('-c, --config <file>', CONFIG)
    .option('--json', JSON_LINE)
    .action((flags) => done(doctor(shell, flags)));

  command('import', 'make a configuration out of another program’s')
    .argument('<format>', 'litellm, claude-code-router, portkey or llama-swap')
    .argument('<file>', 'its configuration')
    .option('-o, --output <file>', 'write it there; without it, it is printed')
    .option('--json', JSON_LINE)
    .action((format, file, flags) => done(importConfig(shell, format, file, flags)));

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
}
