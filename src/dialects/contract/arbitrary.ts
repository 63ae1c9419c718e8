import fc from 'fast-check';
import type { Block, ToolCallBlock } from '../../protocol/block.ts';
import type { FinishReason, Part } from '../../protocol/part.ts';
import type { OutputFormat, Prompt, Reasoning, Sampling, Tool, ToolChoice, Turn } from '../../protocol/prompt.ts';
import type { Reply } from '../../protocol/reply.ts';
import { TEXT_PARAMETER, wireName, wrapText } from '../../protocol/tools.ts';
import type { Usage } from '../../protocol/usage.ts';

/** Prompts and replies as coding agents and providers make them, in the canonical form. */

const words = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'Read the file.',
      'Why does `npm test` fail?',
      'ü€𝄞 naïve',
      '{"not":"a call"}',
      '~fh1.x',
      '<think>no</think>',
      'data: [DONE]',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).map((text) => `${text.replace(/[\s\p{C}]/gu, '')}x`),
  },
);
const image = fc.constantFrom<Block>(
  { kind: 'media', media: 'image', source: { from: 'base64', mime: 'image/png', data: 'iVBORw0KGgoAAAANSUhEUg==' } },
  { kind: 'media', media: 'image', source: { from: 'url', url: 'https://example.com/a.png' } },
);
const attached = fc.oneof(
  { weight: 3, arbitrary: image },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Block>(
      { kind: 'media', media: 'file', source: { from: 'base64', mime: 'application/pdf', data: 'JVBERi0xLjQ=' }, name: 'spec.pdf' },
      { kind: 'media', media: 'file', source: { from: 'url', url: 'https://example.com/b.pdf' } },
      { kind: 'media', media: 'file', source: { from: 'file', id: 'file-abc' } },
      { kind: 'media', media: 'audio', source: { from: 'base64', mime: 'audio/wav', data: 'UklGRg==' } },
    ),
  },
);
const text: fc.Arbitrary<Block> = words.map((said) => ({ kind: 'text', text: said }));
const json = fc.dictionary(
  fc.constantFrom('path', 'command', 'limit', 'todos'),
  fc.oneof(words, fc.nat(), fc.constant(null), fc.array(words, { maxLength: 2 })),
  { maxKeys: 3, noNullPrototype: true },
);

export const TOOLS: readonly Tool[] = [
  {
    kind: 'function',
    name: 'read_file',
    description: 'Reads a file',
    schema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'], additionalProperties: false },
    strict: true,
  },
  { kind: 'function', name: 'run', schema: { type: 'object', properties: { command: { type: 'string' } } } },
  {
    kind: 'function',
    name: 'search',
    namespace: 'mcp__web',
    description: 'Searches',
    schema: { type: 'object', properties: { query: { type: 'string' }, limit: { type: 'integer' } } },
  },
  {
    kind: 'text',
    name: 'apply_patch',
    description: 'Applies a patch',
    format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
  },
];

type Callable = Exclude<Tool, { kind: 'opaque' }>;

/** A call of one of `tools`; its id is given by who places it. */
const callOf = (tools: readonly Tool[]): fc.Arbitrary<ToolCallBlock> =>
  fc.constantFrom(...tools).chain((tool) => {
    const { name, namespace, kind } = tool as Callable;
    const patch = fc.constantFrom('*** Begin Patch\n*** End Patch', 'x');
    // A text tool that a dialect turned into a function is called with its one string.
    const wrapped = tool.kind === 'function' && Object.keys(tool.schema?.properties ?? {}).join() === TEXT_PARAMETER;
    const body = kind === 'text' ? patch : wrapped ? patch.map(wrapText) : json.map((value) => JSON.stringify(value));
    return body.map(
      (args): ToolCallBlock => ({ kind: 'tool-call', id: '', name, namespace, input: kind === 'text' ? 'text' : 'json', arguments: args }),
    );
  });

/** A thought without a seal, or one of `sealed`: text and seal of a thought belong together. */
const thought = (sealed: readonly Block[]): fc.Arbitrary<Block> =>
  fc.oneof(
    words.map((said): Block => ({ kind: 'reasoning', text: said })),
    ...(sealed.length ? [fc.constantFrom(...sealed)] : []),
  );

/** What an assistant says: thoughts, then text and calls; ids are given by the caller. */
const spoken = (sealed: readonly Block[], tools: readonly Tool[]) =>
  fc
    .tuple(fc.array(thought(sealed), { maxLength: 2 }), fc.array(text, { maxLength: 1 }), fc.array(callOf(tools), { maxLength: 3 }))
    .map(([thoughts, texts, calls]): Block[] => [
      ...thoughts,
      ...(texts.length || calls.length ? texts : [{ kind: 'text', text: 'Done.' } as Block]),
      ...calls,
    ]);

const resultContent = fc.oneof(fc.tuple(text), fc.tuple(text, image), fc.tuple(image), fc.tuple(text, text), fc.constant<Block[]>([]));

