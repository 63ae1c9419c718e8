import type { Rule, Span } from '../finding.ts';
import { isRandom } from './letters.ts';
import { strengthOf } from './names.ts';
import { isSecretValue, type Writing } from './value.ts';

/** Letters that end a name. Bounds of what is looked at around a keyword. */
const NAME = 64;
const GAP = 48;
const VALUE = 1025;
const PLAIN = 300;

const isName = (code: number) =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95 || code === 45 || code === 46;
const isSpace = (code: number) => code === 32 || code === 9;
const isQuote = (character: string | undefined) => character === '"' || character === "'" || character === '`';

/** Where a value begins and how it is written. */
interface Place {
  at: number;
  writing: Writing;
  /** Only a blank stands between. */
  loose?: boolean;
}

/** The value that is given to the name that ends at `end`; undefined where none is. */
function placeOf(text: string, start: number, end: number): Place | undefined {
  const at = closing(text, end);
  const closed = at > end && isQuote(text[at - 1]);
  const limit = at + GAP;
  let gap = at;
  while (gap < limit && isSpace(text.charCodeAt(gap))) gap++;
  const sign = text[gap];
  if (sign === '=' || (sign === ':' && text[gap + 1] !== ':')) return afterSign(text, gap, closed);
  if (sign === ']' || sign === ')' || sign === '?' || sign === '!') return afterBracket(text, gap, closed);
  if (sign === ',' && closed) return listedAt(text, gap + 1);
  if (sign === '>' && /[<:]/.test(text[start - 1] ?? '')) return { at: gap + 1, writing: 'quoted' };
  if (sign === '\n' || sign === '\r' || sign === '{' || (closed && /[/>vtia]/.test(sign ?? ''))) return afterWord(text, gap);
  if (gap === at) return undefined;
  if (text.startsWith('is ', gap)) return { at: gap + 3, writing: 'prose' };
  if (sign === '"' || sign === "'") return { at: gap, writing: 'quoted', loose: true };
  const before = text.slice(Math.max(0, start - 24), start);
  return {
    at: gap,
    writing: /(?:^|\s)--?$|\b(?:ENV|ARG|SetEnv|setenv|set)\s+$|(?:^|\n)[ \t]*$/.test(before) && sign !== '`' ? 'plain' : 'prose',
  };
}

/** Behind the quotes that close the name, with the backslashes and blanks of a string in a string before them. */
function closing(text: string, end: number): number {
  if (isQuote(text[end])) return end + 1;
  let at = end;
  while (at < end + 8 && (text[at] === ' ' || text[at] === '\\')) at++;
  return at > end && isQuote(text[at]) && /^[ \\]{0,2}[:,=)\]]/.test(text.slice(at + 1, at + 4)) ? at + 1 : end;
}

/** `password[]=`, `["password"] =`, `password?: string =`, `password!:`. */
function afterBracket(text: string, from: number, closed: boolean): Place | undefined {
  let at = from + 1;
  while (at < from + 8 && /[\])?! ]/.test(text[at] ?? '')) at++;
  return text[at] === '=' || (text[at] === ':' && text[at + 1] !== ':') ? afterSign(text, at, closed) : undefined;
}

