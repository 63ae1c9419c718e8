import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import type { JournalKeys } from './keys.ts';
import { decodeLine, type Head, hashOf, hasSignature, isSignedType, type Line } from './line.ts';
import { readLines } from './segments.ts';

/** Something that is not as it was written. */
export interface Problem {
  file: string;
  /** Line of the file, from 1. */
  line?: number;
  /** `edited`, `removed`, `order`, `forged`, `signature`, `cut`, `missing`, `unsigned`, `key` or `unreadable`. */
  kind: string;
  what: string;
}

export interface VerifiedFile {
  file: string;
  segment: number | undefined;
  lines: number;
  /** Numbers of the first and the last line. */
  from: number;
  to: number;
  intents: number;
  outcomes: number;
  checkpoints: number;
}

export interface Verified {
  stream: string;
  /** Of the key that signed. */
  publicKey: string | undefined;
  files: VerifiedFile[];
  problems: Problem[];
  /** Lines behind the last signature; with the secret their MACs were checked. */
  unsigned: number;
}

export interface VerifyOptions {
  /** Who must have signed; without it the journal's own word is taken. */
  publicKey?: string;
  /** With the secret's keys every line's MAC is checked. */
  keys?: JournalKeys;
  /** Texts of checkpoints that were copied elsewhere: the journal must hold what they vouch for. */
  anchors?: readonly string[];
  /** The files are a part of the journal: what is before the first is not missed. */
  partial?: boolean;
  /** Told of each file that is done. */
  onFile?: (file: string) => void;
}

/** A segment by its first line; the rest of it is read when its turn comes, so that a journal of any length fits into memory. */
interface Source {
  file: string;
  first: Line | undefined;
}

/** Checks a journal's segments, which may be given in any order. One result for each stream among them. Reads files and nothing else. */
export function verify(files: readonly string[], options: VerifyOptions = {}): Verified[] {
  const streams = new Map<string, Source[]>();
  for (const file of files) {
    const source = { file, first: firstLine(file) };
    const stream = /^(egress|audit)/.exec(basename(file))?.[1] ?? String(source.first?.event['stream'] ?? 'egress');
    const sources = streams.get(stream);
    if (sources) sources.push(source);
    else streams.set(stream, [source]);
  }
  return [...streams].map(([stream, sources]) => new Verifier(stream, options).run(sources));
}

/** Longer than any line that Freehold writes. Bytes. */
const LONGEST_LINE = 256 * 1024;

function firstLine(file: string): Line | undefined {
  const handle = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(LONGEST_LINE);
    const text = bytes.toString('utf8', 0, readSync(handle, bytes, 0, bytes.length, 0));
    return decodeLine(text.split('\n', 1)[0] ?? '');
  } finally {
    closeSync(handle);
  }
}

class Verifier {
  readonly #stream: string;
  readonly #options: VerifyOptions;
  readonly #problems: Problem[] = [];
  readonly #files: VerifiedFile[] = [];
  #key: string | undefined;
  #head: Head | undefined;
  #segment: number | undefined;
  #unsigned = 0;
  /** Hash of the line with this number, for those that anchors speak of. */
  readonly #wanted = new Map<number, string | undefined>();

  constructor(stream: string, options: VerifyOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#key = options.publicKey ?? options.keys?.publicKey;
  }

  run(sources: Source[]): Verified {
    const anchors = this.#anchors();
    const number = ({ first }: Source) => first?.n ?? Number.MAX_SAFE_INTEGER;
    sources.sort((a, b) => number(a) - number(b) || (a.file < b.file ? -1 : 1));
    for (const { file } of sources) {
      this.#segmentOf(file);
      this.#options.onFile?.(file);
    }
    const last = sources.at(-1)?.file ?? '';
    if (this.#unsigned && !this.#options.keys)
      this.#problems.push({
        file: last,
        kind: 'unsigned',
        what: `the last ${this.#unsigned} ${this.#unsigned === 1 ? 'line is' : 'lines are'} vouched for by no signature: a stopped journal ends with one and a running one gets one within seconds; --secret checks the MACs`,
      });
    for (const anchor of anchors) this.#checkAnchor(last, anchor);
    return { stream: this.#stream, publicKey: this.#key, files: this.#files, problems: this.#problems, unsigned: this.#unsigned };
  }

