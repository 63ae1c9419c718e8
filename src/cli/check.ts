import { relative } from 'node:path';
import type { Flags } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { outbound } from '../gateway.ts';
import { type ErrorKind, GatewayError } from '../protocol/errors.ts';
import type { ProviderState } from '../providers/registry.ts';
import { resolve, type World } from '../providers/resolve.ts';
import { prepare } from './prepare.ts';
import { paint, type Shell, say, table } from './shell.ts';
import { type EngineRow, survey } from './survey.ts';

/** What to do about a provider that failed, by the kind of failure. */
const MENDS: Partial<Record<ErrorKind, string>> = {
  network: 'Is it running, and is its url right? From this machine, curl the url.',
  timeout: 'It took too long to list its models. Is it loading, or is a firewall in between?',
  'upstream-auth': 'It refused the key. Put a valid one under key.',
  'not-found': 'It has no list of models at its url. Check the url, or name its models under models.',
  method: 'It has no list of models at its url. Check the url, or name its models under models.',
  malformed: 'It answered, but not as its dialect does. Check dialect and url.',
  rate: 'It answers, but is busy. Try again later.',
  overload: 'It answers, but is busy. Try again later.',
};

/** The same for a provider that takes credentials in place of a key, and whose address is made of names. */
const CLOUD_MENDS: typeof MENDS = {
  network: 'From this machine its address cannot be reached. Is its region right?',
  'upstream-auth': 'It refused the credentials. Check credentials, region and project, and that the account may use its models.',
};

export interface Finding {
  name: string;
  ok: boolean;
  reason?: string;
  mend?: string;
}

/** `freehold check`: judges the configuration, reaches every provider, follows every alias. 0 when all is well, 1 when something fails. */
export async function check(shell: Shell, flags: Flags & { json?: boolean }): Promise<number> {
  const outside = outbound(shell.env);
  try {
    const { config, file, found } = await prepare(shell, flags, outside, false);
    const { world, states, engines } = await survey(shell, config, outside);
    const providers = states.map((state) => judgeProvider(state, config));
    const hosted = engines.map(judgeEngine);
    const aliases = judgeAliases(config, world);
    const nothing = states.length + engines.length === 0;
    const ok = !nothing && [...providers, ...hosted, ...aliases].every((finding) => finding.ok);
    if (flags.json) {
      const detailed = states.map(({ latency, ...state }, at) => ({ ...state, latencyMs: round(latency), mend: providers[at]?.mend }));
      say(shell, JSON.stringify({ ok, file, providers: detailed, engines: hosted, aliases: aliases.filter((one) => !one.ok) }));
      return ok ? 0 : 1;
    }
    say(shell, file ? `${relative(shell.cwd, file)} is valid.` : 'There is no configuration file; that is fine.');
    for (const note of found?.notes ?? []) say(shell, `Found ${note}.`);
    if (states.length) say(shell, `\n${providerTable(shell, states, config)}`);
    if (engines.length)
      say(
        shell,
        `\n${table([['engine', 'model', 'state'], ...engines.map((one, at) => [one.name, config.engines[one.name]?.model ?? one.address, mark(shell, hosted[at]!)])])}`,
      );
    const failures = [...providers, ...hosted, ...aliases].filter((finding) => !finding.ok);
    for (const { name, reason, mend } of failures)
      say(shell, `\n${paint(shell.stdout, 'bold', name)}: ${reason}${mend ? `\n  → ${mend}` : ''}`);
    if (nothing) say(shell, 'No provider and no engine: "freehold up" would fetch a small model and run it.');
    else if (ok) say(shell, '\nAll is well.');
    return ok ? 0 : 1;
  } finally {
    await outside.close();
  }
}

export function judgeProvider({ name, healthy, reason, kind, models }: ProviderState, { providers }: Config): Finding {
  const mends = providers[name]?.credentials ? { ...MENDS, ...CLOUD_MENDS } : MENDS;
  if (!healthy) return { name, ok: false, reason, mend: kind && mends[kind] };
  if (kind === 'upstream-auth') return { name, ok: true, reason: 'ok as far as can be seen; it does not show its list of models' };
  return models > 0
    ? { name, ok: true }
    : { name, ok: false, reason: 'it answers and serves no models', mend: 'Load a model there, or name its models under models.' };
}

export function judgeEngine({ name, weights }: EngineRow): Finding {
  if (weights === 'missing')
    return { name: `engine ${name}`, ok: false, reason: 'there is no such file', mend: 'Check the path under model.' };
  return { name: `engine ${name}`, ok: true, reason: weights === 'here' ? 'weights are here' : 'weights will be fetched' };
}

/** Aliases that lead to a model which nobody serves. What is down cannot be judged. */
export function judgeAliases({ aliases }: Config, world: World): Finding[] {
  return Object.entries(aliases).flatMap(([alias, targets]) =>
    [targets].flat().flatMap((target) => {
      try {
        resolve(target, world);
        return [];
      } catch (error) {
        if (!(error instanceof GatewayError) || error.kind !== 'not-found') return [];
        return [{ name: `alias ${alias}`, ok: false, reason: error.message.replace(/^model: /, '') }];
      }
    }),
  );
}

function providerTable(shell: Shell, states: readonly ProviderState[], config: Config): string {
  const head = ['provider', 'dialect', 'zone', 'url', 'answer', 'models', 'state'];
  const rows = states.map((state) => {
    const { dialect, url, zone } = config.providers[state.name]!;
    const finding = judgeProvider(state, config);
    return [state.name, dialect, zone, new URL(url).host, `${round(state.latency) ?? '–'} ms`, String(state.models), mark(shell, finding)];
  });
  return table([head.map((title) => paint(shell.stdout, 'bold', title)), ...rows], [4, 5]);
}

function mark(shell: Shell, { ok, reason }: Finding): string {
  return ok ? paint(shell.stdout, 'green', reason ?? 'ok') : paint(shell.stdout, 'red', 'fails');
}

function round(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms);
}
