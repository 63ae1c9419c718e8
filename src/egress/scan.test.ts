import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Placeholders } from './placeholders.ts';
import { decide, egressSchema } from './policy.ts';
import { read, scannerFor } from './read.ts';
import { redact } from './redact.ts';
import type { Limits } from './scan.ts';
import { Seen } from './seen.ts';
import { holdsAll, walk } from './text.ts';

const settings = egressSchema.parse({ words: { falcon: ['Project Falcon', '猎鹰'] }, patterns: { ticket: 'ACME-[0-9]{4,8}' } });
const LIMITS: Limits = { budget: 60_000, length: 1e9, now: () => 0 };
// Put together here: a whole one in a file would be found by other people's scanners.
const TOKEN = `ghp_${'q7Rz2MvX9kLw4TnB8sYp1Hd6Jf3GcV5bNm0K'}`;
const scan = (body: unknown, scanner = scannerFor(settings)) => scanner.scan(body, LIMITS);
const placesOf = (body: unknown) => scan(body).findings.map(({ rule, path, key }) => `${rule} ${path.join('/')}${key ? ' (name)' : ''}`);

describe('one view of all text', () => {
  test.each([
    ['system text', { system: `use ${TOKEN}` }, 'system'],
    ['instructions', { instructions: TOKEN }, 'instructions'],
    ['a text part', { messages: [{ role: 'user', content: [{ type: 'text', text: `a ${TOKEN} b` }] }] }, 'messages/0/content/0/text'],
    ["a tool's description", { tools: [{ function: { description: TOKEN } }] }, 'tools/0/function/description'],
    [
      "a tool's schema",
      { tools: [{ input_schema: { properties: { a: { enum: [TOKEN] } } } }] },
      'tools/0/input_schema/properties/a/enum/0',
    ],
    [
      'arguments',
      { messages: [{ tool_calls: [{ function: { arguments: JSON.stringify({ cmd: `curl -H "X: ${TOKEN}"` }) } }] }] },
      'messages/0/tool_calls/0/function/arguments',
    ],
    ["a tool's result", { messages: [{ content: [{ type: 'tool_result', content: `out\n${TOKEN}` }] }] }, 'messages/0/content/0/content'],
    ['reasoning', { input: [{ type: 'reasoning', summary: [{ text: TOKEN }] }] }, 'input/0/summary/0/text'],
    ['a file name', { input: [{ type: 'input_file', filename: `${TOKEN}.txt` }] }, 'input/0/filename'],
    ['metadata', { metadata: { user: TOKEN } }, 'metadata/user'],
    ['an embedding input', { input: ['harmless', TOKEN] }, 'input/1'],
    ['a field nobody knows', { tomorrow: [[{ deep: [TOKEN] }]] }, 'tomorrow/0/0/deep/0'],
    ['a data URL', { image_url: { url: `data:text/plain;base64,${Buffer.from(`notes: ${TOKEN}`).toString('base64')}` } }, 'image_url/url'],
    ['base64 in base64', { data: Buffer.from(Buffer.from(`notes: ${TOKEN}`).toString('base64')).toString('base64') }, 'data'],
    ['UTF-16 in base64', { data: Buffer.from(`notes: ${TOKEN}`, 'utf16le').toString('base64') }, 'data'],
    ['hexadecimal digits', { data: Buffer.from(TOKEN).toString('hex') }, 'data'],
    ['an escaped URL', { url: `https://a.b/?q=${[...TOKEN].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('')}` }, 'url'],
    ['unseen characters within', { text: [...TOKEN].join('\u200b') }, 'text'],
    ['full-width letters', { text: TOKEN.replace(/[a-z]/gi, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)) }, 'text'],
    [
      'a binary document',
      { data: Buffer.concat([Buffer.alloc(200, 0xd1), Buffer.from(` ${TOKEN} `), Buffer.alloc(200, 0xd2)]).toString('base64') },
      'data',
    ],
  ])('%s', (_, body, path) => expect(placesOf(body)).toEqual([`github-token ${path}`]));

  test('the name of a member', () => expect(placesOf({ a: { [TOKEN]: 1 } })).toEqual([`github-token a/${TOKEN} (name)`]));
  test('a number', () => expect(placesOf({ card: 4012888888881881 })).toEqual(['payment-card card']));
  test('a value whose name gives it away', () =>
    expect(placesOf({ input: { password: 'Gw7xPl2q!' } })).toEqual(['named-secret input/password']));
  test("the team's words and patterns", () =>
    expect(placesOf({ text: 'PROJECT\nfalcon, projectfalcon, 猎鹰, ACME-1234' })).toEqual(['falcon text', 'falcon text', 'ticket text']));

  test('a body that lost a member in parsing is known', () => {
    for (const raw of ['{"a":"x","a":"y"}', '{"a":{"b":1},"a":2}']) expect(holdsAll(raw, JSON.parse(raw)), raw).toBe(false);
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        const raw = JSON.stringify(body);
        expect(holdsAll(raw, JSON.parse(raw))).toBe(true);
      }),
    );
  });

  test('every string of any JSON is visited', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        const strings: string[] = [];
        JSON.stringify(body, (_key, value) => {
          if (typeof value === 'string') strings.push(value);
          if (value && typeof value === 'object' && !Array.isArray(value)) strings.push(...Object.keys(value));
          return value;
        });
        const seen: string[] = [];
        walk(body, (leaf) => void (/^-?\d{9,}|e\+/.test(leaf.text) ? undefined : seen.push(leaf.text)));
        expect(seen.sort()).toEqual(strings.filter((text) => !/^-?\d{9,}|e\+/.test(text)).sort());
      }),
    );
  });
});

