import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Mark, Scanner } from './scan.ts';

const marks: Mark[] = [
  { text: '<tool_call>', kind: 'call' },
  { text: '</think>', kind: 'think-close' },
  { text: 'END', kind: 'stop' },
];

function run(pieces: readonly string[]): { text: string; hit: string | undefined; rest: string } {
  const scanner = new Scanner(marks);
  let text = '';
  for (const [i, piece] of pieces.entries()) {
    const scanned = scanner.push(piece);
    text += scanned.text;
    if (scanned.hit !== undefined) return { text, hit: scanned.hit.mark.text, rest: scanned.hit.rest + pieces.slice(i + 1).join('') };
  }
  return { text: text + scanner.flush(), hit: undefined, rest: '' };
}

describe('Scanner', () => {
  it('finds the first mark and shows what stands before it', () => {
    expect(run(['he', 'llo <to', 'ol_call>{"a"'])).toEqual({ text: 'hello ', hit: '<tool_call>', rest: '{"a"' });
  });

  it('gives back what only looked like a mark', () => {
    expect(run(['a <too', ' b EN'])).toEqual({ text: 'a <too b EN', hit: undefined, rest: '' });
  });

  it('gives the same however the text is cut', () => {
    const text = fc
      .array(fc.constantFrom('<', '<tool', '_call>', '</think', '>', 'E', 'N', 'D', ' x', 'END', '<tool_call>'), { maxLength: 12 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(20), { maxLength: 8 }), (whole, cuts) => {
        const at = [...new Set(cuts.map((cut) => Math.min(cut, whole.length)))].sort((a, b) => a - b);
        const pieces = [0, ...at].map((from, i) => whole.slice(from, at[i] ?? whole.length));
        expect(run(pieces)).toEqual(run([whole]));
      }),
    );
  });
});
