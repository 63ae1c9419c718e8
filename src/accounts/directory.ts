import { createHash, createHmac } from 'node:crypto';
import type { Caller } from '../policy/caller.ts';
import { stricter, type Zone } from '../protocol/zone.ts';
import type { GroupRow, KeyChanges, KeyRow } from '../store/ports.ts';
import { limitsOf, type Rules, rulesSchema } from './rules.ts';

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
  readonly #patience: number;
  /** Since when the store does not answer, unix milliseconds; 0: it has never answered. */
  #doubtSince: number | undefined;
  #configured: ConfiguredAccounts = { keys: {}, teams: {}, projects: {} };
  readonly #rows = new Map<string, KeyRow>();
  readonly #groups = new Map<string, GroupRow>();
  /** By hash: SHA-256 for the configuration's, keyed for the store's. */
  #byHash = new Map<string, Entry>();
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

  /** Whether any key opens this gateway. */
  get isEmpty(): boolean {
    return this.#byHash.size === 0;
  }

  /** Takes over what a (new) configuration says. */
  configure(accounts: ConfiguredAccounts): void {
    this.#configured = accounts;
    this.#rebuild();
  }

  /** Takes over what changed in the store. Rows whose rules cannot be read open nothing, and are told. */
  update({ keys, groups }: KeyChanges): void {
    this.#doubtSince = undefined;
    if (keys.length + groups.length === 0) return;
    for (const row of keys) this.#rows.set(row.id, row);
    for (const row of groups) this.#groups.set(`${row.kind}:${row.id}`, row);
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

  /** All callers, for listings. */
  callers(): Caller[] {
    return [...this.#byHash.values()].map(({ caller }) => caller);
  }

  #rebuild(): void {
    const byHash = new Map<string, Entry>();
    for (const [name, { hash, team, project, ...rules }] of Object.entries(this.#configured.keys)) {
      const caller = this.#caller({ id: name, name, team, project }, rules);
      if (caller) byHash.set(hash, { caller, stored: false, revokedAt: null });
    }
    for (const row of this.#rows.values()) {
      const rules = readRules(row.rules);
      const who = { id: row.id, name: row.name, team: row.team ?? undefined, project: row.project ?? undefined };
      const caller = rules && this.#caller(who, rules);
      if (!caller) continue;
      const dated = row.expires_at === null ? caller : { ...caller, expiresAt: row.expires_at };
      byHash.set(row.hash, { caller: dated, stored: true, revokedAt: row.revoked_at });
    }
    this.#byHash = byHash;
    this.#seen.clear();
  }

  /**
   * A key with all that its team and its project add: every rule holds, so limits add up and the strictest zone counts.
   * @returns undefined when its team or project was removed or cannot be read
   */
  #caller(who: { id: string; name: string; team?: string; project?: string }, own: Rules): Caller | undefined {
    const project = who.project === undefined ? NOBODY : this.#group('project', who.project);
    const teamName = who.team ?? project?.team;
    const team = teamName === undefined ? NOBODY : this.#group('team', teamName);
    if (!project || !team) return undefined;
    const rules = [own, team.rules, project.rules];
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

/** Rules as the store holds them. Undefined when they cannot be read: what is not understood must not open anything. */
function readRules(text: string): Rules | undefined {
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
