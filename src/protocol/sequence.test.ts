import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GatewayError } from './errors.ts';
import { fold } from './fold.ts';
import type { BlockStart, FinishReason, Part } from './part.ts';
import { Sequence, sequence } from './sequence.ts';

interface Said {
  start: BlockStart;
  pieces: string[];
  end: Partial<Extract<Part, { type: 'block-end' }>>;
}

const pieces = fc.array(fc.string({ maxLength: 4 }), { maxLength: 3 });
const seal = { by: 'alpha', raw: 'opaque bytes' };
const cut = (text: string, at: number) => [text.slice(0, at % (text.length + 1)), text.slice(at % (text.length + 1))];
const id = fc.oneof({ weight: 4, arbitrary: fc.uuid() }, { weight: 1, arbitrary: fc.constant('') });
const goodJson = fc
  .tuple(
    fc.oneof(
      fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 1 })).map((v) => JSON.stringify(v)),
      fc.constantFrom('', ' ', '\n{}'),
    ),
    fc.nat(),
  )
  .map(([text, at]) => cut(text, at));
const badJson = fc.tuple(fc.constantFrom('{"a":', '[]', '"a"', 'null', '{"a":1}}', '{a:1}'), fc.nat()).map(([text, at]) => cut(text, at));
const call = (args: fc.Arbitrary<string[]>, input: 'json' | 'text') =>
  fc.record<Said>({
    start: id.map((own): BlockStart => ({ kind: 'tool-call', id: own, name: 'edit', input })),
    pieces: args,
    end: fc.constantFrom({}, { seal }),
  });
const plain = fc.oneof(
  fc.record<Said>({ start: fc.constantFrom<BlockStart>({ kind: 'text' }, { kind: 'text', refusal: true }), pieces, end: fc.constant({}) }),
  fc.record<Said>({ start: fc.constant<BlockStart>({ kind: 'reasoning' }), pieces, end: fc.constantFrom({}, { seal }) }),
  fc.record<Said>({
    start: fc.constant<BlockStart>({ kind: 'opaque', dialect: 'alpha', label: 'search', raw: 1 }),
    pieces: fc.constant([]),
    end: fc.constantFrom({}, { raw: 2 }),
  }),
);
const good: fc.Arbitrary<Said> = fc.oneof(plain, call(goodJson, 'json'), call(pieces, 'text'));
const any: fc.Arbitrary<Said> = fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: call(badJson, 'json') });
const reason = fc.constantFrom<FinishReason>('stop', 'length', 'tool-calls', 'filter', 'refusal', 'pause', 'other');

/** An answer as a wild upstream streams it: blocks start in order, then their pieces and ends interleave; the last may lack an end. */
const wild = (said: fc.Arbitrary<Said>) =>
  fc
    .tuple(fc.array(said, { maxLength: 6 }), fc.array(fc.nat(), { minLength: 60, maxLength: 60 }), reason, fc.boolean())
    .map(([blocks, dice, why, endless]) => {
      const waiting = blocks.map(({ start, pieces, end }, index): Part[] => [
        { type: 'block-start', index: index * 3 + 1, block: start },
        ...pieces.map((text): Part => ({ type: 'block-delta', index: index * 3 + 1, text })),
        { type: 'block-end', index: index * 3 + 1, ...end },
      ]);
      if (endless) waiting.at(-1)?.pop();
      const parts: Part[] = [{ type: 'start', id: 'm1' }];
      let begun = 0;
      for (const die of dice) {
        if (begun < waiting.length && die % 3 === 0) parts.push(waiting[begun++]!.shift()!);
        else parts.push(...(waiting[die % Math.max(1, begun)]?.splice(0, begun ? 1 : 0) ?? []));
      }
      for (const lane of waiting) parts.push(...lane);
      parts.push({ type: 'usage', usage: { output: 5 } }, { type: 'finish', reason: why, raw: 'raw', stop: 'END' });
      return { blocks, parts, why, isCut: why === 'length' || why === 'filter' };
    });

function counting(): () => string {
  let n = 0;
  return () => `made_${n++}`;
}

/** Whether the part says something of the arguments of the last block. */
function isPieceOf(part: Part, parts: readonly Part[]): boolean {
  const start = parts.findLast(({ type }) => type === 'block-start') as Extract<Part, { type: 'block-start' }>;
  return part.type === 'block-delta' && part.index === start.index && part.text.trim() !== '';
}

