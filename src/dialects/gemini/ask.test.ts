import { describe, expect, test } from 'vitest';
import type { Block, Seal } from '../../protocol/block.ts';
import type { Target } from '../../protocol/dialect.ts';
import type { Json } from '../../protocol/json.ts';
import type { Prompt, Reasoning, Turn } from '../../protocol/prompt.ts';
import { wrapSeal } from '../../protocol/seal.ts';
import { TARGET } from '../contract/run.ts';
import { singleTypes, toApiSchema } from './ask-schema.ts';
import { gemini } from './index.ts';
import { SKIP, signatureForCall } from './seals.ts';

const OWN: Seal = { by: 'gemini', raw: 'CiQ+/=' };
const FOREIGN: Seal = { by: 'other', raw: { signature: 'x' } };
const text = (said: string): Block => ({ kind: 'text', text: said });
const call = (id: string, more: Partial<Extract<Block, { kind: 'tool-call' }>> = {}): Block => ({
  kind: 'tool-call',
  id,
  name: 'run',
  input: 'json',
  arguments: '{"a":1}',
  ...more,
});
const result = (id: string, ...content: Block[]): Block => ({ kind: 'tool-result', id, input: 'json', content });
const picture: Block = { kind: 'media', media: 'image', source: { from: 'base64', mime: 'image/png', data: 'AAAA' } };
const user = (...blocks: Block[]): Turn => ({ role: 'user', blocks });
const model = (...blocks: Block[]): Turn => ({ role: 'assistant', blocks });

function ask(prompt: Partial<Prompt>, target: Target = TARGET) {
  const { request, notes } = gemini.ask(
    { dialect: 'other', model: 'x', stream: false, turns: [user(text('Do it.'))], tools: [], sampling: {}, ...prompt },
    target,
  );
  return { ...request, notes, contents: request.body.contents as { role: string; parts: Json[] }[], paths: notes.map(({ path }) => path) };
}

test('path and method', () => {
  expect(ask({}).path).toBe('/v1beta/models/upstream-model:generateContent');
  expect(ask({ stream: true }, { model: 'org/a b' }).path).toBe('/v1beta/models/org/a%20b:streamGenerateContent?alt=sse');
});

describe('the conversation', () => {
  test('N parallel calls are answered by one content with N results in call order, media behind them, then what the user says', () => {
    const { contents } = ask({
      turns: [
        user(text('Go.')),
        model(call('a'), call('b', { name: 'list' })),
        user(text('And?'), result('b', text('two'), picture), { ...result('a', text('one')), error: true } as Block),
      ],
    });
    expect(contents.slice(2)).toEqual([
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'a', name: 'run', response: { error: 'one' } } },
          { functionResponse: { id: 'b', name: 'list', response: { output: 'two' } } },
          { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
        ],
      },
      { role: 'user', parts: [{ text: 'And?' }] },
    ]);
  });

  test('calls and results that lack each other never reach the API alone', () => {
    const { contents } = ask({ turns: [user(text('Go.')), model(call('a')), user(result('z', text('lost')), text('Next.'))] });
    expect(contents[2]).toMatchObject({ parts: [{ functionResponse: { id: 'a', response: { error: expect.any(String) } } }] });
    expect(contents[3]).toMatchObject({ parts: [{ text: expect.stringContaining('lost') }, { text: 'Next.' }] });
  });

  test.each<[string, Turn[], unknown]>([
    [
      'begins with the user',
      [model(text('Hi.'))],
      [
        { role: 'user', parts: [{ text: '(no content)' }] },
        { role: 'model', parts: [{ text: 'Hi.' }] },
      ],
    ],
    ['is never empty', [], [{ role: 'user', parts: [{ text: '(no content)' }] }]],
    ['may be an instruction alone', [{ role: 'system', blocks: [text('Be.')] }], [{ role: 'user', parts: [{ text: 'Be.' }] }]],
    [
      'has no empty contents',
      [user(text('a')), model({ kind: 'reasoning', text: 'hm' })],
      [
        { role: 'user', parts: [{ text: 'a' }] },
        { role: 'model', parts: [{ text: '(no content)' }] },
      ],
    ],
  ])('%s', (_, turns, contents) => {
    const asked = ask({ turns });
    expect(asked.contents).toEqual(contents);
    expect(asked.notes).not.toEqual([]);
  });

  test('media', () => {
    const at = (from: 'url' | 'file', address: string): Block => ({
      kind: 'media',
      media: 'image',
      source: from === 'url' ? { from, url: address } : { from, id: address },
    });
    const { contents, notes } = ask({
      turns: [user(at('url', 'https://a.b/c.png?x=1'), at('url', 'https://a.b/c'), at('url', 'gs://b/c.webp'), at('file', 'file-abc'))],
    });
    expect(contents[0]?.parts).toEqual([
      { fileData: { mimeType: 'image/png', fileUri: 'https://a.b/c.png?x=1' } },
      { fileData: { mimeType: 'image/jpeg', fileUri: 'https://a.b/c' } },
      { fileData: { mimeType: 'image/webp', fileUri: 'gs://b/c.webp' } },
    ]);
    expect(notes).toEqual([expect.objectContaining({ action: 'refused', path: 'turns[0][3].file_id' })]);
  });
});

