import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { parse } from 'yaml';
import { newDraft, print } from './import-draft.ts';
import { FORMATS } from './import-formats.ts';
import { type Shell, say, tell } from './shell.ts';

export interface ImportFlags {
  output?: string;
  json?: boolean;
}

/** `freehold import FORMAT FILE`: another program's configuration as ours, with comments on what could not be carried. Secrets are not copied. */
export async function importConfig(shell: Shell, format: string, from: string, flags: ImportFlags): Promise<number> {
  const read = FORMATS[format.toLowerCase()];
  if (!read) {
    tell(shell, `"${format}" cannot be read; choose ${Object.keys(FORMATS).join(', ')}.`);
    return 2;
  }
  const file = parseAny(readFileSync(resolve(shell.cwd, from), 'utf8'), from);
  const draft = newDraft();
  read(file, draft);
  if (Object.keys(draft.providers).length + Object.keys(draft.engines).length === 0)
    throw new Error(`${from} names no model that could be carried over; is it a configuration of ${format}?`);
  const text = print(draft, basename(from));
  if (flags.output !== undefined) {
    const path = resolve(shell.cwd, flags.output);
    if (existsSync(path)) throw new Error(`${flags.output} is there already; name another with --output, or move it away.`);
    writeFileSync(path, text, { mode: 0o600 });
  }
  if (flags.json)
    say(shell, JSON.stringify({ output: flags.output, config: flags.output === undefined ? text : undefined, notes: draft.notes }));
  else if (flags.output === undefined) say(shell, text.trimEnd());
  else
    tell(
      shell,
      `${flags.output} is written${draft.notes.length ? `; ${draft.notes.length} notes at its top` : ''}. "freehold check" judges it.`,
    );
  return 0;
}

/** JSON is YAML too. @throws Error naming the file */
function parseAny(text: string, from: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new Error(`${from} cannot be read: ${(error as Error).message.split('\n')[0]}`, { cause: error });
  }
}