/** A tidy conversation of a coding agent: system first, then exchanges with calls and their results. */
function turns(sealed: readonly Block[]): fc.Arbitrary<Turn[]> {
  const exchange = fc.tuple(
    spoken(sealed, TOOLS),
    fc.array(fc.record({ content: resultContent, error: fc.boolean() }), { minLength: 3, maxLength: 3 }),
    fc.array(fc.oneof(text, text, attached), { maxLength: 2 }),
  );
  return fc
    .tuple(
      fc.array(text, { maxLength: 2 }),
      fc.array(fc.oneof(text, text, attached), { minLength: 1, maxLength: 2 }),
      fc.array(exchange, { maxLength: 3 }),
    )
    .map(([system, first, exchanges]) => {
      const all: Turn[] = system.length ? [{ role: 'system', blocks: system }] : [];
      all.push({ role: 'user', blocks: first });
      exchanges.forEach(([said, results, more], at) => {
        let n = 0;
        const blocks = said.map((block) => (block.kind === 'tool-call' ? { ...block, id: `call_${at}${'abc'[n++]}7xK2` } : block));
        const calls = blocks.filter((block) => block.kind === 'tool-call');
        const answers = calls.map((asked, place): Block => {
          const { content, error } = results[place]!;
          return { kind: 'tool-result', id: asked.id, input: asked.input, content, ...(error && { error: true }) };
        });
        const reply = [...answers, ...more];
        all.push({ role: 'assistant', blocks }, { role: 'user', blocks: reply.length ? reply : [{ kind: 'text', text: 'Go on.' }] });
      });
      return all;
    });
}

/** What clients do to conversations: interrupt, compact, trim, add notes of their own. */
const UNTIDY: Readonly<Record<string, (turns: Turn[], at: number) => void>> = {
  'a result lost': (turns, at) => without(turns[at]!, 'tool-result'),
  'a call lost': (turns, at) => without(turns[at]!, 'tool-call'),
  'a turn lost': (turns, at) => void (turns.length > 2 && turns.splice(at, 1)),
  'a note of the client': (turns, at) => void turns.splice(at, 0, { role: 'system', blocks: [{ kind: 'text', text: 'Be brief.' }] }),
  'an empty text': (turns, at) => void turns[at]!.blocks.unshift({ kind: 'text', text: '' }),
  'text behind': (turns, at) => void turns[at]!.blocks.push({ kind: 'text', text: 'And so on.' }),
  'a turn in two': (turns, at) => {
    const { role, blocks } = turns[at]!;
    if (blocks.length > 1) turns.splice(at, 1, { role, blocks: blocks.slice(0, 1) }, { role, blocks: blocks.slice(1) });
  },
  'an id again': (turns) => {
    for (const { blocks } of turns)
      for (const block of blocks) if (block.kind === 'tool-call' || block.kind === 'tool-result') block.id = `call_${block.id.slice(6)}`;
  },
};

function without(turn: Turn, kind: Block['kind']): void {
  const at = turn.blocks.findIndex((block) => block.kind === kind);
  if (at >= 0 && turn.blocks.length > 1) turn.blocks.splice(at, 1);
}

/** Conversations, seldom tidy. They end with the user, as those of agents do. */
const untidy = (tidy: fc.Arbitrary<Turn[]>): fc.Arbitrary<Turn[]> =>
  fc
    .tuple(tidy, fc.array(fc.tuple(fc.constantFrom(...Object.values(UNTIDY)), fc.nat()), { maxLength: 2 }))
    .map(([conversation, mishaps]) => {
      const turns = structuredClone(conversation);
      for (const [happen, at] of mishaps) happen(turns, at % turns.length);
      if (turns.at(-1)?.role !== 'user') turns.push({ role: 'user', blocks: [{ kind: 'text', text: 'Go on.' }] });
      return turns;
    });

const output: fc.Arbitrary<OutputFormat> = fc.constantFrom<OutputFormat>(
  { kind: 'text' },
  { kind: 'json' },
  {
    kind: 'schema',
    name: 'verdict',
    strict: true,
    schema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'], additionalProperties: false },
  },
);
const reasoning: fc.Arbitrary<Reasoning> = fc.oneof(
  fc.record({ effort: fc.constantFrom('low', 'medium', 'high') }),
  fc.record({ mode: fc.constant('on' as const), budget: fc.integer({ min: 1024, max: 30_000 }) }),
  fc.constantFrom<Reasoning>({ mode: 'off' }, { mode: 'adaptive' }, { effort: 'medium', summary: 'auto' }),
);
const sampling: fc.Arbitrary<Sampling> = fc.record(
  {
    temperature: fc.constantFrom(0, 0.2, 1, 1.5),
    topP: fc.constantFrom(0.5, 0.97, 1),
    topK: fc.constantFrom(1, 40),
    seed: fc.nat(),
    frequencyPenalty: fc.constantFrom(0.5, -1),
    presencePenalty: fc.constantFrom(0.5, -1),
  },
  { requiredKeys: [] },
);
const tools = fc.subarray([...TOOLS]).chain((declared): fc.Arbitrary<Pick<Prompt, 'tools' | 'toolChoice' | 'parallelTools'>> => {
  const named = (declared as Callable[]).map(({ name, namespace }): ToolChoice => ({ mode: 'named', name, namespace }));
  const allowed = (declared as Callable[]).slice(0, 2).map(wireName);
  const choice = fc.constantFrom<ToolChoice>({ mode: 'auto' }, { mode: 'none' }, { mode: 'required' }, { mode: 'auto', allowed }, ...named);
  const rare = fc.record({ toolChoice: choice, parallelTools: fc.boolean() }, { requiredKeys: [] });
  return (declared.length ? rare : fc.constant({})).map((fields) => ({ tools: declared, ...fields }));
});

