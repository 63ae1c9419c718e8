import { createHash, createHmac } from 'node:crypto';
import type { Caller } from '../policy/caller.ts';
import { stricter, type Zone } from '../protocol/zone.ts';
import type { GroupRow, KeyChanges, KeyRow } from '../store/ports.ts';
import { limitsOf, type Rules, rulesSchema } from './rules.ts';
import { isSecret, ownerOf, secretNumber } from './secret-rows.ts';

/** What the configuration says of a key. */
export interface ConfiguredKey extends Rules {
  /** SHA-256 of the key as lower-case hex. */
  hash: string;
  team?: string;
  project?: string;
}

/** What the configuration says of a project. */
export interface ConfiguredProject extends Rules {
  team?: string;
}

/** Everybody that the configuration names. */
export interface ConfiguredAccounts {
  keys: Readonly<Record<string, ConfiguredKey>>;
  teams: Readonly<Record<string, Rules>>;
  projects: Readonly<Record<string, ConfiguredProject>>;
}

/** Most keys remembered by their text; a stream of made-up keys must not fill the memory. */
const REMEMBERED = 10_000;

/** A key that is known, and whether it is still good. */
interface Entry {
  caller: Caller;
  /** From the store, which may be out of reach. */
  stored: boolean;
  revokedAt: number | null;
}

/** Whose a key is; or that it is nobody's; or that the store which would know is out of reach. */
export type Finding = Caller | 'unknown' | 'unsure';

/**
 * Who the keys belong to: those of the configuration and those of the store, all in memory, so that no request waits for the store and no
 * made-up key reaches it. Nothing here throws for what a client sent.
 */
export class Directory {
  readonly #secret: Buffer | undefined;
  #patience: number;
  /** Since when the store does not answer, unix milliseconds; 0: it has never answered. */
  #doubtSince: number | undefined;
  #configured: ConfiguredAccounts = { keys: {}, teams: {}, projects: {} };
  readonly #rows = new Map<string, KeyRow>();
  readonly #groups = new Map<string, GroupRow>();
  /** By hash: SHA-256 for the configuration's, keyed for the store's. */
  #byHash = new Map<string, Entry>();
  #known: ReadonlySet<string> = new Set();
  /** What rows came to with the present teams and projects, so that a change of one key does not make all anew. */
  #made = new WeakMap<KeyRow, { caller: Caller | undefined }>();
  /** By the key's text, so that a caller's key is hashed once and not at each request. */
  readonly #seen = new Map<string, Entry>();

  /**
   * @param secret keys the hashes of the store's keys; without it there are none
   * @param patience milliseconds for which the store's keys live on while it does not answer
   */
  constructor(secret?: Buffer, patience = 0) {
    this.#secret = secret;
    this.#patience = patience;
  }

  /** For how long the store's keys live on while it does not answer, in milliseconds. */
  set patience(patience: number) {
    this.#patience = patience;
  }

  /** Asks for a key although nobody has made one yet. */
  isClosed = false;

  /** Nobody ever made a key, so that none is asked for. One that is revoked or cannot be read still closes the gateway. */
  get isEmpty(): boolean {
    return !this.isClosed && this.#rows.size === 0 && Object.keys(this.#configured.keys).length === 0 && this.#doubtSince !== 0;
  }

  /** Takes over what a (new) configuration says. */
  configure(accounts: ConfiguredAccounts): void {
    this.#configured = accounts;
    this.#made = new WeakMap();
    this.#rebuild();
  }

  /** Takes over what changed in the store. Rows whose rules cannot be read open nothing, and are told. */
  update({ keys, groups }: KeyChanges): void {
    this.#doubtSince = undefined;
    if (keys.length + groups.length === 0) return;
    for (const row of keys) this.#rows.set(row.id, row);
    for (const row of groups) this.#groups.set(`${row.kind}:${row.id}`, row);
    if (groups.length) this.#made = new WeakMap();
    this.#rebuild();
  }

