import { CUES, cueOfPhrase, cueOfPrefix, cueOfWord, isIdeograph, isWordUnit, join, LONGEST_PHRASE, START, take } from './lexicon.ts';
import { CODE, emptyShape, HEADING, LIST, lineOf, type Shape } from './shape.ts';

/** Numbers of features are hashes into this many. */
export const BUCKETS = 1 << 15;

/** Most of a line that is read. */
const LINE = 600;
const MOST = 8192;

/** Groups of features; each has length 1 before its weight, so that long prompts do not outweigh short ones. */
const GROUPS = 5;
const WORD = 0;
const CUE = 1;
const FORM = 2;
const PIECE = 3;
const OPENING = 4;
const WEIGHT = [1, 1.3, 1, 0.8, 1.2];

/** Kinds of features within the groups, so that the same hash in two kinds is two features. */
const KIND = {
  word: 1,
  pair: 2,
  opening: 3,
  cue: 4,
  cues: 5,
  far: 6,
  firstCue: 7,
  headCue: 8,
  form: 9,
  piece: 10,
  lastCue: 11,
  formCue: 12,
};
const IDENTIFIER = 0x51;
const FILE = 0x52;
const NUMBER = 0x53;
const URL = 0x54;

/** The features of one text: sparse, and overwritten by the next text. */
export interface Features {
  readonly index: Int32Array;
  readonly value: Float32Array;
  count: number;
  shape: Shape;
  /** Words outside code. */
  words: number;
  /** Words that name something of a program. */
  identifiers: number;
  files: number;
  /** Per cue, how often. */
  readonly cues: Uint16Array;
  /** First cue of the text, or -1. */
  first: number;
}

const features: Features = {
  index: new Int32Array(MOST),
  value: new Float32Array(MOST),
  count: 0,
  shape: emptyShape(),
  words: 0,
  identifiers: 0,
  files: 0,
  cues: new Uint16Array(CUES.length),
  first: -1,
};
const group = new Uint8Array(MOST);
const seen = new Int32Array(BUCKETS);
const sizes = new Float64Array(GROUPS);
const recent = new Int32Array(LONGEST_PHRASE);
const since = new Int32Array(LONGEST_PHRASE);
let mark = 0;

function emit(kind: number, hash: number, into: number): void {
  const bucket = join(kind, hash) & (BUCKETS - 1);
  if (seen[bucket] === mark || features.count === MOST) return;
  seen[bucket] = mark;
  features.index[features.count] = bucket;
  group[features.count++] = into;
  sizes[into]!++;
}

let wordsOfLine = 0;
let lastCue = -1;
let cueBefore = -1;
let sinceCue = 0;
let lineKind = 0;
let lineNumber = 0;
let nearEnd = false;
let numbers = 0;
let quotes = 0;

function emitCue(cue: number): void {
  features.cues[cue]!++;
  emit(KIND.cue, cue, CUE);
  if (features.first < 0) {
    features.first = cue;
    emit(KIND.firstCue, cue + 100, CUE);
  }
  if (lineKind === HEADING) emit(KIND.headCue, cue, CUE);
  if (lineNumber === 0) emit(KIND.firstCue, cue, CUE);
  if (nearEnd) emit(KIND.lastCue, cue, CUE);
  if (lastCue >= 0 && sinceCue <= 8 && lastCue !== cue) {
    emit(KIND.cues, lastCue * 64 + cue, CUE);
    if (cueBefore >= 0 && cueBefore !== lastCue && cueBefore !== cue) emit(KIND.far, cueBefore * 4096 + lastCue * 64 + cue, CUE);
  }
  if (lastCue !== cue) {
    cueBefore = lastCue;
    lastCue = cue;
  }
  sinceCue = 0;
}

function emitWord(hash: number, cue: number | undefined): void {
  features.words++;
  emit(KIND.word, hash, WORD);
  if (wordsOfLine > 0) emit(KIND.pair, join(recent[(wordsOfLine - 1) % LONGEST_PHRASE]!, hash), WORD);
  if (lineNumber === 0 && wordsOfLine < 12) {
    if (wordsOfLine < 3) emit(KIND.opening + 20 * wordsOfLine, hash, OPENING);
    emit(KIND.opening, hash, OPENING);
  }
  recent[wordsOfLine % LONGEST_PHRASE] = hash;
  wordsOfLine++;
  sinceCue++;
  let phrase: number | undefined;
  // Of each of the last words, what has been said since, so that a phrase costs one step a word.
  for (let back = 1; back < LONGEST_PHRASE && back < wordsOfLine; back++) {
    const at = (wordsOfLine - 1 - back) % LONGEST_PHRASE;
    since[at] = join(since[at]!, hash);
    phrase = cueOfPhrase(since[at]!) ?? phrase;
  }
  since[(wordsOfLine - 1) % LONGEST_PHRASE] = hash;
  if (cue !== undefined) emitCue(cue);
  if (phrase !== undefined && phrase !== cue) emitCue(phrase);
}

