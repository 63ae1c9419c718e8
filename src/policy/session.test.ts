import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Block } from '../protocol/block.ts';
import type { Turn } from '../protocol/prompt.ts';
import { causeOf, proceed, repeatsIn } from './course.ts';
import { alarms } from './loops.ts';
import { firstNew, likeness, readNews } from './news.ts';
import { routingSchema } from './routing.ts';
import { openingOf, SessionMemory, sessionName } from './session.ts';

const text = (role: Turn['role'], said: string): Turn => ({ role, blocks: [{ kind: 'text', text: said }] });
let id = 0;
const step = (name: string, given: string, result: string, error = false): Turn[] => {
  const call: Block = { kind: 'tool-call', id: `c${++id}`, name, input: 'json', arguments: given };
  const back: Block = { kind: 'tool-result', id: `c${id}`, input: 'json', content: [{ kind: 'text', text: result }], error };
  return [
    { role: 'assistant', blocks: [call] },
    { role: 'user', blocks: [back] },
  ];
};
const edit = step('Edit', '{"path":"a.ts"}', 'The file was changed.');
const fail = step('Bash', '{"command":"npm test"}', 'AssertionError: expected 1 to be 2\n1 failed, 4 passed');
const pass = step('Bash', '{"command":"npm test"}', 'Tests  5 passed (5)');

describe('who converses', () => {
  it.each([
    [{ 'x-claude-code-session-id': 's' }, {}, 's'],
    [{ 'x-claude-code-session-id': 's', 'x-claude-code-agent-id': 'a' }, {}, 's a'],
    [{ 'thread-id': 't' }, { cacheKey: 'k' }, 't'],
    [{}, { cacheKey: 'k' }, 'k'],
    [{}, { user: '{"device_id":"d","session_id":"s-1"}' }, 's-1'],
    [{}, { user: 'user_ab_account__session_01234567-89ab' }, '01234567-89ab'],
    [{}, { user: 'somebody' }, undefined],
    [{ 'session-id': ['a', 'b'] }, {}, undefined],
    [{ 'session-id': 'x'.repeat(300) }, {}, undefined],
  ])('%j and %j name %s', (headers, said, name) => expect(sessionName(headers, said)).toBe(name));

  it('and where nobody says, by how it began, however it goes on', () => {
    const first = [text('system', 'x-billing-header: 1.2'), text('user', 'Mend it.')];
    expect(openingOf([...first, ...edit])).toBe(openingOf(first));
    expect(openingOf([text('system', 'x-billing-header: 1.3'), text('user', 'Mend it.')])).toBe(openingOf(first));
    expect(openingOf([text('user', 'Mend that.')])).not.toBe(openingOf(first));
    expect(openingOf([])).toBeUndefined();
  });

  it('is forgotten after a silence, and when there are too many', () => {
    const memory = new SessionMemory<string>();
    for (const name of ['a', 'b', 'c']) memory.begin(name, 2, 0);
    expect([memory.get('a', 10, 1), memory.size]).toEqual([undefined, 2]);
    expect(memory.get('b', 10, 10)).toBeDefined();
    expect(memory.get('c', 10, 11)).toBeUndefined();
  });
});

describe('what is new', () => {
  const turns = [text('user', 'Mend it.'), ...edit, ...fail];
  it.each([
    ['at first all since a person spoke', 0, 0],
    ['then what was not read', 3, 3],
    ['nothing when it is asked again', 5, 5],
    ['of a history that was summed up its last exchange', 9, 3],
  ])('%s', (_, known, from) => expect(firstNew(turns, known)).toBe(from));

  it('tells calls, their results, and whether a person spoke', () => {
    const news = readNews(turns);
    expect([news.spoke, news.answers, news.calls.map(({ edits, check, failed }) => [edits, check, failed])]).toEqual([
      true,
      2,
      [
        [true, undefined, false],
        [false, 'failed', false],
      ],
    ]);
    expect(readNews(turns.slice(1)).spoke).toBe(false);
  });

  it.each([
    ['cat src/a.test.ts', 'describe("error", () => 1)', undefined],
    ['pytest -q', '3 passed in 0.1s', 'passed'],
    ['pytest -q', '1 failed, 3 passed', 'failed'],
    ['go test ./...', 'FAIL\tacme/app 0.1s', 'failed'],
    ['cargo build', 'error[E0308]: mismatched types', 'failed'],
    ['tsc --noEmit', 'a.ts(1,1): error TS2304: Cannot find name', 'failed'],
    ['npm test', '# tests 4\n# pass 4\n0 failed', 'passed'],
    ['ls', 'README', undefined],
  ])('%s that says %j is %s', (command, said, check) => {
    expect(readNews(step('Bash', JSON.stringify({ command }), said)).calls[0]?.check).toBe(check);
  });

  it('knows the same question in other words', () => {
    const words = (said: string) => readNews([text('user', said)]).words;
    expect(likeness(words('Why does the login test fail on main?'), words('why does the login test fail on main??'))).toBe(1);
    expect(likeness(words('Why does the login test fail?'), words('Write the release notes.'))).toBeLessThan(0.3);
  });
});

