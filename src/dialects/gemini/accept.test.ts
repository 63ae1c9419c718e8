import { describe, expect, test } from 'vitest';
import type { Block, Seal } from '../../protocol/block.ts';
import { GatewayError } from '../../protocol/errors.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { wrapSeal } from '../../protocol/seal.ts';
import { gemini } from './index.ts';
import { END_OF_THOUGHT, SKIP, signatureForCall } from './seals.ts';

const PATH = '/v1beta/models/m:generateContent';

function accept(body: unknown, path = PATH, query = ''): Prompt {
  return gemini.accept({ path, query: new URLSearchParams(query), headers: {}, body });
}

const contents = (...list: unknown[]) => ({ contents: list });
const user = (...parts: unknown[]) => ({ role: 'user', parts });
const model = (...parts: unknown[]) => ({ role: 'model', parts });
const said = { contents: [user({ text: 'hi' })] };
const blocksOf = (prompt: Prompt): Block[] => prompt.turns.flatMap(({ blocks }) => blocks);

describe('who is asked', () => {
  test.each([
    ['/v1beta/models/gemini-2.5-pro:generateContent', 'gemini-2.5-pro'],
    ['/v1/models/up/fake:generateContent', 'up/fake'],
    ['/v1/models/up%2Ffake:generateContent', 'up/fake'],
    ['/v1beta/up/fake:generateContent', 'up/fake'],
    ['/v1beta/models/qwen3:8b:generateContent', 'qwen3:8b'],
    ['/v1beta/models/100%:generateContent', '100%'],
    ['/v1beta/tunedModels/mine:generateContent', 'tunedModels/mine'],
  ])('%s', (path, name) => expect(accept(said, path)).toMatchObject({ model: name, stream: false }));

  test.each([
    ['alt=sse', undefined],
    ['', 'list'],
    ['alt=json', 'list'],
  ])('streams with "%s"', (query, framing) => {
    const prompt = accept(said, '/v1/models/m:streamGenerateContent', query);
    expect([prompt.stream, prompt.form?.framing]).toEqual([true, framing]);
  });

  test.each([
    ['/v1beta/models/m:generateContent', 'up/x y:1', '/v1beta/models/up/x%20y%3A1:generateContent'],
    ['/v1/gem/fake:streamGenerateContent', 'fake', '/v1/models/fake:streamGenerateContent'],
    ['/v1beta/models/a%2Fb:generateContent', 'tunedModels/b', '/v1beta/tunedModels/b:generateContent'],
  ])('%s for %s', (path, name, other) => {
    expect(gemini.readdress?.(path, name)).toBe(other);
    expect(accept(said, other).model).toBe(name);
  });
});

describe('what is wrong is named', () => {
  test.each<[string, unknown]>([
    ['body', []],
    ['contents', {}],
    ['contents', { contents: 5 }],
    ['contents[1]', contents(user(), 7)],
    ['contents[0].role', contents({ role: 1, parts: [] })],
    ['contents[0].parts', contents({ parts: 4 })],
    ['contents[0].parts[0]', contents(user(null))],
    ['contents[0].parts[0].text', contents(user({ text: 4 }))],
    ['contents[0].parts[0].functionCall.name', contents(model({ functionCall: {} }))],
    ['contents[0].parts[0].functionCall.args', contents(model({ functionCall: { name: 'f', args: 'x' } }))],
    ['contents[0].parts[0].functionResponse.response', contents(user({ functionResponse: { name: 'f', response: 'x' } }))],
    ['contents[0].parts[0].functionResponse.parts[0]', contents(user({ functionResponse: { name: 'f', parts: [1] } }))],
    ['systemInstruction', { ...said, systemInstruction: 4 }],
    ['tools', { ...said, tools: 'x' }],
    ['tools[0]', { ...said, tools: [1] }],
    ['tools[0].functionDeclarations[0].name', { ...said, tools: [{ functionDeclarations: [{}] }] }],
    [
      'toolConfig.functionCallingConfig.allowedFunctionNames',
      { ...said, toolConfig: { functionCallingConfig: { allowedFunctionNames: [1] } } },
    ],
    ['generationConfig', { ...said, generationConfig: [] }],
    ['generationConfig.temperature', { ...said, generationConfig: { temperature: 'hot' } }],
    ['generationConfig.stopSequences', { ...said, generationConfig: { stopSequences: [1] } }],
    ['generationConfig.thinkingConfig.thinkingBudget', { ...said, generationConfig: { thinkingConfig: { thinkingBudget: -2 } } }],
  ])('%s', (field, body) => {
    expect(() => accept(body)).toThrow(GatewayError);
    expect(() => accept(body)).toThrow(expect.objectContaining({ kind: 'invalid', field }));
  });
});

