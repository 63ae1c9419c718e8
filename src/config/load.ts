import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseSource } from '../engines/source.ts';
import { complete } from '../providers/catalogue.ts';
import { AUTO } from '../providers/resolve.ts';
import { KEYED, LOCAL } from '../providers/rows.ts';
import { defaultFolder } from '../store/place.ts';
import { parseText } from './document.ts';
import { inside, problemsOf } from './issues.ts';
import { ConfigError, type Problem } from './problem.ts';
import { isMalformed, REFERENCE_FORM, resolveReferences } from './references.ts';
import { type Config, configSchema } from './schema.ts';
import { isLoopback, sense } from './sense.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What the command line says. */
export interface Flags {
  config?: string;
  host?: string;
  port?: string;
  /** Weights by path or name, to be run as one more engine and to be what `auto` means. */
  model?: string;
}

export interface LoadOptions {
  flags?: Flags;
  env?: Env;
  /** Folder in which `freehold.yaml` is looked for, and from which relative paths of flags count. */
  cwd?: string;
  /** Names of the dialects a provider may speak. */
  dialects?: readonly string[];
}

export interface Loaded {
  config: Config;
  /** The file's absolute path; undefined when there is none, which is no error. */
  file?: string;
  /** What the file holds, before variables are filled in and defaults are added. */
  given?: unknown;
  /** Variables and options that had a say, e.g. `FREEHOLD_PORT`, `--host`. */
  overrides: string[];
}

/** Names under which the file is looked for. */
const NAMES = ['freehold.yaml', 'freehold.yml'];

/**
 * The configuration: options over environment over file over defaults.
 * @throws ConfigError with all that is wrong: file, line, column, path and mend of each
 */
export function loadConfig({ flags = {}, env = {}, cwd = process.cwd(), dialects }: LoadOptions = {}): Loaded {
  const found = readConfig(flags.config ?? env['FREEHOLD_CONFIG'], cwd);
  const text = found?.text ?? '';
  const parsed = parseText(text, found?.file ?? 'no file');
  if (parsed.problems.length) throw new ConfigError(parsed.problems);
  const from = { env, dialects, base: found ? dirname(found.file) : cwd };
  const { config, problems } = judge(parsed.value, from);
  const all = problems.map(parsed.locate).sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  // Options are judged even where the file failed: whoever mends one mends both.
  const target = config ?? configSchema.parse({});
  const overrides = override(target, flags, env, cwd, all);
  if (flags.model !== undefined) addEngine(target, flags.model, cwd, all);
  if (!config || all.length) throw new ConfigError(all);
  const open = exposure(config, overrides).map((problem) => (problem.source ? problem : parsed.locate(problem)));
  if (open.length) throw new ConfigError(open);
  return { config, file: found?.file, given: parsed.value, overrides };
}

/**
 * The configuration that a value of the file's shape means, as a library user hands it in.
 * @throws ConfigError
 */
export function configFrom(value: unknown, { env = {}, cwd = process.cwd(), dialects }: Omit<LoadOptions, 'flags'> = {}): Config {
  const { config, problems } = judge(value, { env, dialects, base: cwd });
  if (config && problems.length === 0) problems.push(...exposure(config, []));
  if (!config || problems.length) throw new ConfigError(problems);
  return config;
}

function readConfig(named: string | undefined, cwd: string): { file: string; text: string } | undefined {
  for (const name of named ? [named] : NAMES) {
    const file = resolve(cwd, name.replace(/^~(?=\/)/, homedir()));
    try {
      return { file, text: readFileSync(file, 'utf8') };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' && !named) continue;
      const why = code === 'ENOENT' ? 'does not exist; check --config and FREEHOLD_CONFIG' : `cannot be read (${code})`;
      throw new ConfigError([{ source: file, path: [], message: why }]);
    }
  }
  return undefined;
}

interface From {
  env: Env;
  dialects: readonly string[] | undefined;
  /** Folder from which relative paths in the file count. */
  base: string;
}

