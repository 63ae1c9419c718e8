import { randomBytes } from 'node:crypto';
import { GatewayError } from '../protocol/errors.ts';
import type { GroupRow, KeyRow, Keys } from '../store/ports.ts';
import { type Directory, keyedHash, readRules } from './directory.ts';
import type { Rules } from './rules.ts';
import { isSecret, secretId, secretNumber } from './secret-rows.ts';

/** A change of who may do what, for the record. */
export interface Change {
  action: string;
  object: string;
  facts?: Readonly<Record<string, string | number | undefined>>;
  before?: unknown;
  after?: unknown;
}

/** Puts a change on record; it is done only when this settles. */
export type Told = (change: Change) => Promise<void>;

/** What can be said of a key. */
export interface KeyFacts {
  name: string;
  team: string | null;
  project: string | null;
  rules: Rules;
  /** Unix milliseconds. */
  expiresAt: number | null;
}

/** What can be said of a team or a project. */
export interface GroupFacts {
  team: string | null;
  rules: Rules;
}

type GroupKind = GroupRow['kind'];

/** Bytes of a key: as hard to guess as a 256-bit number. */
const KEY_BYTES = 32;

/** Letters of a key that are shown in lists. */
const VISIBLE = 8;

/** Makes, changes and revokes the keys, teams and projects of the store. Each change is on record before it is done. */
export class Register {
  readonly #keys: Keys;
  readonly #directory: Directory;
  readonly #secret: Buffer;
  readonly #now: () => number;

  /** @param secret of the directory @param now unix milliseconds */
  constructor(keys: Keys, directory: Directory, secret: Buffer, now: () => number) {
    this.#keys = keys;
    this.#directory = directory;
    this.#secret = secret;
    this.#now = now;
  }

  /** @returns the new key's row, and the key itself, which is nowhere kept. @throws GatewayError, StoreError */
  async create(facts: KeyFacts, told: Told): Promise<{ row: KeyRow; key: string }> {
    this.#knows(facts);
    const id = `${slug(facts.name)}-${randomBytes(4).toString('hex')}`;
    const key = newKey();
    const row: KeyRow = {
      id,
      hash: `none:${id}`,
      prefix: key.slice(0, VISIBLE),
      created_at: this.#now(),
      revoked_at: null,
      ...columns(facts),
    };
    await told({ action: 'key.create', object: id, facts: { name: facts.name, prefix: row.prefix }, after: row });
    await this.#keys.putKey(row);
    await this.#putSecret(row, 1, key);
    return { row, key };
  }

  /** @throws GatewayError, StoreError */
  async change(id: string, facts: Partial<KeyFacts>, told: Told): Promise<KeyRow> {
    const before = await this.#row(id);
    const { team, project, name, expires_at } = before;
    const rules = facts.rules ?? readRules(before.rules) ?? {};
    const merged: KeyFacts = { name, team, project, expiresAt: expires_at, ...facts, rules };
    this.#knows(merged);
    const row = { ...before, ...columns(merged) };
    await told({ action: 'key.change', object: id, before, after: row });
    await this.#keys.putKey(row);
    return row;
  }

  /** From now on the key is refused, for good. @throws GatewayError, StoreError */
  async revoke(id: string, told: Told): Promise<KeyRow> {
    const before = await this.#row(id);
    const row = { ...before, revoked_at: before.revoked_at ?? this.#now() };
    await told({ action: 'key.revoke', object: id, before, after: row });
    await this.#keys.putKey(row);
    return row;
  }

  /**
   * Gives a key another secret. Both are good for the time of grace.
   * @param grace milliseconds
   * @throws GatewayError, StoreError
   */
  async rotate(id: string, grace: number, told: Told): Promise<{ row: KeyRow; key: string }> {
    const before = await this.#row(id);
    if (before.revoked_at !== null) throw new GatewayError('invalid', `the key ${id} was revoked; make a new one`, { field: 'id' });
    const secrets = this.#directory.secrets(id);
    const key = newKey();
    const row = { ...before, prefix: key.slice(0, VISIBLE) };
    await told({ action: 'key.rotate', object: id, facts: { prefix: row.prefix, grace }, before, after: row });
    // First the new one: at no moment is there none that is good.
    await this.#putSecret(row, 1 + Math.max(0, ...secrets.map((secret) => secretNumber(secret.id))), key);
    await this.#keys.putKey(row);
    const until = this.#now() + grace;
    for (const secret of secrets)
      if (secret.expires_at === null || secret.expires_at > until) await this.#keys.putKey({ ...secret, expires_at: until });
    return { row, key };
  }

  /** Makes or replaces a team or a project. @throws GatewayError, StoreError */
  async putGroup(kind: GroupKind, id: string, { team, rules }: GroupFacts, told: Told): Promise<void> {
    if (team !== null) this.#knows({ team, project: null });
    const before = this.#directory.groups(kind).find((group) => group.id === id);
    const row = {
      kind,
      id,
      name: id,
      team,
      rules: JSON.stringify(rules),
      created_at: before?.row?.created_at ?? this.#now(),
      removed_at: null,
    };
    await told({ action: `${kind}.put`, object: id, before: before && { team: before.team, rules: before.rules }, after: row });
    await this.#keys.putGroup(row);
  }

  /** Its keys open nothing from then on. @throws GatewayError, StoreError */
  async removeGroup(kind: GroupKind, id: string, told: Told): Promise<void> {
    const before = this.#directory.groups(kind).find((group) => group.id === id);
    if (!before) throw new GatewayError('not-found', `there is no ${kind} "${id}"`, { field: 'id' });
    if (!before.row) throw fromConfiguration(kind, id);
    await told({ action: `${kind}.remove`, object: id, before: before.row });
    await this.#keys.putGroup({ ...before.row, removed_at: this.#now() });
  }

  async #row(id: string): Promise<KeyRow> {
    if (Object.hasOwn(this.#directory.configured, id)) throw fromConfiguration('key', id);
    // Another node may have made it a moment ago, so the store itself is asked.
    const row = await this.#keys.byId(id);
    if (!row || isSecret(id)) throw new GatewayError('not-found', `there is no key "${id}"`, { field: 'id' });
    return row;
  }

  /** A team that is misspelt would have no rules at all. @throws GatewayError */
  #knows({ team, project }: Pick<KeyFacts, 'team' | 'project'>): void {
    for (const [kind, id] of [['team', team] as const, ['project', project] as const])
      if (id !== null && !this.#directory.groups(kind).some((group) => group.id === id))
        throw new GatewayError('invalid', `${kind}: there is no ${kind} "${id}"; make it first: PUT /admin/api/${kind}s/${id}`, {
          field: kind,
        });
  }

  #putSecret(row: KeyRow, number: number, key: string): Promise<void> {
    const secret = { ...row, id: secretId(row.id, number), hash: keyedHash(key, this.#secret), rules: '{}', expires_at: null };
    return this.#keys.putKey({ ...secret, created_at: this.#now() });
  }
}

function columns({ name, team, project, rules, expiresAt }: KeyFacts): Pick<KeyRow, 'name' | 'team' | 'project' | 'rules' | 'expires_at'> {
  return { name, team, project, rules: JSON.stringify(rules), expires_at: expiresAt };
}

function newKey(): string {
  return `fh_${randomBytes(KEY_BYTES).toString('base64url')}`;
}

function slug(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 40) || 'key'
  );
}

function fromConfiguration(kind: string, id: string): GatewayError {
  return new GatewayError('invalid', `the ${kind} "${id}" stands in the configuration; change it there`, { status: 409, field: 'id' });
}
