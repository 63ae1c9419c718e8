import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Block, ToolCallBlock, ToolResultBlock } from './block.ts';
import { markFailure, repair, splitSystem, unmarkFailure } from './history.ts';
import type { Note } from './note.ts';
import type { Turn } from './prompt.ts';

const text = fc.constantFrom('', 'a', 'b c', '[tool error] x');
const said: fc.Arbitrary<Block> = fc.record({ kind: fc.constant('text' as const), text });
const image: fc.Arbitrary<Block> = fc.constant({
  kind: 'media',
  media: 'image',
  source: { from: 'url', url: 'https://example.com/a.png' },
});
const ids = fc.constantFrom('c0', 'c1', 'c2', 'c0_2');
const input = fc.constantFrom('json' as const, 'text' as const);
const thought: fc.Arbitrary<Block> = fc.constant({ kind: 'reasoning', text: 'hm', seal: { by: 'alpha', raw: 's' } });
const call: fc.Arbitrary<Block> = fc.record({
  kind: fc.constant('tool-call' as const),
  id: ids,
  name: fc.constant('run'),
  input,
  arguments: fc.constant('{}'),
});
const result: fc.Arbitrary<Block> = fc.record(
  {
    kind: fc.constant('tool-result' as const),
    id: ids,
    input,
    content: fc.array(fc.oneof(said, image), { maxLength: 2 }),
    error: fc.constant(true as const),
  },
  { requiredKeys: ['kind', 'id', 'input', 'content'] },
);
const turn: fc.Arbitrary<Turn> = fc.oneof(
  fc.record({ role: fc.constant('system' as const), blocks: fc.array(said, { maxLength: 2 }) }),
  fc.record({ role: fc.constant('user' as const), blocks: fc.array(fc.oneof(said, image, result, result), { maxLength: 4 }) }),
  fc.record({ role: fc.constant('assistant' as const), blocks: fc.array(fc.oneof(said, thought, call, call), { maxLength: 4 }) }),
);
const history = fc.array(turn, { maxLength: 9 });

const fixed = (turns: readonly Turn[]) => repair(turns, []);
const calls = (turn?: Turn) => (turn?.blocks ?? []).filter((block): block is ToolCallBlock => block.kind === 'tool-call');
const results = (turn?: Turn) => (turn?.blocks ?? []).filter((block): block is ToolResultBlock => block.kind === 'tool-result');

/** For every history: `law` is told the history before and after its repair. */
function always(law: (after: Turn[], before: Turn[], notes: Note[]) => void): void {
  fc.assert(
    fc.property(history, (before) => {
      const copy = structuredClone(before);
      const notes: Note[] = [];
      const after = repair(before, notes);
      expect(before).toEqual(copy);
      law(after, before, notes);
    }),
    { numRuns: 500 },
  );
}

describe('after repair', () => {
  test('system turns stand in front, then user and assistant alternate', () => {
    always((after) => {
      const roles = after.map(({ role }) => role);
      for (let at = 1; at < roles.length; at++) {
        expect(roles[at]).not.toBe(roles[at - 1]);
        expect(roles[at]).not.toBe('system');
      }
    });
  });

  test('every call is directly followed by its one result, in call order, before anything else', () => {
    always((after) => {
      after.forEach((turn, at) => {
        if (turn.role === 'user') return;
        const wanted = calls(turn).map(({ id }) => id);
        const next = after[at + 1];
        expect(next?.blocks.slice(0, wanted.length).map((block) => (block.kind === 'tool-result' ? block.id : block.kind)) ?? []).toEqual(
          wanted,
        );
        expect(results(next)).toHaveLength(wanted.length);
      });
      expect(results(after[0])).toEqual([]);
    });
  });

  test('ids of calls are unique', () => {
    always((after) => {
      const all = after.flatMap((turn) => calls(turn).map(({ id }) => id));
      expect(new Set(all).size).toBe(all.length);
    });
  });

  test('nothing is empty', () => {
    always((after) => {
      for (const { blocks } of after) {
        expect(blocks.length).toBeGreaterThan(0);
        expect(blocks).not.toContainEqual({ kind: 'text', text: '' });
      }
    });
  });

  test('there is nothing left to repair', () => {
    always((after) => {
      const notes: Note[] = [];
      expect(repair(after, notes)).toEqual(after);
      expect(notes).toEqual([]);
    });
  });

  test('what was said, thought and called is all there, in order', () => {
    const kept = (turns: readonly Turn[], role: Turn['role'][]) =>
      turns
        .filter((turn) => role.includes(turn.role))
        .flatMap(({ blocks }) => blocks)
        .flatMap((block) => (block.kind === 'tool-call' ? block.name : block.kind === 'reasoning' ? JSON.stringify(block.seal) : []));
    const words = (turns: readonly Turn[]) =>
      turns.flatMap(({ blocks }) =>
        blocks.flatMap((block) => (block.kind === 'text' && block.text && !block.text.startsWith('[result of') ? block.text : [])),
      );
    always((after, before) => {
      expect(kept(after, ['assistant'])).toEqual(kept(before, ['assistant']));
      expect(words(after)).toEqual(words(before));
    });
  });

  test('a history that needs no repair gets no note, one that changed meaning gets one', () => {
    always((after, before, notes) => {
      const same = JSON.stringify(after) === JSON.stringify(before);
      if (same) expect(notes).toEqual([]);
      const made = after.flatMap(results).length + after.flatMap(calls).length;
      const had = before.flatMap(results).length + before.flatMap(calls).length;
      if (made !== had) expect(notes.length).toBeGreaterThan(0);
    });
  });
});

