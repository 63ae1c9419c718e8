import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { TRAINING_DATE } from '../../catalog/training.ts';
import type { Chain } from './chain.ts';
import type { Example } from './example.ts';
import { type Gather, type Gathered, Gathering, type Taken } from './gather.ts';
import { Counts, type Manifest, type PartSummary } from './manifest.ts';
import { NearTexts } from './near.ts';
import { PARTS, type PartName, type Split, splitOf } from './split.ts';

export interface DatasetOptions extends Gather {
  /** Must be empty, or not there yet. */
  folder: string;
  /** For the manifest. */
  filters: Readonly<Record<string, unknown>>;
  freehold: string;
  /** Told how many exchanges were read, from time to time. */
  seen?(read: number): void;
}

/** What is known of an example beside its text: memory holds this of each, and the files the rest. */
interface Kept extends Omit<Taken, 'example' | 'chain'> {
  /** Who gave its answers. */
  authors: string[];
}

const EVERY = 200;

/**
 * Writes a data set: train.jsonl, valid.jsonl, test.jsonl, index.jsonl (which line comes from which exchange) and manifest.json.
 * What is read is spooled redacted, so that memory holds about 2 kB of an exchange whatever its length.
 * @param exchanges newest first: of two that are the same the newer one stays
 * @throws Error with the mend when the folder is not empty
 */
export async function exportDataset(exchanges: AsyncIterable<Gathered>, options: DatasetOptions): Promise<Manifest> {
  const { folder, seen } = options;
  if (existsSync(folder) && readdirSync(folder).length) throw new Error(`${folder} is not empty; name another folder with --out`);
  const isNew = mkdirSync(folder, { recursive: true }) !== undefined;
  const spool = join(folder, `.spool-${randomBytes(4).toString('hex')}`);
  try {
    const gathering = new Gathering(options);
    const read = await gather(exchanges, gathering, { spool, seen });
    const kept = await sift(spool, gathering);
    const split = splitOf(kept.filter((one) => one !== undefined));
    const written = await writeParts(spool, kept, split, folder);
    const manifest = { ...summary(kept, written, split, gathering, options), read };
    writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
    return manifest;
  } finally {
    rmSync(spool, { force: true });
    // What failed before anything was written leaves nothing behind.
    if (isNew && readdirSync(folder).length === 0) rmdirSync(folder);
  }
}

/** Writes what may become an example to the spool. @returns exchanges that were read */
async function gather(
  exchanges: AsyncIterable<Gathered>,
  gathering: Gathering,
  { spool, seen }: { spool: string } & Pick<DatasetOptions, 'seen'>,
): Promise<number> {
  const lines = await Lines.open(spool);
  let read = 0;
  try {
    for await (const one of exchanges) {
      const taken = gathering.take(one);
      if (taken) await lines.write(JSON.stringify(taken));
      if (++read % EVERY === 0) seen?.(read);
    }
    await lines.end();
  } catch (error) {
    await lines.close();
    throw error;
  }
  seen?.(read);
  return read;
}

/** Of what was spooled, what stays: nothing whose beginning nobody may learn from, nothing that is part of another, nothing twice. */
async function sift(spool: string, gathering: Gathering): Promise<(Kept | undefined)[]> {
  const faults: (string | undefined)[] = [];
  for await (const { chain } of spooled(spool)) faults.push(gathering.provenance(chain));
  const kept: (Kept | undefined)[] = [];
  const wholes = new Set<string>();
  const near = new NearTexts();
  let at = 0;
  for await (const { example, chain, ...rest } of spooled(spool)) {
    const fault = faults[at++] ?? twice(example, chain);
    if (fault) gathering.leaveOut(fault);
    kept.push(fault ? undefined : { ...rest, authors: gathering.authors(chain) });
  }
  return kept;

  function twice(example: Example, { last, whole }: Chain): string | undefined {
    if (gathering.goesOn(last)) return 'it is the beginning of a longer conversation that is there';
    if (wholes.has(whole)) return 'the same stands there already';
    wholes.add(whole);
    return near.add(wordsOf(example)) ? undefined : 'nearly the same stands there already';
  }
}

/** What people and tools said last, and the answer: instructions and tools are the same in most examples of a tool. */
function wordsOf({ messages }: Example): string {
  const from = messages.findLastIndex(({ role }) => role === 'user');
  return messages
    .slice(Math.max(0, from))
    .map((one) => `${one.content ?? ''} ${one.role === 'assistant' ? JSON.stringify(one.tool_calls ?? '') : ''}`)
    .join('\n');
}

