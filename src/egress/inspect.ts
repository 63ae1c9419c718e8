import { base64In, type Encoded, escapedIn, hexIn } from './encoded.ts';
import type { Match, NumberRule, Rule } from './finding.ts';
import { Keywords } from './keywords.ts';
import { normal } from './normal.ts';

/** How often a decoded text may be an encoding again: a secret in a document in a tool's result. */
const DEPTH = 3;

/** The time is up, or the text is too much. The caller decides what may still leave: nothing to vendors. */
export class Overload extends Error {
  override name = 'Overload';
}

/** Measurements and coordinates, of which data is full. */
const DECIMAL = /^\d{1,4}\.\d{4,24}$/;

/** Looks at time between rules; throws Overload. */
export type Check = () => void;

/** What an inspector looks for. */
export interface RuleSet {
  keyword: readonly Rule[];
  token: readonly Rule[];
  number: readonly NumberRule[];
  /** Rules that look at the whole text themselves. */
  whole: readonly ((text: string) => readonly Match[])[];
}

/** Reads single texts. Made once for a set of rules; holds no state of what it read. */
export class Inspector {
  readonly #set: RuleSet;
  readonly #keywords: Keywords;
  readonly #words: readonly string[];
  readonly #rules: readonly (readonly Rule[])[];

  constructor(set: RuleSet) {
    const byWord = new Map<string, Rule[]>();
    for (const rule of set.keyword)
      for (const word of rule.keywords) {
        const rules = byWord.get(word);
        if (rules) rules.push(rule);
        else byWord.set(word, [rule]);
      }
    this.#set = set;
    this.#words = [...byWord.keys()];
    this.#rules = [...byWord.values()];
    this.#keywords = new Keywords(this.#words);
  }

  /** All matches in one text, in order, none inside another. @throws Overload from `check` */
  inspect(text: string, check: Check): Match[] {
    return merged(this.#read(text, check, DEPTH, false));
  }

  #read(original: string, check: Check, depth: number, binary: boolean): Match[] {
    const { text, place } = normal(original);
    const { hits, tokens, numbers } = this.#keywords.sweep(text);
    const found: Match[] = [];
    for (let at = 0; at < hits.length; at += 2) {
      if ((at & 1023) === 0) check();
      const start = hits[at + 1]!;
      const word = hits[at]!;
      for (const rule of this.#rules[word]!)
        if (!binary || rule.exact) note(found, rule, rule.find(text, start, start + this.#words[word]!.length));
    }
    for (let at = 0; at < tokens.length; at += 2) {
      if ((at & 1023) === 0) check();
      this.#token(text, tokens[at]!, tokens[at + 1]!, found);
      if (depth > 0) for (const encoded of encodings(text, tokens[at]!, tokens[at + 1]!)) this.#decoded(encoded, check, depth, found);
    }
    if (!binary) {
      for (let at = 0; at < numbers.length; at += 2) this.#number(text, numbers[at]!, numbers[at + 1]!, found);
      for (const whole of this.#set.whole) found.push(...whole(text));
    }
    if (place) for (const match of found) Object.assign(match, { start: place(match.start), end: place(match.end - 1) + 1 });
    if (!binary && depth > 0) for (const encoded of escapedIn(original)) this.#decoded(encoded, check, depth, found);
    return found;
  }

  #token(text: string, start: number, end: number, found: Match[]): void {
    for (const rule of this.#set.token) {
      note(found, rule, rule.find(text, start, end));
      for (let at = start, tries = 0; at < end && at < start + 200 && tries < 4; at++) {
        const code = text.charCodeAt(at);
        if (code !== 61 && code !== 47) continue;
        tries++;
        note(found, rule, rule.find(text, at + 1, end));
      }
    }
  }

  #number(text: string, start: number, end: number, found: Match[]): void {
    if (DECIMAL.test(text.slice(start, end))) return;
    for (const rule of this.#set.number) {
      const span = rule.find(text, start, end);
      if (!span) continue;
      note(found, rule, span);
      return;
    }
  }

  #decoded(encoded: Encoded, check: Check, depth: number, found: Match[]): void {
    check();
    for (const match of this.#read(encoded.text, check, depth - 1, encoded.binary))
      found.push({ ...match, start: encoded.start, end: encoded.end, encoded: true });
  }
}

function note(found: Match[], { id, kind }: Rule | NumberRule, span: { start: number; end: number } | undefined): void {
  if (span) found.push({ rule: id, kind, start: span.start, end: span.end });
}

function encodings(text: string, start: number, end: number): Encoded[] {
  const hex = hexIn(text, start, end);
  if (hex) return [hex];
  const base64 = base64In(text, start, end);
  return base64 ? [base64] : [];
}

/** Rules that say where a secret stands and not whose it is; a rule that knows gives the finding its name. */
const GENERAL = new Set(['named-secret', 'password-in-url', 'bearer-token', 'sk-key']);

/** In order; of matches that overlap, of one kind, the first found by exactness and then the longer one stays. */
function merged(found: readonly Match[]): Match[] {
  if (found.length < 2) return [...found];
  const sorted = found.map((match, rank) => ({ match, rank })).sort((a, b) => a.match.start - b.match.start || a.rank - b.rank);
  const kept: Match[] = [];
  for (const { match } of sorted) {
    const before = kept.findLast(({ kind, rule, end }) => end > match.start && (kind === match.kind || rule === match.rule));
    if (!before) kept.push({ ...match });
    else if (match.end > before.end) {
      before.end = match.end;
      if (GENERAL.has(before.rule)) before.rule = match.rule;
    } else if (GENERAL.has(before.rule) && !before.encoded && !GENERAL.has(match.rule)) before.rule = match.rule;
  }
  return kept;
}
