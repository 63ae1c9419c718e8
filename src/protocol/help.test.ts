import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fold } from './fold.ts';
import { helping, needsHelp } from './help.ts';
import type { Note } from './note.ts';
import type { Part } from './part.ts';
import type { Prompt } from './prompt.ts';
import type { Reply } from './reply.ts';
import { satisfies } from './satisfies.ts';
import { Sequence } from './sequence.ts';

/** Characters that the steps look at through strings and patterns: what their work grows with. */
function looked(act: () => void): number {
  let sum = 0;
  const undo: (() => void)[] = [];
  const count = (home: object, name: string, size: (self: unknown, args: unknown[]) => number) => {
    const own = Object.getOwnPropertyDescriptor(home, name)!;
    const call = own.value as (...args: unknown[]) => unknown;
    Object.defineProperty(home, name, {
      ...own,
      value(this: unknown, ...args: unknown[]) {
        sum += size(this, args);
        return call.apply(this, args);
      },
    });
    undo.push(() => Object.defineProperty(home, name, own));
  };
  const self = (one: unknown) => String(one).length;
  for (const name of ['indexOf', 'lastIndexOf', 'slice', 'trim', 'trimStart', 'toLowerCase', 'split', 'replace'])
    count(String.prototype, name, self);
  for (const name of ['exec', 'test']) count(RegExp.prototype, name, (_, [text]) => self(text));
  count(JSON, 'parse', (_, [text]) => self(text));
  count(Array.prototype, 'join', (list) => (list as unknown[]).length);
  try {
    act();
  } finally {
    for (const one of undo) one();
  }
  return sum;
}

const prompt: Prompt = {
  dialect: 'alpha',
  model: 'm',
  stream: true,
  turns: [],
  tools: [{ kind: 'function', name: 'read', schema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] } }],
  sampling: {},
};

/** The reply to a text that comes in these pieces, helped. */
function helped(quirks: string[], pieces: readonly string[], reason: 'stop' | 'length' = 'stop'): Reply {
  const parts: Part[] = [
    { type: 'block-start', index: 0, block: { kind: 'text' } },
    ...pieces.map((text): Part => ({ type: 'block-delta', index: 0, text })),
    { type: 'block-end', index: 0 },
    { type: 'finish', reason },
  ];
  const help = helping(prompt, new Set(quirks), []);
  const sequence = new Sequence(() => 'call_made');
  return fold(parts.flatMap((part) => help([part])).flatMap((part) => sequence.push(part)));
}

const said = (reply: Reply, kind: 'text' | 'reasoning') => reply.blocks.map((block) => (block.kind === kind ? block.text : '')).join('');

/** Texts made of what the steps look for, and of what only looks like it. */
const piece = fc.constantFrom(
  ...['<think>', '</think>', '<THINKING>', '<think/>', '<', '</th', '>', ' ', '\n', 'so', '{"name":"read","arguments":{"path":"a"}}'],
  ...['<|im_end|>', '</s>', '<|', '|>', '<|fim_middle|>', '[TOOL_CALLS]', '[ARGS]', '[', 'read', '[THINK]', '[/THINK]', ';'],
  ...['<tool_call>', '</tool_call>', '```json\n', '```', '<function=read>', '</function>', '<parameter=path>', '</parameter>', '{}', '"'],
);
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
const QUIRKS = [
  ['think-tags'],
  ['think-tag-open'],
  ['printed-calls'],
  ['leaked-tokens'],
  ['think-tags', 'leaked-tokens', 'printed-calls', 'nested-arguments'],
];

describe.each(QUIRKS)('with %s and more', (...quirks) => {
  test('how the text is cut makes no difference', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(200), { maxLength: 8 }), (whole, cuts) => {
        const at = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).toSorted((a, b) => a - b), whole.length];
        const pieces = at.slice(1).map((to, place) => whole.slice(at[place], to));
        expect(helped(quirks, pieces)).toEqual(helped(quirks, [whole]));
        expect(helped(quirks, [...whole])).toEqual(helped(quirks, [whole]));
      }),
      { numRuns: 2000 },
    );
  });

  test('the work is linear in the text', () => {
    const units = [
      '<',
      '</thin',
      ' ',
      '{"a":',
      '<tool_call',
      '```',
      '<|im_end|>',
      '<|im_',
      '[',
      '[TOOL_',
      '<think>',
      '</think>',
      'word ',
      '{}',
    ];
    for (const unit of units) {
      const work = (length: number) =>
        looked(() =>
          helped(
            quirks,
            Array.from({ length }, () => unit),
          ),
        );
      // What is held in front of an answer is bounded, and looked at again until it has grown to that.
      const [some, twice] = [work(3000), work(6000)];
      expect(some, unit).toBeGreaterThan(0);
      expect(twice / some, unit).toBeLessThan(2.2);
    }
  });
});