  #anchors(): Line[] {
    const lines = (this.#options.anchors ?? [])
      .flatMap((text) => decodeLine(text) ?? [])
      .filter((line) => isSignedType(line) && line.event['stream'] === this.#stream);
    for (const { n } of lines) this.#wanted.set(n - 1, undefined);
    return lines;
  }

  #segmentOf(file: string): void {
    const { lines, rest } = readLines(file);
    const seen: VerifiedFile = { file, segment: undefined, lines: lines.length, from: 0, to: 0, intents: 0, outcomes: 0, checkpoints: 0 };
    this.#files.push(seen);
    for (const [at, text] of lines.entries()) {
      const line = decodeLine(text);
      if (!line) {
        this.#problem(file, at, 'edited', 'it is not as Freehold writes lines: it was changed, or it is none');
        if (this.#head) this.#head = { n: this.#head.n + 1, hash: hashOf(text) };
        continue;
      }
      if (line.event.type === 'segment') this.#begin(file, at, line, seen);
      this.#follow(file, at, line);
      this.#prove(file, at, line);
      this.#head = { n: line.n, hash: hashOf(text) };
      if (this.#wanted.has(line.n)) this.#wanted.set(line.n, this.#head.hash);
      seen.from ||= line.n;
      seen.to = line.n;
      if (line.event.type === 'intent') seen.intents++;
      if (line.event.type === 'outcome') seen.outcomes++;
    }
    if (rest) this.#problem(file, lines.length, 'cut', `${rest.length} characters without a line end: the line was cut short`);
    if (lines.length === 0) this.#problems.push({ file, kind: 'unreadable', what: 'there is no whole line in it' });
  }

  /** The first line of a segment: which one it is, and who signs. */
  #begin(file: string, at: number, { event }: Line, seen: VerifiedFile): void {
    const number = typeof event['segment'] === 'number' ? event['segment'] : 0;
    const expected = this.#segment === undefined ? 1 : this.#segment + 1;
    const [lowest, highest] = [expected, number - 1];
    if (number > expected && !(this.#options.partial && this.#segment === undefined))
      this.#problem(
        file,
        at,
        'missing',
        lowest === highest ? `segment ${lowest} is missing` : `segments ${lowest} to ${highest} are missing`,
      );
    this.#segment = seen.segment = number;
    const key = event['key'];
    if (typeof key !== 'string') return;
    if (this.#key !== undefined && this.#key !== key)
      this.#problem(file, at, 'key', 'it names another key than the one that must have signed');
    this.#key ??= key;
  }

  #follow(file: string, at: number, { n, prev }: Line): void {
    const before = this.#head;
    if (!before) {
      if (n !== 1 && !this.#options.partial && this.#segment === undefined)
        this.#problem(file, at, 'removed', `the journal begins with line ${n}: ${n - 1} lines before it are missing`);
      return;
    }
    if (n > before.n + 1) this.#problem(file, at, 'removed', `${n - before.n - 1} of the journal's lines are missing before line ${n}`);
    else if (n <= before.n) this.#problem(file, at, 'order', `line ${n} of the journal stands behind line ${before.n}`);
    else if (prev !== before.hash)
      this.#problem(file, at, 'edited', `it does not follow from the line before it: that one, or this, was changed`);
  }

  #prove(file: string, at: number, line: Line): void {
    const { keys } = this.#options;
    if (keys && !keys.isMac(line.body, line.mac))
      this.#problem(file, at, 'forged', 'its MAC is not by the holder of the secret: it was changed or made up');
    this.#unsigned++;
    if (!isSignedType(line)) return;
    if (this.#key !== undefined && hasSignature(line, this.#key)) {
      this.#unsigned = 0;
      const seen = this.#files.at(-1)!;
      seen.checkpoints++;
    } else this.#problem(file, at, 'signature', 'its signature is not by the journal’s key');
  }

  /** A checkpoint vouches for the line before it, and so for all before that. */
  #checkAnchor(file: string, anchor: Line): void {
    const { prev: hash, at } = anchor;
    const n = anchor.n - 1;
    if (this.#key !== undefined && !hasSignature(anchor, this.#key)) {
      this.#problems.push({ file, kind: 'signature', what: `the copied checkpoint behind line ${n} is not by the journal’s key` });
      return;
    }
    const first = this.#files.find(({ from }) => from > 0)?.from ?? 1;
    if (n < first && (this.#options.partial || n === 0)) return;
    const date = new Date(at).toISOString();
    const last = this.#head?.n ?? 0;
    if (anchor.n > last)
      this.#problems.push({
        file,
        kind: 'cut',
        what: `it ends with line ${last}, and the checkpoint of ${date} is line ${anchor.n}: the tail was cut off`,
      });
    else if (this.#wanted.get(n) !== hash)
      this.#problems.push({
        file,
        kind: 'edited',
        what: `line ${n} or one before it is not the one that the checkpoint of ${date} vouches for`,
      });
  }

  #problem(file: string, at: number, kind: string, what: string): void {
    this.#problems.push({ file, line: at + 1, kind, what });
  }
}
