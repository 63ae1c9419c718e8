import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { fingerprint, JournalKeys } from '../egress/journal/keys.ts';
import { type Report, report, type Sums } from '../egress/journal/report.ts';
import { checkpointsName, readLines, type Stream, segmentFiles } from '../egress/journal/segments.ts';
import { type Verified, verify } from '../egress/journal/verify.ts';
import { dialectNames } from '../gateway.ts';
import { secretIn } from '../store/place.ts';
import { paint, type Shell, say, table, tell } from './shell.ts';

interface Where {
  config?: string;
  /** The data folder, in place of the configuration's. */
  data?: string;
  json?: boolean;
}

interface VerifyFlags extends Where {
  /** The public key, or a file that holds it. */
  key?: string;
  /** A file with the data folder's secret. */
  secret?: string;
  checkpoints?: string[];
  partial?: boolean;
}

interface ReportFlags extends Where {
  since?: string;
  until?: string;
}

const STREAMS: readonly Stream[] = ['egress', 'audit'];

/** `freehold egress keys`: who signs the journals, and what to copy elsewhere. */
export async function egressKeys(shell: Shell, flags: Where): Promise<number> {
  const folder = dataFolder(shell, flags);
  const secret = secretIn(folder, shell.env);
  if (!secret) throw new Error(`${folder} holds no secret yet; the first "freehold up" makes it`);
  const { publicKey } = new JournalKeys(secret);
  const checkpoints = STREAMS.map((stream) => join(folder, 'journal', checkpointsName(stream)));
  if (flags.json)
    say(shell, JSON.stringify({ publicKey, fingerprint: fingerprint(publicKey), journal: join(folder, 'journal'), checkpoints }));
  else {
    say(shell, `Public key   ${publicKey}\nFingerprint  ${fingerprint(publicKey)}\n`);
    say(
      shell,
      `Copy these elsewhere from time to time; with them a cut or rewritten journal is found:\n${checkpoints.map((one) => `  ${one}`).join('\n')}`,
    );
  }
  return 0;
}

/** `freehold egress verify [files…]`: whether journals are as they were written. Needs no server and, with files, no configuration. */
export async function egressVerify(shell: Shell, given: readonly string[], flags: VerifyFlags): Promise<number> {
  const folder = given.length ? undefined : join(dataFolder(shell, flags), 'journal');
  const files = given.length ? given.map((file) => resolve(shell.cwd, file)) : STREAMS.flatMap((stream) => segmentFiles(folder!, stream));
  if (files.length === 0) {
    tell(shell, `There is no journal in ${folder}: nothing has left yet.`);
    return 0;
  }
  const keys = keysOf(shell, flags, given.length === 0);
  const publicKey = flags.key === undefined ? undefined : publicKeyOf(shell, flags.key);
  const results = verify(files, { keys, publicKey, anchors: anchorsFor(shell, files, flags.checkpoints ?? []), partial: flags.partial });
  const isSound = results.every(({ problems }) => problems.length === 0);
  if (flags.json) say(shell, JSON.stringify({ sound: isSound, journals: results }));
  else for (const result of results) print(shell, result, { isTrusted: publicKey !== undefined || keys !== undefined });
  return isSound ? 0 : 1;
}

/** `freehold egress report`: what left, by destination, repository, key and rule. */
export async function egressReport(shell: Shell, given: readonly string[], flags: ReportFlags): Promise<number> {
  const files = given.length
    ? given.map((file) => resolve(shell.cwd, file))
    : segmentFiles(join(dataFolder(shell, flags), 'journal'), 'egress');
  const now = Date.now();
  const span = { since: momentOf(flags.since, '--since', now), until: momentOf(flags.until, '--until', now) };
  const result = report(files, span);
  if (flags.json) say(shell, JSON.stringify(result));
  else printReport(shell, result);
  return 0;
}

function dataFolder(shell: Shell, { config, data }: Where): string {
  if (data !== undefined) return resolve(shell.cwd, data);
  const loaded = loadConfig({ flags: { config }, env: shell.env, cwd: shell.cwd, dialects: dialectNames });
  return loaded.config.data!;
}

function keysOf(shell: Shell, flags: VerifyFlags, isOwn: boolean): JournalKeys | undefined {
  if (flags.secret !== undefined) return new JournalKeys(secretFrom(resolve(shell.cwd, flags.secret)));
  if (!isOwn) return undefined;
  const secret = secretIn(dataFolder(shell, flags), shell.env);
  return secret && new JournalKeys(secret);
}