  /** The store does not answer. @param since unix milliseconds; 0: it has never answered */
  doubt(since: number): void {
    this.#doubtSince = since;
  }

  /** Whose key this is. @param now unix milliseconds */
  find(key: string, now: number): Finding {
    let entry = this.#seen.get(key);
    if (!entry) {
      entry = this.#byHash.get(hashKey(key)) ?? (this.#secret && this.#byHash.get(keyedHash(key, this.#secret)));
      // A key made on another node in the meantime would be refused for good by some tools.
      if (!entry) return this.#doubtSince === undefined ? 'unknown' : 'unsure';
      if (this.#seen.size >= REMEMBERED) this.#seen.clear();
      this.#seen.set(key, entry);
    }
    const { caller, revokedAt, stored } = entry;
    if (revokedAt !== null && revokedAt <= now) return 'unknown';
    if (caller.expiresAt !== undefined && caller.expiresAt <= now) return 'unknown';
    return stored && this.#doubtSince !== undefined && now - this.#doubtSince > this.#patience ? 'unsure' : caller;
  }

  /** Whether some secret of a key opens something, its time aside. */
  knows(id: string): boolean {
    return this.#known.has(id);
  }

  /** All callers, each once, for listings. */
  callers(): Caller[] {
    return [...new Map([...this.#byHash.values()].map(({ caller }) => [caller.id, caller])).values()];
  }

  /** Id of the key that a text is or was, whether it is still good or not. */
  idOf(key: string): string | undefined {
    const entry = this.#byHash.get(hashKey(key)) ?? (this.#secret && this.#byHash.get(keyedHash(key, this.#secret)));
    return entry?.caller.id;
  }

  /** What the store holds of a key, without its secrets. */
  row(id: string): KeyRow | undefined {
    return isSecret(id) ? undefined : this.#rows.get(id);
  }

  /** Rows of the secrets of a key, oldest first. */
  secrets(id: string): KeyRow[] {
    const own = [...this.#rows.values()].filter((row) => ownerOf(row.id) === id && isSecret(row.id));
    return own.sort((a, b) => secretNumber(a.id) - secretNumber(b.id));
  }

  /** All keys of the store, by id. */
  rows(): KeyRow[] {
    return [...this.#rows.values()].filter(({ id }) => !isSecret(id)).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Keys of the configuration by name. */
  get configured(): Readonly<Record<string, ConfiguredKey>> {
    return this.#configured.keys;
  }

  /** Teams or projects: those of the configuration, and over them those of the store that were not removed. */
  groups(kind: 'team' | 'project'): ListedGroup[] {
    const configured: Readonly<Record<string, ConfiguredProject>> = kind === 'team' ? this.#configured.teams : this.#configured.projects;
    const found = new Map<string, ListedGroup>();
    for (const [id, { team, ...rules }] of Object.entries(configured)) found.set(id, { id, team, rules, source: 'config' });
    for (const row of this.#groups.values()) {
      if (row.kind !== kind) continue;
      if (row.removed_at === null)
        found.set(row.id, { id: row.id, team: row.team ?? undefined, rules: readRules(row.rules), source: 'store', row });
      else found.delete(row.id);
    }
    return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  #rebuild(): void {
    const byHash = new Map<string, Entry>();
    for (const [name, { hash, team, project, ...rules }] of Object.entries(this.#configured.keys)) {
      const caller = this.#caller({ id: name, name, team, project }, rules);
      if (caller) byHash.set(hash, { caller, stored: false, revokedAt: null });
    }
    for (const row of this.#rows.values()) {
      const main = this.#rows.get(ownerOf(row.id));
      const caller = main && this.#callerOf(main);
      if (!caller) continue;
      const ends = [main.expires_at, row.expires_at].filter((time) => time !== null);
      const dated = ends.length === 0 ? caller : { ...caller, expiresAt: Math.min(...ends) };
      byHash.set(row.hash, { caller: dated, stored: true, revokedAt: main.revoked_at ?? row.revoked_at });
    }
    this.#byHash = byHash;
    this.#known = new Set([...byHash.values()].map(({ caller }) => caller.id));
    this.#seen.clear();
  }

  #callerOf(row: KeyRow): Caller | undefined {
    let made = this.#made.get(row);
    if (!made) {
      const rules = readRules(row.rules);
      const who = { id: row.id, name: row.name, team: row.team ?? undefined, project: row.project ?? undefined };
      made = { caller: rules && this.#caller(who, rules) };
      this.#made.set(row, made);
    }
    return made.caller;
  }

  /**
   * A key with all that its team and its project add: every rule holds, so limits add up and the strictest zone counts.
   * @returns undefined when it, its team or its project is disabled, was removed or cannot be read
   */
  #caller(who: { id: string; name: string; team?: string; project?: string }, own: Rules): Caller | undefined {
    const project = who.project === undefined ? NOBODY : this.#group('project', who.project);
    const teamName = who.team ?? project?.team;
    const team = teamName === undefined ? NOBODY : this.#group('team', teamName);
    if (!project || !team) return undefined;
    const rules = [own, team.rules, project.rules];
    if (rules.some(({ disabled }) => disabled)) return undefined;
    const zones = rules.flatMap(({ zone }) => zone ?? []);
    const models = rules.flatMap((one) => (one.models ? [one.models] : []));
    const tasks = rules.flatMap((one) => (one.tasks ? [one.tasks] : []));
    const limits = [
      ...limitsOf(`key:${who.id}`, own),
      ...limitsOf(`team:${teamName}`, team.rules),
      ...limitsOf(`project:${who.project}`, project.rules),
    ];
    return {
      id: who.id,
      name: who.name,
      ...(teamName !== undefined && { team: teamName }),
      ...(who.project !== undefined && { project: who.project }),
      ...(zones.length > 0 && { zone: zones.reduce<Zone>(stricter, 'vendor') }),
      ...(models.length > 0 && { models }),
      ...(tasks.length > 0 && { tasks }),
      ...(rules.some(({ resume }) => resume === false) && { resume: false }),
      ...(limits.length > 0 && { limits }),
    };
  }

  /** The store's word counts where both know a group; one that nobody knows has no rules. Undefined: removed, or its rules cannot be read. */
  #group(kind: 'team' | 'project', id: string): Group | undefined {
    const row = this.#groups.get(`${kind}:${id}`);
    if (row) {
      const rules = row.removed_at === null ? readRules(row.rules) : undefined;
      return rules && { rules, ...(row.team !== null && { team: row.team }) };
    }
    const configured: Readonly<Record<string, ConfiguredProject>> = kind === 'team' ? this.#configured.teams : this.#configured.projects;
    if (!Object.hasOwn(configured, id)) return NOBODY;
    const { team, ...rules } = configured[id]!;
    return { rules, ...(team !== undefined && { team }) };
  }
}

/** A team or a project as its keys see it. */
interface Group {
  rules: Rules;
  team?: string;
}

const NOBODY: Group = { rules: {} };

/** A team or a project for listings. */
export interface ListedGroup {
  id: string;
  team: string | undefined;
  /** Absent when they cannot be read. */
  rules: Rules | undefined;
  source: 'config' | 'store';
  row?: GroupRow;
}

/** Rules as the store holds them. @returns undefined when they cannot be read: what is not understood must not open anything. */
export function readRules(text: string): Rules | undefined {
  try {
    return rulesSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** SHA-256 of a key as lower-case hex. Keys are random and long, so a slow hash would buy nothing. */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** HMAC-SHA-256 of a key as lower-case hex: without the secret, a stolen table does not even tell whether a key is in it. */
export function keyedHash(key: string, secret: Buffer): string {
  return createHmac('sha256', secret).update('freehold key\0').update(key).digest('hex');
}
