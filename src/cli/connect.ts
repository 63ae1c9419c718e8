import { createInterface } from 'node:readline/promises';
import { difference } from '../connect/difference.ts';
import type { Facts } from '../connect/fill.ts';
import { apply, changedSince, type Rewrite, readRecord } from '../connect/record.ts';
import { type Tool, trace } from '../connect/tool.ts';
import { tools } from '../connect/tools.ts';
import { type Outside, outbound } from '../gateway.ts';
import type { MadeKey } from '../http/contract.ts';
import { type AdminFlags, withAdmin } from './admin.ts';
import { homeOf, plan, reach, recordsFolder, stepsOf, toolNamed, tryOut } from './connect-tools.ts';
import { tokens } from './models.ts';
import { load } from './prepare.ts';
import { paint, type Shell, say, table, tell } from './shell.ts';
import { findGateway, localUrl } from './survey.ts';

export interface ConnectFlags extends AdminFlags {
  model?: string;
  key?: string;
  yes?: boolean;
  dryRun?: boolean;
  /** False: no question is asked through the tool's door. */
  test: boolean;
}

/** Shown in place of a key that is to be made. */
const TO_COME = 'a-key-made-for-this-tool';
/** Where no key is needed, tools still want one. */
const NO_KEY = 'none';

/** `freehold connect [TOOL]`: points a coding tool at the gateway, in a way that `freehold disconnect` undoes to the byte. */
export async function connect(shell: Shell, name: string | undefined, flags: ConnectFlags): Promise<number> {
  if (name === undefined) return overview(shell, flags);
  const tool = toolNamed(name);
  const folder = recordsFolder(shell);
  const old = readRecord(folder, tool.name);
  if (old)
    throw new Error(`${tool.label} is connected to ${old.url} since ${old.at}. "freehold disconnect ${tool.name}" undoes that first.`);
  const outside = outbound(shell.env);
  try {
    const found = await target(shell, outside, tool, flags);
    const { facts, isLocked } = found;
    const needsKey = isLocked && flags.key === undefined && tool.keyless !== true;
    const draft = { ...facts, key: needsKey ? TO_COME : facts.key };
    const isMeant = flags.model !== undefined;
    const drafted = plan(tool, draft, homeOf(shell), isMeant);
    if (!flags.json) showChange(shell, tool, drafted, facts.key);
    for (const warning of warnings(shell, tool, found)) tell(shell, `${paint(shell.stderr, 'yellow', 'Note:')} ${warning}`);
    if (flags.dryRun) {
      if (flags.json) say(shell, JSON.stringify({ tool: tool.name, url: facts.url, connected: false, files: told(drafted) }));
      return 0;
    }
    if (drafted.length && !flags.yes && !(await agrees(shell, flags))) return 1;
    const made = needsKey ? await makeKey(shell, tool, flags) : undefined;
    const sure = made ? { ...facts, key: made.key } : facts;
    const rewrites = made ? plan(tool, sure, homeOf(shell), isMeant) : drafted;
    if (rewrites.length) apply(folder, { tool: tool.name, url: facts.url, at: new Date().toISOString(), keyId: made?.id }, rewrites);
    const failure = flags.test ? await tryOut(outside, tool, sure).catch((error: Error) => error.message) : undefined;
    report(shell, tool, sure, { rewrites, failure, isTested: flags.test, keyId: made?.id }, flags);
    return failure === undefined ? 0 : 1;
  } finally {
    await outside.close();
  }
}

interface Target {
  facts: Facts;
  /** It answers nobody without a key. */
  isLocked: boolean;
}

/** The gateway that is meant, and what it serves. @throws Error when none runs, or it refuses the key */
async function target(shell: Shell, outside: Outside, tool: Tool, flags: ConnectFlags): Promise<Target> {
  const { config } = load(shell, { config: flags.config });
  const running = flags.url ?? (await findGateway(config, outside));
  if (running === undefined && flags.test)
    throw new Error(
      `No gateway runs at ${localUrl(config)}. Start it with "freehold up", name one with --url, or write unseen with --no-test.`,
    );
  const url = (running ?? localUrl(config)).replace(/\/+$/, '').replace(/\/v1$/, '');
  const model = flags.model ?? tool.model;
  if (running === undefined)
    return { facts: { url, key: flags.key ?? NO_KEY, model, models: [] }, isLocked: Object.keys(config.keys).length > 0 };
  const open = await reach(outside, url);
  const isLocked = open.status === 401;
  const shown = isLocked && flags.key !== undefined ? await reach(outside, url, flags.key) : open;
  if (flags.key !== undefined && shown.status === 401) throw new Error(`${url} refuses the key of --key.`);
  const key = flags.key ?? NO_KEY;
  return { facts: { url, key, model, models: shown.models.slice(0, OFFERED) }, isLocked };
}

/** Models offered in a tool's list: a longer one helps nobody to choose. */
const OFFERED = 50;

/** What a person adds to a tool's own tokens with a first question and a file or two. */
const ROOM = 1.25;

/** Of the models served, in tokens; undefined where one does not say. */
function largestWindow({ models }: Facts): number | undefined {
  const windows = models.map(({ window }) => window ?? Number.POSITIVE_INFINITY);
  const largest = Math.max(...windows);
  return Number.isFinite(largest) ? largest : undefined;
}