describe('calls and results without ids', () => {
  const call = (name: string, id?: string) => ({ functionCall: { ...(id && { id }), name, args: {} } });
  const result = (name: string, id?: string) => ({ functionResponse: { ...(id && { id }), name, response: { output: name } } });
  const ids = (body: unknown) =>
    blocksOf(accept(body)).flatMap((block) => (block.kind === 'tool-call' || block.kind === 'tool-result' ? [block.id] : []));

  test.each<[string, unknown, string[]]>([
    ['by name', contents(model(call('a'), call('b')), user(result('b'), result('a'))), ['call_1', 'call_2', 'call_2', 'call_1']],
    [
      'by order within a name',
      contents(model(call('a'), call('a')), user(result('a'), result('a'))),
      ['call_1', 'call_2', 'call_1', 'call_2'],
    ],
    [
      'over two contents of the model',
      contents(model(call('a')), model(call('b')), user(result('a'), result('b'))),
      ['call_1', 'call_2', 'call_1', 'call_2'],
    ],
    ['to a call with one', contents(model(call('a', 'x')), user(result('a'))), ['x', 'x']],
    [
      'not to a call of an earlier turn',
      contents(model(call('a')), user(), model(call('a')), user(result('a'))),
      ['call_1', 'call_2', 'call_2'],
    ],
    ['of no call', contents(user(result('a'))), ['call_a']],
    ['beside those with', contents(model(call('a', 'x'), call('a')), user(result('a', 'x'), result('a'))), ['x', 'call_2', 'x', 'call_2']],
  ])('are paired %s', (_, body, wanted) => expect(ids(body)).toEqual(wanted));

  test.each<[unknown, { text?: string; error?: true }]>([
    [{ output: 'fine' }, { text: 'fine' }],
    [{ error: 'no such file' }, { text: 'no such file', error: true }],
    [{ error: { code: 2 } }, { text: '{"error":{"code":2}}', error: true }],
    [{ error: null, output: 'x' }, { text: '{"error":null,"output":"x"}' }],
    [{ name: 'f', content: 'fine' }, { text: 'fine' }],
    [{ result: 'fine' }, { text: 'fine' }],
    [{ temperature: 3 }, { text: '{"temperature":3}' }],
    [{}, { text: '{}' }],
    [undefined, {}],
  ])('a result %j says', (response, { text, error }) => {
    const [block] = blocksOf(accept(contents(user({ functionResponse: { name: 'f', response } }))));
    expect(block).toEqual({
      kind: 'tool-result',
      id: 'call_f',
      input: 'json',
      content: text === undefined ? [] : [{ kind: 'text', text }],
      ...(error && { error }),
    });
  });
});

describe('signatures', () => {
  const seal: Seal = { by: 'other', raw: { id: 'rs_1', encrypted: 'ü+/=' } };
  const thought = (text: string, own?: Seal): Block => ({ kind: 'reasoning', text, ...(own && { seal: own }) });
  const called = (own?: Seal): Block => ({
    kind: 'tool-call',
    id: 'c',
    name: 'f',
    input: 'json',
    arguments: '{}',
    ...(own && { seal: own }),
  });
  const call = (thoughtSignature?: string) => ({ functionCall: { id: 'c', name: 'f', args: {} }, thoughtSignature });
  const carrying = signatureForCall(seal, [{ text: 'one', seal }, { text: 'two' }]);
  const other = (text: string) => text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');

  test.each<[string, unknown[], Block[]]>([
    ['own, on a call', [call('CiQ+/=')], [called({ by: 'gemini', raw: 'CiQ+/=' })]],
    ['own, on a thought', [{ text: 'a', thought: true, thoughtSignature: 'CiQ' }], [thought('a', { by: 'gemini', raw: 'CiQ' })]],
    ['own, on nothing', [{ thoughtSignature: 'CiQ' }], [thought('', { by: 'gemini', raw: 'CiQ' })]],
    ['own, on a text', [{ text: 'a', thoughtSignature: 'CiQ' }], [{ kind: 'text', text: 'a', rest: { thoughtSignature: 'CiQ' } }]],
    ['another dialect’s', [call(btoa(wrapSeal(seal)))], [called(seal)]],
    ['another dialect’s in the other alphabet', [call(other(btoa(wrapSeal(seal))))], [called(seal)]],
    ['the one that asks for no check', [call(SKIP)], [called()]],
    ['the end of a thought', [{ text: 'a', thought: true, thoughtSignature: END_OF_THOUGHT }], [thought('a')]],
    [
      'thoughts that the client dropped',
      [{ text: 'x' }, call(carrying)],
      [thought('one', seal), thought('two'), { kind: 'text', text: 'x' }, called(seal)],
    ],
    [
      'thoughts that the client joined',
      [{ text: 'onetwo', thought: true }, call(carrying)],
      [thought('one', seal), thought('two'), called(seal)],
    ],
    [
      'thoughts of the second call',
      [{ text: 'first', thought: true }, call(), call(carrying)],
      [thought('first'), called(), thought('one', seal), thought('two'), called(seal)],
    ],
    ['a carrier that a client broke', [call(btoa(wrapSeal({ by: 'gemini', raw: { thoughts: [1, { text: 4 }] } })))], [called()]],
  ])('%s', (_, parts, blocks) => expect(blocksOf(accept(contents(model(...parts))))).toEqual(blocks));
});

