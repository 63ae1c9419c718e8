/** Check digits of the numbers that people, cards and accounts have. All take bare digits (or letters and digits) and are pure. */

const digit = (text: string, at: number): number => text.charCodeAt(at) - 48;

/** Luhn's formula, ISO/IEC 7812-1 annex B. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let at = digits.length - 1, twice = false; at >= 0; at--, twice = !twice) {
    const value = digit(digits, at) * (twice ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/** Weighted sum of the first digits. */
export function weighted(digits: string, weights: readonly number[]): number {
  let sum = 0;
  for (const [at, weight] of weights.entries()) sum += digit(digits, at) * weight;
  return sum;
}

/** Remainder of a decimal number of any length. */
export function remainder(digits: string, by: number): number {
  let rest = 0;
  for (let at = 0; at < digits.length; at++) rest = (rest * 10 + digit(digits, at)) % by;
  return rest;
}

/** ISO 7064 mod 97-10 over an IBAN: the first four characters go to the end, letters become 10 to 35. */
export function mod97(iban: string): boolean {
  let rest = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** ISO 7064 mod 11,10, as German tax numbers have it. */
export function mod11and10(digits: string): boolean {
  let product = 10;
  for (let at = 0; at < digits.length - 1; at++) {
    const sum = (digit(digits, at) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === digit(digits, digits.length - 1);
}

/** Verhoeff's dihedral check, as India's Aadhaar has it. Verhoeff, Error Detecting Decimal Codes, 1969. */
export function verhoeff(digits: string): boolean {
  const turn = '1576283094';
  let check = 0;
  for (let at = 0; at < digits.length; at++) {
    let value = digit(digits, digits.length - 1 - at);
    for (let times = at % 8; times > 0; times--) value = digit(turn, value);
    check = times(check, value);
  }
  return check === 0;
}

/** Product in the dihedral group of order ten. */
function times(left: number, right: number): number {
  if (left < 5) return right < 5 ? (left + right) % 5 : 5 + ((left + right - 5) % 5);
  return right < 5 ? 5 + ((left - right) % 5) : (left - right + 5) % 5;
}