describe('cases', () => {
  const user = (...blocks: Block[]): Turn => ({ role: 'user', blocks });
  const assistant = (...blocks: Block[]): Turn => ({ role: 'assistant', blocks });
  const say = (words: string): Block => ({ kind: 'text', text: words });
  const run = (id: string): ToolCallBlock => ({ kind: 'tool-call', id, name: 'run', input: 'json', arguments: '{}' });
  const gave = (id: string, words: string): ToolResultBlock => ({
    kind: 'tool-result',
    id,
    input: 'json',
    content: [{ kind: 'text', text: words }],
  });

  test('one result a message in any order, as chat clients send them', () => {
    expect(fixed([assistant(run('a'), run('b')), user(gave('b', '2')), user(gave('a', '1')), user(say('go on'))])).toEqual([
      assistant(run('a'), run('b')),
      user(gave('a', '1'), gave('b', '2'), say('go on')),
    ]);
  });

  test('an interrupted call gets an error result, before the words that interrupted it', () => {
    const [, next] = fixed([assistant(run('a')), user(say('stop'))]);
    expect(next?.blocks).toEqual([expect.objectContaining({ kind: 'tool-result', id: 'a', error: true }), say('stop')]);
  });

  test('a result whose call was compacted away is said as text, its picture stays', () => {
    const picture: Block = { kind: 'media', media: 'image', source: { from: 'url', url: 'https://example.com/a.png' } };
    const lost: Block = { ...gave('gone', 'found 3'), content: [say('found 3'), picture] };
    expect(fixed([user(lost)])).toEqual([user(say('[result of tool call gone] found 3'), picture)]);
  });

  test('an id used in an earlier turn is renamed together with its result', () => {
    const turns = [assistant(run('a')), user(gave('a', '1')), assistant(run('a')), user(gave('a', '2'))];
    expect(fixed(turns)).toEqual([assistant(run('a')), user(gave('a', '1')), assistant(run('a_2')), user(gave('a_2', '2'))]);
  });

  test('parallel calls under one id keep their own results, in order', () => {
    const turns = [assistant(run('a'), run('a')), user(gave('a', '1'), gave('a', '2'))];
    expect(fixed(turns)).toEqual([assistant(run('a'), run('a_2')), user(gave('a', '1'), gave('a_2', '2'))]);
  });

  test('parallel calls under one id that was used before, too', () => {
    const turns = [assistant(run('a')), user(gave('a', '0')), assistant(run('a'), run('a')), user(gave('a', '1'), gave('a', '2'))];
    expect(fixed(turns).slice(2)).toEqual([assistant(run('a_2'), run('a_3')), user(gave('a_2', '1'), gave('a_3', '2'))]);
  });

  test('a late system turn becomes words of the user, behind the results', () => {
    const turns: Turn[] = [assistant(run('a')), { role: 'system', blocks: [say('be brief')] }, user(gave('a', '1'))];
    expect(fixed(turns)).toEqual([assistant(run('a')), user(gave('a', '1'), say('be brief'))]);
  });
});

describe('failed results', () => {
  const failed = (content: Block[]): ToolResultBlock => ({ kind: 'tool-result', id: 'a', input: 'json', content, error: true });

  test('the mark comes off again, whatever the content', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(said, image), { maxLength: 3 }), (content) => {
        const marked = markFailure(failed(content));
        expect(marked[0]).toMatchObject({ kind: 'text', text: expect.stringMatching(/^\[tool error\]/) });
        expect(unmarkFailure(marked)).toEqual({ content, error: true });
      }),
    );
  });

  test('a good result has no mark', () => {
    const content: Block[] = [{ kind: 'text', text: 'fine' }];
    expect(markFailure({ ...failed(content), error: undefined })).toEqual(content);
    expect(unmarkFailure(content)).toEqual({ content });
    expect(unmarkFailure([])).toEqual({ content: [] });
  });
});

test('splitSystem parts instructions and conversation', () => {
  const words: Block[] = [{ kind: 'text', text: 'a' }];
  expect(splitSystem([])).toEqual({ system: [], turns: [] });
  expect(splitSystem([{ role: 'system', blocks: words }])).toEqual({ system: words, turns: [] });
  const turns: Turn[] = [{ role: 'user', blocks: words }];
  expect(splitSystem([{ role: 'system', blocks: words }, { role: 'system', blocks: words }, ...turns])).toEqual({
    system: [...words, ...words],
    turns,
  });
});
