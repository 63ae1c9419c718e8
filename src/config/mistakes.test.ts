// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references of the file, not of this language
import { describe, expect, test } from 'vitest';
import { load, problem } from './fixtures/load-text.ts';
import type { ConfigError } from './problem.ts';

const BOX = 'providers: { box: { dialect: alpha, url: http://box/v1, zone: own, models: [m] } }\n';

describe('mistakes are named where they are, with the mend', () => {
  const box = (more: string) => `providers:\n  box:\n    dialect: alpha\n    url: http://box\n    zone: own\n${more}`;
  test.each([
    ['a key misspelt', 'servr: {}', '1:1 is no known key; did you mean "server"?'],
    [
      'a key nobody knows',
      'server: { zzzz: 1 }',
      '1:11 is no known key; known here: host, port, hosts, loopback_without_key, body_limit_mib, keepalive_seconds, drain_seconds',
    ],
    ['a key in camelCase', 'server: { bodyLimitMib: 1 }', '1:11 is no known key; did you mean "body_limit_mib"?'],
    ['a key deep inside', box('    models: { m: { contxt: 1 } }'), '6:20 is no known key; did you mean "context"?'],
    ['a text for a number', 'server: { port: http }', '1:17 must be a number, not text'],
    ['a number too large', 'server:\n  port: 70000', '2:9 must be at most 65535'],
    ['a zone that is none', 'providers:\n  box: { dialect: alpha, url: http://b, zone: home }', '2:47 must be own, leased or vendor'],
    ['a zone forgotten', 'providers:\n  box: { dialect: alpha, url: http://b }', '2:8 is missing; it must be own, leased or vendor'],
    ['a provider that is nothing', 'providers:\n  box:', '2:7 must be a map of keys and values, not empty'],
    ['a provider with a slash', `providers:\n  a/b: { dialect: alpha, url: http://b, zone: own }`, /^2:3 a name starts with a letter/],
    [
      'a dialect unknown',
      'providers: { box: { dialect: beta, url: http://b, zone: own } }',
      '1:30 Freehold does not speak "beta"; it speaks alpha, beta-chat. Did you mean "beta-chat"?',
    ],
    ['a URL that is none', 'providers: { box: { dialect: alpha, url: box, zone: own } }', /^1:42 is not a URL; write it like/],
    ['a price half said', box('    models: { m: { price: { input: 1 } } }'), '6:27 is missing; it must be a number'],
    ['models of no form', box('    models: 3'), '6:13 must be a list or a map of names and values'],
    ['a model that is a number', box('    models: [1]'), '6:14 must be text, not a number'],
    ['a header with a line end', box('    headers: { x: "a\\nb" }'), /^6:19 holds characters/],
    ['a quirk misspelt', box('    quirks: [topk]'), /^6:14 must be top-k, .*; did you mean "top-k"\?$/],
    ['an engine without weights', 'engines: { e: {} }', '1:15 is missing; it must be text'],
    ['an engine of no name', 'engines: { e: { model: qwen } }', /^1:24 "qwen" names no weights\. Use owner\/repo/],
    [
      'one name for two',
      `${BOX}engines: { box: { model: ./m.gguf } }`,
      '2:12 is also the name of a provider; give one of the two another name',
    ],
    ['an alias to nobody', `${BOX}aliases: { a: bix/m }`, '2:15 leads to "bix/m", and no provider is called "bix"; did you mean "box"?'],
    ['an alias to no model', `${BOX}aliases: { a: mm }`, '2:15 leads to "mm", which no provider serves; did you mean "m"?'],
    [
      'an alias to itself',
      `${BOX}aliases: { "gpt-*": gpt-5 }`,
      '2:21 goes in a circle: "gpt-*" → "gpt-5" → "gpt-*". Let it lead to a provider/model',
    ],
    [
      'an alias to itself among others',
      `${BOX}aliases: { a: [m, a] }`,
      '2:19 goes in a circle: "a" → "a". Let it lead to a provider/model',
    ],
    ['a mode that is none', 'routing: { mode: cheap }', /^1:18 must be cheapest-good-enough, own-first, balanced or best/],
    [
      'a rule for no class of work',
      `${BOX}routing: { rules: [{ when: { task: [review, bugfix] }, mode: best }] }`,
      '2:45 "bugfix" is no class of work; did you mean "bug_fix"?',
    ],
    [
      'a rule for no model',
      `${BOX}routing: { rules: [{ models: [m, box/m, mm] }] }`,
      '2:41 names "mm", which no provider serves; did you mean "m"?',
    ],
    [
      'a canary of nobody',
      `${BOX}routing: { rules: [{ models: { m: 9, bix/m: 1 } }] }`,
      '2:45 names "bix/m", and no provider is called "bix"; did you mean "box"?',
    ],
    [
      'a rule that never holds',
      `${BOX}routing: { rules: [{ when: { tools: true }, mode: best }, { when: { tools: true, task: review }, models: [m] }] }`,
      '2:59 never holds, because rules[0] takes all that it would; put it before that one',
    ],
    [
      'two rules of one mind',
      `${BOX}routing: { rules: [{ name: x, when: { task: [review] }, mode: best }, { when: { task: review }, models: [m] }] }`,
      '2:71 says something else of the same requests as rules[0] "x"; leave one of the two out',
    ],
    ['a rule against itself', `${BOX}routing: { rules: [{ models: [m], mode: best }] }`, /^2:20 contradicts itself/],
    ['a list for a map', '- server', '1:1 must be a map of keys and values, not a list'],
    ['a tab', 'server:\n\tport: 1', /^2:1 not valid YAML.*spaces/],
    ['a key twice', 'server: {}\nserver: {}', /^2:1 not valid YAML.*Remove one/],
    ['a bare star', 'aliases:\n  *: auto', /^2:\d not valid YAML.*in quotes$/],
    ['a star as a value', 'aliases:\n  a: *b', '2:6 not valid YAML: nothing is called *b. Put names with * in quotes'],
  ])('%s', (_, text, expected) => {
    if (typeof expected === 'string') expect(problem(text)).toBe(expected);
    else expect(problem(text)).toMatch(expected);
  });

  test('all at once, in the order of the file, each with its path', () => {
    const error = (() => {
      try {
        return load(`aliases: { a: nobody/x, b: c, c: b }\n${box('    key: ${MISSING}\n    zonne: own\n')}server: { port: -1 }\n`, {
          flags: { port: 'x' },
        });
      } catch (thrown) {
        return thrown as ConfigError;
      }
    })() as ConfigError;
    expect(error.message.replaceAll(/^.*freehold\.yaml:/gm, '')).toBe(
      [
        '--port must be a port from 0 to 65535',
        '1:15 aliases.a: leads to "nobody/x", and no provider is called "nobody"; known: box',
        '1:28 aliases.b: goes in a circle: "b" → "c" → "b". Let it lead to a provider/model',
        '1:34 aliases.c: goes in a circle: "c" → "b" → "c". Let it lead to a provider/model',
        '7:10 providers.box.key: the variable MISSING is not set. Set it, or give a default: ${MISSING:-…}',
        '8:5 providers.box.zonne: is no known key; did you mean "zone"?',
        '9:17 server.port: must be at least 0',
      ]
        .sort((a, b) => Number(a.startsWith('--')) - Number(b.startsWith('--')))
        .join('\n'),
    );
  });

  test('aliases to providers that may turn up are taken while the file names none', () => {
    expect(load('aliases: { "claude-*": ollama/qwen3, fast: anything }').config.aliases).toHaveProperty('fast');
    expect(problem('aliases: { a: olama/x }')).toMatch(/did you mean "ollama"/);
  });
});
