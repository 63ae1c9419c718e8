/** Bytes of a top-level member's string value, without its quotes: `bytes.subarray(start, end)`. */
export interface Span {
  value: string;
  start: number;
  end: number;
}

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;
const OPENING = 123;
const OPEN = new Set([123, 91]);
const CLOSE = new Set([125, 93]);
/** How far the structure is walked from the nearer end of the body before parsing is the better deal. Bytes. */
const WALK = 64 * 1024;

const isSpace = (byte: number | undefined) => byte === 32 || byte === 10 || byte === 13 || byte === 9;

/**
 * Finds a top-level string member of a JSON object in its bytes without parsing them, so that a large body can be relayed with one
 * name replaced. `unsure` means: parse instead. It is unsure when the key occurs twice, may be spelled with escapes, or lies far
 * from both ends; a body that smuggles a second `model` past the router is therefore never edited blindly.
 */
export function locate(bytes: Buffer, key: string): Span | 'absent' | 'unsure' {
  const start = valueAt(bytes, key);
  if (typeof start === 'string') return start;
  if (bytes[start] !== QUOTE) return 'unsure';
  const end = bytes.indexOf(QUOTE, start + 1);
  if (end < 0) return 'unsure';
  const value = bytes.toString('utf8', start + 1, end);
  return value.includes('\\') ? 'unsure' : { value, start: start + 1, end };
}

/**
 * The body with these fields set in a top-level member that is an object, without parsing more than that member where it can be found. The
 * very same buffer when they are set already, or when the member is of another kind: that is for its reader to refuse.
 */
export function withFields(bytes: Buffer, member: string, fields: Readonly<Record<string, unknown>>): Buffer {
  const start = valueAt(bytes, member);
  if (start === 'absent') {
    const open = bytes.indexOf(OPENING);
    if (open < 0) return bytes;
    let next = open + 1;
    while (isSpace(bytes[next])) next++;
    const added = Buffer.from(`${JSON.stringify(member)}:${JSON.stringify(fields)}${CLOSE.has(bytes[next]!) ? '' : ','}`);
    return Buffer.concat([bytes.subarray(0, open + 1), added, bytes.subarray(open + 1)]);
  }
  const end = start === 'unsure' ? undefined : valueEnd(bytes, start);
  if (start === 'unsure' || end === undefined) {
    const body = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
    const value = setIn(body[member] ?? null, fields);
    return value === undefined ? bytes : Buffer.from(JSON.stringify({ ...body, [member]: value }));
  }
  const value = setIn(JSON.parse(bytes.toString('utf8', start, end)), fields);
  if (value === undefined) return bytes;
  return Buffer.concat([bytes.subarray(0, start), Buffer.from(JSON.stringify(value)), bytes.subarray(end)]);
}

/** The object with the fields; undefined when nothing is to be done. */
function setIn(value: unknown, fields: Readonly<Record<string, unknown>>): object | undefined {
  if (value === null) return fields;
  if (typeof value !== 'object' || Array.isArray(value)) return undefined;
  const is = Object.entries(fields).every(([key, wanted]) => (value as Record<string, unknown>)[key] === wanted);
  return is ? undefined : { ...value, ...fields };
}

/** Where a value ends: an object or a null, since others are not looked into. Undefined when it is too long or broken. */
function valueEnd(bytes: Buffer, start: number): number | undefined {
  if (bytes[start] !== OPENING) {
    const word = /^(?:null|true|false|-?\d[\d.eE+-]*)/.exec(bytes.toString('latin1', start, start + 32))?.[0];
    return word === undefined ? undefined : start + word.length;
  }
  let depth = 0;
  for (let i = start; i < bytes.length && i < start + WALK; i++) {
    const byte = bytes[i]!;
    if (byte === QUOTE) {
      i = stringEnd(bytes, i);
      if (i < 0) return undefined;
    } else if (OPEN.has(byte)) depth++;
    else if (CLOSE.has(byte) && --depth === 0) return i + 1;
  }
  return undefined;
}

