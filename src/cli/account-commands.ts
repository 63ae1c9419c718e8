import type { Command } from 'commander';
import { createGroup, type GroupKind, limitsOfGroup, listGroups, removeGroup } from './groups.ts';
import { key } from './key.ts';
import { createKey, limitsOfKey, listKeys, revokeKey, rotateKey } from './keys.ts';
import type { Shell } from './shell.ts';

type Done = (work: Promise<number>) => Promise<void>;

const CONFIG = 'read this file in place of ./freehold.yaml';
const JSON_LINE = 'print JSON, for programs';
const ELSEWHERE = 'of the gateway at this address, in place of the one here';

/** Who may ask for what: keys, teams and projects. */
export function accountCommands(command: (name: string, summary: string) => Command, shell: Shell, done: Done): void {
  keyCommands(command('key', 'make a key for clients, shown once, and the line for the configuration'), shell, done);
  groupCommands(command('team', 'teams: rules and budgets for all their keys together'), 'team', shell, done);
  groupCommands(command('project', 'projects: rules and budgets for all their keys together'), 'project', shell, done);
}

/** A verb that asks the admin API. */
function verbOf(parent: Command, name: string, summary: string): Command {
  return parent
    .command(name)
    .description(summary)
    .option('--url <url>', ELSEWHERE)
    .option('-c, --config <file>', CONFIG)
    .option('--json', JSON_LINE);
}

/** What whoever asks may do. */
function withLimits(one: Command, whose: string): Command {
  return one
    .option('--zone <zone>', `the farthest zone ${whose} may reach: own, leased or vendor`)
    .option('--models <pattern...>', `models ${whose} may ask for`)
    .option('--tasks <pattern...>', `classes of work ${whose} may be used for`)
    .option('--budget <budget...>', 'money, e.g. 20/day or 100/month')
    .option('--rpm <count>', 'requests a minute')
    .option('--tpm <count>', 'tokens a minute')
    .option('--parallel <count>', 'requests at the same time');
}

function groupCommands(groups: Command, kind: GroupKind, shell: Shell, done: Done): void {
  const withRules = (one: Command) => {
    const limited = withLimits(one, 'they');
    return kind === 'project' ? limited.option('--team <team>', 'whose rules hold as well') : limited;
  };
  verbOf(groups, 'list', `list all ${kind}s`).action((flags) => done(listGroups(shell, kind, flags)));
  withRules(verbOf(groups, 'create', `make a ${kind} in the store`))
    .argument('<name>', 'what it is called')
    .action((name, flags) => done(createGroup(shell, kind, name, flags)));
  withRules(
    verbOf(groups, 'limits', `show what a ${kind} may do and what is left of it; with options, change it ("none" takes a rule away)`),
  )
    .argument('<name>', 'what it is called')
    .action((name, flags) => done(limitsOfGroup(shell, kind, name, flags)));
  verbOf(groups, 'remove', `remove a ${kind}; its keys open nothing from then on`)
    .argument('<name>', 'what it is called')
    .action((name, flags) => done(removeGroup(shell, kind, name, flags)));
}

/** Keys of the configuration, and with verbs those of the store. */
function keyCommands(keys: Command, shell: Shell, done: Done): void {
  keys
    .enablePositionalOptions()
    .argument('[name]', 'whose key it is; the name stands in logs', 'me')
    .option('--stdin', 'hash a key that you have, from stdin')
    .option('--admin', 'make the key of the admin API')
    .option('--json', JSON_LINE)
    .addHelpText('after', EXAMPLES)
    .action((name, flags) => done(key(shell, name, flags)));
  const verb = (name: string, summary: string) => verbOf(keys, name, summary);
  const withRules = (one: Command) =>
    withLimits(
      one.option('--team <team>', 'whose rules hold as well').option('--project <project>', 'whose rules hold as well'),
      'it',
    ).option('--expires <span>', 'how long it is good: 12h, 30d');
  withRules(verb('create', 'make a key in the store'))
    .argument('<name>', 'whose key it is')
    .action((name, flags) => done(createKey(shell, name, flags)));
  verb('list', 'list all keys')
    .option('--team <team>', 'of one team')
    .option('--project <project>', 'of one project')
    .action((flags) => done(listKeys(shell, flags)));
  withRules(verb('limits', 'show what a key may do and what is left of it; with options, change it ("none" takes a rule away)'))
    .argument('<key>', 'its id or name')
    .action((name, flags) => done(limitsOfKey(shell, name, flags)));
  verb('rotate', 'give a key another secret')
    .argument('<key>', 'its id or name')
    .option('--grace <span>', 'for how long the old one is good as well (24h unless told)')
    .action((name, flags) => done(rotateKey(shell, name, flags)));
  verb('revoke', 'refuse a key from now on')
    .argument('<key>', 'its id or name')
    .action((name, flags) => done(revokeKey(shell, name, flags)));
}

const EXAMPLES = `
Examples:
  freehold key alice                                  a line for the configuration
  freehold key create alice --budget 20/day --zone own in the store, at once and without a restart
  freehold key list
  printf %s "$KEY" | freehold key alice --stdin`;