describe('schemas of the API’s own kind become JSON Schema', () => {
  test.each([
    [{ type: 'STRING' }, { type: 'string' }],
    [{ type: 'STRING', nullable: true }, { type: ['string', 'null'] }],
    [
      { type: 'STRING', nullable: false, format: 'enum', enum: ['a'] },
      { type: 'string', enum: ['a'] },
    ],
    [
      { type: 'INTEGER', enum: ['1', '2'], nullable: true },
      { type: ['integer', 'null'], enum: [1, 2, null] },
    ],
    [{ anyOf: [{ type: 'STRING' }], nullable: true }, { anyOf: [{ type: 'string' }, { type: 'null' }] }],
    [
      { type: 'ARRAY', items: { type: 'NUMBER' }, maxItems: '5' },
      { type: 'array', items: { type: 'number' }, maxItems: 5 },
    ],
    [{ type: 'TYPE_UNSPECIFIED', description: 'any' }, { description: 'any' }],
    [
      { type: 'OBJECT', properties: { type: { type: 'STRING' } }, propertyOrdering: ['type'] },
      { type: 'object', properties: { type: { type: 'string' } } },
    ],
  ])('%j', (parameters, schema) => {
    const prompt = accept({ ...said, tools: [{ functionDeclarations: [{ name: 'f', parameters }] }] });
    expect(prompt.tools).toEqual([{ kind: 'function', name: 'f', schema }]);
    const output = accept({ ...said, generationConfig: { responseMimeType: 'application/json', responseSchema: parameters } }).output;
    expect(output).toEqual({ kind: 'schema', schema });
  });
});

test.each([
  [
    { includeThoughts: true, thinkingBudget: 8192 },
    { mode: 'on', budget: 8192, summary: 'auto' },
  ],
  [
    { includeThoughts: false, thinkingBudget: -1 },
    { mode: 'adaptive', summary: 'omitted' },
  ],
  [{ thinkingBudget: 0 }, { mode: 'off' }],
  [{ thinkingLevel: 'high' }, { mode: 'on', effort: 'high' }],
  [{ thinkingLevel: 'THINKING_LEVEL_UNSPECIFIED', includeThoughts: true }, { summary: 'auto' }],
  [{ thinkingLevel: 'THINKING_LEVEL_UNSPECIFIED' }, undefined],
])('thinking %j', (thinkingConfig, reasoning) =>
  expect(accept({ ...said, generationConfig: { thinkingConfig } }).reasoning).toEqual(reasoning),
);

test.each([
  [{ mode: 'AUTO' }, { mode: 'auto' }],
  [
    { mode: 'VALIDATED', allowedFunctionNames: ['f', 'g'] },
    { mode: 'auto', allowed: ['f', 'g'] },
  ],
  [{ mode: 'NONE' }, { mode: 'none' }],
  [{ mode: 'ANY', allowedFunctionNames: [] }, { mode: 'required' }],
  [
    { mode: 'ANY', allowedFunctionNames: ['f'] },
    { mode: 'named', name: 'f' },
  ],
  [
    { mode: 'ANY', allowedFunctionNames: ['f', 'g'] },
    { mode: 'required', allowed: ['f', 'g'] },
  ],
  [{ mode: 'MODE_UNSPECIFIED' }, undefined],
])('tool choice %j', (functionCallingConfig, choice) =>
  expect(accept({ ...said, toolConfig: { functionCallingConfig } }).toolChoice).toEqual(choice),
);

test.each([
  ['https://example.com/a.png', { from: 'url' }],
  ['https://generativelanguage.googleapis.com/v1beta/files/x', { from: 'file' }],
  ['gs://bucket/a.png', { from: 'file' }],
])('%s', (fileUri, source) =>
  expect(blocksOf(accept(contents(user({ fileData: { fileUri, mimeType: 'image/png' } }))))).toMatchObject([
    { kind: 'media', media: 'image', source },
  ]),
);

test.each([
  [{ cachedContent: 'c/1' }, ['cachedContent']],
  [
    { generationConfig: { candidateCount: 2, responseModalities: ['TEXT', 'IMAGE'] } },
    ['generationConfig.candidateCount', 'generationConfig.responseModalities'],
  ],
  [{ generationConfig: { candidateCount: 1, responseModalities: ['TEXT'] } }, []],
  [{ generationConfig: { responseMimeType: 'text/x.enum', responseSchema: { type: 'STRING' } } }, ['generationConfig.responseMimeType']],
  [{ labels: { a: 'b' } }, []],
])('%j changes what the answer is', (more, refused) => {
  const { rest = {}, meaning } = accept({ ...said, ...more });
  expect(Object.keys(rest).filter((key) => meaning?.has(key))).toEqual(refused);
});
