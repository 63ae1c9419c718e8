import type { Client } from './client.ts';
import type { Fault } from './model/conversation.ts';
import type { Upstream } from './model/turn.ts';
import { type Plan, type Ran, run } from './run.ts';

/** What is tried in one cell of the matrix. */
export const CHECKS = ['round trip', 'parallel tools', 'image', 'thoughts', 'not streamed', '429', '529', 'cut', 'context'] as const;
export type Check = (typeof CHECKS)[number];

/**
 * `ok`: as it should be. `told`: the client stopped by its own nature and said why, with nothing damaged. `none`: there is nothing to try.
 * `failed`: all else.
 */
export interface Finding {
  state: 'ok' | 'told' | 'none' | 'failed';
  /** In a few words. */
  words: string;
}

export interface Cell {
  client: string;
  upstream: string;
  checks: Record<Check, Finding>;
  seconds: number;
  /** What the failing runs printed. */
  logs: string[];
}

const ok = (words = 'ok'): Finding => ({ state: 'ok', words });
const none = (words: string): Finding => ({ state: 'none', words });
const failed = (words: string): Finding => ({ state: 'failed', words });

/** How clients say that a prompt does not fit. */
const TOO_LONG = /context|too (?:long|large)|token count|input length|ran out of room|window/i;
/** In front of the answer to the request with so many tool results in it. */
const FAULTS: Record<Exclude<Check & ('429' | '529' | 'cut'), never>, { fault: Fault; at: number }> = {
  '429': { fault: 'limit', at: 0 },
  '529': { fault: 'overloaded', at: 1 },
  cut: { fault: 'cut', at: 1 },
};

/** Everything of one client with one upstream dialect. */
export async function judge(client: Client, dialect: string, upstream: Upstream): Promise<Cell> {
  const logs: string[] = [];
  let seconds = 0;
  const attempt = async (what: string, plan: Partial<Plan>): Promise<Ran> => {
    const ran = await run(client, dialect, upstream, { stream: true, picture: false, faults: {}, ...plan });
    seconds += ran.seconds;
    if (!ran.done) logs.push(`${what}: ${problem(ran)}\n${ran.output.slice(-1500)}\n${ran.records.join('\n')}`);
    return ran;
  };
  const isAgent = client.kind === 'agent';
  const work = await attempt('work', { picture: isAgent });
  const trip = work.done ? ok() : failed(problem(work));
  const checks: Record<Check, Finding> = {
    'round trip': trip,
    'parallel tools': trip,
    image: work.pictures > 0 ? ok() : failed('the picture did not arrive'),
    thoughts: thoughts(client, upstream, work),
    'not streamed': isAgent ? none('it always streams') : verdict(await attempt('not streamed', { stream: false })),
    ...(await faults(client, attempt)),
    context: overflow(client, await attempt('context', { faults: { 0: ['window'] } })),
  };
  return { client: client.name, upstream: dialect, checks, seconds, logs };
}

const problem = ({ damage, missing }: Ran) => [...damage, ...(missing.length ? [`missing: ${missing.join(', ')}`] : [])].join('; ');
const verdict = (ran: Ran): Finding => (ran.done ? ok() : failed(problem(ran)));

function thoughts(client: Client, upstream: Upstream, { due, returned }: Ran): Finding {
  if (!upstream.seals) return none('nothing to prove');
  if (due === 0) return none('it did not ask for thoughts');
  if (returned === due) return ok('kept');
  const expected = client.thoughts === 'all' || (client.thoughts === 'on calls' && upstream.seals === 'calls');
  return expected ? failed(`${due - returned} of ${due} did not come back`) : none('it does not send them back');
}

/** All faults in one run, as bad days are; one by one when it does not survive that. */
async function faults(
  client: Client,
  attempt: (what: string, plan: Partial<Plan>) => Promise<Ran>,
): Promise<Record<'429' | '529' | 'cut', Finding>> {
  const together = await attempt('all faults', { faults: { 0: ['limit'], 1: ['overloaded', 'cut'] } });
  const out = { '429': ok('goes on'), '529': ok('goes on'), cut: ok('goes on') };
  if (together.done && together.played.length === 3) return out;
  for (const [check, { fault, at }] of Object.entries(FAULTS) as [keyof typeof out, (typeof FAULTS)[keyof typeof out]][]) {
    const ran = await attempt(check, { faults: { [at]: [fault] } });
    if (ran.done && ran.played.length === 1) continue;
    const stops = client.stops?.[check];
    const isTold = stops !== undefined && ran.damage.length === 0 && ran.missing.some((what) => what.startsWith('exit code'));
    out[check] = isTold ? { state: 'told', words: `stops: ${stops}` } : failed(problem(ran) || 'it was not played');
  }
  return out;
}

/** An SDK must throw it; an agent shows it or makes its history shorter and goes on. */
function overflow(client: Client, ran: Ran): Finding {
  if (ran.damage.length) return failed(problem(ran));
  const isSaid = TOO_LONG.test(ran.output);
  if (ran.done)
    return isSaid || client.kind === 'agent' ? ok(client.kind === 'agent' ? 'shortens and goes on' : 'throws') : failed('it was not told');
  return isSaid ? ok('says so') : failed('it stopped without saying why');
}