/** A prompt of no dialect; its sealed thoughts are drawn from `sealed`. */
export function prompts(sealed: readonly Block[]): fc.Arbitrary<Prompt> {
  const some = fc.record(
    {
      output,
      reasoning,
      maxTokens: fc.constantFrom(16, 4096, 32_000),
      stop: fc.constantFrom<string[]>(['END'], ['\n\n', 'stop']),
      user: fc.constant('user-17'),
      cacheKey: fc.constant('session-9'),
    },
    { requiredKeys: [] },
  );
  return fc.tuple(fc.oneof(turns(sealed), untidy(turns(sealed))), tools, sampling, some, fc.boolean()).map(
    ([conversation, declared, knobs, fields, stream]): Prompt => ({
      dialect: 'contract',
      model: 'some-model',
      stream,
      turns: conversation,
      sampling: knobs,
      ...declared,
      ...fields,
    }),
  );
}

const reason = fc.constantFrom<FinishReason>('stop', 'stop', 'length', 'filter', 'refusal');
const usage: fc.Arbitrary<Usage> = fc
  .tuple(fc.nat({ max: 5000 }), fc.nat({ max: 5000 }), fc.nat({ max: 5000 }), fc.nat({ max: 5000 }), fc.nat({ max: 5000 }))
  .map(([fresh, cacheRead, cacheWrite, said, thought]) => ({
    input: fresh + cacheRead + cacheWrite,
    cacheRead,
    cacheWrite,
    output: said + thought,
    reasoning: thought,
  }));

/** A finished reply; its sealed thoughts are drawn from `sealed`, its calls from `tools` as the upstream was told of them. */
export function replies(sealed: readonly Block[], tools: readonly Tool[]): fc.Arbitrary<Reply> {
  return fc.tuple(spoken(sealed, tools), reason, usage).map(([said, why, counted]) => {
    const blocks = said.map((block, at) => (block.kind === 'tool-call' ? { ...block, id: `call_${at}q9Zt` } : block));
    const calls = blocks.some((block) => block.kind === 'tool-call');
    const last = blocks.at(-1);
    // One without arguments at the end of an answer that was cut is none: see the sequence.
    const isCut = why === 'length' && !(last?.kind === 'tool-call' && last.arguments === '{}');
    return {
      id: 'upstream-1',
      model: 'upstream-model',
      blocks,
      usage: counted,
      finish: { reason: calls && !isCut ? 'tool-calls' : why },
    };
  });
}

/** `value` with one place in it replaced by something else, or taken away: how a broken client or upstream looks. */
export function broken(value: unknown): fc.Arbitrary<unknown> {
  const strange = fc.oneof(
    fc.constantFrom<unknown>(null, undefined, '', 'x', 0, -1, 1e9, true, [], {}, [null], [[]], [{}], { type: 'x' }, { type: null }),
    // Names that every object inherits: a table asked without care answers with a function, and such an object is no text.
    fc.constantFrom<unknown>('constructor', 'valueOf', '__proto__', { toString: null, valueOf: 1 }, JSON.parse('{"__proto__":{"a":1}}')),
    fc.jsonValue({ maxDepth: 2 }),
  );
  return fc
    .tuple(fc.array(fc.nat(), { minLength: 1, maxLength: 8 }), strange)
    .map(([way, replacement]) => put(structuredClone(value), way, replacement));
}

function put(value: unknown, way: readonly number[], replacement: unknown): unknown {
  const keys = value !== null && typeof value === 'object' ? Object.keys(value) : [];
  const [step, ...further] = way;
  if (step === undefined || keys.length === 0) return replacement;
  const key = keys[step % keys.length]!;
  const holder = value as Record<string, unknown>;
  const inner = put(holder[key], further, replacement);
  if (inner === undefined && !Array.isArray(holder)) delete holder[key];
  else holder[key] = inner ?? null;
  return holder;
}

/** The same parts with their texts cut anywhere, as tokens come. */
export function cut(parts: readonly Part[], dice: readonly number[]): Part[] {
  let n = 0;
  return parts.flatMap((part): Part[] => {
    if (part.type !== 'block-delta') return [part];
    const at = dice.length ? dice[n++ % dice.length]! % (part.text.length + 1) : 0;
    const pieces = [part.text.slice(0, at), part.text.slice(at)].filter((text) => text !== '');
    return pieces.map((text) => ({ ...part, text }));
  });
}
