import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wellFormed } from '../protocol/well-formed.ts';
import { isSurelyFalse, locate, mendEscapes, mentions, splice, wantsStream, withFields } from './json.ts';

const bytes = (text: string) => Buffer.from(text);
const big = 'x'.repeat(200_000);

describe('locate', () => {
  it.each([
    ['first', '{"model":"a","messages":[]}', 'a'],
    ['last, as the Python SDKs send it', `{"messages":[{"content":"${big}"}],"model":"a"}`, 'a'],
    ['spread over lines', '{\n  "model" :\t"a/b" }', 'a/b'],
    ['not ASCII', '{"model":"größe"}', 'größe'],
    ['behind a look-alike value', '{"kind":"model","model":"a"}', 'a'],
    ['behind quotes in text', String.raw`{"messages":[{"content":"say \"model\": \"x\" \\"}],"model":"a"}`, 'a'],
  ])('finds the member %s', (_, text, value) => {
    expect(locate(bytes(text), 'model')).toMatchObject({ value });
  });

  it.each([
    ['twice: the parser would take the other one', '{"model":"cheap","model":"dear"}'],
    ['twice, once nested', '{"model":"a","tools":[{"model":"b"}]}'],
    ['spelled with an escape', String.raw`{"m\u006fdel":"a"}`],
    ['an escaped twin', String.raw`{"model":"a","m\u006Fdel":"b"}`],
    ['an escape in the value', String.raw`{"model":"a\"b"}`],
    ['no string', '{"model":7}'],
    ['deep in the middle', `{"a":"${big}","list":[${'1,'.repeat(40_000)}1],"model":"a","b":"${big}","c":[${'1,'.repeat(40_000)}1]}`],
  ])('is unsure when the key stands %s', (_, text) => {
    expect(locate(bytes(text), 'model')).toBe('unsure');
  });

  it('knows a nested key from a top-level one', () => {
    expect(locate(bytes('{"meta":{"model":"a"},"messages":[]}'), 'model')).toBe('absent');
    expect(locate(bytes(`{"messages":[{"content":"${big}"}],"meta":{"model":"a"}}`), 'model')).toBe('absent');
  });
});

/** Bodies as clients write them: a name somewhere among other members, compact or spread. */
const body = fc
  .tuple(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 6 }), fc.string(), fc.nat(6), fc.constantFrom(undefined, 1, '\t'))
  .map(([rest, model, at, indent]) => {
    const members = Object.entries(rest).filter(([key]) => key !== 'model');
    members.splice(at, 0, ['model', model]);
    return JSON.stringify(Object.fromEntries(members), null, indent);
  });

