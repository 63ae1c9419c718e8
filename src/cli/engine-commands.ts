import type { Command } from 'commander';
import { addEngine } from './engine.ts';
import { benchEngine } from './engine-bench.ts';
import type { Shell } from './shell.ts';

const JSON_LINE = 'print JSON, for programs';

/** The commands below `freehold engine`. */
export function engineCommands(engine: Command, shell: Shell, done: (work: Promise<number>) => Promise<void>): void {
  engine
    .command('add')
    .description('fetch the build for a graphics card, which no install draws unasked')
    .argument('<build>', 'cuda or vulkan; Metal needs nothing')
    .option('--json', JSON_LINE)
    .action((build, flags) => done(addEngine(shell, build, flags)));

  engine
    .command('bench')
    .description('measure how fast a model of your own reads and writes on this machine, and what it draws')
    .argument('[model]', 'provider/model or provider of the configuration, a GGUF file, or a name as for pull; by default the first engine')
    .option('--prompts <tokens>', 'lengths of prompts to read', '128,512,2048')
    .option('--parallel <counts>', 'how many answers at the same time', '1,2,4')
    .option('--output <tokens>', 'length of the answers', '64')
    .option('--rounds <count>', 'how often each is done', '3')
    .option('--idle <seconds>', 'how long the machine’s power is watched before', '2')
    .option('--watts-idle <watts>', 'what it draws idle, where that cannot be read')
    .option('--watts-working <watts>', 'what it draws at work, where that cannot be read')
    .option('--no-pull', 'fetch no weights')
    .option('-c, --config <file>', 'read this file in place of ./freehold.yaml')
    .option('--json', JSON_LINE)
    .addHelpText('after', EXAMPLES)
    .action((model, flags) => done(benchEngine(shell, model, flags)));
}

const EXAMPLES = `
Examples:
  freehold engine bench ./qwen3-4b.gguf
  freehold engine bench box/qwen3-coder --prompts 512,4096,16384 --parallel 1,4,16

It starts a gateway of its own for this one model; nothing of it stands in the ledger. What is found is kept in the data folder.`;
