import type { NumberRule, Rule } from '../finding.ts';
import { luhn, mod11and10, remainder, verhoeff, weighted } from './checksums.ts';
import { said } from './personal.ts';

/** One country's number: how it is written, its check, and the words before it where its form alone is too ordinary. */
interface Form {
  id: string;
  /** As it is written, from its first character. */
  written: RegExp;
  /** @param compact letters in capitals and digits, nothing else */
  valid(compact: string): boolean;
  near?: RegExp;
  /** Letters that may stand before the first digit, with a space. */
  lead?: number;
}

const digitOf = (text: string, at: number): number => text.charCodeAt(at) - 48;

/** Digits of a German tax number: one of the first ten occurs twice or three times, no other more than once. */
function steuerId(digits: string): boolean {
  const counts = Array.from({ length: 10 }, (_, value) => digits.slice(0, 10).split(String(value)).length - 1);
  const most = Math.max(...counts);
  return digits[0] !== '0' && (most === 2 || most === 3) && counts.filter((count) => count > 1).length === 1 && mod11and10(digits);
}

/** Two check digits, each over all digits before it. Brazil, Receita Federal. */
function cpf(digits: string): boolean {
  const check = (count: number) =>
    ((weighted(
      digits,
      Array.from({ length: count }, (_, at) => count + 1 - at),
    ) *
      10) %
      11) %
    10;
  return !/^(\d)\1+$/.test(digits) && check(9) === digitOf(digits, 9) && check(10) === digitOf(digits, 10);
}

const DNI_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';
const spanish = (compact: string): boolean => {
  const digits = compact.slice(0, -1).replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter)));
  return DNI_LETTERS[Number(digits) % 23] === compact.at(-1);
};

const FORMS: readonly Form[] = [
  {
    id: 'us-social-security-number',
    written: /^(?!000|666|9\d\d)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}/,
    valid: (digits) => !['078051120', '219099999', '123456789', '111111111', '123121234'].includes(digits),
  },
  {
    id: 'us-social-security-number',
    written: /^(?!000|666|9\d\d)\d{3}(?!00)\d{2}(?!0000)\d{4}/,
    valid: (digits) => digits !== '078051120' && digits !== '123456789',
    near: /\bssn\b|social.?security|_ssn|ssn_/i,
  },
  {
    id: 'uk-national-insurance-number',
    written: /^(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]/,
    valid: (compact) => compact !== 'QQ123456C' && compact !== 'AB123456C',
    lead: 3,
  },
  { id: 'de-tax-number', written: /^\d{2} ?\d{3} ?\d{3} ?\d{3}/, valid: steuerId, near: /steuer|tax|\bidnr|tin\b|steuer_?id/i },
  {
    id: 'fr-social-security-number',
    written: /^[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}/,
    valid: (compact) => {
      const digits = compact.replace('A', '0').replace('B', '0');
      const less = compact.includes('A') ? 1_000_000 : compact.includes('B') ? 2_000_000 : 0;
      return 97 - ((Number(digits.slice(0, 13)) - less) % 97) === Number(digits.slice(13));
    },
  },
  { id: 'es-identity-number', written: /^\d{8}[ -]?[A-HJ-NP-TV-Z]/, valid: spanish },
  { id: 'es-identity-number', written: /^[XYZ][ -]?\d{7}[ -]?[A-HJ-NP-TV-Z]/, valid: spanish, lead: 2 },
  {
    id: 'nl-citizen-number',
    written: /^\d{3}[ .]?\d{3}[ .]?\d{3}|^\d{4}\.\d{2}\.\d{3}/,
    valid: (digits) => (weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2]) - digitOf(digits, 8)) % 11 === 0 && Number(digits) > 0,
    near: /\bbsn\b|burgerservice|sofi|_bsn|bsn_/i,
  },
  {
    id: 'pl-personal-number',
    written: /^\d{11}/,
    valid: (digits) => (10 - (weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10 === digitOf(digits, 10),
    near: /pesel/i,
  },
  { id: 'br-taxpayer-number', written: /^\d{3}\.\d{3}\.\d{3}-\d{2}/, valid: cpf },
  { id: 'br-taxpayer-number', written: /^\d{11}/, valid: cpf, near: /cpf/i },
  { id: 'ca-social-insurance-number', written: /^\d{3}[ -]?\d{3}[ -]?\d{3}/, valid: luhn, near: /\bsin\b|social.?insurance/i },
  {
    id: 'ch-social-security-number',
    written: /^756\.?\d{4}\.?\d{4}\.?\d{2}/,
    valid: (digits) => (10 - (weighted(digits, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]) % 10)) % 10 === digitOf(digits, 12),
  },
  {
    id: 'se-personal-number',
    written: /^(?:19|20)?\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[-+]\d{4}/,
    valid: (digits) => luhn(digits.slice(-10)),
    near: /personnummer|personal.?(?:identity|number)|\bssn\b|\bpnr\b/i,
  },
  {
    id: 'be-national-number',
    written: /^\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}/,
    valid: (digits) => {
      const check = Number(digits.slice(9));
      return 97 - remainder(digits.slice(0, 9), 97) === check || 97 - remainder(`2${digits.slice(0, 9)}`, 97) === check;
    },
  },
  { id: 'in-aadhaar-number', written: /^[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}/, valid: verhoeff, near: /aadhaar|aadhar|uidai/i },
];

function numberRule({ id, written, valid, near, lead = 0 }: Form): NumberRule {
  return {
    id,
    kind: 'personal',
    find(text, start) {
      for (let from = start; from >= Math.max(0, start - lead); from--) {
        if (/[A-Za-z0-9_.-]/.test(text[from - 1] ?? '') && !(text[from - 1] === '-' && text[from - 2] === ' ')) continue;
        const found = written.exec(text.slice(from, from + 32))?.[0];
        if (
          !found ||
          /[A-Za-z0-9_]/.test(text[from + found.length] ?? '') ||
          /^[-.]\d/.test(text.slice(from + found.length, from + found.length + 2))
        )
          continue;
        if (!valid(found.toUpperCase().replace(/[^A-Z0-9]/g, ''))) continue;
        if (!near || said(text, from, near)) return { start: from, end: from + found.length };
      }
      return undefined;
    },
  };
}

export const nationalNumbers: readonly NumberRule[] = FORMS.map(numberRule);

/** Values of a codice fiscale's characters in odd places, by decree of 23 December 1976. */
const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** Italy's codice fiscale: sixteen letters and digits, the last a check of the others. Asked for long tokens. */
export const codiceFiscale: Rule = {
  id: 'it-fiscal-code',
  kind: 'personal',
  keywords: [],
  find(text, start) {
    const code = text.slice(start, start + 16).toUpperCase();
    if (!/^[A-Z]{6}[\dL-NP-V]{2}[A-EHLMPRST][\dL-NP-V]{2}[A-Z][\dL-NP-V]{3}[A-Z]$/.test(code)) return undefined;
    if (/[A-Za-z0-9]/.test(text[start - 1] ?? '') || /[A-Za-z0-9]/.test(text[start + 16] ?? '')) return undefined;
    let sum = 0;
    for (let at = 0; at < 15; at++) {
      const character = code[at]!;
      const value = character >= 'A' ? character.charCodeAt(0) - 65 : Number(character);
      sum += at % 2 === 0 ? ODD[value]! : value;
    }
    return sum % 26 === code.charCodeAt(15) - 65 ? { start, end: start + 16 } : undefined;
  },
};
