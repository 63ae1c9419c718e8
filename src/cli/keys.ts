import type { KeyView, MadeKey } from '../http/contract.ts';
import { type AdminClient, type AdminFlags, allKeys, meantKey, withAdmin } from './admin.ts';
import { budgetsOf, tableOfBudgets } from './budget.ts';
import { paint, type Shell, say, table } from './shell.ts';

/** What a key may do, as options. */
export interface RuleFlags {
  team?: string;
  project?: string;
  zone?: string;
  models?: string[];
  tasks?: string[];
  budget?: string[];
  rpm?: string;
  tpm?: string;
  parallel?: string;
  expires?: string;
}

/** Options as the admin API takes them; "none" takes a rule away. */
export function bodyOf({ team, project, zone, models, tasks, budget, rpm, tpm, parallel, expires }: RuleFlags): Record<string, unknown> {
  const given = {
    team,
    project,
    zone,
    models,
    tasks,
    budget,
    requests_per_minute: rpm,
    tokens_per_minute: tpm,
    parallel,
    ...(expires === 'none' ? { expires_at: null } : { expires_in: expires }),
  };
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    said.map(([field, value]) => {
      const one = Array.isArray(value) && value.length === 1 ? value[0] : value;
      if (one === 'none') return [field, null];
      return [field, COUNTS.has(field) ? Number(value) : value];
    }),
  );
}

const COUNTS = new Set(['requests_per_minute', 'tokens_per_minute', 'parallel']);

/** `freehold key create NAME`: a key in the store, shown once. */
export function createKey(shell: Shell, name: string, flags: AdminFlags & RuleFlags): Promise<number> {
  return withAdmin(shell, flags, async (client) => {
    show(shell, await client.ask<MadeKey>('POST', '/admin/api/keys', { name, ...bodyOf(flags) }), flags);
    return 0;
  });
}

/** `freehold key rotate KEY`: another secret for the same key. */
export function rotateKey(shell: Shell, key: string, { grace, ...flags }: AdminFlags & { grace?: string }): Promise<number> {
  return withAdmin(shell, flags, async (client) => {
    const path = `/admin/api/keys/${await meantKey(client, key)}/rotate`;
    show(shell, await client.ask<MadeKey>('POST', path, grace === undefined ? {} : { grace }), flags);
    return 0;
  });
}

function show(shell: Shell, made: MadeKey, { json }: AdminFlags): void {
  say(shell, json ? JSON.stringify(made) : `The key ${made.id}, shown this once:\n\n  ${made.key}`);
}

/** `freehold key revoke KEY`: refused from now on, on every node within a second. */
export function revokeKey(shell: Shell, key: string, flags: AdminFlags): Promise<number> {
  return withAdmin(shell, flags, async (client) => {
    const revoked = await client.ask<KeyView>('DELETE', `/admin/api/keys/${await meantKey(client, key)}`);
    say(shell, flags.json ? JSON.stringify(revoked) : `${revoked.id} is revoked.`);
    return 0;
  });
}

/** `freehold key list`. */
export function listKeys(shell: Shell, { team, project, ...flags }: AdminFlags & Pick<RuleFlags, 'team' | 'project'>): Promise<number> {
  return withAdmin(shell, flags, async (client) => {
    const keys = await allKeys(client, { ...(team && { team }), ...(project && { project }) });
    if (flags.json) say(shell, JSON.stringify(keys));
    else if (keys.length === 0)
      say(shell, 'There are no keys: everyone on this machine may ask. "freehold key create NAME" makes the first.');
    else say(shell, tableOf(shell, keys));
    return 0;
  });
}

function tableOf({ stdout }: Shell, keys: readonly KeyView[]): string {
  const head = ['key', 'name', 'begins', 'state', 'team', 'project', 'may', 'expires'].map((title) => paint(stdout, 'bold', title));
  const rows = keys.map(({ id, name, prefix, state, source, team, project, rules, expires_at }) => [
    id,
    name,
    prefix ?? source,
    state === 'active' ? 'active' : paint(stdout, 'red', state),
    team ?? '',
    project ?? '',
    toldRules(rules),
    expires_at === null ? '' : new Date(expires_at).toISOString().slice(0, 10),
  ]);
  return table([head, ...rows]);
}

/** Rules in a few words. */
export function toldRules({
  zone,
  models,
  tasks,
  budget = [],
  requests_per_minute,
  tokens_per_minute,
  parallel,
}: KeyView['rules']): string {
  return [
    ...(zone ? [`zone ${zone}`] : []),
    ...(models ? [models.join(' ')] : []),
    ...(tasks ? [`tasks ${tasks.join(' ')}`] : []),
    ...budget.map(({ usd, per, on_breach }) => `$${usd}/${per}${on_breach === 'block' ? '' : ` then ${on_breach}`}`),
    ...(requests_per_minute ? [`${requests_per_minute} requests/min`] : []),
    ...(tokens_per_minute ? [`${tokens_per_minute} tokens/min`] : []),
    ...(parallel ? [`${parallel} at once`] : []),
  ].join(', ');
}

/** `freehold key limits KEY`: what it may do and what is left; with options, changes them. */
export function limitsOfKey(shell: Shell, key: string, flags: AdminFlags & RuleFlags): Promise<number> {
  return withAdmin(shell, flags, async (client) => {
    const id = await meantKey(client, key);
    const view = await changed(client, id, bodyOf(flags));
    const accounts = [`key:${id}`, ...(view.team ? [`team:${view.team}`] : []), ...(view.project ? [`project:${view.project}`] : [])];
    const budgets = (await Promise.all(accounts.map((account) => budgetsOf(client, account)))).flat();
    if (flags.json) {
      say(shell, JSON.stringify({ ...view, budgets }));
      return 0;
    }
    say(shell, tableOf(shell, [view]));
    if (budgets.length) say(shell, `\n${tableOfBudgets(shell, budgets)}`);
    return 0;
  });
}

function changed(client: AdminClient, id: string, body: Record<string, unknown>): Promise<KeyView> {
  const path = `/admin/api/keys/${id}`;
  return Object.keys(body).length ? client.ask<KeyView>('PATCH', path, body) : client.ask<KeyView>('GET', path);
}
