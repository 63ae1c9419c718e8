import type { Command } from 'commander';
import { tools } from '../connect/tools.ts';
import { WRITERS } from './export.ts';
import { FORMATS } from './import-formats.ts';
import { type Shell, say, tell } from './shell.ts';

/** A command's words: its path, options and fixed arguments. */
interface Entry {
  path: string;
  words: string[];
}

/** `freehold completion SHELL`: a script that completes commands, options and tools; made from the commands themselves. */
export function completion(shell: Shell, program: Command, kind: string): number {
  const make = SCRIPTS[kind];
  if (!make) {
    tell(shell, `"${kind}" is no shell that is known; choose ${Object.keys(SCRIPTS).join(', ')}.`);
    return 2;
  }
  say(shell, make(entries(program, '')));
  return 0;
}

function entries(command: Command, path: string): Entry[] {
  const inner = command.commands.flatMap((one) => entries(one, `${path} ${one.name()}`.trim()));
  const options = command.options.flatMap(({ long }) => (long ? [long] : []));
  const named = NAMED[path]?.() ?? [];
  return [{ path, words: [...command.commands.map((one) => one.name()), ...named, ...options, '--help'] }, ...inner];
}

/** What may stand behind a command that takes one of a few names. */
const NAMED: Readonly<Record<string, () => readonly string[]>> = {
  connect: () => tools().map(({ name }) => name),
  disconnect: () => tools().map(({ name }) => name),
  import: () => Object.keys(FORMATS),
  export: () => Object.keys(WRITERS),
  completion: () => Object.keys(SCRIPTS),
};

const SCRIPTS: Readonly<Record<string, (all: readonly Entry[]) => string>> = {
  bash,
  zsh: (all) => `autoload -U +X bashcompinit && bashcompinit\n${bash(all)}`,
  fish,
};

function bash(all: readonly Entry[]): string {
  const cases = all.map(({ path, words }) => `    "${path}") words="${words.join(' ')}" ;;`).join('\n');
  return `_freehold() {
  local path="" word words i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in -*) continue ;; esac
    case "\${path:+$path }$word" in
${all
  .filter(({ path }) => path)
  .map(({ path }) => `      "${path}") path="${path}" ;;`)
  .join('\n')}
    esac
  done
  case "$path" in
${cases}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _freehold freehold`;
}

function fish(all: readonly Entry[]): string {
  return all
    .flatMap(({ path, words }) => {
      const when = path === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${path.split(' ').at(-1)}`;
      return words.map((word) => `complete -c freehold -n '${when}' ${word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`}`);
    })
    .join('\n');
}
