import type { Rule } from '../finding.ts';
import { entropy, isRandom } from './letters.ts';
import { isPlaceholder, isReference } from './placeholder.ts';

const BASE64 = /[A-Za-z0-9+/=]/;
/** Most characters of a private key that are read; an RSA key of 16,384 bits has about 12,700. */
const KEY = 16_384;

/** PEM, OpenSSH and PGP private keys (RFC 7468, RFC 9580): the label and enough of a body that it is not only spoken of. */
const privateKey: Rule = {
  id: 'private-key',
  kind: 'secret',
  keywords: ['private key-----', 'private key block-----'],
  exact: true,
  find(text, at, end) {
    const start = text.lastIndexOf('-----', at);
    if (start < 0 || at - start > 40 || !/^-----BEGIN [A-Z0-9 ]{0,24}$/i.test(text.slice(start, at))) return undefined;
    let letters = 0;
    let to = end;
    const limit = Math.min(text.length, end + KEY);
    // Between the label and the end stand base64, line ends however escaped, and header lines; anything else ends the key.
    while (to < limit && !text.startsWith('-----', to)) {
      const character = text[to]!;
      if (BASE64.test(character)) letters++;
      else if (!/[\s\\"'`,:;+.|#*<>()-]/.test(character)) break;
      to++;
    }
    if (letters < 40 || isPlaceholder(text.slice(end, end + 120).replace(/[\s\\"'nr]+/g, ''))) return undefined;
    const close = text.startsWith('-----', to) ? /^-----END [A-Z0-9 ]{0,40}-----/i.exec(text.slice(to, to + 60)) : undefined;
    return { start, end: to + (close?.[0].length ?? 0) };
  },
};

/** Passwords that documents use for none. */
const NO_PASSWORD =
  /^(?:pass(?:word|wd)?|pwd|pw|user(?:name)?|secret|token|postgres|mysql|root|admin|guest|test|redis|mongo|rabbitmq|x{2,}|\*+|\.+|p|my-?pass(?:word)?|p@ss(?:word)?|pat|key|api_?key|x-oauth-basic|oauth2|git|foo|bar|demo|example|localhost|dev|local|docker|changeme)$/i;

/** A password in a URL's authority: `scheme://user:password@host`. RFC 3986, 3.2.1. */
const connection: Rule = {
  id: 'password-in-url',
  kind: 'secret',
  keywords: ['://'],
  find(text, at, end) {
    if (!/[A-Za-z0-9]/.test(text[at - 1] ?? '')) return undefined;
    // The password may hold an @ that should have been escaped: the last one before the host counts.
    const authority = /^[^\s"'`<>\\/?#]{3,300}|^[^\s"'`<>\\]{3,300}@/.exec(text.slice(end, end + 320))?.[0] ?? '';
    const cut = authority.lastIndexOf('@');
    const colon = authority.indexOf(':');
    if (cut < 1 || !/^[\w[%.${*-]/.test(authority.slice(cut + 1) || text[end + cut + 1]! || '')) return undefined;
    const password = authority.slice(colon + 1, cut);
    if (colon < 0 || colon > cut) {
      const user = authority.slice(0, cut);
      return user.length >= 16 && isRandom(user) && !isPlaceholder(user) && !isReference(user) ? { start: end, end: end + cut } : undefined;
    }
    const user = authority.slice(0, colon);
    if (password.length < 3 || password === user || NO_PASSWORD.test(password) || isReference(password)) return undefined;
    if (isPlaceholder(password) || /^[[{<(%*]|[}\])>]$|^:?\w+:$/.test(password) || /[,(){}|]/.test(user) || /^\d{1,5}$/.test(password))
      return undefined;
    return { start: end + colon + 1, end: end + cut };
  },
};

/** `user:password` behind `Basic`, in base64. RFC 7617. */
const basic: Rule = {
  id: 'basic-authorization',
  kind: 'secret',
  keywords: ['basic '],
  find(text, _, end) {
    const found = /^[A-Za-z0-9+/]{8,400}={0,2}(?![A-Za-z0-9+/=])/.exec(text.slice(end, end + 410))?.[0];
    if (!found) return undefined;
    const plain = Buffer.from(found, 'base64').toString('latin1');
    const colon = plain.indexOf(':');
    if (colon < 0 || colon === plain.length - 1 || !/^[\x20-\x7e]+$/.test(plain)) return undefined;
    const password = plain.slice(colon + 1);
    if (NO_PASSWORD.test(password) || isPlaceholder(password) || isReference(password)) return undefined;
    return { start: end, end: end + found.length };
  },
};

/** `-u user:password`, as command lines give it. */
const userFlag: Rule = {
  id: 'password-in-command',
  kind: 'secret',
  keywords: ['-u ', '--user ', '--user=', '--proxy-user ', '-u=', '--userpwd '],
  find(text, at, end) {
    if (at > 0 && !/[\s"'`([]/.test(text[at - 1]!)) return undefined;
    const found = /^["']?([^\s:"'`<>/]{1,80}):([^\s"'`<>]{5,200})["']?/.exec(text.slice(end, end + 300));
    if (!found) return undefined;
    const [, user, password] = found;
    if (NO_PASSWORD.test(password!) || isReference(password!) || isReference(user!) || isPlaceholder(password!)) return undefined;
    if (!/\d/.test(password!) || !/[A-Za-z]/.test(password!)) return undefined;
    const start = end + found[0].indexOf(':') + 1;
    return { start, end: start + password!.length };
  },
};

/** JSON in base64url, or undefined. */
function decoded(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The signature of the token in the standard's own web page of examples. */
const KNOWN =
  /SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c|TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ|dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk/;

/** JSON Web Tokens (RFC 7519): a header that decodes and names its algorithm, a payload that may be cut, a signature. */
const jwt: Rule = {
  id: 'json-web-token',
  kind: 'secret',
  keywords: ['eyj'],
  find(text, at) {
    if (/[A-Za-z0-9+/_]/.test(text[at - 1] ?? '') || text[at - 1] === '.') return undefined;
    const found = /^(eyJ[\w-]{8,600})\.(eyJ[\w-]{8,4000}|[\w-]{0,1000})\.([\w-]{16,1200})(?:\.[\w-]{1,8000}\.[\w-]{8,64})?/.exec(
      text.slice(at, at + 8192),
    );
    if (!found) return undefined;
    const header = decoded(found[1]!);
    if (typeof header !== 'object' || header === null || !('alg' in header)) return undefined;
    if (KNOWN.test(found[0]) || isPlaceholder(found[3]!)) return undefined;
    return { start: at, end: at + found[0].length };
  },
};

/** A credential behind `Bearer` without a name before it, as in `"Bearer …"` that is handed to a function. */
const bearer: Rule = {
  id: 'bearer-token',
  kind: 'secret',
  keywords: ['bearer '],
  find(text, _, end) {
    const found = /^[A-Za-z0-9._~+/=-]{16,600}/.exec(text.slice(end, end + 610))?.[0].replace(/[.]+$/, '');
    if (!found || !isRandom(found) || isPlaceholder(found) || entropy(found) < 3) return undefined;
    return { start: end, end: end + found.length };
  },
};

export const structural: readonly Rule[] = [privateKey, connection, basic, userFlag, jwt, bearer];
