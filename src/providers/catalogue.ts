import { type Auth, NEEDED, OPTIONAL } from './auth.ts';
import { near } from './near.ts';
import { type Placeholder, type ProviderRow, ROWS } from './rows.ts';

type Env = Readonly<Record<string, string | undefined>>;
type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with one provider of the file: the key, and the mend. */
interface Lack {
  path: readonly string[];
  message: string;
}

/** The row of a name, as `use` and discovery have it. */
export function rowNamed(name: unknown): ProviderRow | undefined {
  return ROWS.find((row) => row.name === name);
}

const filled = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

/** The value of the first variable that is set. */
function firstSet(env: Env, variables: readonly string[]): string | undefined {
  return variables.map((name) => env[name]?.trim()).find((value) => value);
}

const either = (names: readonly string[]) => names.join(' or ');

/**
 * A provider of the file with what its catalogue row (`use`) and the environment add; the file's own words win. Pure.
 * @param provider as the file has it, references replaced
 * @returns the same in the file's shape, and what is still missing, each with its mend
 */
export function complete(provider: unknown, env: Env): { provider: unknown; lacks: Lack[] } {
  if (provider === null || typeof provider !== 'object' || Array.isArray(provider)) return { provider, lacks: [] };
  const own = provider as Fields;
  const row = rowNamed(own['use']);
  const lacks = row ? [] : unknownRow(own['use']);
  if (!row) {
    if (own['auth'] === 'aws-sigv4' && !filled(own['key']))
      for (const name of ['region', 'service'])
        if (!filled(own[name])) lacks.push({ path: [name], message: 'is missing: the signature of a request names it' });
    return { provider: withCredentials(own, env, own['auth'], lacks), lacks };
  }
  const key = filled(own['key']) ? own['key'] : firstSet(env, row.variables ?? []);
  const auth = own['auth'] ?? row.auth;
  const addressed = address(own, row, env, lacks);
  const merged = {
    dialect: row.dialect,
    zone: row.zone,
    ...(auth !== undefined && { auth }),
    ...(row.service !== undefined && { service: row.service }),
    ...addressed,
    ...own,
    ...(key !== undefined && { key }),
    ...(row.quirks && { quirks: [...new Set([...row.quirks, ...(Array.isArray(own['quirks']) ? own['quirks'] : [])])] }),
  };
  const signs = typeof auth === 'string' && auth in NEEDED;
  if (!signs && row.zone === 'vendor' && key === undefined)
    lacks.push({ path: ['key'], message: `is missing: ${row.title} wants one. Set it here or in ${either(row.variables ?? [])}` });
  if (row.unlisted && own['models'] === undefined)
    lacks.push({ path: ['models'], message: `is missing: ${row.title} does not list what your account can ask for. Name its models here` });
  return { provider: key === undefined ? withCredentials(merged, env, auth, lacks, row) : merged, lacks };
}

function unknownRow(use: unknown): Lack[] {
  if (typeof use !== 'string') return [];
  const names = ROWS.map((row) => row.name);
  const [meant] = near(use, names);
  return [
    {
      path: ['use'],
      message: `no provider of the catalogue is called "${use}"${meant ? `; did you mean "${meant}"?` : `; it has ${names.join(', ')}`}`,
    },
  ];
}

/** URL and listing with their placeholders filled; one of the file's own needs nothing. */
function address(own: Fields, row: ProviderRow, env: Env, lacks: Lack[]): Fields {
  const values: Partial<Record<Placeholder, string>> = {};
  const ownUrl = filled(own['url']);
  for (const [name, variables] of Object.entries(row.fills ?? {}) as [Placeholder, readonly string[]][]) {
    const value = filled(own[name]) ? own[name].trim() : firstSet(env, variables);
    if (value !== undefined) values[name] = value;
    // A signature names the region even where the address is the file's own.
    else if (!ownUrl || (name === 'region' && row.auth === 'aws-sigv4'))
      lacks.push({ path: [name], message: `is missing: the address of ${row.title} has it. Set it here or in ${either(variables)}` });
  }
  // Whatever is missing is told; a place for it keeps the rest judged.
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (_, name: Placeholder) => values[name] ?? name);
  const url = values.region === 'global' && row.globalUrl ? row.globalUrl : row.url;
  return { url: fill(url), ...(row.listing && !ownUrl && { listing: fill(row.listing) }), ...values };
}

/** The provider with the credentials of its style of authentication. */
function withCredentials(own: Fields, env: Env, auth: unknown, lacks: Lack[], row?: ProviderRow): Fields {
  if (typeof auth !== 'string' || !(auth in NEEDED) || filled(own['key'])) return own;
  const given = (own['credentials'] ?? {}) as Fields;
  const credentials: Record<string, unknown> = { ...given };
  const missing: string[] = [];
  for (const [name, variable] of Object.entries(NEEDED[auth as Auth] ?? {})) {
    credentials[name] ??= firstSet(env, [variable]);
    if (credentials[name] === undefined) missing.push(name);
  }
  // A session's token belongs to the key of that session.
  if (Object.keys(given).length === 0)
    for (const [name, variable] of Object.entries(OPTIONAL[auth as Auth] ?? {})) credentials[name] = firstSet(env, [variable]);
  if (missing.length) {
    const variables = missing.map((name) => (NEEDED[auth as Auth] as Fields)[name]).join(' and ');
    const key = row?.variables ? `, or a key (${either(row.variables)})` : '';
    lacks.push({ path: ['credentials'], message: `has no ${missing.join(' and no ')}. Set ${variables}${key}` });
  }
  const present = Object.fromEntries(Object.entries(credentials).filter(([, value]) => value !== undefined));
  return Object.keys(present).length ? { ...own, credentials: present } : own;
}
