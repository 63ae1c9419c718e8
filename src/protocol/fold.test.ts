import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Block } from './block.ts';
import { GatewayError } from './errors.ts';
import { Fold, fold, play } from './fold.ts';
import type { BlockStart, FinishReason, Part } from './part.ts';
import type { Reply } from './reply.ts';
import type { Usage } from './usage.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const word = fc.string({ unit: fc.constantFrom('a', 'b', '_', '7'), minLength: 1, maxLength: 6 });
const rest = fc.dictionary(word, fc.jsonValue(), { maxKeys: 2 });
const seal = fc.record({ by: fc.constantFrom('alpha', 'beta'), raw: fc.jsonValue() });
const reason = fc.constantFrom<FinishReason>('stop', 'length', 'tool-calls', 'filter', 'refusal', 'pause', 'other');
const count = fc.nat({ max: 1e6 });

const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text, refusal: fc.constant(true as const), rest }, { requiredKeys: ['kind', 'text'] }),
  fc.record({ kind: fc.constant('reasoning' as const), text, seal, rest }, { requiredKeys: ['kind', 'text'] }),
  fc.record(
    {
      kind: fc.constant('tool-call' as const),
      id: word,
      name: word,
      namespace: word,
      input: fc.constantFrom('json' as const, 'text' as const),
      arguments: text,
      seal,
      rest,
    },
    { requiredKeys: ['kind', 'id', 'name', 'input', 'arguments'] },
  ),
  fc.record({ kind: fc.constant('opaque' as const), dialect: word, label: word, raw: fc.jsonValue() }),
);
const usage: fc.Arbitrary<Usage> = fc.record(
  { input: count, output: count, cacheRead: count, cacheWrite: count, cacheWrite1h: count, reasoning: count, estimated: fc.boolean() },
  { requiredKeys: [] },
);
const ending: fc.Arbitrary<Partial<Reply>> = fc.oneof(
  fc.record({ finish: fc.record({ reason, raw: word, stop: word }, { requiredKeys: ['reason'] }) }),
  fc.constant({ error: new GatewayError('overload', 'busy') }),
  fc.constant({}),
);
const reply: fc.Arbitrary<Reply> = fc
  .tuple(fc.record({ id: word, model: word, usage, blocks: fc.array(block, { maxLength: 5 }) }, { requiredKeys: ['blocks'] }), ending)
  .map(([body, end]) => ({ ...body, ...end }));

describe('play and fold', () => {
  test('fold(play(reply)) equals reply', () => {
    fc.assert(
      fc.property(reply, (wanted) => {
        expect(fold(play(wanted))).toEqual(wanted);
      }),
    );
  });

  test('a played reply is in sequence: dense indexes, one block open at a time, nothing after the end', () => {
    fc.assert(
      fc.property(reply, (wanted) => {
        let next = 0;
        let open = false;
        const parts = play(wanted);
        for (const part of parts) {
          if (part.type === 'block-start') expect([open, part.index]).toEqual([false, next]);
          if (part.type === 'block-delta' || part.type === 'block-end') expect([open, part.index]).toEqual([true, next]);
          if (part.type === 'block-start') open = true;
          if (part.type === 'block-end') {
            open = false;
            next++;
          }
        }
        expect(open).toBe(false);
        const end = parts.findIndex((part) => part.type === 'finish' || part.type === 'fault');
        if (end >= 0) expect(end).toBe(parts.length - 1);
      }),
    );
  });

  test('how the deltas are cut and interleaved makes no difference', () => {
    fc.assert(
      fc.property(reply, fc.infiniteStream(fc.nat()), (wanted, dice) => {
        const roll = (sides: number) => (dice.next().value ?? 0) % sides;
        const own = play(wanted);
        const lanes: Part[][] = [];
        for (const part of own) {
          if (part.type === 'block-start') lanes.push([part]);
          else if (part.type === 'block-delta') {
            const at = roll(part.text.length + 1);
            lanes.at(-1)!.push({ ...part, text: part.text.slice(0, at) }, { ...part, text: part.text.slice(at) });
          } else if (part.type === 'block-end') lanes.at(-1)!.push(part);
        }
        const mixed: Part[] = lanes.map((lane) => lane.shift()!);
        while (lanes.some((lane) => lane.length)) mixed.push(...lanes[roll(lanes.length)]!.splice(0, 1));
        const others = own.filter((part) => !part.type.startsWith('block'));
        expect(fold([others[0]!, ...mixed, ...others.slice(1)])).toEqual(wanted);
      }),
    );
  });

  test('media and results, which no model answers with, are left out', () => {
    const image: Block = { kind: 'media', media: 'image', source: { from: 'url', url: 'https://example.com/a.png' } };
    const result: Block = { kind: 'tool-result', id: 'c', input: 'json', content: [] };
    expect(fold(play({ blocks: [image, result] })).blocks).toEqual([]);
  });
});

describe('fold', () => {
  const start = (index: number, kind: BlockStart = { kind: 'text' }): Part => ({ type: 'block-start', index, block: kind });
  const delta = (index: number, piece: string): Part => ({ type: 'block-delta', index, text: piece });

  test('reads at any moment what has ended so far', () => {
    const folding = new Fold();
    for (const part of [start(0), delta(0, 'a'), start(1), delta(1, 'b'), { type: 'block-end', index: 1 } as Part]) folding.add(part);
    expect(folding.reply).toEqual({
      blocks: [
        { kind: 'text', text: '' },
        { kind: 'text', text: 'b' },
      ],
    });
  });

  test.each<[string, Part]>([
    ['finish', { type: 'finish', reason: 'stop' }],
    ['fault', { type: 'fault', error: new GatewayError('truncated', 'cut') }],
  ])('%s closes what is open, so that a cut answer keeps its text', (_, end) => {
    expect(fold([start(0), delta(0, 'half'), end]).blocks).toEqual([{ kind: 'text', text: 'half' }]);
  });

  test('what was never started is ignored', () => {
    expect(fold([delta(3, 'a'), { type: 'block-end', index: 3 }, { type: 'finish', reason: 'stop' }]).blocks).toEqual([]);
  });

  test('a later start completes an earlier one, usage replaces field by field', () => {
    const parts: Part[] = [
      { type: 'start', id: 'm1' },
      { type: 'start', model: 'small' },
      { type: 'usage', usage: { input: 10, output: 1 } },
      { type: 'usage', usage: { output: 7, input: undefined } },
    ];
    expect(fold(parts)).toEqual({ id: 'm1', model: 'small', blocks: [], usage: { input: 10, output: 7 } });
  });

  test('a seal and a final form go to blocks that have a place for them', () => {
    const by = { by: 'alpha', raw: 's' };
    const end = (index: number): Part => ({ type: 'block-end', index, seal: by, rest: { more: 1 }, raw: { whole: true } });
    const parts = [
      start(0),
      end(0),
      start(1, { kind: 'reasoning' }),
      end(1),
      start(2, { kind: 'opaque', dialect: 'alpha', label: 'x', raw: 0 }),
      end(2),
    ];
    expect(fold(parts).blocks).toEqual([
      { kind: 'text', text: '', rest: { more: 1 } },
      { kind: 'reasoning', text: '', seal: by, rest: { more: 1 } },
      { kind: 'opaque', dialect: 'alpha', label: 'x', raw: { whole: true } },
    ]);
  });
});