describe('withFields', () => {
  const on = { include_usage: true };
  const options = fc.option(
    fc.oneof(
      fc.constant(null),
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom('include_usage', 'other', '"}'), fc.jsonValue(), { maxKeys: 3 }),
    ),
    { nil: undefined },
  );
  const bodies = fc
    .tuple(
      fc.dictionary(fc.constantFrom('model', 'a', 'stream', 'm\u0000', '}"'), fc.jsonValue()),
      options,
      fc.boolean(),
      fc.constantFrom(undefined, 2),
    )
    .map(([rest, value, isFirst, indent]) => {
      const member = value === undefined ? {} : { stream_options: value };
      return JSON.stringify(isFirst ? { ...member, ...rest } : { ...rest, ...member }, null, indent);
    });

  it('says the same as parsing and writing', () => {
    fc.assert(
      fc.property(bodies, (text) => {
        const body = JSON.parse(text) as { stream_options?: unknown };
        const before = body.stream_options ?? null;
        const isObject = typeof before === 'object' && !Array.isArray(before);
        const wanted = isObject ? { ...body, stream_options: { ...before, ...on } } : body;
        const edited = withFields(bytes(text), 'stream_options', on);
        expect(JSON.parse(edited.toString())).toEqual(wanted);
        if (JSON.stringify(wanted) === JSON.stringify(body)) expect(edited.toString()).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  it('touches nothing else, and parses where it is not sure', () => {
    const text = '{ "n" : 1.50, "messages":[{"content":"\\u00e9 stream_options"}] }';
    expect(withFields(bytes(text), 'stream_options', on).toString()).toBe(`{"stream_options":{"include_usage":true},${text.slice(1)}`);
    const twin = String.raw`{"stream\u005foptions":{"include_usage":false},"model":"a"}`;
    expect(JSON.parse(withFields(bytes(twin), 'stream_options', on).toString())).toEqual({ stream_options: on, model: 'a' });
    expect(withFields(bytes('{}'), 'stream_options', on).toString()).toBe('{"stream_options":{"include_usage":true}}');
  });
});

describe('splice', () => {
  it('says the same as parsing and writing, whenever it is sure', () => {
    let sure = 0;
    fc.assert(
      fc.property(body, fc.string(), (text, name) => {
        const span = locate(bytes(text), 'model');
        if (typeof span === 'string') {
          expect(span).toBe('unsure');
          return;
        }
        sure++;
        expect(span.value).toBe(JSON.parse(text).model);
        const edited = splice(bytes(text), span, name);
        expect(JSON.parse(edited.bytes.toString())).toEqual({ ...JSON.parse(text), model: name });
        // What was edited once can be edited again: the next target may have a longer name.
        const again = splice(edited.bytes, edited.span, `${name} and more`);
        expect(JSON.parse(again.bytes.toString())).toEqual({ ...JSON.parse(text), model: `${name} and more` });
      }),
      { numRuns: 2000 },
    );
    expect(sure).toBeGreaterThan(500);
  });

  it('hands back the very same bytes when nothing changes', () => {
    const text = bytes('{"model":"a"}');
    const span = locate(text, 'model');
    expect(typeof span === 'object' && splice(text, span, 'a').bytes).toBe(text);
  });
});

it('wantsStream sees the switch wherever it stands', () => {
  expect(wantsStream(bytes('{"a":1,"stream" : true}'))).toBe(true);
  expect(wantsStream(bytes('{"stream":false}'))).toBe(false);
  expect(wantsStream(bytes(String.raw`{"content":"\"stream\": true"}`))).toBe(false);
});

describe('mendEscapes', () => {
  const units = fc.array(fc.constantFrom('a', '\\', '"', 'u', 'ud83d', '\ud83d', '\ude00', '\udc00', '🚀', 'é'), { maxLength: 12 });
  const words = units.map((pieces) => pieces.join(''));

  it('says what the text says, without half characters', () => {
    fc.assert(
      fc.property(fc.dictionary(words, words), (value) => {
        const bytes = Buffer.from(JSON.stringify(value));
        const had = bytes.toString();
        expect(mendEscapes(bytes)).toBe(bytes.toString() !== had);
        expect(JSON.stringify(JSON.parse(bytes.toString()))).toBe(JSON.stringify(wellFormed(value)));
      }),
    );
  });

  it('leaves pairs alone, however they are written', () => {
    const bytes = Buffer.from('{"a":"\\ud83d\\uDE00 \\\\ud83d \\u00e9"}');
    expect([mendEscapes(bytes), bytes.toString()]).toEqual([false, '{"a":"\\ud83d\\uDE00 \\\\ud83d \\u00e9"}']);
  });
});

describe('isSurelyFalse', () => {
  it.each([
    ['{"store":false}', true],
    ['{ "a": [{"b":"store"}], "store" : false }', true],
    [`{"input":"${big}","store":false,"stream":true}`, true],
    ['{"store":true}', false],
    ['{"b\\"store":false}', false],
    ['{"a":{"store":false}}', false],
    ['{"a":"\\"store\\":false"}', false],
  ])('%s: %s', (text, is) => expect(isSurelyFalse(bytes(text), 'store')).toBe(is));

  it('never says what JSON.parse would not', () => {
    const value = fc.oneof(
      fc.constantFrom<unknown>(true, false, null, 'false', 0),
      fc.constant({ store: false }),
      fc.constant([{ store: false }]),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('store', 'stores', 'a', 'b"store'), value), fc.constantFrom(0, 2), (body, indent) => {
        if (isSurelyFalse(bytes(JSON.stringify(body, null, indent)), 'store')) expect(body['store']).toBe(false);
      }),
    );
  });
});

describe('mentions', () => {
  it('is what searching says', () => {
    const letter = fc.constantFrom('_', 'r', 'e', 'f', 'x', 'item_reference', 'item_ref', '_referenc', 'é');
    fc.assert(
      fc.property(fc.array(letter, { maxLength: 12 }), (letters) => {
        const text = letters.join('');
        expect(mentions(bytes(text), 'item_reference', 4)).toBe(text.includes('item_reference'));
      }),
    );
  });
});
