import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { egressSchema } from '../../egress/policy.ts';
import { clean, cleaningFor } from './clean.ts';
import { type Example, exampleSchema } from './example.ts';

/** One of each kind that the rules know: what must be in no file, as it is written and without what stands between its digits. */
const CANARIES: readonly string[] = [
  'ghp_R7kP2mX9qT4vW8nB3cL6zD1fH5jS0aYeU2iO',
  'AKIAIOSFODNN7EXAMPLQ',
  'sk-ant-api03-9fKq2LmT7vXw4Bn8Rz1Yc6Hd3Jg5Ps0Ua-Ve2Wi4Xo6Zq8Tb1Nc3Md5Lf7KhQ9AA',
  'jane.roe@acme-widgets.com',
  '4111 1111 1111 1111',
  'DE89 3704 0044 0532 0130 00',
  'bluebird',
];
const bare = (text: string) => text.replace(/[\s-]/g, '');

const cleaning = { ...cleaningFor(egressSchema.parse({ words: { codenames: ['bluebird'] } })), now: Date.now, key: randomBytes(32) };

const prose = fc
  .array(fc.constantFrom('the', 'function', 'returns', 'a', 'value', 'für', 'naïve', '\n', '```ts', 'x = 1;', '{', '}'), { maxLength: 30 })
  .map((words) => words.join(' '));
const canary = fc.constantFrom(...CANARIES);
/** Prose with a canary in it, with white space around as a detector of whole words wants it. */
const planted = fc.tuple(prose, canary, prose).map(([before, secret, after]) => `${before} ${secret} ${after}`);

const example: fc.Arbitrary<Example> = fc
  .record({ system: planted, asked: planted, answer: planted, value: planted, result: planted, description: planted, more: prose })
  .map(({ system, asked, answer, value, result, description, more }) => ({
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: asked },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: 'c1',
            type: 'function',
            function: { name: 'run', arguments: JSON.stringify({ command: value, nested: [{ note: value }] }) },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: result },
      { role: 'assistant', content: `${answer} ${more}` },
    ],
    tools: [
      {
        type: 'function',
        function: { name: 'run', description, parameters: { type: 'object', properties: { command: { type: 'string' } } } },
      },
    ],
  }));

describe('an example without secrets', () => {
  it('holds none of them, wherever they were, stays of the form, and its calls stay JSON', () => {
    fc.assert(
      fc.property(example, (given) => {
        const cleaned = clean(given, 'c', cleaning);
        if (typeof cleaned === 'string') throw new Error(cleaned);
        const text = JSON.stringify(cleaned.example);
        for (const secret of CANARIES) expect(bare(text)).not.toContain(bare(secret));
        const { messages } = exampleSchema.parse(cleaned.example);
        expect(messages.map(({ role }) => role)).toEqual(given.messages.map(({ role }) => role));
        for (const one of messages)
          if (one.role === 'assistant')
            for (const call of one.tool_calls ?? []) expect(JSON.parse(call.function.arguments)).toHaveProperty('command');
        expect(cleaned.rules.length).toBeGreaterThanOrEqual(6);
      }),
      { numRuns: 60 },
    );
  });

  it('is the same where nothing was found', () => {
    const plain: Example = {
      messages: [
        { role: 'user', content: 'why?' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"id": 12345678901234567890}' } }],
        },
      ],
    };
    expect(clean(plain, 'c', cleaning)).toEqual({ example: plain, rules: [] });
  });

  it('is left out where it cannot be read', () => {
    const { settings } = cleaning;
    const said = clean(
      {
        messages: [
          { role: 'user', content: 'x'.repeat(100) },
          { role: 'assistant', content: 'y' },
        ],
      },
      'c',
      { ...cleaning, settings: { ...settings, limitLength: 10 } },
    );
    expect(said).toBe('it could not be read for secrets');
  });
});
