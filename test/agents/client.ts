import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where and with what one run of a client happens. */
export interface Place {
  /** The gateway, without a version segment. */
  url: string;
  key: string;
  model: string;
  prompt: string;
  /** Whether an SDK asks for streams. Agents always do. */
  stream: boolean;
  /** The client's home, empty but for `files`. */
  home: string;
  /** The folder with what `npm install` put there; of the project itself for its own development dependencies. */
  installed: string;
  picture: string;
}

/** A command to run, with files (paths relative to its home) that must lie there. */
export interface Command {
  file: string;
  args: string[];
  env: Record<string, string>;
  files?: Record<string, string>;
}

/** All of them, those that ride on tool calls, or none. */
export type Thoughts = 'all' | 'on calls' | 'none';

export interface Client {
  name: string;
  label: string;
  /** The dialect that it speaks to the gateway. */
  speaks: string;
  /** Its folder in the cache (a key of versions.json), or nothing when it is a development dependency of the project. */
  folder?: string;
  /** The package whose version counts. */
  package: string;
  /** The model name that it asks for: some choose their tools by it. */
  model: string;
  kind: 'agent' | 'sdk';
  /** Which of its model's sealed thoughts it sends back with the next request. */
  thoughts: Thoughts;
  /** Faults at which it stops by its own nature, and why; without a line here it must go on. */
  stops?: Partial<Record<'429' | '529' | 'cut', string>>;
  /** It has no place for a key. */
  keyless?: boolean;
  command(place: Place): Command;
}

export const PLATFORM = `${process.platform}-${process.arch}`;

/** The first of these paths that exists. @throws when there is none */
export function first(folder: string, ...paths: string[]): string {
  const found = paths.map((path) => join(folder, 'node_modules', path)).find((path) => existsSync(path));
  if (!found)
    throw new Error(`there is no ${paths[0]} in ${folder}; the package has nothing for ${PLATFORM}, or its installation broke off`);
  return found;
}

/** A script, run by this very Node. */
export const node = (file: string, args: string[]) => ({ file: process.execPath, args: [file, ...args] });
export const json = (value: unknown) => JSON.stringify(value, null, 2);
