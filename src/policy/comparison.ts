import type { Note } from '../protocol/note.ts';
import type { Prompt } from '../protocol/prompt.ts';

/** Pure parts of saying what would be otherwise with one model in the place of another. */

const TEXT = { kind: 'text', text: 'x' } as const;
/** One pixel, as every dialect takes pictures. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const SCHEMA = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
const TOOL = { kind: 'function', name: 'look', description: 'x', schema: SCHEMA } as const;

const asking = (more: Partial<Prompt>): Prompt => ({
  dialect: '',
  model: 'x',
  stream: false,
  turns: [{ role: 'user', blocks: [TEXT] }],
  tools: [],
  sampling: {},
  maxTokens: 16,
  ...more,
});

/** What clients ask for, each alone, so that a note can only be about that. */
export const FEATURES: Readonly<Record<string, Prompt>> = {
  tools: asking({ tools: [TOOL] }),
  'strict tools': asking({ tools: [{ ...TOOL, strict: true }] }),
  'tools with free text': asking({ tools: [{ kind: 'text', name: 'patch' }] }),
  'one call at a time': asking({ tools: [TOOL], parallelTools: false }),
  'a call that must be': asking({ tools: [TOOL], toolChoice: { mode: 'required' } }),
  'JSON by a schema': asking({ output: { kind: 'schema', schema: SCHEMA, name: 'x', strict: true } }),
  pictures: asking({
    turns: [
      { role: 'user', blocks: [TEXT, { kind: 'media', media: 'image', source: { from: 'base64', mime: 'image/png', data: PIXEL } }] },
    ],
  }),
  documents: asking({
    turns: [
      {
        role: 'user',
        blocks: [TEXT, { kind: 'media', media: 'file', name: 'x.pdf', source: { from: 'base64', mime: 'application/pdf', data: PIXEL } }],
      },
    ],
  }),
  'an effort of thinking': asking({ reasoning: { mode: 'on', effort: 'high' } }),
  'a budget for thinking': asking({ reasoning: { mode: 'on', budget: 2048 }, maxTokens: 4096 }),
  'no thinking': asking({ reasoning: { mode: 'off' } }),
  seed: asking({ sampling: { seed: 1 } }),
  top_k: asking({ sampling: { topK: 10 } }),
  'penalties on repetition': asking({ sampling: { frequencyPenalty: 0.5 } }),
  'stop sequences': asking({ stop: ['x'] }),
  'a key for the prompt cache': asking({ cacheKey: 'x' }),
};

/** What a target does not get of what clients may ask for: the first note on each. @param ask how its dialect writes a prompt for it */
export function lostOf(ask: (prompt: Prompt) => readonly Note[]): Map<string, Note> {
  const lost = new Map<string, Note>();
  for (const [feature, prompt] of Object.entries(FEATURES)) {
    const [note] = ask(prompt);
    if (note) lost.set(feature, note);
  }
  return lost;
}

/** One hour of traffic. */
export interface Hour {
  /** Unix milliseconds. */
  start: number;
  exchanges: number;
  output_tokens: number;
}

/** The hour in which most was written; undefined where nothing was. */
export function busiest(hours: readonly Hour[]): Hour | undefined {
  const [first] = [...hours].filter(({ output_tokens }) => output_tokens > 0).sort((a, b) => b.output_tokens - a.output_tokens);
  return first;
}

/**
 * The share of the time for which hardware is busy that writes so many tokens in an hour; above 1 it cannot keep up, and from about 0.7 on
 * requests wait longer than they take (an M/M/1 queue waits u/(1-u) times a service).
 * @param tokensPerSecond of one answer @param atOnce answers at the same time that keep that speed
 */
export function utilisation(outputTokens: number, tokensPerSecond: number, atOnce: number): number {
  return outputTokens / 3600 / (tokensPerSecond * Math.max(1, atOnce));
}