describe('whatever the upstream does', () => {
  test('blocks come one at a time, in order of their start, densely numbered, and a call in one piece at once', () => {
    fc.assert(
      fc.property(wild(any), ({ parts }) => {
        const machine = new Sequence(counting());
        let open: BlockStart | undefined;
        let next = 0;
        let over = false;
        for (const part of parts) {
          const out = machine.push(part);
          expect(over && out.length).toBeFalsy();
          out.forEach((given, at) => {
            if (given.type === 'block-start') {
              expect([open, given.index]).toEqual([undefined, next]);
              open = given.block;
              if (open.kind === 'tool-call') {
                expect(open.id).not.toBe('');
                const tail = out.slice(at + 1, at + 3).map(({ type }) => type);
                expect(tail[0] === 'block-end' || (tail[0] === 'block-delta' && tail[1] === 'block-end')).toBe(true);
              }
            } else if (given.type === 'block-delta') {
              expect([given.index, given.text === '']).toEqual([next, false]);
              expect(open).toBeDefined();
            } else if (given.type === 'block-end') {
              expect([given.index, open === undefined]).toEqual([next++, false]);
              open = undefined;
            } else if (given.type === 'finish' || given.type === 'fault') over = true;
          });
        }
        expect(over).toBe(true);
      }),
    );
  });

  test('nothing of a good answer is lost or changed', () => {
    fc.assert(
      fc.property(wild(good), ({ parts, isCut }) => {
        const made = counting();
        const seen = new Set<string>();
        const wanted = fold(parts);
        for (const block of wanted.blocks) {
          if (block.kind !== 'tool-call') continue;
          if (!block.id || seen.has(block.id)) block.id = made();
          seen.add(block.id);
          if (block.input !== 'json') continue;
          block.arguments = block.arguments.trim() || '{}';
        }
        const last = wanted.blocks.at(-1);
        const isBare = last?.kind === 'tool-call' && last.input === 'json' && parts.every((part) => !isPieceOf(part, parts));
        if (isCut && isBare) wanted.blocks.pop();
        const { finish, ...got } = fold(sequence(parts, counting()));
        const { finish: _, ...content } = wanted;
        expect(got).toEqual(content);
        expect(finish).toMatchObject({ raw: 'raw', stop: 'END' });
      }),
    );
  });

  test('the finish reason follows from the calls', () => {
    fc.assert(
      fc.property(wild(good), ({ parts, blocks, why }) => {
        const called = blocks.some(({ start }) => start.kind === 'tool-call');
        const derived: Partial<Record<FinishReason, FinishReason>> = called
          ? { stop: 'tool-calls', other: 'tool-calls' }
          : { 'tool-calls': 'stop' };
        expect(fold(sequence(parts, counting())).finish?.reason).toBe(derived[why] ?? why);
      }),
    );
  });

  test('arguments that are no JSON object never reach the client, unless the answer was cut, and then the finish says so', () => {
    fc.assert(
      fc.property(wild(any), ({ parts, blocks, why }) => {
        const out = sequence(parts, counting());
        const broken = blocks.findIndex(
          ({ start, pieces }) => start.kind === 'tool-call' && start.input === 'json' && isBroken(pieces.join('')),
        );
        const last = out.at(-1)!;
        if (broken < 0) expect(last.type).toBe('finish');
        else if (why === 'length' || why === 'filter') expect(last).toMatchObject({ type: 'finish', reason: why });
        if (broken < 0 || why === 'length' || why === 'filter') return;
        expect(last).toMatchObject({ type: 'fault', error: { kind: 'malformed' } });
        expect(out.filter(({ type }) => type === 'finish' || type === 'fault')).toHaveLength(1);
        expect(out.filter(({ type }) => type === 'block-start')).toHaveLength(broken);
      }),
    );
  });
});

function isBroken(text: string): boolean {
  if (text.trim() === '') return false;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value !== 'object' || value === null || Array.isArray(value);
  } catch {
    return true;
  }
}

