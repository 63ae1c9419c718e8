import { userInfo } from 'node:os';
import type { Flags } from '../config/load.ts';
import { openAtRest, outbound } from '../gateway.ts';
import type { KeyList, KeyView } from '../http/contract.ts';
import { load } from './prepare.ts';
import { type Shell, tell } from './shell.ts';
import { findGateway } from './survey.ts';

export interface AdminFlags extends Pick<Flags, 'config'> {
  /** A gateway elsewhere. */
  url?: string;
  json?: boolean;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The admin API of a gateway that runs, or of its store when none does. */
export interface AdminClient {
  /** @param patience how long an answer may take, in milliseconds, where that is long @throws Error in the words of the gateway */
  ask<T>(method: Method, path: string, body?: unknown, patience?: number): Promise<T>;
}

/**
 * Does something over the admin API: of the gateway at `--url`, of the one that runs with this configuration, or, when none runs, directly
 * on the data folder. FREEHOLD_ADMIN_KEY holds the admin key where there is one. @throws Error with the mend
 */
export async function withAdmin<T>(shell: Shell, flags: AdminFlags, work: (client: AdminClient) => Promise<T>): Promise<T> {
  const { config } = load(shell, { config: flags.config });
  const outside = outbound(shell.env);
  try {
    const url = flags.url ?? (await findGateway(config, outside));
    if (url === undefined) return await withStore(shell, config, work);
    const key = shell.env['FREEHOLD_ADMIN_KEY']?.trim();
    return await work({
      ask: async <T>(method: Method, path: string, body?: unknown, patience?: number) => {
        const { status, body: answer } = await outside.admin(url, key, { method, path, body, patience });
        if (status < 300) return answer as T;
        const hint = status === 401 ? ' (put it into the variable FREEHOLD_ADMIN_KEY)' : '';
        throw new Error(`${(answer as { error?: { message?: string } }).error?.message ?? `${url} answered ${status}`}${hint}`);
      },
    });
  } finally {
    await outside.close();
  }
}

async function withStore<T>(
  shell: Shell,
  config: ReturnType<typeof load>['config'],
  work: (client: AdminClient) => Promise<T>,
): Promise<T> {
  const gateway = await openAtRest({ config: { ...config, engines: {} }, env: shell.env, log: (line) => tell(shell, line) });
  const actor = `shell:${userInfo().username}`;
  try {
    return await work({
      ask: async <T>(method: Method, path: string, body?: unknown) => {
        const [at = '', query] = path.split('?');
        const answer = await gateway.admin.handle({ method, path: at, query: new URLSearchParams(query), body, actor });
        return answer.body as T;
      },
    });
  } finally {
    await gateway.close();
  }
}

/** All keys, page by page. */
export async function allKeys(client: AdminClient, query: Record<string, string> = {}): Promise<KeyView[]> {
  const found: KeyView[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const asked: string = new URLSearchParams({ ...query, limit: '500', after }).toString();
    const { keys, next }: KeyList = await client.ask<KeyList>('GET', `/admin/api/keys?${asked}`);
    found.push(...keys);
    after = next;
  }
  return found;
}

/** The id that a person means: an id, or the name of one key that is not revoked. @throws Error naming the choices */
export async function meantKey(client: AdminClient, text: string): Promise<string> {
  const keys = await allKeys(client);
  if (keys.some(({ id }) => id === text)) return text;
  const named = keys.filter(({ name, state }) => name === text && state !== 'revoked');
  if (named.length === 1) return named[0]!.id;
  if (named.length === 0) throw new Error(`No key has the id or name "${text}"; "freehold key list" shows all.`);
  throw new Error(`${named.length} keys are called "${text}"; name one by its id: ${named.map(({ id }) => id).join(', ')}`);
}
