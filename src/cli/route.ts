import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { NANOS } from '../catalog/price.ts';
import { createGateway, type Outside, outbound } from '../gateway.ts';
import type { DecisionView } from '../http/contract.ts';
import type { AdminFlags } from './admin.ts';
import { load } from './prepare.ts';
import { paint, type Shell, say, table, tell } from './shell.ts';
import { findGateway } from './survey.ts';

interface RouteFlags extends AdminFlags {
  /** The path at which the request would come in. */
  door?: string;
}

/**
 * `freehold route explain [what]`: why an exchange went where it went, or where a request would go. A gateway that runs is asked; without
 * one, the configuration is, without its engines. 0 when somebody would answer, 1 when nobody would.
 */
export async function explainRoute(shell: Shell, what: string | undefined, flags: RouteFlags): Promise<number> {
  const { config } = load(shell, { config: flags.config });
  const outside = outbound(shell.env);
  try {
    const url = flags.url ?? (await findGateway(config, outside));
    const question = await questionOf(shell, what, flags.door);
    if (url !== undefined) return print(shell, await ask(shell, outside, url, question), flags);
    if (question.method === 'GET')
      throw new Error('no gateway runs here that would know the exchange; start it with "freehold up", or name it with --url');
    if (Object.keys(config.engines).length) tell(shell, 'No gateway runs, so engines of your own are left out.');
    const server = { ...config.server, host: '127.0.0.1', port: 0, drainSeconds: 0 };
    const gateway = await createGateway({ config: { ...config, engines: {}, keys: {}, data: undefined, server }, env: shell.env });
    try {
      return print(shell, await ask(shell, outside, gateway.url, question), flags);
    } finally {
      await gateway.close();
    }
  } finally {
    await outside.close();
  }
}

interface Question {
  method: 'GET' | 'POST';
  path: string;
  body?: unknown;
}

/** A file or what is piped in is a request, as JSON or as a text; anything else is the id of an exchange. */
async function questionOf({ cwd, stdin }: Shell, what: string | undefined, door: string | undefined): Promise<Question> {
  const file = what === undefined || what === '-' ? undefined : resolve(cwd, what);
  if (what !== undefined && file !== undefined && !(existsSync(file) && statSync(file).isFile())) {
    if (/^[0-9A-Za-z_-]{1,100}$/.test(what)) return { method: 'GET', path: `/v1/exchanges/${what}/decision` };
    throw new Error(`there is no file ${what}; name a file, - for stdin, or the id of an exchange (x-freehold-request-id)`);
  }
  const text = file === undefined ? await readAll(stdin) : readFileSync(file, 'utf8');
  const path = `/v1/route/explain${door === undefined ? '' : `?door=${encodeURIComponent(door)}`}`;
  return { method: 'POST', path, body: requestIn(text) };
}

function requestIn(text: string): unknown {
  if (text.trim() === '') throw new Error('there is no request; name a file, or pipe one in');
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? value : text;
  } catch {
    return text;
  }
}

async function ask(shell: Shell, outside: Outside, url: string, question: Question): Promise<DecisionView> {
  const { status, body } = await outside.admin(url, shell.env['FREEHOLD_KEY']?.trim(), question);
  if (status < 300) return body as DecisionView;
  throw new Error((body as { error?: { message?: string } }).error?.message ?? `${url} answered ${status}`);
}

function print(shell: Shell, view: DecisionView, { json }: RouteFlags): number {
  const { refused, chosen, answered } = view;
  const code = refused !== undefined || (chosen ?? answered) === undefined ? 1 : 0;
  if (json) {
    say(shell, JSON.stringify(view));
    return code;
  }
  const bold = (text: string) => paint(shell.stdout, 'bold', text);
  const { task, mode, rule, swap, why, otherwise, escalateTo, verdicts, flips, signals = [] } = view;
  if (task) {
    const shares = [...task.probabilities].sort((a, b) => b - a);
    say(
      shell,
      `${bold('work')}     ${task.class}${task.unsure ? ' (not sure)' : ''}, ${percent(shares[0] ?? 0)}; complexity ${task.complexity.toFixed(2)}, importance ${task.importance}, about ${task.size} tokens`,
    );
    if (task.evidence.length) say(shell, `${bold('evidence')} ${task.evidence.join(', ')}`);
  }
  if (mode) say(shell, `${bold('mode')}     ${mode}${rule ? `, by ${rule}` : ''}`);
  if (swap) say(shell, `${bold('swap')}     ${swap.swap}: ${swap.to} in the place of ${swap.from}`);
  say(shell, `${bold('answer')}   ${chosen ?? answered ?? 'nobody'}${why ? `: ${why}` : ''}`);
  if (otherwise) say(shell, `         a new conversation would go to ${otherwise}`);
  if (escalateTo) say(shell, `         when its tests fail, the conversation moves up to ${escalateTo}`);
  if (signals.length) say(shell, `${bold('since')}    ${signals.join(', ')}`);
  if (verdicts.length) say(shell, `\n${candidates(shell, verdicts)}`);
  if (flips.length)
    say(
      shell,
      `\n${bold('What would change it')}\n${flips
        .slice(0, 8)
        .map((flip) => `  ${told(flip)}`)
        .join('\n')}`,
    );
  return code;
}

function candidates({ stdout }: Shell, verdicts: DecisionView['verdicts']): string {
  const head = ['', 'model', 'success', 'cost', 'time', 'why'].map((title) => paint(stdout, 'bold', title));
  const rows = verdicts.map(({ address, place, gate, why, mean, costNanos, latencyMs }) => [
    place === undefined ? '✗' : String(place),
    address,
    percent(mean),
    costNanos === undefined ? 'unpriced' : dollars(costNanos),
    `${(latencyMs / 1000).toFixed(1)} s`,
    gate === undefined ? why : `${gate}: ${why}`,
  ]);
  return table([head, ...rows], [2, 3, 4]);
}

function told({ what, of, from, to, winner }: DecisionView['flips'][number]): string {
  const show = {
    price: dollars,
    success: percent,
    latency: (ms: number) => `${(ms / 1000).toFixed(1)} s`,
    importance: (n: number) => n.toFixed(1),
  }[what];
  const whose = of === undefined ? `the work's ${what}` : `${what} of ${of}`;
  return `${whose} from ${show(from)} to ${show(to)}: ${winner}`;
}

const percent = (share: number): string => `${Math.round(share * 100)}%`;

function dollars(nanos: number): string {
  const usd = nanos / NANOS;
  return `$${usd > 0 && usd < 0.01 ? usd.toPrecision(2) : usd.toFixed(2)}`;
}
