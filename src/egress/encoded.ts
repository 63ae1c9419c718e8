/** A piece of a text that encodes another: the span it takes and what it says. */
export interface Encoded {
  start: number;
  end: number;
  text: string;
  /** Not a text: letters that lie in binary data. Only exact rules hold in it. */
  binary: boolean;
}

const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const HEX = /^(?:[0-9a-f]{2}){12,}$|^(?:[0-9A-F]{2}){12,}$/;
const ESCAPES = /(?:\\u\{?[0-9a-fA-F]{2,6}\}?|\\x[0-9a-fA-F]{2}|%[0-9a-fA-F]{2}|&#x?[0-9a-fA-F]{2,6};)/g;
const EQUALS = 61;

/** Whether letters are in the majority by far: text decodes to text. */
function isText(bytes: Buffer): boolean {
  let odd = 0;
  for (const byte of bytes) if (byte < 9 || (byte > 13 && byte < 32) || byte === 127 || byte > 247) odd++;
  return odd === 0;
}

const VALUE = new Int8Array(128).fill(-1);
for (const [at, character] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries())
  VALUE[character.charCodeAt(0)] = at;
VALUE[45] = 62;
VALUE[95] = 63;

/** What the first eight characters decode to, judged without decoding the rest: most tokens are words, and words decode to neither. */
function promises(text: string, at: number): 'text' | 'wide' | undefined {
  const bytes: number[] = [];
  for (let group = at; group < at + 8; group += 4) {
    let bits = 0;
    for (let place = group; place < group + 4; place++) {
      const value = VALUE[text.charCodeAt(place)] ?? -1;
      if (value < 0) return undefined;
      bits = bits * 64 + value;
    }
    bytes.push(bits >> 16, (bits >> 8) & 255, bits & 255);
  }
  if (bytes[1] === 0 && bytes[3] === 0 && bytes[5] === 0) return 'wide';
  let follow = 0;
  for (const byte of bytes) {
    if (follow > 0) {
      if (byte >> 6 !== 2) return undefined;
      follow--;
    } else if (byte >= 0xc2 && byte < 0xf5) follow = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
    else if (byte > 126 || (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13)) return undefined;
  }
  return 'text';
}

/** From this length on even what decodes to no text is read, for what lies open in it. Characters. */
const LARGE = 256;

/** A token that is base64 (of either alphabet) of something, within `from` and `to`. */
export function base64In(text: string, from: number, to: number): Encoded | undefined {
  let start = from;
  let promise = promises(text, from);
  // A name and its `=` may stand before in the same token.
  for (let at = from; !promise && at < to - 16 && at < from + 80; at++)
    if (text.charCodeAt(at) === EQUALS) {
      start = at + 1;
      promise = promises(text, start);
    }
  if (!promise && to - start < LARGE) return undefined;
  const token = text.slice(start, to);
  if (token.length < 12 || !BASE64.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64');
  if (promise === 'wide') return { start, end: to, text: bytes.toString('utf16le'), binary: false };
  if (promise === 'text' && isText(bytes)) {
    const decoded = bytes.toString('utf8');
    if (decoded.length >= 8 && !decoded.includes('\ufffd')) return { start, end: to, text: decoded, binary: false };
  }
  // What lies open in an image or an archive; UTF-16 inside loses its zeros.
  return token.length < LARGE ? undefined : { start, end: to, text: bytes.toString('latin1').replaceAll('\0', ''), binary: true };
}

/** A token that is text in hexadecimal digits. */
export function hexIn(text: string, from: number, to: number): Encoded | undefined {
  if ((to - from) % 2 === 1 || to - from < 24 || (VALUE[text.charCodeAt(from)] ?? -1) < 0) return undefined;
  const token = text.slice(from, to);
  if (!HEX.test(token)) return undefined;
  const bytes = Buffer.from(token, 'hex');
  for (const byte of bytes) if (byte < 9 || byte > 126 || (byte > 13 && byte < 32)) return undefined;
  return { start: from, end: to, text: bytes.toString('latin1'), binary: false };
}

const BLANK = /[\s"'<>]/;
/** Most characters of one run that are read. */
const RUN = 4096;

/** Runs without blanks that hold `%41`, `\u0041`, `\x41` or `&#65;`. Each run is looked at once. */
export function escapedIn(text: string): Encoded[] {
  const found: Encoded[] = [];
  let after = 0;
  ESCAPES.lastIndex = 0;
  for (let first = ESCAPES.exec(text); first; first = ESCAPES.exec(text)) {
    let start = first.index;
    while (start > after && first.index - start < RUN && !BLANK.test(text[start - 1]!)) start--;
    let end = ESCAPES.lastIndex;
    while (end < text.length && end - start < RUN && !BLANK.test(text[end]!)) end++;
    after = end;
    ESCAPES.lastIndex = end;
    if (end - start >= 8) found.push({ start, end, text: straightened(text.slice(start, end)), binary: false });
  }
  return found;
}

function straightened(run: string): string {
  const character = (code: number): string => (code > 31 && code <= 0x10ffff ? String.fromCodePoint(code) : ' ');
  const straight = run
    .replace(/\\u\{([0-9a-fA-F]{2,6})\}|\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})/g, (_, a, b, c) =>
      character(Number.parseInt(a ?? b ?? c, 16)),
    )
    .replace(/&#x([0-9a-fA-F]{2,6});/g, (_, code) => character(Number.parseInt(code, 16)))
    .replace(/&#([0-9]{2,6});/g, (_, code) => character(Number(code)));
  return straight.replace(/(?:%[0-9a-fA-F]{2})+/g, (escaped) => Buffer.from(escaped.replaceAll('%', ''), 'hex').toString('utf8'));
}
