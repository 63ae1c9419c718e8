import type { Flags } from '../config/load.ts';
import { AUTO, address, resolve, type ServedModel, type World } from '../providers/resolve.ts';
import { TOOLS } from '../providers/tools.ts';
import { keepCurrent } from './current.ts';
import { tokens } from './models.ts';
import { type Running, startGateway, wayOut } from './run.ts';
import { paint, type Shell, say, table, tell } from './shell.ts';
import { localUrl } from './survey.ts';

export interface UpFlags extends Flags {
  json?: boolean;
  pull: boolean;
}

/** Models shown at the start; "freehold models" shows all. */
const SHOWN = 8;

/** `freehold up`: runs the gateway until it is told to stop. */
export async function up(shell: Shell, flags: UpFlags): Promise<number> {
  const stop = Promise.withResolvers<'stop'>();
  const off = shell.onStop(() => stop.resolve('stop'));
  let running: Running | undefined;
  let leave = () => {};
  try {
    running = await startGateway(shell, { flags, mayFetch: flags.pull });
    leave = keepCurrent(shell, flags, running);
    const first = await Promise.race([running.able, stop.promise, waiting(shell, running)]);
    if (first === 'failed') {
      tell(shell, `So nothing can answer.\n${wayOut()}`);
      return 1;
    }
    if (first === 'ready') {
      announce(shell, running, flags);
      await stop.promise;
    }
    tell(shell, `Stopping. Running answers may finish within ${running.prepared.config.server.drainSeconds} s; Ctrl-C again ends at once.`);
    return 0;
  } finally {
    leave();
    off();
    await running?.close();
  }
}

/** Says what is missing when it does not come at once. Never settles: it only talks. */
async function waiting(shell: Shell, { gateway, able }: Running): Promise<never> {
  const isSlow = await Promise.race([
    able.then(() => false),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 300).unref()),
  ]);
  if (isSlow) tell(shell, `Listening on ${gateway.url}; no model can answer yet. ${gateway.readiness().reasons.join('; ')}`);
  return new Promise<never>(() => {});
}

function announce(shell: Shell, { gateway, prepared: { config } }: Running, { json }: UpFlags): void {
  const world = gateway.registry.world();
  const url = localUrl({ ...config, server: { ...config.server, port: Number(new URL(gateway.url).port) } });
  if (json) {
    const models = world.models.map(({ zone, window, healthy, ...model }) => ({ model: address(model), zone, window, healthy }));
    say(shell, JSON.stringify({ ready: true, url, models }));
    return;
  }
  const { stdout } = shell;
  const elsewhere = url === gateway.url ? '' : ` (listening on ${gateway.url})`;
  say(shell, `${paint(stdout, 'bold', 'Freehold is ready at')} ${paint(stdout, ['bold', 'cyan'], url)}${elsewhere}`);
  const auto = answersAuto(world);
  const rows = world.models.slice(0, SHOWN).map((model) => {
    const remarks = [model === auto ? 'this is "auto"' : '', model.healthy ? '' : 'not reachable'].filter(Boolean);
    return [`  ${address(model)}`, model.zone, model.window ? tokens(model.window) : '', remarks.join(', ')];
  });
  if (rows.length) say(shell, `\n${table(rows, [2])}`);
  if (world.models.length > SHOWN) say(shell, `  and ${world.models.length - SHOWN} more: freehold models`);
  for (const reason of gateway.readiness().reasons) say(shell, `  ${paint(stdout, 'yellow', reason)}`);
  const locked = Object.keys(config.keys).length > 0;
  say(shell, `\nTry it:\n  ${curl(url, locked)}\n\nWatch it in a browser:\n  ${url}/\n\nPoint a tool at it:`);
  for (const { tool, how } of TOOLS)
    say(shell, `  ${tool}: ${how.replaceAll('{url}', url).replaceAll('{key}', locked ? 'YOUR_KEY' : 'none')}`);
}

/** What `auto` means now; undefined while nothing can answer. */
function answersAuto(world: World): ServedModel | undefined {
  try {
    return resolve(AUTO, world).targets[0];
  } catch {
    return undefined;
  }
}

function curl(url: string, locked: boolean): string {
  const key = locked ? ' -H "authorization: Bearer $FREEHOLD_KEY"' : '';
  return `curl ${url}/v1/chat/completions${key} -H 'content-type: application/json' -d '{"model":"auto","messages":[{"role":"user","content":"Say hello."}]}'`;
}
