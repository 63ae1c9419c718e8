import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { generated } from '../scripts/config-docs.ts';
import { parseText } from '../src/config/document.ts';
import { loadConfig } from '../src/config/load.ts';
import { at, configJsonSchema, type JsonSchema } from '../src/config/schema.ts';
import { upstreamDialects } from '../src/dialects/index.ts';

const root = new URL('..', import.meta.url);
const names = upstreamDialects.map((dialect) => dialect.name);

test.each(generated().map(({ file, text }) => [file, text]))('%s is what the schema says (npm run docs)', (file, text) => {
  expect(readFileSync(new URL(file, root), 'utf8')).toBe(text);
});

test('every key has a sentence of its own', () => {
  const mute: string[] = [];
  const walk = (schema: JsonSchema, path: string) => {
    for (const [key, inner] of Object.entries(schema.properties ?? {})) {
      if (!inner.description?.match(/[.)]$/)) mute.push(`${path}${key}`);
      walk(inner, `${path}${key}.`);
    }
    for (const inner of [...(schema.anyOf ?? []), ...(schema.additionalProperties ? [schema.additionalProperties] : [])]) walk(inner, path);
  };
  walk(configJsonSchema(names), '');
  expect(mute).toEqual([]);
  expect(at(configJsonSchema(names), ['providers', 'any', 'models', 'any', 'price', 'cache_read'])?.type).toBe('number');
});

const examples = readdirSync(new URL('examples', root)).filter((file) => file.endsWith('.yaml'));

describe('examples', () => {
  test('there are some', () => expect(examples.length).toBeGreaterThanOrEqual(3));

  test.each(examples)('%s loads, with the variables it names', (file) => {
    const path = new URL(`examples/${file}`, root).pathname;
    const text = readFileSync(path, 'utf8');
    const env = Object.fromEntries([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => [name, 'set']));
    const { config } = loadConfig({ flags: { config: path }, env, dialects: names });
    expect(Object.keys(config.providers).length + Object.keys(config.engines).length).toBeGreaterThan(0);
    expect(parseText(text, file).problems).toEqual([]);
  });
});

test('the configuration in the README loads', () => {
  const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(new URL('README.md', root), 'utf8')) ?? [];
  const { value, problems } = parseText(yaml!, 'README.md');
  expect(problems).toEqual([]);
  expect(Object.keys(value as object)).toEqual(['providers', 'engines', 'aliases']);
});