describe('a conversation', () => {
  const after = (...turns: Turn[]) => {
    const session = new SessionMemory<string>().begin('a', 1, 0);
    const signals = proceed(session, readNews(turns)).map(({ kind }) => kind);
    return { session, signals };
  };
  it.each([
    ['goes on when its tests pass', [edit, pass], undefined],
    ['moves up when they fail after a change', [edit, fail], 'its tests failed'],
    ['not when they show the fault first', [fail], undefined],
    ['nor when they pass in the end', [edit, fail, edit, pass], undefined],
    ['but when they fail again', [fail, fail], 'its tests failed 2 times in a row'],
    [
      'moves up when its tools complain',
      [1, 2, 3].map((n) => step('Read', `{"n":${n}}`, 'Error: no such file', true)),
      'its tool calls failed 3 times in a row',
    ],
  ] as [string, Turn[][], string | undefined][])('%s', (_, steps, cause) => {
    expect(causeOf(after(text('user', 'Mend it.'), ...steps.flat()).session)).toBe(cause);
  });

  it('speaks of the model without being asked', () => {
    const { session } = after(text('user', 'Why does the login test fail?'));
    const next = (...turns: Turn[]) => proceed(session, readNews(turns)).map(({ kind }) => kind);
    expect(next(text('user', 'why does the login test fail??'))).toEqual(['re-ask']);
    expect(next(...edit, ...pass)).toEqual(['check passed']);
    expect(next(...edit, ...step('Bash', '{"command":"git checkout -- a.ts"}', ''))).toEqual(['undone']);
    expect(next(...step('Foo', '{}', '<tool_use_error>InputValidationError: missing required x', true))).toEqual(['invalid call']);
    expect(next(text('user', 'Please revert that.'))).toEqual(['undone']);
    expect(next(text('user', 'Now write the release notes for everybody.'))).toEqual(['went on']);
  });

  it('that repeats itself is noticed, in cycles too, and progress is not', () => {
    const same = step('Read', '{"path":"a"}', 'a');
    const other = step('Read', '{"path":"b"}', 'b');
    const times = (...steps: Turn[][]) => repeatsIn(after(...steps.flat()).session);
    expect([times(same), times(same, same, same, same), times(same, other, same, other, same, other), times(same, other)]).toEqual([
      1, 4, 3, 1,
    ]);
    const progress = Array.from({ length: 20 }, (_, n) => [
      ...edit.map((t) => t),
      ...step('Bash', '{"command":"npm test"}', `${n} passed`),
    ]);
    expect(times(...progress)).toBe(1);
  });

  it('is stopped only where the settings say so, the gravest alarm first', () => {
    const { loops } = routingSchema.parse({ loops: { repeats: { act: 'warn' }, spending: { usd: 2 } } });
    expect(alarms({ repeats: 3, answers: 3, nanos: 1e9 }, loops)).toEqual([]);
    expect(alarms({ repeats: 4, answers: 200, nanos: 2e9 }, loops).map(({ kind, act }) => [kind, act])).toEqual([
      ['spending', 'stop'],
      ['loop', 'warn'],
      ['runaway', 'warn'],
    ]);
  });
});

describe('any turns at all', () => {
  const word = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.constantFrom('FAIL', '1 failed', 'error: x', 'git restore .', 'undo', ' '.repeat(5000), '0 '.repeat(3000)),
  );
  const block: fc.Arbitrary<Block> = fc.oneof(
    fc.record({ kind: fc.constant('text' as const), text: word }),
    fc.record({
      kind: fc.constant('tool-call' as const),
      id: fc.constantFrom('a', 'b'),
      name: word,
      input: fc.constant('json' as const),
      arguments: word,
    }),
    fc.record({
      kind: fc.constant('tool-result' as const),
      id: fc.constantFrom('a', 'b', 'c'),
      input: fc.constant('json' as const),
      content: fc.array(fc.record({ kind: fc.constant('text' as const), text: word }), { maxLength: 2 }),
      error: fc.boolean(),
    }),
  );
  const turns = fc.array(fc.record({ role: fc.constantFrom('system', 'user', 'assistant'), blocks: fc.array(block, { maxLength: 4 }) }), {
    maxLength: 12,
  }) as fc.Arbitrary<Turn[]>;

  it('are read without a fault, each call once', () => {
    fc.assert(
      fc.property(turns, (all) => {
        const session = new SessionMemory<string>().begin('a', 1, 0);
        const one = readNews(all);
        for (const { score, weight } of proceed(session, one)) {
          expect(score === 0 || score === 1).toBe(true);
          expect(weight).toBeGreaterThan(0);
        }
        expect(one.calls.length).toBe(
          all.flatMap((turn) => (turn.role === 'assistant' ? turn.blocks.filter(({ kind }) => kind === 'tool-call') : [])).length,
        );
        expect(repeatsIn(session)).toBeGreaterThanOrEqual(0);
        const from = firstNew(all, 0);
        expect(from >= 0 && from <= all.length).toBe(true);
      }),
    );
  });
});