function judge(file: unknown, { env, dialects, base }: From): { config?: Config; problems: Problem[] } {
  const problems: Problem[] = [];
  const referenced = new Set<string>();
  const value = withRows(fill(withoutEmptySections(file ?? {}), [], env, problems, referenced), env, problems);
  let result = configSchema.safeParse(value);
  if (!result.success && retype(value, result.error.issues, referenced)) result = configSchema.safeParse(value);
  const faults = result.success ? [] : problemsOf(result.error.issues, value);
  // A value that is not there yet cannot be judged; the missing variable is the problem.
  const isJudged = ({ path }: Problem) => !problems.some((one) => one.path.join('\0') === path.join('\0'));
  problems.push(
    ...faults.filter(isJudged),
    ...sense(value, { dialects, discoverable: [...LOCAL, ...KEYED].map((row) => row.name) }).filter(isJudged),
  );
  if (result.success) {
    const { data } = result.data;
    if (data !== undefined) result.data.data = absolute(base, data);
    for (const [name, engine] of Object.entries(result.data.engines))
      engine.model = weights(engine.model, ['engines', name, 'model'], base, problems);
    for (const { credentials } of Object.values(result.data.providers))
      if (credentials?.file) credentials.file = absolute(base, credentials.file);
  }
  return { config: result.data, problems };
}

/** `providers:` with all its children commented out is null in YAML and means that there are none. */
function withoutEmptySections(file: unknown): unknown {
  if (file === null || typeof file !== 'object' || Array.isArray(file)) return file;
  return Object.fromEntries(Object.entries(file).filter(([, section]) => section !== null));
}

/** The file with what the catalogue and the environment add to its providers. */
function withRows(file: unknown, env: Env, problems: Problem[]): unknown {
  const providers = inside(file, ['providers']);
  if (providers === null || typeof providers !== 'object' || Array.isArray(providers)) return file;
  const completed = Object.entries(providers).map(([name, given]) => {
    const { provider, lacks } = complete(given, env);
    problems.push(...lacks.map(({ path, message }): Problem => ({ path: ['providers', name, ...path], message })));
    return [name, provider] as const;
  });
  return { ...(file as object), providers: Object.fromEntries(completed) };
}

/** A copy with references replaced. `referenced` collects the paths of what came from the environment. */
function fill(value: unknown, path: readonly PropertyKey[], env: Env, problems: Problem[], referenced: Set<string>): unknown {
  if (typeof value === 'string') {
    const { text, missing, changed } = resolveReferences(value, env);
    if (changed) referenced.add(path.join('\0'));
    for (const name of missing)
      problems.push({ path, message: `the variable ${name} is not set. Set it, or give a default: \${${name}:-…}` });
    if (isMalformed(value)) problems.push({ path, message: REFERENCE_FORM });
    return text;
  }
  if (Array.isArray(value)) return value.map((inner, index) => fill(inner, [...path, index], env, problems, referenced));
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner, [...path, key], env, problems, referenced)]));
  return value;
}

/** The environment knows only text: where the schema wants a number or a truth value, a referenced text is taken as one. True when it changed anything. */
function retype(file: unknown, issues: Parameters<typeof problemsOf>[0], referenced: ReadonlySet<string>): boolean {
  let changed = false;
  for (const { path } of issues) {
    const holder = inside(file, path.slice(0, -1)) as Record<PropertyKey, unknown> | undefined;
    const text = inside(file, path);
    if (!holder || typeof text !== 'string' || !referenced.has(path.join('\0'))) continue;
    const plain = /^(?:true|false|-?\d+(?:\.\d+)?)$/.exec(text.trim());
    if (!plain) continue;
    holder[path.at(-1)!] = JSON.parse(plain[0].replace(/^(-?)0+(?=\d)/, '$1'));
    changed = true;
  }
  return changed;
}

/** A path of the file counts from its folder. */
function absolute(base: string, path: string): string {
  return resolve(base, path.replace(/^~(?=\/)/, homedir()));
}

/** Weights by path become an absolute path; names to fetch stay. */
function weights(model: string, path: readonly PropertyKey[], base: string, problems: Problem[]): string {
  try {
    const source = parseSource(model);
    return source.kind === 'file' ? absolute(base, source.path) : model;
  } catch (error) {
    problems.push({ path, message: (error as Error).message });
    return model;
  }
}