/** Words of one line of prose. Linear in its length. */
function readLine(text: string, lower: string): void {
  wordsOfLine = 0;
  lastCue = -1;
  cueBefore = -1;
  const end = Math.min(text.length, LINE);
  let at = 0;
  while (at < end) {
    const unit = lower.charCodeAt(at);
    if (isIdeograph(unit)) {
      emitWord(take(START, unit), cueOfWord(take(START, unit)));
      at++;
      continue;
    }
    if (!isWordUnit(unit)) {
      if (unit === 34 || unit === 96) quotes++;
      at++;
      continue;
    }
    let hash = START;
    let cue: number | undefined;
    let named = false;
    let digits = 0;
    const from = at;
    let piece = 0;
    for (; at < end; at++) {
      const next = lower.charCodeAt(at);
      if (!isWordUnit(next) || isIdeograph(next)) break;
      hash = take(hash, next);
      piece = (piece << 8) | (next & 255) | 0;
      if (at - from >= 3 && features.words < 80) emit(KIND.piece, piece, PIECE);
      if (at - from >= 2) cue = cueOfPrefix(hash) ?? cue;
      if (next === 95 || (at > from && isCapital(text.charCodeAt(at)) && !isCapital(text.charCodeAt(at - 1)))) named = true;
      if (next >= 48 && next <= 57) digits++;
    }
    cue = cueOfWord(hash) ?? cue;
    const after = at < end ? lower.charCodeAt(at) : 0;
    const then = at + 1 < end ? lower.charCodeAt(at + 1) : 0;
    if (after === 58 && then === 47) {
      while (at < end && lower.charCodeAt(at) > 32) at++;
      emitWord(URL, undefined);
    } else if (after === 46 && then >= 97 && then <= 122 && at - from > 1) {
      while (at < end && lower.charCodeAt(at) > 32) at++;
      features.files++;
      emitWord(FILE, undefined);
    } else if (digits === at - from) {
      numbers++;
      emitWord(NUMBER, undefined);
    } else if (named || (after === 40 && cue === undefined)) {
      features.identifiers++;
      emitWord(IDENTIFIER, cue);
    } else emitWord(hash, cue);
  }
}

const isCapital = (unit: number): boolean => unit >= 65 && unit <= 90;

const TECH = CUES.indexOf('tech');
const LIFE = CUES.indexOf('life');
const SCIENCE = CUES.indexOf('science');
const LANGUAGE = CUES.indexOf('language');
const ARTIFACT = CUES.indexOf('artifact');
const CODEBASE = CUES.indexOf('codebase');

/** How much of the words it is, in eight steps. */
const share = (count: number): number => (count === 0 ? 0 : 1 + Math.min(6, Math.floor((24 * count) / Math.max(6, features.words))));

/** Number of halvings until nothing is left: a scale for counts. */
const scale = (count: number): number => (count <= 0 ? 0 : 1 + Math.floor(Math.log2(count)));

function emitForm(length: number): void {
  const { shape } = features;
  const forms = [
    scale(length / 12),
    scale(shape.lines),
    scale(shape.code),
    scale(shape.diff),
    scale(shape.trace),
    scale(shape.heading),
    scale(shape.list),
    Math.min(shape.fence, 1),
    Math.min(shape.question, 2),
    scale(shape.math),
    scale(shape.field),
    scale(features.identifiers),
    Math.min(features.files, 2),
    Math.ceil((4 * shape.code) / Math.max(1, shape.lines)),
    scale(features.words / 3),
    share(numbers),
    share(features.cues[TECH]!),
    share(features.cues[LIFE]!),
    share(features.cues[SCIENCE]!),
    share(features.cues[TECH]! + features.cues[LANGUAGE]! + features.cues[ARTIFACT]!),
    Math.min(quotes, 4),
    share(features.cues[CODEBASE]!),
  ];
  for (const [what, much] of forms.entries()) emit(KIND.form, what * 32 + much, FORM);
  const first = features.first + 1;
  emit(KIND.formCue, first * 64 + Math.min(forms[0]!, 5), FORM);
  emit(KIND.formCue, 4096 + first * 64 + Math.min(shape.code, 1) * 2 + Math.min(shape.question, 1), FORM);
}

/**
 * Reads pieces of one text. The result is reused: read it before the next call.
 * @param pieces of the text in their order, together a few thousand characters
 * @param length characters of the whole text
 */
export function featuresOf(pieces: readonly string[], length: number): Features {
  mark++;
  features.count = 0;
  features.words = 0;
  features.identifiers = 0;
  features.files = 0;
  features.first = -1;
  features.shape = emptyShape();
  features.cues.fill(0);
  sizes.fill(0);
  numbers = 0;
  quotes = 0;
  lineNumber = 0;
  let fenced = false;
  for (const [number, text] of pieces.entries()) {
    const small = text.toLowerCase();
    const lower = small.length === text.length ? small : text;
    for (let from = 0; from <= text.length; ) {
      let end = text.indexOf('\n', from);
      if (end < 0) end = text.length;
      const line = text.slice(from, end);
      if (line.trimStart().startsWith('```')) fenced = !fenced;
      lineKind = lineOf(line, fenced, features.shape);
      nearEnd = number === pieces.length - 1 && text.length - end < 160;
      if (lineKind !== CODE) readLine(line, lower.slice(from, end));
      if (features.words > 0 && lineKind !== LIST) lineNumber++;
      from = end + 1;
    }
  }
  emitForm(length);
  for (let at = 0; at < features.count; at++) features.value[at] = WEIGHT[group[at]!]! / Math.sqrt(sizes[group[at]!]!);
  return features;
}
