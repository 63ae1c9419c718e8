import { ConfigError } from '../config/problem.ts';
import type { Config } from '../config/schema.ts';
import { type Outside, outbound } from '../gateway.ts';
import { settingsOf } from '../telemetry/settings.ts';
import { judgeAliases, judgeEngine, judgeProvider } from './check.ts';
import type { Symptom } from './doctor-machine.ts';
import * as machine from './doctor-machine.ts';
import { type Prepared, prepare } from './prepare.ts';
import { paint, type Shell, say, table } from './shell.ts';
import { findGateway, localUrl, survey } from './survey.ts';

export interface DoctorFlags {
  config?: string;
  json?: boolean;
}

/** `freehold doctor`: looks at everything that can keep a gateway from working. 0 when nothing fails, 1 when something does, 2 when the configuration is wrong. */
export async function doctor(shell: Shell, flags: DoctorFlags): Promise<number> {
  const outside = outbound(shell.env);
  try {
    let prepared: Prepared;
    try {
      prepared = await prepare(shell, flags, outside, false);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const broken = error.problems.map(({ message, path, line }): Symptom => {
        const where = [path.join('.'), line === undefined ? '' : `line ${line}`].filter(Boolean).join(', ');
        return { what: 'configuration', state: 'fails', found: where || 'the file', mend: message };
      });
      show(shell, [machine.versions(), ...broken, machine.clock(Date.now()), machine.memory(false)], flags);
      return 2;
    }
    const { config, file } = prepared;
    const symptoms = [
      machine.versions(),
      { what: 'configuration', state: 'ok', found: file ?? 'no file; defaults and what is found here' } as const,
      await port(config, outside),
      keys(config),
      ...(await served(shell, prepared, outside)),
      machine.memory(Object.keys(config.engines).length > 0),
      machine.graphics(shell.env),
      machine.clock(Date.now()),
      await distantClock(config, outside),
      await collector(config, shell.env, outside),
      ...machine.folders(config.data!, shell.env),
    ].filter((one) => one !== undefined);
    show(shell, symptoms, flags);
    return symptoms.some(({ state }) => state === 'fails') ? 1 : 0;
  } finally {
    await outside.close();
  }
}

async function port(config: Config, outside: Outside): Promise<Symptom> {
  const url = localUrl(config);
  if (await findGateway(config, outside)) return { what: 'port', state: 'ok', found: `a gateway answers at ${url}` };
  const { host, port: number } = config.server;
  const trouble = await machine.listening(host, number);
  if (trouble === undefined) return { what: 'port', state: 'ok', found: `${host}:${number} is free; no gateway runs` };
  return {
    what: 'port',
    state: 'fails',
    found: `${host}:${number}: ${trouble}`,
    mend: 'End what listens there, or set server.port (or --port) to another.',
  };
}

function keys({ keys: named, admin, server }: Config): Symptom {
  const count = Object.keys(named).length;
  if (count > 0 && !admin.key)
    return { what: 'keys', state: 'ok', found: `${count} in the configuration; no admin key, so the admin API takes none from elsewhere` };
  if (count > 0) return { what: 'keys', state: 'ok', found: `${count} in the configuration, and an admin key` };
  return {
    what: 'keys',
    state: 'ok',
    found: `none in the configuration; ${server.host} is reached by this machine alone, or keys are in the store`,
  };
}

/** Providers, engines and aliases, as `freehold check` judges them. */
async function served(shell: Shell, { config, found }: Prepared, outside: Outside): Promise<Symptom[]> {
  const { world, states, engines } = await survey(shell, config, outside);
  const findings = [
    ...states.map((state) => ({ ...judgeProvider(state, config), name: `provider ${state.name}` })),
    ...engines.map(judgeEngine),
    ...judgeAliases(config, world),
  ];
  if (states.length + engines.length === 0) {
    const note = found?.notes.join('; ');
    return [
      {
        what: 'models',
        state: 'warns',
        found: `no provider and no engine${note ? ` (${note})` : ''}`,
        mend: '"freehold init" writes a configuration; "freehold up" alone fetches a small model.',
      },
    ];
  }
  return findings.map(({ name, ok, reason, mend }) =>
    ok ? { what: name, state: 'ok', found: reason ?? 'answers' } : { what: name, state: 'fails', found: reason ?? 'fails', mend },
  );
}

/** Milliseconds that a clock may be off: signatures of requests and tokens are refused beyond about five minutes. */
const SKEW = 240_000;

/** This machine's clock against that of the first vendor that answers. */
async function distantClock({ providers }: Config, { http }: Outside): Promise<Symptom | undefined> {
  const far = Object.values(providers).find(({ zone }) => zone === 'vendor');
  if (!far) return undefined;
  const { origin, host } = new URL(far.url);
  try {
    const { headers } = await http.request(origin, { headers: {}, signal: AbortSignal.timeout(3000) });
    const theirs = Date.parse(headers['date'] ?? '');
    if (Number.isNaN(theirs)) return undefined;
    const off = Math.round((Date.now() - theirs) / 1000);
    if (Math.abs(off) * 1000 < SKEW) return { what: 'clock', state: 'ok', found: `within ${Math.abs(off)} s of ${host}` };
    return {
      what: 'clock',
      state: 'fails',
      found: `${Math.abs(off)} s ${off > 0 ? 'ahead of' : 'behind'} ${host}`,
      mend: 'Set it by network time (timedatectl set-ntp true): signed requests and budgets depend on it.',
    };
  } catch {
    // That it cannot be reached is said by its provider's own line.
    return undefined;
  }
}

/** Whether anybody listens where traces and measurements are sent; what is wrong with it delays nothing. */
async function collector({ telemetry }: Config, env: Shell['env'], { http }: Outside): Promise<Symptom | undefined> {
  const settings = settingsOf(telemetry, env);
  const url = (settings?.traces ?? settings?.metrics)?.url;
  if (!settings || url === undefined) return undefined;
  const { origin } = new URL(url);
  const what = 'collector';
  try {
    const { status } = await http.request(url, { headers: {}, signal: AbortSignal.timeout(3000) });
    // A collector takes POST alone: that it says so is an answer.
    if (status !== 404) return { what, state: 'ok', found: settings.warnings[0] ?? `${origin} answers` };
    return {
      what,
      state: 'warns',
      found: `${url} is not known there`,
      mend: 'telemetry.otlp takes the address without /v1/traces, e.g. http://HOST:4318.',
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      what,
      state: 'warns',
      found: `${origin}: ${why}`,
      mend: 'Start it, or correct telemetry.otlp; requests go on, what cannot be sent is counted and dropped.',
    };
  }
}

const MARKS = { ok: ['green', 'ok'], warns: ['yellow', 'look'], fails: ['red', 'fails'] } as const;

function show(shell: Shell, symptoms: readonly Symptom[], { json }: DoctorFlags): void {
  const failing = symptoms.filter(({ state }) => state === 'fails').length;
  if (json) {
    say(shell, JSON.stringify({ ok: failing === 0, findings: symptoms }));
    return;
  }
  const rows = symptoms.map(({ what, state, found }) => [paint(shell.stdout, MARKS[state][0], MARKS[state][1]), what, found]);
  say(shell, table([['', 'what', 'found'].map((title) => paint(shell.stdout, 'bold', title)), ...rows]));
  for (const { what, mend } of symptoms) if (mend) say(shell, `\n${paint(shell.stdout, 'bold', what)}\n  → ${mend}`);
  say(shell, failing ? `\n${failing === 1 ? 'One thing fails' : `${failing} things fail`}.` : '\nNothing fails.');
}