async function* spooled(spool: string): AsyncGenerator<Taken> {
  for await (const line of createInterface({ input: createReadStream(spool), crlfDelay: Number.POSITIVE_INFINITY }))
    yield JSON.parse(line) as Taken;
}

async function writeParts(
  spool: string,
  kept: readonly (Kept | undefined)[],
  { parts }: Split,
  folder: string,
): Promise<Record<PartName, PartSummary>> {
  const opened = await Promise.all([...PARTS, 'index'].map((name) => Lines.open(join(folder, `${name}.jsonl`))));
  const index = opened.pop()!;
  const files = Object.fromEntries(PARTS.map((part, at) => [part, opened[at]!])) as Record<PartName, Lines>;
  const spans = new Map<PartName, { from: number; to: number }>();
  try {
    await fill();
  } catch (error) {
    await Promise.all([index, ...Object.values(files)].map((lines) => lines.close().catch(() => undefined)));
    throw error;
  }
  return Object.fromEntries(
    PARTS.map((part): [PartName, PartSummary] => {
      const { count, bytes, characters, sha256 } = files[part];
      const span = spans.get(part);
      const times = span && { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() };
      return [part, { file: `${part}.jsonl`, examples: count, bytes, sha256, ...times, tokens: Math.round(characters / 4) }];
    }),
  ) as Record<PartName, PartSummary>;

  async function fill(): Promise<void> {
    let at = 0;
    let example = 0;
    for await (const { example: text } of spooled(spool)) {
      const one = kept[at++];
      if (!one) continue;
      const part = parts[example++]!;
      await files[part].write(JSON.stringify(text));
      const { id, at: when, address, task, repository } = one;
      await index.write(JSON.stringify({ part, line: files[part].count, exchange: id, at: when, address, task, repository }));
      const span = spans.get(part);
      spans.set(part, { from: Math.min(span?.from ?? when, when), to: Math.max(span?.to ?? when, when) });
    }
    await Promise.all([index.end(), ...PARTS.map((part) => files[part].end())]);
  }
}

function summary(
  all: readonly (Kept | undefined)[],
  parts: Record<PartName, PartSummary>,
  { by, why }: Split,
  gathering: Gathering,
  { filters, freehold, now }: DatasetOptions,
): Omit<Manifest, 'read'> {
  const kept = all.filter((one) => one !== undefined);
  const tasks = new Counts();
  const repositories = new Counts();
  const sources = new Counts();
  for (const { task, repository, authors } of kept) {
    tasks.add(task || 'not known');
    repositories.add(repository || 'not known');
    for (const author of authors) sources.add(author);
  }
  return {
    format: 'freehold-dataset-1',
    freehold,
    created: new Date(now()).toISOString(),
    filters,
    rights_as_of: TRAINING_DATE,
    examples: kept.length,
    parts,
    split: { by, why },
    tasks: tasks.all,
    repositories: repositories.all,
    sources: Object.entries(sources.all).map(([address, answers]) => ({ address, answers, ...gathering.rightOf(address) })),
    left_out: gathering.leftOut.all,
    redacted: gathering.redacted.all,
  };
}

/** Bytes that are gathered before they are written. */
const GATHERED = 256 * 1024;

/** A file of lines that is hashed as it is written. */
class Lines {
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  #waiting: Buffer[] = [];
  #size = 0;
  count = 0;
  bytes = 0;
  characters = 0;
  sha256 = '';

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** @throws Error when it cannot be written */
  static async open(path: string): Promise<Lines> {
    return new Lines(await open(path, 'w', 0o600));
  }

  async write(line: string): Promise<void> {
    const chunk = Buffer.from(`${line}\n`);
    this.#hash.update(chunk);
    this.count++;
    this.bytes += chunk.length;
    this.characters += line.length;
    this.#waiting.push(chunk);
    this.#size += chunk.length;
    if (this.#size >= GATHERED) await this.#flush();
  }

  async end(): Promise<void> {
    await this.#flush();
    this.sha256 = this.#hash.digest('hex');
    await this.close();
  }

  /** Lets go of the file, however far it got. */
  async close(): Promise<void> {
    await this.#file.close();
  }

  async #flush(): Promise<void> {
    const chunk = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#size = 0;
    if (chunk.length) await this.#file.writeFile(chunk);
  }
}