describe('signatures', () => {
  const signatures = (turns: Turn[]) => ask({ turns }).contents.flatMap(({ parts }) => parts.map((part) => part.thoughtSignature));

  test.each<[string, Block[], unknown[]]>([
    ['our own stay byte for byte', [call('a', { seal: OWN }), call('b')], ['CiQ+/=', undefined]],
    ['our own on a thought', [{ kind: 'reasoning', text: 'hm', seal: OWN }, text('x')], ['CiQ+/=', undefined]],
    ['the first of foreign calls asks for no check', [text('x'), call('a'), call('b', { seal: FOREIGN })], [undefined, SKIP, undefined]],
    ['one of ours is enough', [call('a'), call('b', { seal: OWN })], [undefined, 'CiQ+/=']],
    ['foreign thoughts stay behind', [{ kind: 'reasoning', text: 'hm', seal: FOREIGN }, text('x')], [undefined]],
  ])('%s', (_, blocks, wanted) => {
    const [, ...given] = signatures([user(text('q')), model(...blocks), user(text('n'))]);
    expect(given.slice(0, wanted.length)).toEqual(wanted);
  });

  test('each loss is noted', () => {
    expect(
      ask({
        turns: [user(text('q')), model({ kind: 'reasoning', text: 'hm', seal: FOREIGN }, call('a', { seal: FOREIGN })), user(result('a'))],
      }).paths,
    ).toEqual(['reasoning', 'seals', 'signatures']);
  });

  test('another model’s state in a client’s own history', () => {
    const body = {
      contents: [
        { role: 'user', parts: [{ text: 'q' }] },
        { role: 'model', parts: [{ text: 'hm', thought: true, thoughtSignature: btoa(wrapSeal(FOREIGN)) }] },
        {
          role: 'model',
          parts: [
            { functionCall: { name: 'f' }, thoughtSignature: signatureForCall(undefined, [{ text: 'hm', seal: FOREIGN }]) },
            { functionCall: { name: 'g' }, thoughtSignature: btoa(wrapSeal(FOREIGN)) },
          ],
        },
      ],
    };
    const { request, notes } = gemini.ask(
      gemini.accept({ path: '/v1/models/m:generateContent', query: new URLSearchParams(), headers: {}, body }),
      TARGET,
    );
    expect(request.body.contents).toEqual([
      body.contents[0],
      { role: 'model', parts: [{ functionCall: { name: 'f' } }, { functionCall: { name: 'g' }, thoughtSignature: SKIP }] },
    ]);
    expect(notes.map(({ action }) => action)).toEqual(['dropped', 'dropped', 'changed']);
  });
});

describe('schemas', () => {
  test('no type is a list', () => {
    expect(
      singleTypes({
        type: 'object',
        properties: {
          a: { type: ['string', 'null'], description: 'A', enum: ['x', null], minLength: 1 },
          b: { items: { type: ['integer'] } },
        },
      }),
    ).toEqual({
      type: 'object',
      properties: {
        a: { description: 'A', anyOf: [{ type: 'string', enum: ['x'], minLength: 1 }, { type: 'null' }] },
        b: { items: { type: 'integer' } },
      },
    });
    const plain = { type: 'object', properties: { type: { type: 'string' } }, $defs: { a: { anyOf: [{ type: 'null' }] } } };
    expect(singleTypes(plain)).toBe(plain);
  });

  test.each<[Json, Json, string[]]>([
    [{ type: ['string', 'null'] }, { type: 'STRING', nullable: true }, []],
    [{ type: ['string', 'integer'] }, { anyOf: [{ type: 'STRING' }, { type: 'INTEGER' }] }, []],
    [{ anyOf: [{ type: 'string', maxLength: 3 }, { type: 'null' }] }, { type: 'STRING', maxLength: 3, nullable: true }, []],
    [{ oneOf: [{ type: 'string' }, { type: 'integer' }] }, { anyOf: [{ type: 'STRING' }, { type: 'INTEGER' }] }, []],
    [{ const: 'a', type: 'string' }, { enum: ['a'], type: 'STRING' }, []],
    [{ type: 'integer', enum: [1, 2] }, { type: 'INTEGER' }, ['values other than strings']],
    [{ type: 'array' }, { type: 'ARRAY', items: {} }, []],
    [{ $schema: 'x', type: 'object', additionalProperties: false, patternProperties: {} }, { type: 'OBJECT' }, ['patternProperties']],
    [{ $ref: '#/$defs/a', $defs: { a: { type: 'string' } } }, { type: 'STRING' }, []],
    [{ $ref: 'http://x' }, {}, ['$ref']],
    [
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
          { properties: { b: { type: 'null' } }, required: ['b'] },
        ],
      },
      { type: 'OBJECT', properties: { a: { type: 'STRING' }, b: { type: 'NULL' } }, required: ['a', 'b'] },
      [],
    ],
  ])('%j for who takes the API’s own kind only', (schema, lowered, dropped) => {
    const notes: { why: string }[] = [];
    expect(toApiSchema(schema, 'x', notes as never)).toEqual(lowered);
    expect(notes.map(({ why }) => why)).toEqual(dropped.map((what) => expect.stringContaining(what)));
  });

  test('a schema that refers to itself ends', () => {
    const tree = {
      type: 'object',
      properties: { next: { $ref: '#' }, kids: { type: 'array', items: { $ref: '#/$defs/kid' } } },
      $defs: { kid: { type: 'object', properties: { kid: { $ref: '#/$defs/kid' } } } },
    };
    expect(JSON.stringify(toApiSchema(tree, 'x', [])).length).toBeLessThan(10_000);
  });

  test('which of the two goes out', () => {
    const prompt: Partial<Prompt> = {
      tools: [
        { kind: 'function', name: 'f', schema: { type: 'object', properties: { a: { type: ['string', 'null'] } } } },
        { kind: 'function', name: 'g', schema: { type: 'object', properties: {} } },
      ],
      output: { kind: 'schema', schema: { type: 'string' } },
    };
    const declared = (body: Json) => (body.tools as { functionDeclarations: Json[] }[])[0]?.functionDeclarations;
    const usual = ask(prompt).body;
    expect(declared(usual)).toEqual([
      { name: 'f', parametersJsonSchema: { type: 'object', properties: { a: { anyOf: [{ type: 'string' }, { type: 'null' }] } } } },
      { name: 'g', parametersJsonSchema: { type: 'object', properties: {} } },
    ]);
    expect(usual.generationConfig).toEqual({ responseMimeType: 'application/json', responseJsonSchema: { type: 'string' } });
    const older = ask(prompt, { model: 'm', quirks: new Set(['api-schemas']) }).body;
    expect(declared(older)).toEqual([
      { name: 'f', parameters: { type: 'OBJECT', properties: { a: { type: 'STRING', nullable: true } } } },
      { name: 'g' },
    ]);
    expect(older.generationConfig).toEqual({ responseMimeType: 'application/json', responseSchema: { type: 'STRING' } });
  });
});

