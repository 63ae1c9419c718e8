/** What one picture counts at most in the tables of the vendors that scale them (Anthropic: 1,600). Tokens. */
const PICTURE = 1600;
/** How far apart the bytes are probed for base64, and how many in a row must look like it: no word of text is so long. */
const STRIDE = 512;
const RUN = 128;
const QUOTE = 0x22;

const IS_BASE64 = new Uint8Array(256);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=') IS_BASE64[character.charCodeAt(0)] = 1;

/** Where else in the string it must look so: a line of dashes in a text is no picture. */
const PROBES = [0.1, 0.23, 0.37, 0.5, 0.64, 0.77, 0.9];
const PROBE = 24;

function isRun(bytes: Buffer, at: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (IS_BASE64[bytes[at + i]!] !== 1) return false;
  return true;
}

/**
 * The most tokens that a request's bytes can mean, without parsing them: half a token a byte, which dense code and CJK text come near and
 * nothing real passes, and a fixed count for each long piece of base64, whose bytes are no text. JSON's own signs make up for what a
 * provider adds. Pieces shorter than `STRIDE + RUN` may count as text.
 * @param body JSON as it goes out
 */
export function inputBound(body: Buffer | string): number {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  let media = 0;
  let pieces = 0;
  for (let at = 0; at + RUN <= bytes.length; at += STRIDE) {
    if (!isRun(bytes, at, RUN)) continue;
    const start = bytes.lastIndexOf(QUOTE, at) + 1;
    const quote = bytes.indexOf(QUOTE, at);
    const end = quote < 0 ? bytes.length : quote;
    if (!PROBES.every((share) => isRun(bytes, Math.floor(start + (end - start - PROBE) * share), PROBE))) continue;
    media += end - start;
    pieces++;
    at = end - (end % STRIDE);
  }
  return Math.ceil((bytes.length - media) / 2) + pieces * PICTURE;
}
