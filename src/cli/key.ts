import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { keyLine } from '../config/load.ts';
import { type Shell, say, tell } from './shell.ts';

export interface KeyFlags {
  stdin?: boolean;
  /** The key of the admin API. */
  admin?: boolean;
  json?: boolean;
}

/** `freehold key`: makes a key, or takes one from stdin, and prints the line for the configuration. The key itself is shown once. */
export async function key(shell: Shell, name: string, flags: KeyFlags): Promise<number> {
  const given = flags.stdin ? (await text(shell.stdin)).trim() : undefined;
  if (given === '') {
    tell(shell, 'Nothing came on stdin. Pipe the key in: printf %s "$KEY" | freehold key --stdin');
    return 2;
  }
  const made = given ?? `fh_${randomBytes(32).toString('base64url')}`;
  const hash = keyLine(made);
  const place = flags.admin ? `admin:\n    key: "${hash}"` : `keys:\n    ${name}: "${hash}"`;
  if (flags.json) say(shell, JSON.stringify({ ...(!flags.admin && { name }), ...(given === undefined && { key: made }), hash }));
  else {
    if (given === undefined) say(shell, `The key, shown this once:\n\n  ${made}\n`);
    say(shell, `For freehold.yaml:\n\n  ${place}`);
  }
  return 0;
}