/** Whether a top-level member of a JSON object is surely `false`, found without parsing. */
export function isSurelyFalse(bytes: Buffer, key: string): boolean {
  const start = valueAt(bytes, key);
  return typeof start === 'number' && /^false[\s,}]/.test(bytes.toString('latin1', start, start + 6));
}

/** Needles up to this length are searched at memory speed, longer ones many times slower. Bytes. */
const SHORT = 7;

/**
 * Whether a text of ASCII occurs. @param rare where in it the rarest letter stands: the search stops at each of them
 */
export function mentions(bytes: Buffer, text: string, rare: number): boolean {
  const needle = text.slice(rare, rare + SHORT);
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1))
    if (at >= rare && bytes.toString('latin1', at - rare, at - rare + text.length) === text) return true;
  return false;
}

/** Where the value of a top-level member begins. */
function valueAt(bytes: Buffer, key: string): number | 'absent' | 'unsure' {
  const { name, escapes } = soughtFor(key);
  if (mayBeEscaped(bytes, escapes)) return 'unsure';
  let found = -1;
  for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + name.length)) {
    if (bytes[at - 1] !== QUOTE) continue;
    let next = at + name.length;
    while (isSpace(bytes[next])) next++;
    // A string value of this text is not followed by a colon, and inside a string the quotes would be escaped.
    if (bytes[next] !== COLON) continue;
    // Another key that ends like this one, behind a quote of its own.
    if (isEscaped(bytes, at - 1)) return 'unsure';
    if (found >= 0) return 'unsure';
    found = at - 1;
  }
  if (found < 0) return 'absent';
  const depth = found <= bytes.length - found ? depthForward(bytes, found) : depthBackward(bytes, found);
  if (depth !== 1) return depth === undefined ? 'unsure' : 'absent';
  let start = bytes.indexOf(COLON, found + name.length + 1) + 1;
  while (isSpace(bytes[start])) start++;
  return start;
}

/**
 * Whether a letter of the key may be escaped somewhere (`\\u006d`), which could hide another spelling of it. The backslash is checked
 * last: code is full of them, and a search for it stops at each.
 */
function mayBeEscaped(bytes: Buffer, escapes: readonly string[]): boolean {
  for (const code of escapes)
    for (let at = bytes.indexOf(code); at >= 0; at = bytes.indexOf(code, at + 1)) if (bytes[at - 1] === BACKSLASH) return true;
  return false;
}

/** What is searched for a member. */
interface Sought {
  /** Without its first quote: a search stops wherever the first byte of what it seeks occurs, and JSON is full of quotes. */
  name: Buffer;
  /** How escapes of its letters begin, behind the backslash. */
  escapes: string[];
}

/** The few members that are ever looked for. */
const SOUGHT = new Map<string, Sought>();

function soughtFor(key: string): Sought {
  let sought = SOUGHT.get(key);
  if (!sought) {
    const escapes = ['u006', ...(/[p-z]/.test(key) ? ['u007'] : []), ...(key.includes('_') ? ['u005'] : [])];
    sought = { name: Buffer.from(`${key}"`), escapes };
    SOUGHT.set(key, sought);
  }
  return sought;
}

/** Nesting depth at `at`, walking from the front; undefined when it is too far. */
function depthForward(bytes: Buffer, at: number): number | undefined {
  if (at > WALK) return undefined;
  let depth = 0;
  for (let i = 0; i < at; i++) {
    const byte = bytes[i]!;
    if (byte === QUOTE) {
      i = stringEnd(bytes, i);
      if (i < 0) return undefined;
    } else if (OPEN.has(byte)) depth++;
    else if (CLOSE.has(byte)) depth--;
  }
  return depth;
}

/** Nesting depth at `at`, walking from the end; undefined when it is too far. */
function depthBackward(bytes: Buffer, at: number): number | undefined {
  if (bytes.length - at > WALK) return undefined;
  let depth = 0;
  // `at` is the key's own opening quote, so the walk stops in front of its closing one.
  const stop = bytes.indexOf(QUOTE, at + 1);
  for (let i = bytes.length - 1; i > stop; i--) {
    const byte = bytes[i]!;
    if (byte === QUOTE) {
      i = stringStart(bytes, i);
      if (i < stop) return undefined;
    } else if (CLOSE.has(byte)) depth++;
    else if (OPEN.has(byte)) depth--;
  }
  return depth;
}

