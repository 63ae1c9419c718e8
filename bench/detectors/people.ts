import type { Dice } from './random.ts';

const WORDS = ['anna', 'li', 'jonas', 'maria', 'omar', 'keller', 'rossi', 'nguyen', 'smith', 'dubois'];
const DOMAINS = ['gmail.com', 'corp.net', 'uni-koeln.de', 'web.de', 'acme.io', 'mail.co.uk', 'orange.fr'];

const luhnDigit = (digits: string): string => {
  let sum = 0;
  for (let at = digits.length - 1, twice = true; at >= 0; at--, twice = !twice) {
    const value = Number(digits[at]) * (twice ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return String((10 - (sum % 10)) % 10);
};

const groups = (text: string, size: number, sign: string): string => text.match(new RegExp(`.{1,${size}}`, 'g'))!.join(sign);

function cardNumber(dice: Dice): string {
  const begin = dice.pick(['4', '51', '55', '2221', '34', '37', '6011', '3528']);
  const length = /^3[47]/.test(begin) ? 15 : 16;
  const body = begin + dice.digits(length - begin.length - 1);
  const number = body + luhnDigit(body);
  return length === 16 ? dice.pick([number, groups(number, 4, ' '), groups(number, 4, '-')]) : number;
}

function ibanNumber(dice: Dice): string {
  const [country, body] = dice.pick([
    ['DE', dice.digits(18)],
    ['FR', dice.digits(10) + dice.letters('ABCDEFGHIJ0123456789', 11) + dice.digits(2)],
    ['GB', dice.letters('ABCDEFGHIJKLMNOPQRSTUVWXYZ', 4) + dice.digits(14)],
    ['NL', dice.letters('ABNAINGRABO', 4) + dice.digits(10)],
    ['ES', dice.digits(20)],
    ['AT', dice.digits(16)],
  ]) as [string, string];
  const numeric = [...`${body}${country}00`].map((character) => Number.parseInt(character, 36)).join('');
  const check = String(98n - (BigInt(numeric) % 97n)).padStart(2, '0');
  return dice.pick([`${country}${check}${body}`, groups(`${country}${check}${body}`, 4, ' ')]);
}

function dni(dice: Dice): string {
  const digits = dice.digits(8);
  return digits + 'TRWAGMYFPDXBNJZSQVHLCKE'[Number(digits) % 23];
}

function nir(dice: Dice): string {
  const body = `${1 + dice.below(2)}${dice.digits(2)}${String(1 + dice.below(12)).padStart(2, '0')}${10 + dice.below(80)}${dice.digits(6)}`;
  return body + String(97 - Number(BigInt(body) % 97n)).padStart(2, '0');
}

function bsn(dice: Dice): string {
  for (;;) {
    const digits = dice.digits(9);
    const sum = [9, 8, 7, 6, 5, 4, 3, 2, -1].reduce((total, weight, at) => total + weight * Number(digits[at]), 0);
    if (digits[0] !== '0' && sum % 11 === 0) return digits;
  }
}

function ssn(dice: Dice): string {
  return `${String(100 + dice.below(500))}-${String(10 + dice.below(80))}-${String(1000 + dice.below(8999))}`;
}

/** Data on people, with the words that stand before it. */
export const PEOPLE: Readonly<Record<string, (dice: Dice) => string>> = {
  mail: (dice) =>
    dice.pick([
      (m: string) => `"email": "${m}"`,
      (m: string) => `Contact ${m}.`,
      (m: string) => `<a href="mailto:${m}">`,
      (m: string) => `To: Anna <${m}>`,
    ])(`${dice.pick(WORDS)}.${dice.pick(WORDS)}${dice.digits(2)}@${dice.pick(DOMAINS)}`),
  phone: (dice) =>
    dice.pick([
      `+49 ${dice.digits(3)} ${dice.digits(7)}`,
      `phone: (${2 + dice.below(7)}${dice.digits(2)}) 3${dice.digits(2)}-${dice.digits(4)}`,
      `tel: 0${dice.digits(3)} ${dice.digits(7)}`,
      `"phone": "+1-4${dice.digits(2)}-7${dice.digits(2)}-${dice.digits(4)}"`,
      `+33 6 ${groups(dice.digits(8), 2, ' ')}`,
      `call +4420${dice.digits(8)}`,
    ]),
  card: (dice) =>
    dice.pick([
      (c: string) => `card: ${c}`,
      (c: string) => `"pan":"${c}"`,
      (c: string) => `paid with ${c} exp 12/29`,
      (c: string) => `17,${c},EUR`,
    ])(cardNumber(dice)),
  iban: (dice) =>
    dice.pick([(i: string) => `IBAN ${i}`, (i: string) => `"account": "${i}"`, (i: string) => `pay to ${i}, please`])(ibanNumber(dice)),
  ssn: (dice) => dice.pick([`SSN: ${ssn(dice)}`, `"ssn": "${ssn(dice)}"`, `bob,${ssn(dice)},1980`]),
  nino: (dice) =>
    `NI number ${dice.letters('ABCEGHJKLMPRSWXYZ', 1)}${dice.letters('ABCEGHJKLMPRSWXYZ', 1)}${dice.pick([dice.digits(6), groups(dice.digits(6), 2, ' ').replace(/^/, ' ').concat(' ')])}${dice.pick(['A', 'B', 'C', 'D'])}`,
  dni: (dice) => `DNI ${dni(dice)}`,
  nir: (dice) => dice.pick([`numéro: ${nir(dice)}`, `nir=${nir(dice)}`]),
  bsn: (dice) => `BSN: ${bsn(dice)}`,
};
