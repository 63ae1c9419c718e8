import { scannerFor } from '../egress/read.ts';
import { printPath } from './problem.ts';
import type { Provenance } from './provenance.ts';
import type { JsonSchema } from './schema.ts';

/** One setting as people may see it. */
export interface ShownSetting {
  /** As the file has it, e.g. `server.port`. */
  path: string;
  /** Never a secret: those are dots, or the variable that holds them. */
  value: string;
  /** `file`, `default`, `found` on this machine, `program`, or the variable or option that said so. */
  source: string;
}

/** What stands for a secret. */
const HIDDEN = '••••••';

/** Names of settings whose text is a secret, without underscores. Everything below `headers` and `credentials` is one too. */
const SECRET = /^(?:key|hash|secret|token|password|passphrase)$|(?:key|secret|token|password)(?:id)?$/;
const SECRET_MAPS = new Set(['headers', 'credentials']);
/** Of what is secret by its place: paths of files are none. */
const OPEN = new Set(['file']);
/** A text that is nothing but a reference names a variable, not its value. */
const REFERENCE = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/;

/** Which setting a variable or option speaks for. */
const OVERRIDES: Readonly<Record<string, readonly string[]>> = {
  '--host': ['server', 'host'],
  FREEHOLD_HOST: ['server', 'host'],
  '--port': ['server', 'port'],
  FREEHOLD_PORT: ['server', 'port'],
  FREEHOLD_DATA: ['data'],
  DATABASE_URL: ['store', 'url'],
  FREEHOLD_KEY: ['keys', 'FREEHOLD_KEY'],
  FREEHOLD_ADMIN_KEY: ['admin', 'key'],
};

type Path = readonly string[];

/**
 * All settings with where each comes from: what variables and options say, what the file says, what was found, and what holds where nobody
 * said anything. Where no file is known, all of the configuration as the program handed it in.
 * @param config as the code sees it @param schema of the file
 */
export function shownSettings(
  config: Readonly<Record<string, unknown>>,
  provenance: Provenance | undefined,
  schema: JsonSchema,
): ShownSetting[] {
  const rows = new Map<string, ShownSetting>();
  const add = (path: Path, value: unknown, source: string) => {
    const name = printPath(path);
    if (!rows.has(name)) rows.set(name, { path: name, value: shown(path, value), source });
  };
  if (!provenance) {
    for (const [path, value] of leaves(config)) add(path, value, 'program');
    return withoutSecrets([...rows.values()]);
  }
  for (const name of provenance.overrides) {
    const path = OVERRIDES[name];
    if (path) add(path, within(config, path), name);
  }
  for (const [path, value] of leaves(provenance.given ?? {})) add(path, value, 'file');
  for (const name of Object.keys((config['providers'] ?? {}) as object))
    if (within(provenance.given, ['providers', name]) === undefined)
      for (const [path, value] of leaves(within(config, ['providers', name]), ['providers', name])) add(path, value, 'found');
  for (const [path, value] of defaults(schema)) add(path, value, 'default');
  if (config['data'] !== undefined) add(['data'], config['data'], 'default');
  return withoutSecrets([...rows.values()].sort((a, b) => (a.path < b.path ? -1 : 1)));
}

/** Everything that is no map, with its path. An empty map is told too. */
function* leaves(value: unknown, path: Path = []): Generator<[Path, unknown]> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    if (value !== undefined) yield [path, value];
    return;
  }
  for (const [name, inner] of Object.entries(value)) yield* leaves(inner, [...path, name]);
}

/** What holds where the file is silent. */
function* defaults(schema: JsonSchema, path: Path = []): Generator<[Path, unknown]> {
  const map = [schema, ...(schema.anyOf ?? [])].find(({ properties }) => properties);
  for (const [name, inner] of Object.entries(map?.properties ?? {})) {
    const { default: value } = inner;
    const isMap = value !== null && typeof value === 'object' && !Array.isArray(value);
    if (value !== undefined && !isMap) yield [[...path, name], value];
    yield* defaults(inner, [...path, name]);
  }
}

function within(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, name) => (inner !== null && typeof inner === 'object' ? (inner as Record<string, unknown>)[name] : undefined),
    value,
  );
}

function shown(path: Path, value: unknown): string {
  if (path[0] === 'egress' && (path[1] === 'words' || path[1] === 'patterns')) return `${HIDDEN} (${[value].flat().length})`;
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (isSecret(path)) return typeof value === 'string' && REFERENCE.test(value) ? value : HIDDEN;
  if (typeof value === 'string') return path[0] === 'keys' && path.length === 2 ? HIDDEN : withoutUser(value);
  return JSON.stringify(value, (name, inner: unknown) => (typeof inner === 'string' ? inside(path, name, inner) : inner));
}

/** A text in a list or in a map of a list. */
function inside(path: Path, name: string, value: string): string {
  return name !== '' && isSecret([...path, name]) ? HIDDEN : withoutUser(value);
}

function isSecret(path: Path): boolean {
  const names = path.map((one) => one.toLowerCase().replaceAll('_', ''));
  const last = names.at(-1) ?? '';
  if (names.some((name) => SECRET_MAPS.has(name))) return !OPEN.has(last);
  // A key's own name may be anything; what stands below it is judged by its own.
  return (names[0] === 'keys' && path.length === 2) || SECRET.test(last);
}

/** An address without who logs in there and without its query. */
function withoutUser(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (!url.username && !url.password && !url.search) return text;
  const isHidden = url.username || url.password;
  return `${url.protocol}//${isHidden ? `${HIDDEN}@` : ''}${url.host}${url.pathname}${url.search ? `?${HIDDEN}` : ''}`;
}

/** The last net: what the detectors take for a secret is not shown, wherever it stands. */
function withoutSecrets(rows: ShownSetting[]): ShownSetting[] {
  const { findings } = scannerFor({ words: {}, patterns: {} }, 0).scan(
    rows.map(({ value }) => value),
    { budget: 1000, length: 1_000_000, now: () => performance.now() },
  );
  const found = new Set(findings.filter(({ kind }) => kind === 'secret').map(({ path }) => path[0]));
  return rows.map((row, at) => (found.has(at) ? { ...row, value: HIDDEN } : row));
}