test.each<[Reasoning, string[], Json | undefined, boolean]>([
  [{ mode: 'off' }, [], { thinkingBudget: 0 }, false],
  [{ effort: 'none' }, ['thinking-always'], { thinkingBudget: 128 }, true],
  [{ mode: 'off' }, ['thinking-level'], { thinkingLevel: 'MINIMAL' }, true],
  [{ mode: 'off' }, ['thinking-level', 'thinking-always'], { thinkingLevel: 'LOW' }, true],
  [{ mode: 'on', budget: 5000 }, [], { thinkingBudget: 5000, includeThoughts: true }, false],
  [{ mode: 'on', budget: 31_999 }, [], { thinkingBudget: 24_576, includeThoughts: true }, true],
  [{ effort: 'medium', summary: 'omitted' }, [], { thinkingBudget: 8192 }, false],
  [{ mode: 'adaptive' }, [], { thinkingBudget: -1, includeThoughts: true }, false],
  [{ mode: 'adaptive' }, ['thinking-level'], { includeThoughts: true }, false],
  [{ effort: 'xhigh' }, ['thinking-level'], { thinkingLevel: 'HIGH', includeThoughts: true }, true],
  [{ mode: 'on', budget: 4000 }, ['thinking-level'], { thinkingLevel: 'MEDIUM', includeThoughts: true }, true],
  [{ summary: 'auto' }, [], { includeThoughts: true }, false],
  [{ summary: 'none' }, [], undefined, false],
])('thinking %j with %j', (reasoning, quirks, thinkingConfig, noted) => {
  const { body, notes } = ask({ reasoning }, { model: 'm', quirks: new Set(quirks) });
  expect((body.generationConfig as Json | undefined)?.thinkingConfig).toEqual(thinkingConfig);
  expect(notes.length > 0).toBe(noted);
});

test('the choice among functions', () => {
  const tools: Prompt['tools'] = [
    { kind: 'function', name: 'f' },
    { kind: 'function', name: 'g', namespace: 'mcp' },
  ];
  const config = (toolChoice: Prompt['toolChoice']) =>
    (ask({ tools, toolChoice }).body.toolConfig as Json | undefined)?.functionCallingConfig;
  expect(config(undefined)).toBeUndefined();
  expect(config({ mode: 'named', name: 'g', namespace: 'mcp' })).toEqual({ mode: 'ANY', allowedFunctionNames: ['mcp__g'] });
  expect(config({ mode: 'required', allowed: ['g'] })).toEqual({ mode: 'ANY', allowedFunctionNames: ['mcp__g'] });
  expect(config({ mode: 'none' })).toEqual({ mode: 'NONE' });
  const some = ask({ tools, toolChoice: { mode: 'auto', allowed: ['f'] } });
  expect(some.body.tools).toEqual([{ functionDeclarations: [{ name: 'f' }] }]);
  expect(some.paths).toEqual(['toolChoice.allowed']);
  expect(ask({ toolChoice: { mode: 'required' } }).paths).toEqual(['toolChoice']);
});
