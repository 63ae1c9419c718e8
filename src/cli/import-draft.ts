import { isIP } from 'node:net';
import { stringify } from 'yaml';
import names from './import-names.json' with { type: 'json' };

type Fields = Readonly<Record<string, unknown>>;

/** A configuration that grows out of another program's, and what could not be carried over. */
export interface Draft {
  server: Record<string, unknown>;
  timeouts: Record<string, number>;
  keys: Record<string, string>;
  providers: Record<string, DraftProvider>;
  engines: Record<string, Record<string, unknown>>;
  rules: Record<string, unknown>[];
  aliases: Record<string, string | string[]>;
  /** Where in the other file, and what about it. */
  notes: { path: string; why: string }[];
}

interface DraftProvider {
  use?: string;
  dialect?: string;
  url?: string;
  key?: string;
  zone?: string;
  models?: string[];
}

export const newDraft = (): Draft => ({
  server: {},
  timeouts: {},
  keys: {},
  providers: {},
  engines: {},
  rules: [],
  aliases: {},
  notes: [],
});

/** A member that must be an object or is missing. */
export function fields(value: unknown): Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : {};
}

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
export const said = (value: unknown): string | undefined => (typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined);

/** A name as providers and engines may have it. */
export function asName(text: string): string {
  return text.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'imported';
}

/** Says of members that nothing here means what they mean. */
export function leave(draft: Draft, from: Fields, path: string, known: readonly string[], why = 'has no counterpart; left out'): void {
  for (const name of Object.keys(from)) if (!known.includes(name)) draft.notes.push({ path: path ? `${path}.${name}` : name, why });
}

export interface Place {
  /** What the other program calls the provider. */
  name: string;
  url?: string;
  /** As the other file has it: a reference to a variable in its own way, or the secret itself. */
  key?: string;
  /** Where it stands, for the notes. */
  path: string;
}

/** The provider of these facts, made when there is none like it. @returns its name */
export function provider(draft: Draft, { name, url, key, path }: Place): string {
  const row = (names.rows as Readonly<Record<string, string>>)[name];
  const dialect = url === undefined ? undefined : dialectOf(url);
  const isOwn = url !== undefined && isNear(url);
  const base = url?.replace(/\/(?:chat\/completions|messages|responses|models)\/?$/, '').replace(/\/$/, '');
  // A name of the catalogue with an address of its own is a server that speaks alike, not that vendor.
  const known = row !== undefined && (url === undefined || !isGeneric(row));
  const made: DraftProvider = {
    ...(known ? { use: row } : { dialect: dialect ?? names.dialect }),
    ...(base !== undefined && { url: base }),
    ...(!known && { zone: isOwn ? 'own' : 'vendor' }),
  };
  if (!known && url === undefined)
    draft.notes.push({ path, why: `"${name}" is not in the catalogue: set url and dialect of providers.${asName(name)}` });
  const same = Object.entries(draft.providers).find(
    ([, one]) => one.use === made.use && one.url === made.url && one.dialect === made.dialect && one.key === keyOf(key),
  );
  if (same && (key === undefined || keyOf(key) !== undefined)) return same[0];
  let free = asName(name);
  for (let n = 2; free in draft.providers; n++) free = `${asName(name)}-${n}`;
  const secret = key === undefined ? undefined : (keyOf(key) ?? `\${${variable(free)}}`);
  if (key !== undefined && keyOf(key) === undefined)
    draft.notes.push({ path, why: `holds a secret, which is not copied: set the variable ${variable(free)} to it` });
  draft.providers[free] = { ...made, ...(secret !== undefined && { key: secret }) };
  return free;
}

const variable = (name: string) => `${name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_KEY`;
/** Catalogue names by which people mean "whatever speaks this dialect". */
const isGeneric = (row: string) => row === names.plain;

/** A reference to a variable as Freehold writes it; undefined for a secret. */
function keyOf(key: string | undefined): string | undefined {
  const name = /^os\.environ\/(\w+)$/.exec(key ?? '')?.[1] ?? /^\$\{?(?:env\.)?(\w+)\}?$/.exec(key ?? '')?.[1];
  return name && `\${${name}}`;
}

function dialectOf(url: string): string {
  return Object.entries(names.endings).find(([ending]) => new URL(url, 'http://x').pathname.includes(ending))?.[1] ?? names.dialect;
}

/** Whether a URL stays in the house, as far as its name tells. */
function isNear(url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : '';
  if (isIP(host) === 4) return /^(?:127|10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\./.test(host);
  return host === '::1' || host === 'localhost' || /\.(?:local|internal|lan)$|^[^.]+$/.test(host);
}

/** A model of a provider, listed there. @returns its address */
export function model(draft: Draft, owner: string, id: string): string {
  const one = draft.providers[owner]!;
  one.models = [...new Set([...(one.models ?? []), id])];
  return `${owner}/${id}`;
}

/** One more thing that a name stands for. */
export function alias(draft: Draft, name: string, target: string): void {
  if (name === target) return;
  const all = [...new Set([draft.aliases[name] ?? [], target].flat())];
  draft.aliases[name] = all.length === 1 ? all[0]! : all;
}

/** The file, with what could not be carried as comments above. */
export function print(draft: Draft, from: string): string {
  const { server, timeouts, keys, providers, engines, rules, aliases, notes } = draft;
  const sections = { server, timeouts, keys, providers, engines, ...(rules.length && { routing: { rules } }), aliases };
  const filled = Object.fromEntries(Object.entries(sections).filter(([, value]) => value && Object.keys(value).length > 0));
  const head = [`Made by "freehold import" from ${from}.`, ...(notes.length ? ['What could not be carried over as it was:'] : [])];
  const comment = [...head, ...notes.map(({ path, why }) => `- ${path}: ${why}`)]
    .map((line) => `# ${line.replace(/\s+/g, ' ')}\n`)
    .join('');
  return `${comment}\n${Object.keys(filled).length ? stringify(filled, { lineWidth: 0 }) : ''}`;
}