/** The 32 bytes as the data folder holds them, or written out as in FREEHOLD_SECRET. */
function secretFrom(file: string): Buffer {
  const bytes = readFileSync(file);
  if (bytes.length === 32) return bytes;
  return secretIn(dirname(file), { FREEHOLD_SECRET: bytes.toString('utf8') })!;
}

/** A public key as text, or in a file: alone, or as "freehold egress keys --json" prints it. */
function publicKeyOf(shell: Shell, given: string): string {
  const file = resolve(shell.cwd, given);
  const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : given.trim();
  const key = text.startsWith('{') ? String((JSON.parse(text) as { publicKey?: unknown }).publicKey) : text;
  if (!/^[A-Za-z0-9_-]{43}$/.test(key))
    throw new Error(`--key: "${given}" is neither a public key nor a file with one; "freehold egress keys" prints it`);
  return key;
}

/** Checkpoints that were named, and those that lie beside the segments. */
function anchorsFor(shell: Shell, files: readonly string[], named: readonly string[]): string[] {
  const beside = new Set(
    files.flatMap((file) =>
      STREAMS.filter((one) => basename(file).startsWith(one)).map((one) => join(dirname(file), checkpointsName(one))),
    ),
  );
  const found = [...beside].filter((file) => existsSync(file));
  return [...found, ...named.map((file) => resolve(shell.cwd, file))].flatMap((file) => readLines(file).lines);
}

function print(shell: Shell, { stream, publicKey, files, problems, unsigned }: Verified, { isTrusted }: { isTrusted: boolean }): void {
  const rows = files.map(({ file, segment, lines, from, to, intents, outcomes, checkpoints }) => {
    const faults = problems.filter((one) => one.file === file).length;
    const numbers = [segment ?? '?', lines, `${from}–${to}`, intents, outcomes, checkpoints].map(String);
    return [basename(file), ...numbers, faults ? paint(shell.stdout, 'red', `${faults} wrong`) : 'sound'];
  });
  say(shell, table([['FILE', 'SEGMENT', 'LINES', 'NUMBERS', 'INTENTS', 'OUTCOMES', 'SIGNED', ''], ...rows], [1, 2, 4, 5, 6]));
  for (const { file, line, kind, what } of problems)
    say(shell, `${paint(shell.stdout, 'red', kind)}  ${basename(file)}${line === undefined ? '' : `:${line}`}  ${what}`);
  const signer = publicKey === undefined ? 'nobody' : `the key ${fingerprint(publicKey)}`;
  const tail = unsigned && problems.length === 0 ? `, the last ${unsigned} lines by their MACs` : '';
  say(
    shell,
    problems.length
      ? `The ${stream} journal is NOT as it was written.`
      : `The ${stream} journal is as it was written, signed by ${signer}${tail}.`,
  );
  if (!isTrusted && problems.length === 0)
    say(shell, 'That is the journal’s own word on who signed; compare it with "freehold egress keys", or pass --key.');
}

function printReport(shell: Shell, { total, ...groups }: Report): void {
  const titles = { destinations: 'WHERE TO', repositories: 'REPOSITORY', keys: 'KEY', rules: 'ALLOWED BY' } as const;
  for (const [group, title] of Object.entries(titles)) {
    const rows = groups[group as keyof typeof titles].map(cells);
    if (rows.length) say(shell, `${table([[title, ...HEADS], ...rows], RIGHT)}\n`);
  }
  say(shell, table([['', ...HEADS], cells(total)], RIGHT));
}

const HEADS = ['REQUESTS', 'FAILED', 'OPEN', 'BYTES OUT', 'BYTES IN', 'REPLACED', 'COST'];
const RIGHT = HEADS.map((_, at) => at + 1);

function cells({ name, requests, failed, open, bytesOut, bytesIn, replaced, costNanos, unpriced }: Sums): string[] {
  const cost = `$${(costNanos / 1e9).toFixed(6)}${unpriced ? ` + ${unpriced} unpriced` : ''}`;
  return [name, ...[requests, failed, open, bytesOut, bytesIn, replaced].map(String), cost];
}

const SPANS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** A date or time, or how long ago: `7d`, `12h`, `2w`. */
/** A moment as people write it, in unix milliseconds. @throws Error naming the option and the mend */
export function momentOf(text: string | undefined, option: string, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ago = /^(\d+)([hdw])$/.exec(text);
  const at = ago ? now - Number(ago[1]) * SPANS[ago[2]!]! : Date.parse(text);
  if (Number.isNaN(at))
    throw new Error(`${option}: "${text}" is no time; write 2026-01-31, 2026-01-31T12:00Z, or how long ago: 12h, 7d, 2w`);
  return at;
}