function isEscaped(bytes: Buffer, quote: number): boolean {
  let slashes = 0;
  while (bytes[quote - 1 - slashes] === BACKSLASH) slashes++;
  return slashes % 2 === 1;
}

function stringEnd(bytes: Buffer, start: number): number {
  let end = bytes.indexOf(QUOTE, start + 1);
  while (end >= 0 && isEscaped(bytes, end)) end = bytes.indexOf(QUOTE, end + 1);
  return end;
}

function stringStart(bytes: Buffer, end: number): number {
  let start = bytes.lastIndexOf(QUOTE, end - 1);
  while (start >= 0 && isEscaped(bytes, start)) start = bytes.lastIndexOf(QUOTE, start - 1);
  return start;
}

/**
 * The body with the span's value replaced, and where the new value stands. The very same buffer when nothing changes. A shorter value is
 * written into the buffer itself, the shorter side moving up, because copying large bodies fills the memory: the old one must not be used
 * any more.
 */
export function splice(bytes: Buffer, span: Span, value: string): { bytes: Buffer; span: Span } {
  if (span.value === value) return { bytes, span };
  const inner = Buffer.from(JSON.stringify(value).slice(1, -1));
  const less = span.end - span.start - inner.length;
  if (less < 0) {
    const longer = Buffer.concat([bytes.subarray(0, span.start), inner, bytes.subarray(span.end)]);
    return { bytes: longer, span: { value, start: span.start, end: span.start + inner.length } };
  }
  if (span.start <= bytes.length - span.end) {
    bytes.copyWithin(less, 0, span.start);
    inner.copy(bytes, span.start + less);
    return { bytes: bytes.subarray(less), span: { value, start: span.start, end: span.start + inner.length } };
  }
  inner.copy(bytes, span.start);
  bytes.copyWithin(span.start + inner.length, span.end);
  return { bytes: bytes.subarray(0, bytes.length - less), span: { value, start: span.start, end: span.start + inner.length } };
}

/**
 * Whether the last `"stream"` of the body is followed by true, at any depth. Good enough to choose clocks and keepalives before the
 * answer's own content type decides; never used to edit.
 * @param unasked what holds when the body does not say
 */
export function wantsStream(bytes: Buffer, unasked = false): boolean {
  // A search from the end stops at each last byte of what it seeks, so the second quote is checked afterwards.
  for (let at = bytes.lastIndexOf('"stream'); at >= 0; at = at === 0 ? -1 : bytes.lastIndexOf('"stream', at - 1)) {
    if (bytes[at + 7] === QUOTE) return /^\s*:\s*true/.test(bytes.toString('latin1', at + 8, at + 24));
  }
  return unasked;
}

/** Where high surrogates begin, where low ones do, and what comes behind them. */
const [HIGH, LOW, PAST] = [0xd800, 0xdc00, 0xe000];

/**
 * Makes escapes of lone surrogates in a JSON text U+FFFD, in place: strict servers refuse a whole session for one cut emoji.
 * @returns whether there were any
 */
export function mendEscapes(bytes: Buffer): boolean {
  const latin = (from: number, to: number) => bytes.toString('latin1', from, to);
  const unitAt = (at: number) => (latin(at, at + 2) === '\\u' ? Number.parseInt(latin(at + 2, at + 6), 16) : 0);
  let isMended = false;
  for (let at = bytes.indexOf('\\u'); at >= 0; at = bytes.indexOf('\\u', at)) {
    let slashes = 0;
    while (bytes[at - 1 - slashes] === 0x5c) slashes++;
    // An escaped backslash in front of a plain letter.
    if (slashes % 2 === 1) {
      at += 2;
      continue;
    }
    const unit = unitAt(at);
    const next = unitAt(at + 6);
    if (unit >= HIGH && unit < LOW && next >= LOW && next < PAST) {
      at += 12;
      continue;
    }
    if (unit >= HIGH && unit < PAST) {
      bytes.write('fffd', at + 2, 'latin1');
      isMended = true;
    }
    at += 6;
  }
  return isMended;
}
