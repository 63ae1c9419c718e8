import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Dialect } from '../../protocol/dialect.ts';
import { dialects } from '../index.ts';

const FOLDER = new URL('../', import.meta.url);

/** One case of a dialect: what its folder under `fixtures/` holds. */
export interface Fixture {
  dialect: Dialect;
  name: string;
  /** A client's request. */
  request?: unknown;
  /** The path and query on which it came, from `path.txt`, where that is not the dialect's first door. */
  path?: string;
  /** An upstream's whole answer. */
  whole?: unknown;
  /** The same answer streamed, as bytes. */
  stream?: Uint8Array;
  /** An upstream's refusal. */
  error?: { status: number; headers?: Record<string, string>; body: unknown };
}

export { dialects };

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
      const path = bytes('path.txt')?.toString('utf8').trim();
      return {
        dialect,
        name,
        path,
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
