import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Tool } from './prompt.ts';
import { argumentsObject, asFunction, declared, isJsonObject, parseObject, unwrapText, wireName, wrapText } from './tools.ts';

const name = fc.oneof(
  fc.constantFrom('run', 'mcp__files__read', 'a.b', 'a/b', 'ü', 'x'.repeat(64), 'x'.repeat(65), 'x'.repeat(70)),
  fc.string({ minLength: 1, maxLength: 90 }),
);
const named = fc.record({ name, namespace: fc.oneof(fc.constant(undefined), name) });

describe('wireName', () => {
  test('is legal everywhere, and always the same', () => {
    fc.assert(
      fc.property(named, (tool) => {
        expect(wireName(tool)).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
        expect(wireName(tool)).toBe(wireName({ ...tool }));
      }),
    );
  });

  test('leaves a legal name alone', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), (legal) => {
        expect(wireName({ name: legal })).toBe(legal);
      }),
    );
    expect(wireName({ namespace: 'files', name: 'read' })).toBe('files__read');
  });

  test('keeps two names apart', () => {
    const full = (tool: { name: string; namespace?: string }) => (tool.namespace ? `${tool.namespace}__${tool.name}` : tool.name);
    fc.assert(
      fc.property(named, named, (one, other) => {
        fc.pre(full(one) !== full(other));
        expect(wireName(one)).not.toBe(wireName(other));
      }),
    );
    expect(wireName({ name: 'x'.repeat(70) })).not.toBe(wireName({ name: 'x'.repeat(71) }));
    expect(wireName({ name: 'a.b' })).not.toBe(wireName({ name: 'a_b' }));
  });
});

describe('tools with namespaces', () => {
  const piece = fc
    .array(fc.constantFrom('a', 'b', '_', '__', '_n1', '_n4', '3', '.'), { minLength: 1, maxLength: 5 })
    .map((all) => all.join(''));
  const grouped = fc.record({ namespace: piece, name: piece });

  test('never share a name, whatever underscores they hold, and are found by it', () => {
    fc.assert(
      fc.property(grouped, grouped, (one, other) => {
        const isSame = one.namespace === other.namespace && one.name === other.name;
        expect(wireName(one) === wireName(other)).toBe(isSame);
        const tools: Tool[] = [one, other].map((tool) => ({ kind: 'function', ...tool }));
        for (const tool of tools) expect(declared({ tools }, wireName(tool as { name: string }))).toEqual(tool);
      }),
      { numRuns: 2000 },
    );
    expect(wireName({ namespace: 'mcp__web', name: 'search' })).toBe('mcp__web__search');
    expect(wireName({ namespace: 'mcp', name: 'web__search' })).toBe('mcp__web__search_n3');
    expect(wireName({ namespace: 'a_', name: 'b' })).not.toBe(wireName({ namespace: 'a', name: '_b' }));
  });
});

describe('declared', () => {
  const tool = (own: string, namespace?: string): Tool => ({ kind: 'function', name: own, namespace });

  test('finds every tool by its wire name', () => {
    fc.assert(
      fc.property(fc.uniqueArray(named, { maxLength: 6, selector: wireName }), (tools) => {
        const prompt = { tools: tools.map((own): Tool => ({ kind: 'function', ...own })) };
        const plain = new Set(tools.filter(({ namespace }) => !namespace).map((own) => own.name));
        for (const own of tools) if (!plain.has(wireName(own))) expect(declared(prompt, wireName(own))).toMatchObject(own);
      }),
    );
  });

  test('a tool of that very name comes first', () => {
    expect(declared({ tools: [tool('b', 'a'), tool('a__b')] }, 'a__b')).toEqual(tool('a__b'));
  });

  test('nothing else is found, and hosted tools are not called', () => {
    const hosted: Tool = { kind: 'opaque', dialect: 'alpha', label: 'search', raw: { name: 'search' } };
    expect(declared({ tools: [tool('a'), hosted] }, 'search')).toBeUndefined();
  });
});

describe('text tools', () => {
  test('raw text survives as JSON arguments', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(isJsonObject(wrapText(text))).toBe(true);
        expect(unwrapText(wrapText(text))).toBe(text);
      }),
    );
  });

  test.each(['*** Begin Patch', '{"input":1}', '{"other":"x"}', '[]', ''])('what was never wrapped is the raw text: %s', (text) => {
    expect(unwrapText(text)).toBe(text);
  });

  test('as a function it says what it wants', () => {
    const format = { type: 'grammar', syntax: 'lark', definition: 'start: "x"' };
    expect(asFunction({ kind: 'text', name: 'patch', namespace: 'n', description: 'd', format })).toMatchObject({
      kind: 'function',
      name: 'patch',
      namespace: 'n',
      description: 'd',
      schema: { properties: { input: { type: 'string', description: expect.stringContaining('start: "x"') } }, required: ['input'] },
    });
    expect(JSON.stringify(asFunction({ kind: 'text', name: 'patch' }))).not.toContain('undefined');
  });
});

test.each<[string, Record<string, unknown> | undefined]>([
  ['', {}],
  [' \n', {}],
  ['{"a":1}', { a: 1 }],
  [' {} ', {}],
  ['null', undefined],
  ['[]', undefined],
  ['"{}"', undefined],
  ['{"a":', undefined],
  ['{}{}', undefined],
])('arguments %j', (text, value) => {
  expect(parseObject(text)).toEqual(value);
  expect(isJsonObject(text)).toBe(value !== undefined);
  expect(argumentsObject(text)).toEqual(value ? { value, broken: false } : { value: { unparsed_arguments: text }, broken: true });
});
