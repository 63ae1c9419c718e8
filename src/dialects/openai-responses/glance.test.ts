import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { glance } from './glance.ts';
import { hear } from './hear.ts';

/** A hearing with a message, its text part and a thought already begun. */
function begun() {
  const hearing = hear();
  for (const event of [
    { type: 'response.output_item.added', output_index: 0, item: { type: 'reasoning', id: 'rs_1' } },
    {
      type: 'response.reasoning_summary_part.added',
      output_index: 0,
      item_id: 'rs_1',
      summary_index: 0,
      part: { type: 'summary_text', text: '' },
    },
    { type: 'response.output_item.added', output_index: 1, item: { type: 'message', id: 'msg_1' } },
    { type: 'response.content_part.added', output_index: 1, item_id: 'msg_1', content_index: 0, part: { type: 'output_text', text: '' } },
  ])
    hearing.frame({ data: JSON.stringify(event) });
  return hearing;
}

const place = { item_id: 'msg_1', output_index: 1, content_index: 0 };
const text = (delta: string) =>
  JSON.stringify({ type: 'response.output_text.delta', sequence_number: 7, ...place, delta, logprobs: [], obfuscation: 'a+/=' });
const thought = (delta: string) =>
  JSON.stringify({
    type: 'response.reasoning_summary_text.delta',
    sequence_number: 7,
    item_id: 'rs_1',
    output_index: 0,
    summary_index: 0,
    delta,
  });

describe('a glance', () => {
  test.each([text('a'), thought('a'), text('"\\\n\u2028ü😀'), text('x').replace(',"logprobs":[]', '')])('lets pass %s', (data) =>
    expect(glance(data)).toBe(true),
  );

  test.each([
    text(''),
    text('a').slice(0, -1),
    text('a').replace('"a"', '"a\n"'),
    text('a').replace('"a"', '"\\x"'),
    text('a').replace('"a"', 'null'),
    text('a').replace(':7,', ':07,'),
    text('a').replace('[]', '[{"token":"a"}]'),
    text('a').replace('}', ',"delta":1}'),
    JSON.stringify({ type: 'response.output_text.done', sequence_number: 7, ...place, text: 'a' }),
    JSON.stringify({ type: 'response.refusal.delta', sequence_number: 7, ...place, delta: 'a' }),
    JSON.stringify({ type: 'response.completed', sequence_number: 7, response: {} }),
    '[DONE]',
  ])('looks at %s', (data) => expect(glance(data)).toBe(false));

  test('lets nothing pass but one more piece of text', () => {
    const frame = fc
      .tuple(fc.constantFrom(text, thought), fc.string({ unit: 'binary', minLength: 1 }))
      .map(([write, delta]) => write(delta));
    const cut = fc.tuple(frame, fc.nat(), fc.nat({ max: 4 }), fc.string({ maxLength: 3 })).map(([data, at, gone, put]) => {
      const place = at % data.length;
      return data.slice(0, place) + put + data.slice(place + gone);
    });
    let passed = 0;
    fc.assert(
      fc.property(fc.oneof(frame, cut), (data) => {
        if (!glance(data)) return;
        passed++;
        // A cut may have made it the first delta of a part that no event began; the block is then begun as well.
        const parts = begun().frame({ data });
        expect(parts.filter((part) => part.type !== 'block-start')).toEqual([
          { type: 'block-delta', index: expect.any(Number), text: (JSON.parse(data) as { delta: string }).delta },
        ]);
      }),
      { numRuns: 3000 },
    );
    expect(passed).toBeGreaterThan(500);
  });
});
