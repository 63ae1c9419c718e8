import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GatewayError } from '../protocol/errors.ts';
import { join, parseBase } from './url.ts';

const CHAT = '/v1/chat/completions';

test.each([
  ['http://box:8000', CHAT, 'http://box:8000/v1/chat/completions'],
  ['http://box:8000/', CHAT, 'http://box:8000/v1/chat/completions'],
  ['http://box:8000/v1', CHAT, 'http://box:8000/v1/chat/completions'],
  ['http://box:8000/v1/', CHAT, 'http://box:8000/v1/chat/completions'],
  ['http://box:8000//v1//', '//v1//chat/completions', 'http://box:8000/v1/chat/completions'],
  ['https://h/api/v1', CHAT, 'https://h/api/v1/chat/completions'],
  ['https://h/openai/v1', CHAT, 'https://h/openai/v1/chat/completions'],
  ['https://h/api/paas/v4', CHAT, 'https://h/api/paas/v4/chat/completions'],
  ['https://h/v1beta/openai/', CHAT, 'https://h/v1beta/openai/chat/completions'],
  ['https://h/api', CHAT, 'https://h/api/v1/chat/completions'],
  ['https://h/v1', '/v1/messages?beta=true', 'https://h/v1/messages?beta=true'],
  ['https://h/v1?api-version=3', '/v1/messages?beta=true', 'https://h/v1/messages?api-version=3&beta=true'],
  ['https://h/vision', CHAT, 'https://h/vision/v1/chat/completions'],
  [' https://h/v1\n', '/v1/models', 'https://h/v1/models'],
  ['http://127.0.0.1:11434', '/api/chat', 'http://127.0.0.1:11434/api/chat'],
  ['http://[::1]:8000/v1', '/v1/models', 'http://[::1]:8000/v1/models'],
])('%s + %s', (base, path, whole) => expect(join(base, path)).toBe(whole));

test.each([
  ['box:8000/v1', /http:\/\/ or https/],
  ['just words', /not a URL/],
  ['file:///etc/passwd', /http:\/\/ or https/],
  ['https://me:pa55word@h/v1', /key:/],
  ['https://me@h/v1', /key:/],
  ['https://h/v1#x', /# part/],
])('%s is refused', (base, mend) => {
  expect(() => parseBase(base, 'providers.box.url')).toThrow(mend);
  try {
    parseBase(base, 'providers.box.url');
  } catch (error) {
    expect(error).toBeInstanceOf(GatewayError);
    expect((error as Error).message).not.toContain('pa55word');
  }
});

const version = fc.constantFrom('v1', 'v2', 'v4', 'v1beta', 'v2alpha1');
const word = fc.stringMatching(/^[a-u][a-z]{0,8}$/);
const slashes = fc.constantFrom('/', '//', '///');

test('whatever the base looks like: one version segment, no empty segment, the host of the base', () => {
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 3 }),
      fc.option(version),
      fc.array(word, { maxLength: 2 }),
      slashes,
      (before, own, after, gap) => {
        const base = `https://host:1234${[...before, ...(own ? [own] : []), ...after].map((segment) => gap + segment).join('')}${gap}`;
        const url = new URL(join(base, CHAT));
        const segments = url.pathname.slice(1).split('/');
        expect(url.host).toBe('host:1234');
        expect(segments).toEqual([...before, ...(own ? [own] : []), ...after, ...(own ? [] : ['v1']), 'chat', 'completions']);
      },
    ),
  );
});
