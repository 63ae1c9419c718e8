import type { LlamaText } from 'node-llama-cpp';
import { describe, expect, it } from 'vitest';
import { scripted, tokensOf } from './fixtures/script.ts';
import { generate, type Job, type Outcome, type Piece } from './generate.ts';
import type { CallSyntax } from './template.ts';

const text = (value: string) => value as unknown as LlamaText;
const syntax: CallSyntax = {
  prefix: text('<tool_call>\n{"name": "'),
  beforeArguments: () => text('", "arguments": '),
  suffix: () => text('}\n</tool_call>'),
  betweenCalls: text('\n<tool_call>\n{"name": "'),
  nextTrigger: '<tool_call>',
};
const tools = (more: Partial<NonNullable<Job['tools']>> = {}): NonNullable<Job['tools']> => ({
  offered: [
    { name: 'add', description: undefined, parameters: undefined },
    { name: 'read', description: undefined, parameters: undefined },
  ],
  grammars: new Map([
    ['add', 'root ::= "x"'],
    ['read', 'root ::= "x"'],
  ]),
  mustCall: false,
  isParallel: true,
  syntax,
  ...more,
});
const sampling = { temperature: 0, topP: 1, topK: 0, minP: 0, seed: 1, frequencyPenalty: 0, presencePenalty: 0 };
const job = (more: Partial<Job> = {}): Job => ({
  tokens: tokensOf('Q'),
  maxTokens: 1000,
  sampling,
  marks: [],
  isThinkingFirst: false,
  grammar: undefined,
  ...more,
});
const marks: Job['marks'] = [
  { text: '<tool_call>', kind: 'call' },
  { text: '<think>', kind: 'think-open' },
  { text: '</think>', kind: 'think-close' },
  { text: 'STOP', kind: 'stop' },
];

/** Runs a script to its end: pieces of one kind in a row are joined. */
async function run(script: string, wanted: Job): Promise<{ said: string[]; outcome: Outcome; fed: string }> {
  const { loom, sequence, fed } = scripted(script);
  const said: string[] = [];
  let last = '';
  const running = generate(sequence, loom, wanted, new AbortController().signal);
  let step = await running.next();
  for (; step.done !== true; step = await running.next()) {
    const piece: Piece = step.value;
    const label = 'index' in piece ? `${piece.kind} ${piece.index}` : piece.kind;
    const content = piece.kind === 'call' ? piece.name : piece.text;
    if (label === last) said[said.length - 1] += content;
    else said.push(`${label}: ${content}`);
    last = label;
  }
  return { said, outcome: step.value, fed: fed() };
}

describe('generate', () => {
  it('ends at the end token, at a stop text, and at the limit', async () => {
    expect(await run('hello¶', job())).toMatchObject({
      said: ['text: hello'],
      outcome: { finish: 'stop', promptTokens: 1, completionTokens: 6 },
    });
    expect(await run('one STOP two', job({ marks }))).toMatchObject({ said: ['text: one '], outcome: { finish: 'stop' } });
    expect(await run('hello', job({ maxTokens: 3 }))).toMatchObject({
      said: ['text: hel'],
      outcome: { finish: 'length', completionTokens: 3 },
    });
  });

  it('keeps thoughts and answer apart, without the line breaks between them', async () => {
    const { said, outcome } = await run('<think>\nhm\n</think>\n\nyes¶', job({ marks }));
    expect(said).toEqual(['thought: hm\n', 'text: yes']);
    expect(outcome.thoughtTokens).toBeGreaterThan(0);
    expect((await run('hm</think>yes¶', job({ marks, isThinkingFirst: true }))).said).toEqual(['thought: hm', 'text: yes']);
  });

  it('turns a call into its name and arguments, in exactly the form the model was taught', async () => {
    const { said, outcome, fed } = await run('Let me.<tool_call>read¶{"a":1}¶', job({ marks, tools: tools({ isParallel: false }) }));
    expect(said).toEqual(['text: Let me.', 'call 0: read', 'arguments 0: {"a":1}']);
    expect(outcome.finish).toBe('tool_calls');
    expect(fed).toBe('QLet me.<tool_call>\n{"name": "read", "arguments": {"a":1}');
  });

  it('completes the beginning of a call', async () => {
    const plain = {
      ...syntax,
      prefix: text('||call: '),
      beforeArguments: () => text('('),
      suffix: () => text(')'),
      betweenCalls: null,
      nextTrigger: '',
    };
    const { said, fed } = await run('||call:add¶{}¶', job({ marks: [{ text: '||call:', kind: 'call' }], tools: tools({ syntax: plain }) }));
    expect(said).toEqual(['call 0: add', 'arguments 0: {}']);
    expect(fed).toBe('Q||call: add({}');
  });

  it('takes several calls one after the other, and no prose behind them', async () => {
    const { said, outcome } = await run('<tool_call>add¶{"a":1}¶\n<tool_call>read¶{}¶\nDone.', job({ marks, tools: tools() }));
    expect(said).toEqual(['call 0: add', 'arguments 0: {"a":1}', 'call 1: read', 'arguments 1: {}']);
    expect(outcome.finish).toBe('tool_calls');
  });

  it('begins with the call when it must, and asks for no name when there is one tool', async () => {
    const [only] = tools().offered;
    const { said, fed } = await run(
      '{"a":2}¶',
      job({ marks, tools: tools({ mustCall: true, offered: only ? [only] : [], isParallel: false }) }),
    );
    expect(said).toEqual(['call 0: add', 'arguments 0: {"a":2}']);
    expect(fed).toBe('Q<tool_call>\n{"name": "add", "arguments": {"a":2}');
  });

  it('says length when a call was cut', async () => {
    const { outcome } = await run(
      '<tool_call>add¶{"long":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}',
      job({ marks, tools: tools(), maxTokens: 60 }),
    );
    expect(outcome.finish).toBe('length');
  });

  it('leaves special tokens that mean nothing here out of the text', async () => {
    expect((await run('a<|odd|>b¶', job({ marks }))).said).toEqual(['text: ab']);
  });

  it('stops at the next token when it is told to', async () => {
    const { loom, sequence } = scripted('hello');
    const leaving = new AbortController();
    const running = generate(sequence, loom, job(), leaving.signal);
    await running.next();
    leaving.abort(new Error('left'));
    await expect(running.next()).rejects.toThrow('left');
  });

  it('can be left while a long prompt is being read', async () => {
    const { loom, sequence, fed } = scripted('hello');
    const leaving = new AbortController();
    const read = sequence.evaluateWithoutGeneratingNewTokens.bind(sequence);
    sequence.evaluateWithoutGeneratingNewTokens = async (tokens) => {
      leaving.abort(new Error('left'));
      await read(tokens);
    };
    await expect(generate(sequence, loom, job({ tokens: tokensOf('x'.repeat(2000)) }), leaving.signal).next()).rejects.toThrow('left');
    expect(fed().length).toBeLessThan(600);
  });
});
