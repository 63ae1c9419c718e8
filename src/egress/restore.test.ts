import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExact } from '../protocol/json.ts';
import type { Part } from '../protocol/part.ts';
import type { Finding } from './finding.ts';
import { LONGEST, Placeholders } from './placeholders.ts';
import { redact } from './redact.ts';
import { PartRestorer, Restorer, restored, restoredBody } from './restore.ts';
import { holdsAll } from './text.ts';

const KEY = new Uint8Array(32).fill(7);
const value = fc.string({ unit: fc.constantFrom('a', 'Z', '9', '"', '\\', '\n', 'ß', '😀', '-', ' '), minLength: 1, maxLength: 20 });
const LABELS = ['secret', 'mail-address', 'words'];

/** Cut at these places. */
const cut = (text: string, places: readonly number[]): string[] => {
  const ends = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [...ends, text.length].map((end, at) => text.slice(ends[at - 1] ?? 0, end));
};

/** Text with placeholders in it, and things that begin like one. */
const scene = fc
  .tuple(
    fc.array(value, { minLength: 1, maxLength: 4 }),
    fc.array(
      fc.oneof(
        fc.nat(3),
        fc.constantFrom('f', 'fh', 'fh-', 'fh-secret-', 'fh-secret-abcdefghijk', 'fh-secret-abcdefghijkm', ' ', 'text '),
        value,
      ),
      { maxLength: 12 },
    ),
  )
  .map(([values, pieces]) => {
    const placeholders = new Placeholders(KEY);
    const made = values.map((one, at) => placeholders.for(one, LABELS[at % LABELS.length]!));
    return { placeholders, text: pieces.map((piece) => (typeof piece === 'number' ? made[piece % made.length] : piece)).join('') };
  });

describe('a text that comes in pieces', () => {
  test('is restored as the whole text is, however it is cut', () => {
    fc.assert(
      fc.property(
        scene,
        fc.array(fc.nat(), { maxLength: 20 }),
        fc.constantFrom(0 as const, 1 as const, 2 as const),
        ({ placeholders, text }, places, nesting) => {
          const restorer = new Restorer(placeholders, nesting);
          const out = cut(text, places).map((piece) => restorer.push(piece));
          expect(out.join('') + restorer.end()).toBe(restored(text, placeholders, nesting));
        },
      ),
    );
  });

  test('is restored letter by letter too, and less than a placeholder is held back', () => {
    fc.assert(
      fc.property(scene, ({ placeholders, text }) => {
        const restorer = new Restorer(new Placeholders(KEY));
        let said = 0;
        for (let at = 0; at < text.length; at++) {
          said += restorer.push(text[at]!).length;
          expect(at + 1 - said).toBeLessThan(LONGEST);
        }
        expect(restored(text, placeholders)).toBeDefined();
      }),
    );
  });
});