function warnings(shell: Shell, tool: Tool, { facts, isLocked }: Target): string[] {
  const set = (tool.outranks ?? []).filter((name) => shell.env[name]?.trim());
  const largest = largestWindow(facts);
  return [
    ...(tool.opens !== undefined && largest !== undefined && largest < tool.opens * ROOM
      ? [
          `${tool.label} begins with about ${tokens(tool.opens)} tokens of its own, and the largest window served here is ${tokens(largest)}: it will say that its prompt is too long. Serve a model with a larger window first.`,
        ]
      : []),
    ...(set.length
      ? [`${set.join(' and ')} in this shell count more than the tool's files: unset ${set.length > 1 ? 'them' : 'it'}.`]
      : []),
    ...(tool.keyless && isLocked
      ? [`${facts.url} wants a key and ${tool.label} has no place for one: set server.loopback_without_key to true in freehold.yaml.`]
      : []),
  ];
}

/** A key of its own for each tool, so that one can be revoked and its traffic told apart. */
function makeKey(shell: Shell, tool: Tool, flags: ConnectFlags): Promise<MadeKey> {
  return withAdmin(shell, flags, (client) => client.ask<MadeKey>('POST', '/admin/api/keys', { name: tool.name })).catch((error: Error) => {
    throw new Error(`${error.message}\nThe gateway wants a key, and none could be made. Give one that you have with --key.`, {
      cause: error,
    });
  });
}

/** What a file held as a key before is nobody's to read over a shoulder. */
const SECRET = /((?:key|token|secret|password)["']?\s*[:=]\s*["']?)(?!none\b|<|a-key-made)[^"',\s}]{6,}/i;

function showChange(shell: Shell, tool: Tool, rewrites: readonly Rewrite[], key: string): void {
  const { stdout } = shell;
  for (const { path, before, after } of rewrites) {
    say(shell, paint(stdout, 'bold', `${path}${before ? '' : ' (new)'}`));
    for (const line of difference(before?.toString() ?? '', after)) {
      const safe = (key === NO_KEY ? line : line.replaceAll(key, '<key>')).replace(SECRET, '$1<hidden>');
      say(shell, `  ${line.startsWith('+') ? paint(stdout, 'green', safe) : line.startsWith('-') ? paint(stdout, 'red', safe) : safe}`);
    }
  }
  if (rewrites.length === 0) say(shell, `${tool.label} is set up by hand.`);
}

async function agrees(shell: Shell, { json }: ConnectFlags): Promise<boolean> {
  if (!shell.stdin.isTTY || json)
    throw new Error('Nothing was written: add --yes to write without being asked, or --dry-run to only look.');
  const lines = createInterface({ input: shell.stdin, output: shell.stderr });
  try {
    const answer = await lines.question('Write this? [y/N] ');
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

interface Outcome {
  rewrites: readonly Rewrite[];
  failure?: string;
  isTested: boolean;
  keyId?: string;
}

const told = (rewrites: readonly Rewrite[]) => rewrites.map(({ path, before }) => ({ path, made: before === undefined }));

function report(shell: Shell, tool: Tool, facts: Facts, { rewrites, failure, isTested, keyId }: Outcome, flags: ConnectFlags): void {
  const steps = stepsOf(tool, facts);
  if (flags.json) {
    const test = isTested ? { ok: failure === undefined, reason: failure } : undefined;
    say(
      shell,
      JSON.stringify({ tool: tool.name, url: facts.url, connected: rewrites.length > 0, files: told(rewrites), keyId, test, steps }),
    );
    return;
  }
  if (steps.length) say(shell, `\n${rewrites.length ? 'Left to do' : 'Steps'}:`);
  for (const [at, step] of steps.entries()) say(shell, `  ${at + 1}. ${step}`);
  say(shell);
  if (failure !== undefined) {
    tell(shell, `${paint(shell.stderr, 'red', 'The gateway did not answer as the tool needs it:')} ${failure}`);
    if (rewrites.length) tell(shell, `"freehold disconnect ${tool.name}" undoes the change.`);
  } else if (rewrites.length)
    say(
      shell,
      `${tool.label} is connected to ${facts.url}${isTested ? '; a question through its door was answered' : ''}. "freehold disconnect ${tool.name}" undoes it.`,
    );
  else if (isTested) say(shell, `A question through the door of ${tool.label} was answered by ${facts.url}.`);
}

/** All tools: which are here, and which are connected. */
function overview(shell: Shell, { json }: ConnectFlags): number {
  const folder = recordsFolder(shell);
  const home = homeOf(shell);
  const states = tools().map((tool) => {
    const record = readRecord(folder, tool.name);
    const changed = record ? changedSince(folder, record) : [];
    return { name: tool.name, label: tool.label, here: trace(tool, home), url: record?.url, changed, byHand: tool.files.length === 0 };
  });
  if (json) {
    say(shell, JSON.stringify(states));
    return 0;
  }
  const head = ['tool', 'name', 'found', 'state'].map((title) => paint(shell.stdout, 'bold', title));
  const rows = states.map(({ name, label, here, url, changed, byHand }) => {
    const connected = changed.length ? `connected to ${url}; changed since: ${changed.join(', ')}` : `connected to ${url}`;
    return [label, name, here ?? '', url === undefined ? (byHand ? 'set up by hand' : '') : connected];
  });
  say(shell, `${table([head, ...rows])}\n\n"freehold connect NAME" connects one; --dry-run only shows the change.`);
  return 0;
}
