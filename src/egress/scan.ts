import { namedSecret } from './detectors/assignment.ts';
import type { Finding, Match, Path } from './finding.ts';
import { type Check, type Inspector, Overload } from './inspect.ts';
import { Seen } from './seen.ts';
import { type Leaf, walk } from './text.ts';

/** What a scan says. `fresh` and `total` are UTF-16 units of text: read now, and in all. */
export interface Scan {
  findings: Finding[];
  total: number;
  fresh: number;
}

/** Bounds of one scan. */
export interface Limits {
  /** Milliseconds for all of it. */
  budget: number;
  /** Most text that is read. UTF-16 units. */
  length: number;
  /** A clock in milliseconds. */
  now: () => number;
}

/** How much of two neighbours is looked at where they meet. */
const REACH = 160;
/** After and before these a secret does not go on: ends of sentences, lines and brackets. */
const ENDS = new Set('\n!?}])>;,');
const BEGINS = new Set('\n <{[(*#');
/** A blank, a word and a full stop at most. */
const LAST_WORD = 22;
const SENTENCE = /\s[A-Za-z]{1,20}\.$/;
/** Members that say what their object is, the same in every object of a list. */
const KINDS = new Set(['type', 'role', 'id']);

/** The end of the texts so far that lie alike, and which piece of it came from where. */
interface Tail {
  text: string;
  pieces: { path: Path; start: number; at: number; length: number }[];
}

/** By how deep a place lies, and the member that it is. */
type Tails = (Map<string, Tail> | undefined)[];

/** Reads whole bodies. It remembers what it read, so that only new texts cost more than their hash. */
export class Scanner {
  readonly #inspector: Inspector;
  readonly #seen: Seen;

  /** @param remembered bytes for what was found in texts already read, about */
  constructor(inspector: Inspector, remembered = 16 * 1024 * 1024) {
    this.#inspector = inspector;
    this.#seen = new Seen(remembered);
  }

  /**
   * All findings in a parsed JSON body. Texts that follow one another in the same place of a list are also read across their joint.
   * @throws Overload when the time is up or the text is too much, RangeError when the body is too deep
   */
  scan(body: unknown, limits: Limits): Scan {
    const result: Scan = { findings: [], total: 0, fresh: 0 };
    const until = limits.now() + limits.budget;
    const check: Check = () => {
      if (limits.now() > until) throw new Overload(`reading the text took longer than ${limits.budget} ms`);
    };
    const read = (text: string): readonly Match[] => {
      result.fresh += text.length;
      check();
      return this.#inspector.inspect(text, check);
    };
    const tails: Tails = [];
    walk(body, (leaf) => {
      result.total += leaf.text.length;
      if (result.total > limits.length) throw new Overload(`there are more than ${limits.length} characters of text`);
      for (const match of this.#seen.matches(leaf.text, read))
        result.findings.push({ ...match, path: leaf.path(), ...(leaf.key && { key: true }) });
      if (leaf.key || leaf.text === '') return;
      named(leaf, result.findings);
      if (!KINDS.has(leaf.name)) this.#joint(leaf, tails, result.findings, check);
    });
    return result;
  }

  #joint(leaf: Leaf, tails: Tails, findings: Finding[], check: Check): void {
    const { text, depth, name } = leaf;
    const tail = tails[depth]?.get(name);
    const joins = tail && !BEGINS.has(text[0]!) && !isClosed(tail.text);
    if (joins) {
      const matches = this.#seen.matches(tail.text + text.slice(0, REACH), (joint) => this.#inspector.inspect(joint, check));
      for (const match of matches) if (match.start < tail.text.length && match.end > tail.text.length) spread(match, tail, leaf, findings);
    }
    // Nothing joins what is closed, so that nothing need be known of it.
    if (!joins && isClosed(text)) {
      tails[depth]?.delete(name);
      return;
    }
    tails[depth] ??= new Map();
    tails[depth].set(name, longer(joins ? tail : undefined, leaf));
  }
}

/** Whether a secret cannot go on behind this text. */
function isClosed(text: string): boolean {
  return ENDS.has(text[text.length - 1]!) || SENTENCE.test(text.slice(-LAST_WORD));
}

/** The value of a member whose name says that it is secret. */
function named(leaf: Leaf, findings: Finding[]): void {
  if (leaf.name === '' || leaf.text.length < 5) return;
  const span = namedSecret(leaf.name, leaf.text);
  if (!span) return;
  const path = leaf.path();
  const known = findings.some((one) => one.kind === 'secret' && one.end > span.start && !one.key && samePath(one.path, path));
  if (!known) findings.push({ rule: 'named-secret', kind: 'secret', ...span, path });
}

const samePath = (a: Path, b: Path): boolean => a.length === b.length && a.every((step, at) => step === b[at]);

/** The new end after a leaf. */
function longer(tail: Tail | undefined, leaf: Leaf): Tail {
  const { text } = leaf;
  if (!tail || text.length >= REACH) {
    const from = Math.max(0, text.length - REACH);
    return { text: text.slice(from), pieces: [{ path: leaf.path(), start: from, at: 0, length: text.length - from }] };
  }
  const pieces = [...tail.pieces, { path: leaf.path(), start: 0, at: tail.text.length, length: text.length }];
  const whole = tail.text + text;
  const cut = Math.max(0, whole.length - REACH);
  const kept = pieces
    .filter(({ at, length }) => at + length > cut)
    .map(({ path, start, at, length }) => {
      const lost = Math.max(0, cut - at);
      return { path, start: start + lost, at: Math.max(0, at - cut), length: length - lost };
    });
  return { text: whole.slice(cut), pieces: kept };
}

/** A match across joints as one finding for each piece, all of one number. It takes the place of a shorter one that it covers. */
function spread(match: Match, tail: Tail, leaf: Leaf, findings: Finding[]): void {
  const split = findings.length;
  const made: Finding[] = [];
  for (const { path, start, at, length } of tail.pieces) {
    const from = Math.max(match.start, at);
    const to = Math.min(match.end, at + length);
    if (from < to) made.push({ ...match, path, start: start + from - at, end: start + to - at, split });
  }
  const first = made[0]!;
  for (let at = findings.length - 1; at >= 0; at--) {
    const { rule, split: group, path, start } = findings[at]!;
    if (group !== undefined && rule === match.rule && start === first.start && samePath(path, first.path)) remove(findings, group);
  }
  findings.push(...made, { ...match, path: leaf.path(), start: 0, end: match.end - tail.text.length, split });
}

function remove(findings: Finding[], group: number): void {
  const kept = findings.filter(({ split }) => split !== group);
  findings.length = 0;
  findings.push(...kept);
}
