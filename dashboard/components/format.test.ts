import { describe, expect, it } from 'vitest';
import { ago, bytes, count, interval, money, percent, short, span, speed } from './format.ts';

/** The reader's language decides on signs; here only which digits there are. */
const digits = (text: string) => text.replace(/[^\d–<>% a-zA-Z/()]/g, '.');

describe('numbers as people read them', () => {
  it.each([
    [1e9 * 1234.5, '.1.235'],
    [1e9 * 12.345, '.12.35'],
    [1e9 * 0.0123, '.0.0123'],
    [1e9 * 0.000_56, '.0.00056'],
    [1e9 * 0.000_012, '.0.000012'],
    [100, '< .0.000001'],
    [-1e9 * 12.3, '..12.30'],
    [0, '.0'],
    [null, '–'],
  ])('money: %d nano-dollars are %s', (nanos, text) => expect(digits(money(nanos))).toBe(text));

  it.each([
    [0, '0%'],
    [0.004, '0.4%'],
    [0.056, '5.6%'],
    [0.333, '33%'],
    [0.9949, '99%'],
    [0.9991, '99.9%'],
    [1, '100%'],
    [Number.NaN, '–'],
    [undefined, '–'],
  ])('a share of %d is %s: nearly all is never shown as all', (share, text) => expect(digits(percent(share))).toBe(text));

  it.each([
    [1.26, '1.3 ms'],
    [850, '850 ms'],
    [1400, '1.4 s'],
    [45_600, '45.6 s'],
    [125_000, '2 min 5 s'],
    [3_660_000, '1 h 1 min'],
    [90 * 3_600_000, '3 d 18 h'],
  ])('%d ms are %s', (ms, text) => expect(digits(span(ms))).toBe(text));

  it.each([
    [999, '999 B'],
    [12_345, '12.3 kB'],
    [999_999_999, '1.000 MB'],
    [2.5e12, '2.5 TB'],
    [9e15, '9.000 TB'],
  ])('%d bytes are %s', (size, text) => expect(digits(bytes(size))).toBe(text));

  it('counts in full below ten thousand, and in short above', () => {
    expect(digits(short(9999))).toBe('9.999');
    expect(digits(short(12_345))).toBe('12.3K');
    expect(digits(count(1_234_567))).toBe('1.234.567');
    expect([short(null), count(undefined), speed(null)]).toEqual(['–', '–', '–']);
    expect(digits(speed(48.6))).toBe('49 tok/s');
  });

  it('gives an estimate its interval, where there is one', () => {
    expect(digits(interval(0.62, 0.55, 0.69))).toBe('62% (55% to 69%)');
    expect(digits(interval(0.62, null, 0.69))).toBe('62%');
    expect(interval(null, 0, 1)).toBe('–');
  });

  it('says how long ago in the unit that fits', () => {
    const now = Date.UTC(2026, 10, 22);
    expect(ago(now - 5_000, now)).toMatch(/5/);
    expect(ago(now - 3 * 3_600_000, now)).toMatch(/3/);
    expect(ago(now - 4 * 86_400_000, now)).toMatch(/4/);
  });
});
