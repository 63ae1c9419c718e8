import type { NumberRule, Rule } from '../finding.ts';
import { luhn, mod97 } from './checksums.ts';

/** Endings of file names and packages that look like a mail's domain. */
const NO_DOMAIN =
  /\.(?:png|jpe?g|gif|svg|webp|ico|js|mjs|cjs|ts|tsx|jsx|css|scss|json|md|html?|py|rb|go|rs|c|h|cpp|java|kt|php|sh|yml|yaml|toml|xml|txt|so|dll|exe|tgz|gz|zip|map|lock|service|timer|socket|test|local|invalid|internal|localhost|latest|next)$/i;
const NO_MAIL =
  /@(?:[\w-]+\.)*example\.(?:com|org|net|edu)$|@(?:[\w-]+\.)?(?:domain|email|company|test|foo|bar|your-?domain)\.(?:com|org|net)$|^(?:git|noreply|no-reply|user|username|you|your[._-]?\w*|name|email|someone|somebody|foo|bar|x+|first\.last|firstname\.lastname|example|actions|ssh|root|npm)@|users\.noreply\.|^[\d.]+@/i;

/** Mail addresses (the common part of RFC 5321), without those of documentation and of machines. */
export const mail: Rule = {
  id: 'mail-address',
  kind: 'personal',
  keywords: ['@'],
  find(text, at, end) {
    let from = at;
    while (from > 0 && at - from < 64 && /[A-Za-z0-9._%+-]/.test(text[from - 1]!)) from--;
    while (from < at && /[._%+-]/.test(text[from]!)) from++;
    if (from === at || (/[:/@]/.test(text[from - 1] ?? '') && !/mailto:$/i.test(text.slice(Math.max(0, from - 7), from)))) return undefined;
    const domain = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,6}[A-Za-z]{2,18}(?![A-Za-z0-9_(@])/.exec(text.slice(end, end + 200))?.[0];
    if (
      !domain ||
      NO_DOMAIN.test(domain) ||
      (text[end + domain.length] === ':' && /[A-Za-z0-9~/]/.test(text[end + domain.length + 1] ?? ''))
    )
      return undefined;
    const address = text.slice(from, end) + domain;
    return NO_MAIL.test(address) ? undefined : { start: from, end: end + domain.length };
  },
};

const plain = (text: string, start: number, end: number): string => text.slice(start, end).replace(/\D/g, '');

/** Letters, digits, points and signs at which a number is part of something longer. */
const joined = (text: string, start: number, end: number): boolean =>
  /[A-Za-z0-9_.#$/-]/.test(text[start - 1] ?? '') ||
  /[A-Za-z0-9_]/.test(text[end] ?? '') ||
  (/[.-]/.test(text[end] ?? '') && /\w/.test(text[end + 1] ?? ''));

/** Beginnings and lengths of the card networks' numbers, ISO/IEC 7812. */
const CARD =
  /^(?:4\d{12}(?:\d{3})?|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14}|(?:50|5[6-9]|6\d)\d{14})$/;

/** Payment cards: a network's beginning, its length, Luhn's check digit, and groups as people write them. */
export const card: NumberRule = {
  id: 'payment-card',
  kind: 'personal',
  find(text, start, end) {
    const digits = plain(text, start, end);
    if (digits.length < 13 || joined(text, start, end)) return undefined;
    if (digits.length > 19) return within(text, start, end);
    const written = text.slice(start, end);
    if (!/^(?:\d+|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5})$/.test(written)) return within(text, start, end);
    return CARD.test(digits) && luhn(digits) && !/^(\d)\1+$/.test(digits) ? { start, end } : undefined;
  },
};

/** A card in a longer row of numbers, such as `4111 1111 1111 1111 12/29 123`. */
function within(text: string, start: number, end: number) {
  const found = /(?<![\d.-])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}|\d{15,16})(?![\d.-])/.exec(text.slice(start, Math.min(end, start + 200)));
  if (!found) return undefined;
  const digits = found[0].replace(/\D/g, '');
  return CARD.test(digits) && luhn(digits) ? { start: start + found.index, end: start + found.index + found[0].length } : undefined;
}

/** Characters of an IBAN by country, from the SWIFT registry (ISO 13616). */
const IBAN: Readonly<Record<string, number>> = Object.fromEntries(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 ' +
    'GR27 GT28 HR21 HU28 IE22 IL23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 ' +
    'PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 TN24 TR26 UA29 VA22 VG24 XK20'
  )
    .split(' ')
    .map((row) => [row.slice(0, 2), Number(row.slice(2))]),
);

/** IBANs: a country, its length, and the check of ISO 7064. The digits found may lie anywhere in it. */
export const iban: NumberRule = {
  id: 'iban',
  kind: 'personal',
  find(text, start) {
    const from = Math.max(0, start - 16);
    const window = text.slice(from, start + 48);
    for (const found of window.matchAll(/(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}/g)) {
      const need = IBAN[found[0].slice(0, 2)];
      if (!need) continue;
      let letters = 0;
      let length = 0;
      while (length < found[0].length && letters < need) if (found[0][length++] !== ' ') letters++;
      const begin = from + found.index;
      if (letters === need && !/[A-Za-z0-9]/.test(text[begin + length] ?? '') && mod97(found[0].slice(0, length).replaceAll(' ', '')))
        return { start: begin, end: begin + length };
    }
    return undefined;
  },
};

/** Phone numbers as people write them: a country's code behind +, or a name before the number. Bare runs of digits are no phone numbers. */
export const phone: NumberRule = {
  id: 'phone-number',
  kind: 'personal',
  find(text, start, end) {
    let from = start;
    while (from > 0 && start - from < 2 && /[+(]/.test(text[from - 1]!)) from--;
    const digits = plain(text, start, end);
    const written = text.slice(from, end);
    if (digits.length < 9 || digits.length > 15 || /[A-Za-z0-9_.$#/=-]/.test(text[from - 1] ?? '') || /[A-Za-z0-9_]/.test(text[end] ?? ''))
      return undefined;
    if (/555[ .-]?01\d\d$/.test(written) || /^(\d)\1+$/.test(digits)) return undefined;
    const international = /^\+[1-9]\d{0,2}[ .()/-]?/.test(written) && digits.length >= 10;
    const american =
      /^\(?[2-9]\d\d\)?[ .-]\d{3}[ .-]\d{4}$/.test(written) &&
      (written.startsWith('(') || said(text, from, /phone|tel|call|mobile|fax|cell/i));
    return international ||
      american ||
      said(text, from, /\b(?:phone|telephone|tel|mobile|cell|fax|handy|telefon|telefono|téléphone|portable)\b/i)
      ? { start: from, end }
      : undefined;
  },
};

/** Whether a word stands shortly before. */
export function said(text: string, at: number, words: RegExp): boolean {
  return words.test(text.slice(Math.max(0, at - 40), at));
}
