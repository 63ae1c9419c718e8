import { type Change, canary, SAME, SETTINGS } from '../../src/live/fixtures/canaries.ts';

/** Simulated canaries: how often a sound model is rolled back, and how soon one that changed. */

const runs = Number(process.argv[process.argv.indexOf('--runs') + 1]) || 100;
const SHARES = [0.05, 0.25, 0.5, 1];
/** What the default steps see of a new model before it is full, and then a while. Exchanges. */
const STEPS = 400;
const LONG = 4000;
const LATE = 300;

const WORSE: readonly (readonly [string, Change])[] = [
  ['every answer fails', { ...SAME, errors: 1 }],
  ['half of them fail', { ...SAME, errors: 0.5 }],
  ['a fifth fails', { ...SAME, errors: 0.2 }],
  ['eight times as slow', { ...SAME, slower: 8 }],
  ['four times as slow', { ...SAME, slower: 4 }],
  ['four times as dear', { ...SAME, dearer: 4 }],
  ['half of what is said is bad', { ...SAME, complaints: 0.5 }],
];
const AT_LIMIT: Change = {
  errors: SAME.errors + SETTINGS.errors,
  slower: SETTINGS.slower,
  dearer: SETTINGS.dearer,
  complaints: SAME.complaints + SETTINGS.complaints,
};

function all(share: number, change: Change, from: number, most: number): (number | undefined)[] {
  return Array.from({ length: runs }, (_, seed) => canary({ seed: seed + 1, share, change, from, most }));
}

const told = (exchanges: number) => (exchanges === Number.POSITIVE_INFINITY ? 'never' : String(exchanges));
const percent = (part: number, of: number) => `${((100 * part) / of).toFixed(1)} %`;
const line = (cells: readonly string[]) => console.log(`| ${cells.join(' | ')} |`);

console.log(`Rolled back by mistake, ${runs} runs each: exchanges with the new model until then at most ${STEPS}, and ${LONG}\n`);
line(['share', `as good, ${STEPS}`, `as good, ${LONG}`, `on every limit, ${STEPS}`]);
line(['---', '---', '---', '---']);
for (const share of SHARES) {
  const wrong = (change: Change, most: number) => all(share, change, 0, most).filter((one) => one !== undefined).length;
  line([percent(share, 1), percent(wrong(SAME, STEPS), runs), percent(wrong(SAME, LONG), runs), percent(wrong(AT_LIMIT, STEPS), runs)]);
}

console.log(
  `\nExchanges with the new model from the change until it is rolled back, median (nine of ten); the change comes after ${LATE}\n`,
);
line(['', ...SHARES.map((share) => percent(share, 1))]);
line(['---', ...SHARES.map(() => '---')]);
for (const [what, change] of WORSE) {
  const cells = SHARES.map((share) => {
    const found = all(share, change, LATE, LATE + LONG)
      .map((one) => one ?? Number.POSITIVE_INFINITY)
      .sort((a, b) => a - b);
    const at = (quantile: number) => found[Math.min(found.length - 1, Math.floor(quantile * found.length))]!;
    return `${told(at(0.5))} (${told(at(0.9))})`;
  });
  line([what, ...cells]);
}
