import type { Flags } from '../config/load.ts';
import { outbound } from '../gateway.ts';
import { rowNamed } from '../providers/catalogue.ts';
import { prepare } from './prepare.ts';
import { paint, type Shell, say, table, tell } from './shell.ts';
import { type Row, survey } from './survey.ts';

/** `freehold models`: everything that can be asked for, where it runs, what it costs. */
export async function models(shell: Shell, flags: Flags & { json?: boolean }): Promise<number> {
  const outside = outbound(shell.env);
  try {
    const { config, found } = await prepare(shell, flags, outside, false);
    const { models, engines, states } = await survey(shell, config, outside);
    const rows: Row[] = [...engines.map(({ name: _name, weights: _weights, ...row }) => row), ...models];
    if (flags.json) {
      say(shell, JSON.stringify(rows));
      return rows.length ? 0 : 1;
    }
    for (const note of found?.notes ?? []) tell(shell, `Found ${note}.`);
    if (rows.length) say(shell, tableOf(shell, rows));
    for (const { name, healthy, reason, models: count } of states) {
      if (count === 0) tell(shell, `${name} lists no models${healthy ? '' : `: ${reason}`}.`);
    }
    const untried = states.flatMap(({ name }) => rowNamed(config.providers[name]?.use) ?? []).filter(({ tried }) => !tried);
    if (untried.length)
      tell(shell, `Known from its documentation only, not tried: ${untried.map(({ title }) => title).join(', ')} (docs/providers.md).`);
    if (rows.length === 0)
      tell(shell, 'Nothing is served. "freehold check" says why; "freehold up" fetches a small model when there is nothing else.');
    return rows.length ? 0 : 1;
  } finally {
    await outside.close();
  }
}

function tableOf(shell: Shell, rows: readonly Row[]): string {
  const { stdout } = shell;
  const head = ['model', 'runs at', 'zone', 'window', '$ in / out per 1M', 'health'].map((title) => paint(stdout, 'bold', title));
  const lines = rows.map((row) => [
    row.address,
    row.at,
    paint(stdout, row.zone === 'own' ? 'green' : row.zone === 'leased' ? 'yellow' : 'magenta', row.zone),
    row.window ? tokens(row.window) : '',
    row.price ? priceOf(row.price) : row.pricing === 'unpriced' ? 'unpriced' : '',
    row.healthy ? 'ok' : paint(stdout, 'red', row.reason ?? 'down'),
  ]);
  return table([head, ...lines], [3, 4]);
}

/** Tokens in thousands, as model cards write windows. */
export function tokens(count: number): string {
  return count % 1024 === 0 ? `${count / 1024}k` : count >= 1000 ? `${Math.round(count / 1000)}k` : String(count);
}

function priceOf({ input, output }: NonNullable<Row['price']>): string {
  return `${input} / ${output}`;
}
