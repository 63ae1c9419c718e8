import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base64In, escapedIn, hexIn } from './encoded.ts';
import { normal } from './normal.ts';

describe('the text as a reader sees it', () => {
  test.each([
    ['plain', 'a = 1', 'a = 1'],
    ['unseen characters', 'se\u200bcr\u00adet\ufeff', 'secret'],
    ['full width', '\uff50\uff41\uff53\uff53\uff1d\uff11', 'pass=1'],
    ['mathematical letters', '\u{1d5ba}\u{1d5bb}', 'ab'],
    ['tags', `a\u{e0061}b`, 'ab'],
    ['blanks and dashes', '4111\u00a04111\u20134111', '4111 4111-4111'],
    ['escapes of a string in a string', String.raw`a\"b\nc`, 'a "b \nc'],
    ['other scripts as they are', 'пароль 秘密 é', 'пароль 秘密 é'],
  ])('%s', (_, text, read) => expect(normal(text).text).toBe(read));

  test('every place of it leads to the character it came from', () => {
    const unit = fc.constantFrom('a', '\u200b', '\uff21', 'ß', '\u{1d5ba}', '\u00ad', '\u2460', '😀', '-');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), fc.string({ unit, maxLength: 10 }), (before, after) => {
        const text = `${before}MARK${after}`;
        const { text: read, place = (at: number) => at } = normal(text);
        const at = read.indexOf('MARK');
        expect(text.slice(place(at), place(at + 3) + 1)).toBe('MARK');
      }),
    );
  });
});

describe('encodings', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const whole = (text: string) => base64In(text, 0, text.length)?.text;

  test('base64 of either alphabet, behind a name, and of UTF-16', () => {
    expect(whole(base64('hello world, this is text'))).toBe('hello world, this is text');
    expect(whole(Buffer.from('ein Geheimnis: schönes Wetter?').toString('base64url'))).toBe('ein Geheimnis: schönes Wetter?');
    expect(whole(`value=${base64('hello world, this is text')}`)).toBe('hello world, this is text');
    expect(whole(Buffer.from('a wide secret', 'utf16le').toString('base64'))).toBe('a wide secret');
  });

  test('words, hashes and identifiers decode to nothing', () => {
    for (const word of ['internationalization', 'getServerSideProps', 'node_modules/typescript/lib', 'd41d8cd98f00b204e9800998ecf8427e'])
      expect(whole(word), word).toBeUndefined();
  });

  test('what lies open in binary data is read as letters', () => {
    const bytes = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 255]), Buffer.alloc(300, 200), Buffer.from('open text')]);
    const found = base64In(bytes.toString('base64'), 0, bytes.toString('base64').length);
    expect(found).toMatchObject({ binary: true });
    expect(found?.text).toContain('open text');
  });

  test('hexadecimal digits of text', () => {
    const hex = Buffer.from('the key is here').toString('hex');
    expect(hexIn(hex, 0, hex.length)?.text).toBe('the key is here');
    expect(hexIn('e3b0c44298fc1c149afbf4c8996fb924', 0, 32)).toBeUndefined();
  });

  test('escapes of URLs, programs and HTML', () => {
    const text = (input: string) => escapedIn(input).map((one) => one.text);
    expect(text('see user%3Apass%40host now')).toEqual(['user:pass@host']);
    expect(text(String.raw`x = "\u0073\x65cret"`)).toEqual(['secret']);
    expect(text('&#115;&#x65;cret')).toEqual(['secret']);
  });
});
