import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Dialect } from '../../protocol/dialect.ts';

const FOLDER = new URL('../', import.meta.url);

/** One case of a dialect: what its folder under `fixtures/` holds. */
export interface Fixture {
  dialect: Dialect;
  name: string;
  /** A client's request. */
  request?: unknown;
  /** An upstream's whole answer. */
  whole?: unknown;
  /** The same answer streamed, as bytes. */
  stream?: Uint8Array;
  /** An upstream's refusal. */
  error?: { status: number; headers?: Record<string, string>; body: unknown };
}

/** The dialects that are listed; as long as there is no list, those whose folder is complete. */
async function load(): Promise<Dialect[]> {
  if (existsSync(new URL('index.ts', FOLDER))) {
    const list = (await import(new URL('index.ts', FOLDER).href)) as { dialects: readonly Dialect[] };
    return [...list.dialects];
  }
  const found: Dialect[] = [];
  for (const name of readdirSync(FOLDER)) {
    if (!existsSync(new URL(`${name}/index.ts`, FOLDER))) continue;
    const module = (await import(new URL(`${name}/index.ts`, FOLDER).href)) as Record<string, unknown>;
    for (const value of Object.values(module)) if (value && typeof value === 'object' && 'accept' in value) found.push(value as Dialect);
  }
  return found;
}

export const dialects: readonly Dialect[] = await load();

function fixturesOf(dialect: Dialect): Fixture[] {
  const folder = new URL(`${dialect.name}/fixtures/`, FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const bytes = (file: string) => {
        const path = new URL(`${name}/${file}`, folder);
        return existsSync(path) ? readFileSync(path) : undefined;
      };
      const json = (file: string): unknown => {
        const text = bytes(file)?.toString('utf8');
        return text === undefined ? undefined : JSON.parse(text);
      };
      const error = json('error.json') as Fixture['error'];
      return {
        dialect,
        name,
        request: json('request.json'),
        whole: json('whole.json'),
        stream: bytes('stream.sse') ?? bytes('stream.ndjson'),
        error,
      };
    });
}

export const fixtures: readonly Fixture[] = dialects.flatMap(fixturesOf);

/** The fixtures that hold `file`, as rows of a test table: title first. */
export function having<K extends 'request' | 'whole' | 'stream' | 'error'>(file: K): [string, Fixture & Required<Pick<Fixture, K>>][] {
  const there = fixtures.filter((fixture): fixture is Fixture & Required<Pick<Fixture, K>> => fixture[file] !== undefined);
  return there.map((fixture) => [`${fixture.dialect.name}/${fixture.name}`, fixture]);
}
