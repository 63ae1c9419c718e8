import type { ListedGroup } from '../../accounts/directory.ts';
import { readRules } from '../../accounts/directory.ts';
import type { Rules } from '../../accounts/rules.ts';
import { GatewayError, invalid } from '../../protocol/errors.ts';
import type { KeyRow } from '../../store/ports.ts';
import {
  type GroupView,
  groupRequest,
  type KeyList,
  type KeyView,
  keyChange,
  keyRequest,
  keysQuery,
  type MadeKey,
  rotation,
} from '../contract.ts';
import { durationOf, queryOf, read, registerOf, type Step, toldBy } from './call.ts';

/** A key of the store as the API shows it. */
export function viewOf(row: KeyRow, { parts: { accounts, now } }: Step): KeyView {
  const { id, name, prefix, team, project, created_at, expires_at, revoked_at } = row;
  const rules = readRules(row.rules);
  const isKnown = accounts.directory.knows(id);
  return {
    id,
    name,
    prefix,
    source: 'store',
    state: stateOf({ rules, isKnown, expires_at, revoked_at }, now()),
    team,
    project,
    rules: rules ?? {},
    created_at,
    expires_at,
    revoked_at,
  };
}

function stateOf(
  key: { rules: Rules | undefined; isKnown: boolean; expires_at: number | null; revoked_at: number | null },
  now: number,
): KeyView['state'] {
  if (key.revoked_at !== null && key.revoked_at <= now) return 'revoked';
  if (key.expires_at !== null && key.expires_at <= now) return 'expired';
  if (key.rules?.disabled) return 'disabled';
  return key.rules && key.isKnown ? 'active' : 'broken';
}

function configuredKeys({ parts: { accounts } }: Step): KeyView[] {
  return Object.entries(accounts.directory.configured).map(([id, { hash: _, team = null, project = null, ...rules }]) => ({
    id,
    name: id,
    prefix: null,
    source: 'config',
    state: rules.disabled ? 'disabled' : accounts.directory.knows(id) ? 'active' : 'broken',
    team,
    project,
    rules,
    created_at: null,
    expires_at: null,
    revoked_at: null,
  }));
}

/** All keys by id, those of the configuration among them. */
export async function listKeys(step: Step): Promise<KeyList> {
  const { after = '', limit, team, project } = read(keysQuery, queryOf(step));
  const isAsked = (key: { id: string; team: string | null; project: string | null }) =>
    key.id > after && (team === undefined || key.team === team) && (project === undefined || key.project === project);
  const stored = step.parts.accounts.directory.rows().filter(isAsked);
  const all = [...configuredKeys(step).filter(isAsked), ...stored.slice(0, limit + 1).map((row) => viewOf(row, step))];
  const keys = all.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
  return { keys, next: all.length > limit ? keys.at(-1)!.id : null };
}

export async function getKey(step: Step): Promise<KeyView> {
  const row = step.parts.accounts.directory.row(step.id);
  const found = row ? viewOf(row, step) : configuredKeys(step).find(({ id }) => id === step.id);
  if (!found) throw new GatewayError('not-found', `there is no key "${step.id}"; GET /admin/api/keys lists all`, { field: 'id' });
  return found;
}

/** Unix milliseconds, null for never, undefined when nothing was said. */
function expiryOf({ expires_at, expires_in }: { expires_at?: number | null; expires_in?: string }, now: number): number | null | undefined {
  if (expires_in === undefined) return expires_at;
  if (expires_at !== undefined) throw invalid('expires_in', 'cannot stand beside expires_at; leave one of them out');
  return now + durationOf(expires_in, 'expires_in');
}

export async function makeKey(step: Step): Promise<MadeKey> {
  const { name, team = null, project = null, expires_at, expires_in, ...rules } = read(keyRequest, step.call.body);
  const expiresAt = expiryOf({ expires_at, expires_in }, step.parts.now()) ?? null;
  const { row, key } = await registerOf(step).create({ name, team, project, rules, expiresAt }, toldBy(step));
  return { ...viewOf(row, step), key };
}

export async function changeKey(step: Step): Promise<KeyView> {
  const { name, team, project, expires_at, expires_in, ...changes } = read(keyChange, step.call.body);
  const expiresAt = expiryOf({ expires_at, expires_in }, step.parts.now());
  const { rules: before } = await getKey(step);
  const rules = Object.fromEntries(
    Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null && value !== undefined),
  ) as Rules;
  const said = Object.entries({ name, team, project, expiresAt }).filter(([, value]) => value !== undefined);
  const row = await registerOf(step).change(step.id, { ...Object.fromEntries(said), rules }, toldBy(step));
  return viewOf(row, step);
}

export async function revokeKey(step: Step): Promise<KeyView> {
  return viewOf(await registerOf(step).revoke(step.id, toldBy(step)), step);
}

export async function rotateKey(step: Step): Promise<MadeKey> {
  const { grace } = read(rotation, step.call.body);
  const { row, key } = await registerOf(step).rotate(step.id, durationOf(grace, 'grace'), toldBy(step));
  return { ...viewOf(row, step), key };
}

function groupView({ id, team, rules, source }: ListedGroup): GroupView {
  return { id, source, team: team ?? null, rules: rules ?? null };
}

type Kind = 'team' | 'project';

export async function listGroups(kind: Kind, { parts }: Step): Promise<{ groups: GroupView[] }> {
  return { groups: parts.accounts.directory.groups(kind).map(groupView) };
}

export async function getGroup(kind: Kind, { parts, id }: Step): Promise<GroupView> {
  const found = parts.accounts.directory.groups(kind).find((group) => group.id === id);
  if (!found) throw new GatewayError('not-found', `there is no ${kind} "${id}"`, { field: 'id' });
  return groupView(found);
}

export async function putGroup(kind: Kind, step: Step): Promise<GroupView> {
  const { team = null, ...rules } = read(groupRequest, step.call.body);
  if (kind === 'team' && team !== null) throw invalid('team', 'a team belongs to no other team; leave it out');
  await registerOf(step).putGroup(kind, step.id, { team, rules }, toldBy(step));
  return getGroup(kind, step);
}

export async function removeGroup(kind: Kind, step: Step): Promise<{ removed: string }> {
  await registerOf(step).removeGroup(kind, step.id, toldBy(step));
  return { removed: step.id };
}
