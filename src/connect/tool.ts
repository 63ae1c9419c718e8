import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { z } from 'zod';

const change = z.strictObject({
  /** Where in the file; of a list, the place of the list itself. */
  at: z.array(z.string()),
  to: z.json().optional(),
  /** An element for the list at `at`; one that has the same member `by` gives way. */
  add: z.json().optional(),
  by: z.string().optional(),
  /** Only when the person named a model: the tool's own names are answered too. */
  when: z.literal('model').optional(),
});

export const toolSchema = z.strictObject({
  name: z.string(),
  label: z.string(),
  /** Commands by which it is started. */
  commands: z.array(z.string()),
  /** Paths that are there when it is installed. */
  signs: z.array(z.string()),
  /** The model it asks for when the person names none. */
  model: z.string(),
  /** Tokens that its first request has at least: its own instructions and tools, as they were counted here for the version in `source`. */
  opens: z.int().positive().optional(),
  /** It has no place for a key. */
  keyless: z.boolean().optional(),
  /** Where its settings were read. */
  source: z.string(),
  files: z.array(
    z.strictObject({
      /** The first that exists is changed, else the last is made. */
      path: z.array(z.string()).min(1),
      format: z.enum(['json', 'toml', 'yaml', 'dotenv', 'shell']),
      /** What a file holds that had to be made. */
      start: z.json().optional(),
      set: z.array(change).min(1),
    }),
  ),
  /** Variables of the environment that count more than its files. */
  outranks: z.array(z.string()).optional(),
  /** What is left to do by hand. */
  steps: z.array(z.string()),
  /** One tiny question through the door that it uses, and where its answer has something. */
  ask: z.strictObject({
    path: z.string(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.json(),
    has: z.array(z.union([z.string(), z.number()])),
  }),
});

/** A coding tool and what points it at a gateway: a row of data. Texts may hold `{url}`, `{key}`, `{model}`, `{window}` and `{each}`. */
export type Tool = z.output<typeof toolSchema>;
export type Json = z.output<ReturnType<typeof z.json>>;

/** The machine and person it is set up for. */
export interface Home {
  folder: string;
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
}

/** A path of a tool's row on this machine. `~` is the home folder, `<VARIABLE:default>` a variable. */
export function locate(path: string, { folder, env, platform }: Home): string {
  return path
    .replace('{vscode}', join(...VSCODE[platform === 'darwin' || platform === 'win32' ? platform : 'linux'], 'Code', 'User'))
    .replace('{rc}', RC[env['SHELL']?.split('/').at(-1) ?? ''] ?? '~/.profile')
    .replace(/<(\w+):([^>]*)>/g, (_, name: string, otherwise: string) => env[name]?.trim() || otherwise)
    .replace(/^~(?=\/|\\|$)/, () => folder);
}

const VSCODE = {
  linux: ['<XDG_CONFIG_HOME:~/.config>'],
  darwin: ['~', 'Library', 'Application Support'],
  win32: ['<APPDATA:~/AppData/Roaming>'],
} as const;

const RC: Readonly<Record<string, string>> = {
  bash: '~/.bashrc',
  zsh: '<ZDOTDIR:~>/.zshrc',
};

/** Whether a tool seems to be on this machine: what shows it, or undefined. */
export function trace(tool: Tool, home: Home): string | undefined {
  const folders = (home.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const ends = home.platform === 'win32' ? ['.exe', '.cmd'] : [''];
  const commands = tool.commands.flatMap((command) => folders.flatMap((folder) => ends.map((end) => join(folder, command + end))));
  return [...commands, ...tool.signs.map((sign) => locate(sign, home))].find((path) => existsSync(path));
}