/** Writes what environment and options say into the configuration. */
function override(config: Config, flags: Flags, env: Env, cwd: string, problems: Problem[]): string[] {
  const used: string[] = [];
  const pick = (flag: keyof Flags, variable: string): { text: string; source: string } | undefined => {
    const fromFlag = flags[flag];
    const text = fromFlag ?? env[variable]?.trim();
    if (text === undefined || (text === '' && fromFlag === undefined)) return undefined;
    const source = fromFlag === undefined ? variable : `--${flag}`;
    used.push(source);
    return { text, source };
  };
  const host = pick('host', 'FREEHOLD_HOST');
  if (host?.text) config.server.host = host.text;
  else if (host) problems.push({ path: [], source: host.source, message: 'must not be empty' });
  const port = pick('port', 'FREEHOLD_PORT');
  if (port) {
    if (/^\d{1,5}$/.test(port.text) && Number(port.text) <= 65_535) config.server.port = Number(port.text);
    else problems.push({ path: [], source: port.source, message: 'must be a port from 0 to 65535' });
  }
  const data = env['FREEHOLD_DATA']?.trim();
  if (data) {
    config.data = resolve(cwd, data);
    used.push('FREEHOLD_DATA');
  }
  config.data ??= defaultFolder(env);
  // Other programs use this variable too, so the file's own word counts more, and an address of another database none.
  const database = env['DATABASE_URL']?.trim();
  if (database && config.store.url === undefined && /^postgres(?:ql)?:\/\//.test(database)) {
    config.store.url = database;
    used.push('DATABASE_URL');
  }
  const key = env['FREEHOLD_KEY']?.trim();
  if (key) {
    config.keys = { ...config.keys, FREEHOLD_KEY: { hash: keyLine(key) } };
    used.push('FREEHOLD_KEY');
  }
  const admin = env['FREEHOLD_ADMIN_KEY']?.trim();
  if (admin) {
    const isHash = /^sha256:[0-9a-f]{64}$/i.test(admin);
    if (isHash || admin.length >= SHORTEST) config.admin.key = isHash ? admin.toLowerCase() : keyLine(admin);
    else
      problems.push({
        path: [],
        source: 'FREEHOLD_ADMIN_KEY',
        message: `must have at least ${SHORTEST} characters; "freehold key --admin" makes one`,
      });
    used.push('FREEHOLD_ADMIN_KEY');
  }
  return used;
}

/** Characters of an admin key that somebody made up. */
const SHORTEST = 20;

/** Weights named on the command line, as an engine that is named after them. */
function addEngine(config: Config, model: string, cwd: string, problems: Problem[]): void {
  let base: string;
  try {
    base = stemOf(model);
  } catch (error) {
    problems.push({ path: [], source: '--model', message: (error as Error).message });
    return;
  }
  let name = base;
  for (let n = 2; name in config.providers || name in config.engines; n++) name = `${base}-${n}`;
  config.engines = { [name]: { model: weights(model, [], cwd, problems) }, ...config.engines };
  config.aliases = { ...config.aliases, [AUTO]: name };
}

/** What weights are called, as far as a name of an engine may say it. @throws Error when they name none */
function stemOf(model: string): string {
  const source = parseSource(model);
  const long = {
    file: () => model,
    url: () => new URL(model).pathname,
    'hugging-face': () => model.replace(/:[^:/]*$/, ''),
    'python-index': () => model.slice(5),
  }[source.kind]();
  const last = long.split(/[/\\]/).at(-1)!;
  return (
    last
      .replace(/\.gguf$/i, '')
      .replace(/[^A-Za-z0-9_.-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '') || 'model'
  );
}

/** A key as the file holds it. Keys are long and random, so a plain hash is enough. */
export function keyLine(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}

/** An open door needs a lock. */
function exposure({ server, keys, admin }: Config, overrides: readonly string[]): Problem[] {
  // Whoever has the admin key can make the first key.
  if (isLoopback(server.host) || Object.keys(keys).length || admin.key) return [];
  const message = `${server.host} can be reached from other machines, so a key is needed: set FREEHOLD_KEY, or put a line from "freehold key" under keys`;
  const source = overrides.find((one) => one === '--host' || one === 'FREEHOLD_HOST');
  return [source === undefined ? { path: ['server', 'host'], message } : { path: [], source, message }];
}

/** Folder of fetched weights, shared by all configurations of a person. */
export function weightsDir(env: Env): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'freehold', 'models');
}