describe('a body', () => {
  const spots = fc.array(fc.tuple(fc.string({ maxLength: 12 }), value, fc.string({ maxLength: 12 })), { minLength: 1, maxLength: 5 });

  test('comes back from its redaction, and holds no value meanwhile', () => {
    fc.assert(
      fc.property(spots, (texts) => {
        const body = { items: texts.map(([before, secret, after]) => ({ text: before + secret + after })), keep: [1, null, true] };
        const findings = texts.map(
          ([before, secret], at): Finding => ({
            rule: 'named-secret',
            kind: 'secret',
            path: ['items', at, 'text'],
            start: before.length,
            end: before.length + secret.length,
          }),
        );
        const placeholders = new Placeholders(KEY, 'a conversation');
        const redacted = redact(body, findings, placeholders);
        for (const [, secret] of texts)
          if (secret.length >= 8) expect(JSON.stringify(redacted)).not.toContain(JSON.stringify(secret).slice(1, -1));
        expect(restoredBody(redacted, placeholders)).toEqual(body);
      }),
    );
  });

  test('the same value has the same placeholder in the next turn, and another one elsewhere', () => {
    expect(new Placeholders(KEY, 'a').for('x', 'secret')).toBe(new Placeholders(KEY, 'a').for('x', 'secret'));
    expect(new Placeholders(KEY, 'a').for('x', 'secret')).not.toBe(new Placeholders(KEY, 'b').for('x', 'secret'));
    expect(new Placeholders(KEY).for('x', 'secret')).not.toBe(new Placeholders(new Uint8Array(32)).for('x', 'secret'));
  });

  test('a value found once goes everywhere', () => {
    const body = { a: 'password=Gw7xPl2q!', b: ['it was Gw7xPl2q!, I think'], 'Gw7xPl2q!': 1 };
    const redacted = redact(body, [{ rule: 'named-secret', kind: 'secret', path: ['a'], start: 9, end: 18 }], new Placeholders(KEY));
    expect(JSON.stringify(redacted)).not.toContain('Gw7xPl2q!');
    expect(body.a).toBe('password=Gw7xPl2q!');
  });

  test("names of members, numbers and __proto__ stay a client's JSON", () => {
    const body = JSON.parse('{"__proto__":{"k-secret-k":1},"card":4012888888881881,"k-fine":2}');
    const placeholders = new Placeholders(KEY);
    const redacted = redact(
      body,
      [
        { rule: 'named-secret', kind: 'secret', path: ['__proto__', 'k-secret-k'], key: true, start: 2, end: 8 },
        { rule: 'payment-card', kind: 'personal', path: ['card'], start: 0, end: 16 },
      ],
      placeholders,
    );
    expect(JSON.stringify(redacted)).toMatch(/^\{"__proto__":\{"k-fh-secret-\w{12}-k":1\},"card":"fh-paymentcard-\w{12}","k-fine":2\}$/);
  });

  test('numbers kept as they were written are read, replaced and left alone as numbers', () => {
    const raw = '{"card":4012888888881881,"id":12345678901234567890,"twice":4012888888881881}';
    const body = parseExact(raw);
    expect(holdsAll(raw, body)).toBe(true);
    const placeholders = new Placeholders(KEY);
    const card: Finding = { rule: 'payment-card', kind: 'personal', path: ['card'], start: 0, end: 16 };
    const made = placeholders.for('4012888888881881', 'payment-card');
    expect(JSON.stringify(redact(body, [card], placeholders))).toBe(`{"card":"${made}","id":12345678901234567890,"twice":"${made}"}`);
    const inside: Finding = { ...card, path: ['id'], start: 0, end: 20 };
    expect(JSON.stringify(redact(body, [inside], placeholders))).toMatch(/"id":"fh-paymentcard-\w{12}"/);
  });

  test('arguments that are JSON stay JSON, sealed state is not touched', () => {
    const placeholders = new Placeholders(KEY);
    const made = placeholders.for('a"b\\c\nd', 'secret');
    const body = { arguments: `{"password":"${made}"}`, text: made, signature: made };
    expect(restoredBody(body, placeholders)).toEqual({
      arguments: JSON.stringify({ password: 'a"b\\c\nd' }),
      text: 'a"b\\c\nd',
      signature: made,
    });
  });
});

describe('an answer in parts', () => {
  const placeholders = new Placeholders(KEY);
  const made = placeholders.for('say "hi"', 'secret');

  function answer(parts: readonly Part[]): Map<number, string> {
    const restorer = new PartRestorer(placeholders);
    const texts = new Map<number, string>();
    const open = new Set<number>();
    for (const part of parts.flatMap((one) => restorer.push(one))) {
      if (part.type === 'block-start') open.add(part.index);
      if (part.type === 'block-end') open.delete(part.index);
      if (part.type !== 'block-delta') continue;
      expect(open.has(part.index)).toBe(true);
      texts.set(part.index, (texts.get(part.index) ?? '') + part.text);
    }
    return texts;
  }

  test('text as it is, arguments as JSON, blocks that interleave apart', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 9 }), fc.array(fc.nat(), { maxLength: 9 }), fc.boolean(), (one, two, ends) => {
        const texts = cut(`It is ${made} f`, one);
        const json = cut(`{"password":"${made}"}`, two);
        const deltas: Part[] = [];
        for (let at = 0; at < Math.max(texts.length, json.length); at++) {
          if (texts[at]) deltas.push({ type: 'block-delta', index: 0, text: texts[at]! });
          if (json[at]) deltas.push({ type: 'block-delta', index: 1, text: json[at]! });
        }
        const said = answer([
          { type: 'block-start', index: 0, block: { kind: 'text' } },
          { type: 'block-start', index: 1, block: { kind: 'tool-call', id: '1', name: 'x', input: 'json' } },
          ...deltas,
          ...(ends
            ? ([
                { type: 'block-end', index: 0 },
                { type: 'block-end', index: 1 },
              ] as const)
            : []),
          { type: 'finish', reason: 'stop' },
        ]);
        expect(said.get(0)).toBe('It is say "hi" f');
        expect(JSON.parse(said.get(1)!)).toEqual({ password: 'say "hi"' });
      }),
    );
  });
});