describe('cases', () => {
  const start = (index: number, kind: BlockStart): Part => ({ type: 'block-start', index, block: kind });
  const delta = (index: number, text: string): Part => ({ type: 'block-delta', index, text });
  const end = (index: number): Part => ({ type: 'block-end', index });
  const tool = (own: string): BlockStart => ({ kind: 'tool-call', id: own, name: 'run', input: 'json' });
  const finish = (why: FinishReason): Part => ({ type: 'finish', reason: why });
  const types = (parts: readonly Part[]) => parts.map(({ type }) => type);

  test('text and thoughts pass with the part that brought them', () => {
    const machine = new Sequence(counting());
    expect(machine.push(start(0, { kind: 'reasoning' }))).toEqual([start(0, { kind: 'reasoning' })]);
    expect(machine.push(delta(0, 'hm'))).toEqual([delta(0, 'hm')]);
    expect(machine.push(end(0))).toEqual([end(0)]);
    expect(machine.push(start(4, { kind: 'text' }))).toEqual([start(1, { kind: 'text' })]);
    expect(machine.push(delta(4, 'a'))).toEqual([delta(1, 'a')]);
  });

  test('text behind an unfinished call waits for it, then comes in one piece', () => {
    const machine = new Sequence(counting());
    const before = [start(0, tool('a')), delta(0, '{"x":'), start(1, { kind: 'text' }), delta(1, 'so '), delta(1, 'then')].flatMap((p) =>
      machine.push(p),
    );
    expect(before).toEqual([]);
    expect(machine.push(delta(0, '1}'))).toEqual([]);
    expect(machine.push(end(0))).toEqual([
      start(0, tool('a')),
      delta(0, '{"x":1}'),
      end(0),
      start(1, { kind: 'text' }),
      delta(1, 'so then'),
    ]);
    expect(machine.push(delta(1, '!'))).toEqual([delta(1, '!')]);
  });

  test('empty arguments are the empty object', () => {
    expect(sequence([start(0, tool('a')), end(0), finish('tool-calls')], counting())).toEqual([
      start(0, tool('a')),
      delta(0, '{}'),
      end(0),
      finish('tool-calls'),
    ]);
  });

  test('a call cut off before its first argument is none, also when the upstream ended it', () => {
    const said = [start(0, { kind: 'text' }), delta(0, 'a'), end(0)];
    for (const call of [[start(1, tool('b'))], [start(1, tool('b')), end(1)]])
      expect(sequence([...said, ...call, finish('length')], counting())).toEqual([...said, finish('length')]);
  });

  test('one without arguments is sent as soon as anything follows it', () => {
    const machine = new Sequence(counting());
    const before = [start(0, tool('a')), end(0)].flatMap((part) => machine.push(part));
    expect(before).toEqual([]);
    expect(types(machine.push(start(1, tool('b'))))).toEqual(['block-start', 'block-delta', 'block-end']);
  });

  test('two calls under one id are two calls', () => {
    const out = sequence([start(0, tool('a')), end(0), start(1, tool('a')), end(1), finish('tool-calls')], counting());
    expect(out.flatMap((part) => (part.type === 'block-start' && part.block.kind === 'tool-call' ? part.block.id : []))).toEqual([
      'a',
      'made_0',
    ]);
  });

  test('half a call of an answer cut for length keeps its raw text', () => {
    const out = sequence([start(0, tool('a')), delta(0, '{"file":"x'), finish('length')], counting());
    expect(out).toEqual([start(0, tool('a')), delta(0, '{"file":"x'), end(0), finish('length')]);
  });

  test('the fault names the tool and not its arguments', () => {
    const [fault] = sequence([start(0, tool('a')), delta(0, '{"key":"secret'), end(0), finish('stop')], counting());
    expect(fault).toMatchObject({ type: 'fault', error: { kind: 'malformed', message: expect.stringContaining('"run"') } });
    expect(JSON.stringify(fault) + (fault?.type === 'fault' && fault.error.message)).not.toContain('secret');
  });

  test('a fault passes and ends all, also with a call half said', () => {
    const error = new GatewayError('truncated', 'cut');
    const machine = new Sequence(counting());
    const out = [start(0, tool('a')), delta(0, '{'), { type: 'fault', error } as Part, end(0), finish('stop')].flatMap((part) =>
      machine.push(part),
    );
    expect(out).toEqual([{ type: 'fault', error }]);
  });

  test('without a finish there is none', () => {
    expect(types(sequence([start(0, { kind: 'text' }), delta(0, 'a')], counting()))).toEqual(['block-start', 'block-delta']);
  });

  test('deltas and ends of unknown blocks are ignored', () => {
    expect(sequence([delta(7, 'a'), end(7), finish('stop')], counting())).toEqual([finish('stop')]);
  });
});