describe('what is split over neighbours', () => {
  test('is found however it is cut, and none of it stays', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: TOKEN.length - 1 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(cuts, fc.boolean(), (places, messages) => {
        const ends = [0, ...places.sort((a, b) => a - b), TOKEN.length];
        const pieces = ends.slice(1).map((end, at) => TOKEN.slice(ends[at], end));
        pieces[0] = `before ${pieces[0]}`;
        pieces[pieces.length - 1] += ' after';
        const body = messages
          ? { messages: pieces.map((content) => ({ role: 'user', content })) }
          : { content: pieces.map((text) => ({ type: 'text', text })) };
        const { findings } = scan(body);
        expect(findings.map(({ rule }) => rule)).toContain('github-token');
        const placeholders = new Placeholders(new Uint8Array(16));
        const left = JSON.stringify(redact(body, findings, placeholders)).replace(/[^\w-]|role|user|content|type|text|messages/g, '');
        expect(left).toMatch(/^before\W?fh-secret-[a-z2-9]{12}after$/);
        expect(placeholders.value(/fh-secret-[a-z2-9]{12}/.exec(left)![0])).toBe(TOKEN);
      }),
    );
  });

  test('two whole texts are not one', () =>
    expect(placesOf({ content: [{ text: 'the password is set.' }, { text: 'Xk29LmQp71' }] })).toEqual([]));
});

describe('what was read before', () => {
  test('is not read again, and is found again', () => {
    const scanner = scannerFor(settings);
    const turn = (count: number) => ({
      messages: Array.from({ length: count }, (_, at) => ({
        content: `turn ${at} of a conversation with ${at === 3 ? TOKEN : 'nothing'} in it`,
      })),
    });
    expect(scan(turn(10), scanner).fresh).toBeGreaterThan(300);
    const again = scan(turn(11), scanner);
    expect(again.fresh).toBeLessThan(60);
    expect(again.findings).toHaveLength(1);
  });

  test('holds no more than it may, and forgets the oldest first', () => {
    const seen = new Seen(5000);
    let reads = 0;
    const ask = (text: string) =>
      seen.matches(text, () => {
        reads++;
        return [];
      });
    for (let at = 0; at < 500; at++) {
      ask(`a text that is long enough ${at}`);
      ask('the one that is asked for all the time');
      expect(seen.bytes).toBeLessThanOrEqual(5000);
    }
    expect(reads).toBe(501);
  });
});

describe('what cannot be read may not leave', () => {
  const reading = (body: unknown, more = {}) =>
    read(
      scannerFor(settings),
      body,
      { ...settings, ...more },
      (() => {
        let at = 0;
        return () => (at += 1);
      })(),
    );

  test.each([
    ['out of time', reading({ text: `${'long '.repeat(50)}` }, { budgetMs: 0.5 })],
    ['too much', reading({ text: 'x'.repeat(100) }, { limitLength: 50 })],
    ['too deep', reading(JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)))],
  ])('%s', (_, one) => {
    expect(one.failure).toBeDefined();
    expect(decide(one, 'vendor', settings).action).toBe('block');
    expect(decide(one, 'leased', settings).action).toBe('own');
    expect(decide(one, 'own', settings).action).toBe('allow');
  });

  test('a detector that throws', () => {
    const scanner = scannerFor(settings);
    scanner.scan = () => {
      throw new TypeError(`secret ${TOKEN}`);
    };
    const one = read(scanner, {}, settings, () => 0);
    expect(one).toEqual({ findings: [], failure: 'a detector failed' });
    expect(decide(one, 'vendor', settings).action).toBe('block');
  });
});
