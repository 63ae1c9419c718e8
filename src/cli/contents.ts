import type { Command } from 'commander';

/** The commands as the help lists them: by what a person is about to do. */
const CONTENTS: Readonly<Record<string, readonly string[]>> = {
  'Start and ask:': ['up', 'ask', 'models', 'pull', 'engine', 'demo'],
  'Set up and look after:': ['init', 'connect', 'disconnect', 'check', 'doctor', 'import', 'export', 'completion'],
  'See and own more of the work:': ['report', 'tco', 'route', 'eval', 'swap', 'watch'],
  'Say who may do what, and prove what left:': ['key', 'team', 'project', 'budget', 'egress'],
};

/** A command with what must follow it, without the options that every command has. */
function term(command: Command): string {
  const wanted = command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`));
  return [command.name(), ...wanted].join(' ');
}

/** Orders the help of a program by what its commands are for. A command that stands in no list comes last. */
export function arrange(program: Command): void {
  const order = Object.values(CONTENTS).flat();
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  for (const [heading, names] of Object.entries(CONTENTS))
    for (const command of program.commands) if (names.includes(command.name())) command.helpGroup(heading);
  program.configureHelp({
    subcommandTerm: term,
    visibleCommands: (command) =>
      command === program ? [...command.commands].sort((a, b) => place(a.name()) - place(b.name())) : [...command.commands],
  });
}
