import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import type { Dialect, UpstreamDialect } from '../../protocol/dialect.ts';
import type { ErrorKind } from '../../protocol/errors.ts';
import { dialects, upstreamDialects } from '../index.ts';

const FOLDER = new URL('../', import.meta.url);

/** One case of a dialect: what its folder under `fixtures/` holds. */
export interface Fixture<D extends UpstreamDialect = Dialect> {
  dialect: D;
  name: string;
  /** A client's request. */
  request?: unknown;
  /** The path and query on which it came, from `path.txt`, where that is not the dialect's first door. */
  path?: string;
  /** An upstream's whole answer. */
  whole?: unknown;
  /** The same answer streamed, as bytes. */
  stream?: Uint8Array;
  /** An upstream's refusal, and as what it counts where a provider says it in words of its own. */
  error?: { status: number; headers?: Record<string, string>; body: unknown; kind?: ErrorKind };
}

export { dialects };

function fixturesOf<D extends UpstreamDialect>(dialect: D): Fixture<D>[] {
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
        stream: bytes('stream.sse') ?? bytes('stream.ndjson') ?? messages(bytes('stream.events')),
        error,
      };
    });
}

/**
 * A binary event stream of `stream.events`, whose lines are `["EVENT", payload]` or `["exception TYPE", payload]`. Encoded by the AWS
 * SDK's codec, so that not both sides of a test are ours.
 */
function messages(lines: Buffer | undefined): Buffer | undefined {
  if (!lines) return undefined;
  const codec = new EventStreamCodec(String, (text) => Buffer.from(text, 'utf8'));
  const text = (value: string) => ({ type: 'string' as const, value });
  const encoded = lines
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [name, payload] = JSON.parse(line) as [string, unknown];
      const [kind, type] = name.includes(' ') ? (name.split(' ') as [string, string]) : ['event', name];
      const headers = {
        [`:${kind}-type`]: text(type),
        ':content-type': text('application/json'),
        ':message-type': text(kind),
      };
      return codec.encode({ headers, body: Buffer.from(JSON.stringify(payload)) });
    });
  return Buffer.concat(encoded);
}

/** Of the dialects that clients speak. */
export const fixtures: readonly Fixture[] = dialects.flatMap((dialect) => fixturesOf(dialect));

/** Of all dialects that providers speak. */
export const upstreamFixtures: readonly Fixture<UpstreamDialect>[] = upstreamDialects.flatMap((dialect) => fixturesOf(dialect));

type File = 'request' | 'whole' | 'stream' | 'error';
type Holding<D extends UpstreamDialect, K extends File> = Fixture<D> & Required<Pick<Fixture, K>>;

function rows<D extends UpstreamDialect, K extends File>(from: readonly Fixture<D>[], file: K): [string, Holding<D, K>][] {
  const there = from.filter((fixture): fixture is Holding<D, K> => fixture[file] !== undefined);
  return there.map((fixture) => [`${fixture.dialect.name}/${fixture.name}`, fixture]);
}

/** The fixtures that hold `file`, as rows of a test table: title first. */
export function having<K extends File>(file: K): [string, Holding<Dialect, K>][] {
  return rows(fixtures, file);
}

/** The same of all dialects that providers speak, also those without doors. */
export function heardWith<K extends 'whole' | 'stream' | 'error'>(file: K): [string, Holding<UpstreamDialect, K>][] {
  return rows(upstreamFixtures, file);
}