/** Behind `=`, `:`, `:=`, `=>`, `==`; over a type between colon and equals sign. */
function afterSign(text: string, gap: number, closed: boolean): Place {
  let at = gap;
  while (at < gap + 3 && /[=:>]/.test(text[at] ?? '')) at++;
  if (text[gap] === ':' && !closed) {
    const typed = /^[ \t]{0,4}[A-Za-z&'][\w.<>|[\]?' ]{0,40}?[ \t]?=[ \t]{0,4}(?=["'`])/.exec(text.slice(at, at + GAP + 4));
    if (typed) return { at: at + typed[0].length, writing: 'quoted' };
  }
  return { at, writing: 'plain' };
}

/** The next item of a list is a value only when it is no name itself. */
function listedAt(text: string, from: number): Place | undefined {
  let at = from;
  while (at < from + 8 && /\s/.test(text[at] ?? '')) at++;
  return isQuote(text[at]) && !/^(?:[A-Za-z_.]{1,60}\d?|[A-Za-z_.-]{1,60})["'`]/.test(text.slice(at + 1, at + 64))
    ? { at, writing: 'quoted' }
    : undefined;
}

const WORD =
  /^(?:[\s,{>/<-]{0,40}(?:"|')?(?:value|Value|default|stringValue|string)(?:"|')?[ \t]{0,4}[=:>]|\s{0,4}\{[^{}]{0,120}\bdefault[ \t]{0,12}=|\s?\{ ?get;[^{}]{0,40}\}[ \t]?=|(?:to|is|as|value) (?=["'`]))[ \t]{0,4}/;

/**
 * `name: DB_PASSWORD` and on the next line `value: …`; `<add key="Password" value="…">`; a variable's block with `default = "…"`; a
 * property with its accessors between name and value; `set X to "…"`.
 */
function afterWord(text: string, from: number): Place | undefined {
  const found = WORD.exec(text.slice(from, from + 180));
  return found ? { at: from + found[0].length, writing: 'plain' } : undefined;
}

const LEAD = /^(?:[bruf]{0,2}|@|\$|N)(?=["'`])/;

/** The value's own span: without quotes, `Bearer` and the like. */
function valueAt(text: string, { at: from, writing }: Place): (Span & { writing: Writing }) | undefined {
  let at = from;
  while (at < from + GAP && (isSpace(text.charCodeAt(at)) || text[at] === '\\')) at++;
  if (writing === 'plain') at += /^[|>][-+]?(?=\r?\n)/.exec(text.slice(at, at + 4))?.[0].length ?? 0;
  if ((text[at] === '\n' || text[at] === '\r') && writing === 'plain') at = folded(text, at);
  at += LEAD.exec(text.slice(at, at + 4))?.[0].length ?? 0;
  const quote = text[at];
  let end: number;
  let how = writing;
  if (isQuote(quote)) {
    while (text[at] === quote && at < from + GAP) at++;
    end = text.indexOf(quote!, at);
    if (end < 0 || end - at > VALUE) return undefined;
    if (how !== 'prose') how = 'quoted';
  } else {
    end = plainEnd(text, at);
    if (how === 'quoted' && text[end] !== '<') how = 'plain';
    // The next member of a connection string or a cookie.
    const next = text.slice(at, end).search(/;(?:[A-Za-z_]|$)/);
    if (next > 0) end = at + next;
    while (end > at && /[;:)}\].\\]/.test(text[end - 1]!)) end--;
  }
  const scheme = /^(?:Bearer|Basic|Token|token|Bot|ApiKey|Splunk|SSWS|GenieKey)[ =]+/.exec(text.slice(at, at + 12))?.[0].length ?? 0;
  at += scheme;
  if (scheme && how !== 'quoted') {
    end = plainEnd(text, at);
  }
  while (at < end && text[at] === ' ') at++;
  while (end > at && (text[end - 1] === ' ' || text[end - 1] === '\\')) end--;
  return end > at ? { start: at, end, writing: how } : undefined;
}

const ENDS = new Uint8Array(128);
for (const character of '\t\n\v\f\r "\'`<>,') ENDS[character.charCodeAt(0)] = 1;
const EQUALS = 61;

/** Where a value without quotes ends: at a blank or a quote, or where the next name is given its own. `=` at its very end belongs to it. */
function plainEnd(text: string, from: number): number {
  const limit = Math.min(text.length, from + PLAIN);
  let end = from;
  for (; end < limit; end++) {
    const code = text.charCodeAt(end);
    if (ENDS[code] === 1 || (code === EQUALS && isName(text.charCodeAt(end + 1)))) break;
  }
  return end;
}

/** A value on the line below its name, further in: YAML's `>-` and `|`, or a long line that was broken. */
function folded(text: string, newline: number): number {
  let at = newline + 1;
  while (at < newline + 40 && isSpace(text.charCodeAt(at))) at++;
  return at > newline + 1 ? at : newline;
}

/** In URLs and forms values end at `&`; elsewhere it belongs to them. */
function cut(text: string, { start, end }: Span, nameStart: number): number {
  if (!/[?&]/.test(text[nameStart - 1] ?? '')) return end;
  const at = text.slice(start, end).indexOf('&');
  return at < 0 ? end : start + at;
}

const KINDS_OF_KEY =
  /\b(?:api|access|secret|account|private|auth|client|app|encryption|signing|master|storage|service|subscription|deploy|license|bot|session|admin)[ -]$/i;

/** The name around a keyword at `start`. */
function nameAround(text: string, start: number, end: number): Span {
  let from = start;
  let to = end;
  while (from > 0 && start - from < NAME && isName(text.charCodeAt(from - 1))) from--;
  while (to < text.length && to - end < NAME && isName(text.charCodeAt(to))) to++;
  // In running text a key's kind is a word of its own.
  if (from === start && text[from - 1] === ' ') from -= KINDS_OF_KEY.exec(text.slice(Math.max(0, from - 24), from))?.[0].length ?? 0;
  while (from < start && (text[from] === '-' || text[from] === '.')) from++;
  while (to > end && (text[to - 1] === '.' || text[to - 1] === '-')) to--;
  return { start: from, end: to };
}

/** A variable, member, header, flag or column with a secret's name that is given a literal value. */
export const assignment: Rule = {
  id: 'named-secret',
  kind: 'secret',
  keywords: [
    'pass',
    'pwd',
    'secret',
    'token',
    'key',
    'cred',
    'auth',
    'kennwort',
    'psk',
    'pw',
    'salt',
    'dsn',
    'signature',
    'mdp',
    'contrase',
    'senha',
    'wachtwoord',
    'haslo',
    'parola',
  ],
  find(text, keyword, keywordEnd) {
    const name = nameAround(text, keyword, keywordEnd);
    const place = placeOf(text, name.start, name.end);
    if (!place) return undefined;
    const value = valueAt(text, place);
    if (!value) return undefined;
    const words = text.slice(name.start, name.end);
    const own = words.slice(words.lastIndexOf('.') + 1);
    // `encryption.key`: a key's kind may stand in the section's name.
    const sectioned = words.slice(words.lastIndexOf('.', words.length - own.length - 2) + 1);
    const strength = strengthOf(own) ?? (strengthOf(sectioned) === 'strong' ? 'strong' : undefined);
    if (!strength || (text[name.start - 1] === ':' && text[name.end] === ':')) return undefined;
    const end = cut(text, value, name.start);
    const literal = text.slice(value.start, end);
    if (place.loose && strength !== 'password' && !isRandom(literal)) return undefined;
    return isSecretValue(own, literal, strength, value.writing) ? { start: value.start, end } : undefined;
  },
};

/** The same question for a JSON member: its name and its whole value. */
export function namedSecret(name: string, value: string): Span | undefined {
  const strength = value.length <= VALUE ? strengthOf(name) : undefined;
  if (!strength) return undefined;
  const scheme = /^(?:Bearer|Basic|Token|token|Bot) +/.exec(value)?.[0].length ?? 0;
  const literal = value.slice(scheme);
  return isSecretValue(name, literal, strength, 'quoted') ? { start: scheme, end: value.length } : undefined;
}
