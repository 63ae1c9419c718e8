import { fail } from 'node:assert/strict';
import fc from 'fast-check';
import { prompts, TOOLS } from '../../src/dialects/contract/arbitrary.ts';
import * as run from '../../src/dialects/contract/run.ts';
import type { Block } from '../../src/protocol/block.ts';
import type { Prompt, Turn } from '../../src/protocol/prompt.ts';
import { refused } from './requests.ts';
import { named, names } from './stir.ts';
import { subject } from './subject.ts';

/** Blocks of a conversation that nobody tidied: ids from a handful, some empty; calls and results in anybody's turns. */
const id = fc.constantFrom('a', 'b', 'c', 'functions.read:0', 'x'.repeat(90), '');
const words = fc.constantFrom('go', '', ' ', '\n', 'words', '[tool error] no', '\ud83d');
const text = words.map((said): Block => ({ kind: 'text', text: said }));
const block: fc.Arbitrary<Block> = fc.oneof(
  text,
  fc
    .tuple(id, fc.constantFrom('{}', '', '{"path":"a"}', '{"n":1', '[1]', 'null', '"s"', '{"__proto__":1}'))
    .map(([called, args]): Block => ({ kind: 'tool-call', id: called, name: 'run', input: 'json', arguments: args })),
  fc
    .tuple(id, fc.array(text, { maxLength: 2 }), fc.boolean())
    .map(([called, content, error]): Block => ({ kind: 'tool-result', id: called, input: 'json', content, ...(error && { error }) })),
  words.map((said): Block => ({ kind: 'reasoning', text: said })),
  fc.constant<Block>({ kind: 'media', media: 'image', source: { from: 'base64', mime: 'image/png', data: 'iVBORw0KGgo=' } }),
);
const wild: fc.Arbitrary<Turn[]> = fc.array(
  fc.record({ role: fc.constantFrom<Turn['role']>('user', 'assistant', 'system'), blocks: fc.array(block, { maxLength: 4 }) }),
  { maxLength: 8 },
);

interface Case {
  client: string;
  target: string;
  prompt: Prompt;
  /** Moves of the client's own messages: taken away, or put elsewhere. */
  moves: { from: number; to: number }[];
}

const wildPrompt = wild.map((turns): Prompt => ({ dialect: 'fuzz', model: 'm', stream: false, turns, tools: [...TOOLS], sampling: {} }));

export const histories = subject<Case>({
  name: 'histories',
  about: 'conversations with calls, results and orphans in any order, taken apart in the client’s dialect, asked in every other',
  share: 25,
  cases: fc.record({
    client: names,
    target: names,
    prompt: fc.oneof(prompts([]), wildPrompt),
    moves: fc.array(fc.record({ from: fc.nat({ max: 30 }), to: fc.integer({ min: -1, max: 30 }) }), { maxLength: 3 }),
  }),
  holds({ client: speaking, target: spoken, prompt, moves }) {
    const [client, target] = [named(speaking), named(spoken)];
    refused(client, () => {
      const foreign: Prompt = { ...prompt, dialect: 'fuzz' };
      // As the client would have written it, be it ever so untidy: its own dialect asks what it accepted as it came.
      const written = run.callOf(client, client.ask(foreign, run.TARGET).request);
      const list = ['messages', 'contents', 'input']
        .map((key) => (written.body as Record<string, unknown>)[key])
        .find((value): value is unknown[] => Array.isArray(value));
      for (const { from, to } of list?.length ? moves : []) {
        const [moved] = list!.splice(from % list!.length, 1);
        if (to >= 0) list!.splice(to % (list!.length + 1), 0, moved);
        if (list!.length === 0) return;
      }
      const accepted = client.accept(written);
      for (const asked of [{ ...accepted, dialect: 'fuzz' }, foreign]) {
        const { request, notes } = target.ask(asked, run.TARGET);
        if (notes.some(({ action }) => action === 'refused')) continue;
        tidy(target.accept(run.callOf(target, request)).turns, target.name);
      }
    });
  },
});

/** What strict providers insist on: ids are there and used once, and each call is answered before anybody says anything else. */
function tidy(turns: readonly Turn[], to: string): void {
  const used = new Set<string>();
  const open = new Set<string>();
  const complain = (what: string) => fail(`${to}: ${what} in ${JSON.stringify(turns)}`);
  for (const { role, blocks } of turns) {
    for (const one of blocks) {
      if (one.kind === 'tool-result') {
        if (!open.delete(one.id)) complain(`a result of "${one.id}" that was not called for`);
        continue;
      }
      if (open.size && role !== 'assistant') complain(`words before the result of "${[...open]}"`);
      if (one.kind !== 'tool-call') continue;
      if (one.id === '' || used.has(one.id)) complain(`the id "${one.id}" twice or empty`);
      if (role !== 'assistant') complain('a call that the model did not make');
      used.add(one.id);
      open.add(one.id);
    }
  }
  if (open.size) complain(`no result of "${[...open]}"`);
}
