import type { GroupView } from '../http/contract.ts';
import { type AdminClient, type AdminFlags, withAdmin } from './admin.ts';
import { budgetsOf, tableOfBudgets } from './budget.ts';
import { bodyOf, type RuleFlags, toldRules } from './keys.ts';
import { paint, type Shell, say, table } from './shell.ts';

export type GroupKind = 'team' | 'project';

type Flags = AdminFlags & RuleFlags;

/** `freehold team|project list`. */
export function listGroups(shell: Shell, kind: GroupKind, flags: AdminFlags): Promise<number> {
  return withAdmin(shell, flags, async (client) => {
    const { groups } = await client.ask<{ groups: GroupView[] }>('GET', pathOf(kind));
    if (flags.json) say(shell, JSON.stringify(groups));
    else if (groups.length === 0) say(shell, `There are no ${kind}s. "freehold ${kind} create NAME" makes the first.`);
    else say(shell, tableOf(shell, kind, groups));
    return 0;
  });
}

/** `freehold team|project create NAME`: in the store. @throws Error when there is one of that name */
export function createGroup(shell: Shell, kind: GroupKind, name: string, flags: Flags): Promise<number> {
  return withAdmin(shell, flags, async (client) => {
    if (await known(client, kind, name))
      throw new Error(`There is a ${kind} "${name}" already; "freehold ${kind} limits ${name}" shows and changes what it may do.`);
    const made = await client.ask<GroupView>('PUT', pathOf(kind, name), withoutNull(bodyOf(flags)));
    say(
      shell,
      flags.json ? JSON.stringify(made) : `The ${kind} ${made.id} is there. Give it keys: freehold key create NAME --${kind} ${made.id}`,
    );
    return 0;
  });
}

/** `freehold team|project limits NAME`: what it may do and what is left; with options, changes them. */
export function limitsOfGroup(shell: Shell, kind: GroupKind, name: string, flags: Flags): Promise<number> {
  return withAdmin(shell, flags, async (client) => {
    const before = await found(client, kind, name);
    const body = bodyOf(flags);
    const whole = { ...before.rules, team: before.team, ...body };
    const view = Object.keys(body).length ? await client.ask<GroupView>('PUT', pathOf(kind, name), withoutNull(whole)) : before;
    const budgets = await budgetsOf(client, `${kind}:${view.id}`);
    if (flags.json) {
      say(shell, JSON.stringify({ ...view, budgets }));
      return 0;
    }
    say(shell, tableOf(shell, kind, [view]));
    if (budgets.length) say(shell, `\n${tableOfBudgets(shell, budgets)}`);
    return 0;
  });
}

/** `freehold team|project remove NAME`: its keys open nothing from then on. */
export function removeGroup(shell: Shell, kind: GroupKind, name: string, flags: AdminFlags): Promise<number> {
  return withAdmin(shell, flags, async (client) => {
    await found(client, kind, name);
    const removed = await client.ask<{ removed: string }>('DELETE', pathOf(kind, name));
    say(shell, flags.json ? JSON.stringify(removed) : `The ${kind} ${name} is removed; keys that belong to it open nothing now.`);
    return 0;
  });
}

function pathOf(kind: GroupKind, name?: string): string {
  return `/admin/api/${kind}s${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

async function known(client: AdminClient, kind: GroupKind, name: string): Promise<GroupView | undefined> {
  const { groups } = await client.ask<{ groups: GroupView[] }>('GET', pathOf(kind));
  return groups.find(({ id }) => id === name);
}

/** @throws Error naming those that there are */
async function found(client: AdminClient, kind: GroupKind, name: string): Promise<GroupView> {
  const group = await known(client, kind, name);
  if (!group) throw new Error(`There is no ${kind} "${name}"; "freehold ${kind} list" shows all.`);
  return group;
}

/** A rule that is taken away is left out of what is put. */
function withoutNull(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null && value !== undefined));
}

function tableOf({ stdout }: Shell, kind: GroupKind, groups: readonly GroupView[]): string {
  const head = [kind, 'from', ...(kind === 'project' ? ['team'] : []), 'may'].map((title) => paint(stdout, 'bold', title));
  const rows = groups.map(({ id, source, team, rules }) => [
    id,
    source,
    ...(kind === 'project' ? [team ?? ''] : []),
    rules ? `${rules.disabled ? `${paint(stdout, 'red', 'disabled')} ` : ''}${toldRules(rules)}` : paint(stdout, 'red', 'cannot be read'),
  ]);
  return table([head, ...rows]);
}