test('nothing is lost: what is no call stays text, to the character', () => {
  fc.assert(
    fc.property(text, (whole) => {
      const reply = helped(['printed-calls'], [...whole]);
      if (reply.blocks.every(({ kind }) => kind === 'text')) expect(said(reply, 'text')).toBe(whole);
      else expect(whole).toContain('read');
    }),
    { numRuns: 2000 },
  );
});

test('nothing is lost: without a tag in front a text stays, to the character', () => {
  fc.assert(
    fc.property(text, (whole) => {
      fc.pre(!/^\s*[<[]\/?think/i.test(whole));
      const reply = helped(['think-tags'], [...whole]);
      expect([said(reply, 'text'), said(reply, 'reasoning')]).toEqual([whole, '']);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  [1, { type: 'integer' }, true],
  [1.5, { type: 'integer' }, false],
  [1, { type: ['string', 'number'] }, true],
  [null, { type: 'string' }, false],
  ['a', { enum: ['a', 'b'] }, true],
  ['c', { enum: ['a', 'b'] }, false],
  [{ a: [1] }, { const: { a: [1] } }, true],
  [{}, { type: 'object', required: ['a'] }, false],
  [{ b: 1 }, { properties: { a: {} }, additionalProperties: false }, false],
  [{ b: 1 }, { properties: { a: {} }, additionalProperties: { type: 'string' } }, false],
  [[1, 'a'], { type: 'array', items: { type: 'integer' } }, false],
  [[1], { minItems: 2 }, false],
  ['🚀', { maxLength: 1 }, true],
  [5, { anyOf: [{ type: 'string' }, { minimum: 4 }] }, true],
  [5, { oneOf: [{ minimum: 1 }, { minimum: 2 }] }, false],
  [{ next: { next: 3 } }, { $ref: '#/$defs/n', $defs: { n: { properties: { next: { $ref: '#/$defs/n' } }, type: 'object' } } }, false],
  [{ next: { next: {} } }, { $ref: '#/$defs/n', $defs: { n: { properties: { next: { $ref: '#/$defs/n' } }, type: 'object' } } }, true],
  [1, { $ref: '#' }, true],
  [1, { invented: 2 }, true],
  [1, false, false],
])('%j fits %j: %j', (value, schema, fits) => expect(satisfies(value, schema)).toBe(fits));

test('what is looked at is counted, so that a step that reads all again with each piece is found out', () => {
  const again = (length: number) => looked(() => void Array.from({ length }).reduce<string>((text) => `${text}a`.slice(0), ''));
  expect(again(2000) / again(1000)).toBeGreaterThan(3.5);
});

describe('thoughts', () => {
  test.each([
    ['<think>a</think>b', 'a', 'b'],
    ['\n<THINK>a</Think>\n\nb', 'a', 'b'],
    ['[THINK]a[/THINK]b', 'a', 'b'],
    ['<think>a</think>\n<think>b</think>c', 'ab', 'c'],
    ['<think>a<think>b</think>c', 'a<think>b', 'c'],
    ['<think></think>b', '', 'b'],
    ['<think/>b', '', 'b'],
    ['</think>b', '', 'b'],
    ['<think>a', 'a', ''],
    ['a <think>b</think>', '', 'a <think>b</think>'],
    ['<think>a</think>b <think>c</think>', 'a', 'b <think>c</think>'],
  ])('%j', (whole, thought, answer) => {
    for (const pieces of [[whole], [...whole]]) {
      const reply = helped(['think-tags'], pieces);
      expect([said(reply, 'reasoning'), said(reply, 'text')]).toEqual([thought, answer]);
    }
  });
});

describe('tokens at the end', () => {
  test.each([
    ['code\n<|im_end|>', 'code\n'],
    ['code</s>\n', 'code'],
    ['code<|fim_middle|> <|endoftext|>\n', 'code'],
    ['a<|im_end|>\n<|im_start|>user', 'a<|im_end|>\n<|im_start|>user'],
    ['write <|im_end|> to stop', 'write <|im_end|> to stop'],
    ['a<|im_', 'a<|im_'],
    ['a<|im_end|><|im_', 'a<|im_end|><|im_'],
    ['if (a <', 'if (a <'],
    ['<｜end▁of▁sentence｜>', ''],
  ])('%j', (whole, left) => {
    for (const pieces of [[whole], [...whole]]) expect(said(helped(['leaked-tokens'], pieces), 'text')).toBe(left);
  });

  test('are told', () => {
    const notes: Note[] = [];
    const help = helping(prompt, new Set(['leaked-tokens']), notes);
    help([
      { type: 'block-start', index: 0, block: { kind: 'text' } },
      { type: 'block-delta', index: 0, text: 'a</s>' },
      { type: 'block-end', index: 0 },
      { type: 'finish', reason: 'stop' },
    ]);
    expect(notes).toEqual([{ path: 'answer.text', action: 'changed', why: expect.stringContaining('</s>') }]);
  });
});

describe('printed calls', () => {
  const call = '{"name":"read","arguments":{"path":"a"}}';
  test.each([
    ['bare', call, 1],
    ['in a fence', `\`\`\`json\n${call}\n\`\`\``, 1],
    ['in a row, as Qwen Coder writes them', `${call}\n${call}`, 2],
    ['behind prose, in tags', `Let me see.\n<tool_call>\n${call}\n</tool_call>`, 1],
    ['behind Llama’s mark', `<|python_tag|>${call}; ${call}`, 2],
    ['behind Mistral’s mark', `[TOOL_CALLS][${call}]`, 1],
    ['by name and arguments', 'I read it.[TOOL_CALLS]read[ARGS]{"path":"a"}[TOOL_CALLS]read[ARGS]{"path":"b"}', 2],
    ['in brackets', `[TOOL_REQUEST]\n${call}\n[END_TOOL_REQUEST]`, 1],
    ['with a token behind them', `${call}<|im_end|>`, 1],
    ['of a tool that nobody declared', call.replace('read', 'write'), 0],
    ['whose arguments do not fit', call.replace('"a"', '7'), 0],
    ['one of which does not fit', `${call}\n${call.replace('"a"', '7')}`, 0],
    ['as an example in prose', `Write ${call} to read.`, 0],
    ['with words behind them', `${call}\nDone.`, 0],
  ])('%s', (_, whole, calls) => {
    for (const pieces of [[whole], [...whole]]) {
      const reply = helped(['leaked-tokens', 'printed-calls'], pieces);
      expect(reply.blocks.filter(({ kind }) => kind === 'tool-call')).toHaveLength(calls);
      if (calls === 0) expect(said(reply, 'text')).toBe(whole);
    }
  });
});

describe('arguments encoded twice', () => {
  const edits = { type: 'array', items: { type: 'object', properties: { line: { type: 'integer' }, text: { type: 'string' } } } };
  const tool = { kind: 'function' as const, name: 'edit', schema: { type: 'object', properties: { edits, note: { type: 'string' } } } };
  const decoded = (quirks: string[], pieces: readonly string[]) => {
    const parts: Part[] = [
      { type: 'block-start', index: 0, block: { kind: 'tool-call', id: 'call_1', name: 'edit', input: 'json' } },
      ...pieces.map((text): Part => ({ type: 'block-delta', index: 0, text })),
      { type: 'block-end', index: 0 },
      { type: 'finish', reason: 'tool-calls' },
    ];
    const help = helping({ ...prompt, tools: [tool] }, new Set(quirks), []);
    const sequence = new Sequence(() => 'call_made');
    const [block] = fold(parts.flatMap((part) => help([part])).flatMap((part) => sequence.push(part))).blocks;
    return block?.kind === 'tool-call' ? (JSON.parse(block.arguments) as unknown) : undefined;
  };

  test('are decoded where the schema says so and nowhere else, however they are cut', () => {
    const row = fc.record({ line: fc.integer(), text: fc.oneof(fc.string(), fc.constant('[1]'), fc.constant('{"a":1}')) });
    const value = fc.record({ edits: fc.array(row, { maxLength: 3 }), note: fc.oneof(fc.string(), fc.constant('{"line":1}')) });
    const depth = fc.constantFrom<(value: { edits: unknown; note: string }) => string>(
      (plain) => JSON.stringify(plain),
      (plain) => JSON.stringify(JSON.stringify(plain)),
      ({ edits, note }) => JSON.stringify({ edits: JSON.stringify(edits), note }),
    );
    fc.assert(
      fc.property(value, depth, fc.nat(40), (plain, encode, size) => {
        const text = encode(plain);
        const pieces = text.match(new RegExp(`[^]{1,${size + 1}}`, 'g'))!;
        // Two spellings of zero are one in JSON.
        expect(decoded(['nested-arguments'], pieces)).toEqual(JSON.parse(JSON.stringify(plain)));
      }),
    );
  });
});

test.each([
  ['think-tags', '{"messages":[]}', true],
  ['printed-calls', '{"messages":[]}', false],
  ['printed-calls', '{"tools":[]}', true],
  ['think-tags', '{"tools":[],"n": 2}', false],
  ['think-tags', '{"tools":[],"n":1}', true],
  ['think-tags', '{"tools":[{"properties":{"n":{"type":"integer"}}}]}', true],
  ['think-tags', '{"messages":[],"logprobs": true}', false],
  ['leaked-tokens', '{"prompt":"a","logprobs":2}', false],
  ['leaked-tokens', '{"prompt":"a","logprobs":null}', true],
  ['top-k', '{"tools":[]}', false],
])('%s: %s needs help: %s', (quirk, body, needs) => expect(needsHelp(new Set([quirk]), Buffer.from(body))).toBe(needs));
