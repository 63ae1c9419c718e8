import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EmbedPrompt } from '../../protocol/embedding.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { dialects } from '../index.ts';

/** What every protocol for vectors promises, alone and with each of the others. */

const protocols = dialects.flatMap(({ embeddings }) => embeddings ?? []);
const pairs = protocols.flatMap((from) => protocols.map((to) => [from.name, to.name, from, to] as const));

const texts = fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 });
const prompts = fc.record({
  inputs: texts,
  encoding: fc.constantFrom('float' as const, 'base64' as const),
  dimensions: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
});
const asked = (given: Pick<EmbedPrompt, 'inputs' | 'encoding' | 'dimensions'>): EmbedPrompt => ({ protocol: 'none', model: 'm', ...given });
const overWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Whatever is thrown must be one of ours, and not the one that says "not foreseen". */
function unlessRefused(work: () => void): void {
  try {
    work();
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    expect(thrown.kind).not.toBe('internal');
  }
}

test('there are some', () => expect(protocols.length).toBeGreaterThan(2));

describe.each(pairs)('%s and %s', (_from, _to, from, to) => {
  test('what is asked is accepted as it was meant, by the next gateway too', () => {
    fc.assert(
      fc.property(prompts, (given) => {
        const first = from.ask(asked(given), 'm');
        const prompt = from.accept({ path: first.path, body: overWire(first.body) });
        expect(prompt).toMatchObject({ model: 'm', inputs: given.inputs });
        const second = to.ask(prompt, 'n');
        expect(second.notes).toEqual([]);
        expect(to.accept({ path: second.path, body: overWire(second.body) })).toMatchObject({ model: 'n', inputs: given.inputs });
        expect(to.accept({ path: second.path, body: overWire(second.body) }).dimensions).toBe(given.dimensions);
      }),
      { numRuns: 100 },
    );
  });
});

describe.each(protocols.map((one) => [one.name, one] as const))('%s', (_, protocol) => {
  // JSON knows one zero only.
  const value = fc.float({ noNaN: true, noDefaultInfinity: true }).map((one) => one || 0);
  const vectors = fc
    .integer({ min: 1, max: 5 })
    .chain((length) => fc.array(fc.array(value, { minLength: length, maxLength: length }), { minLength: 1, maxLength: 4 }));

  test('what is answered is heard', () => {
    fc.assert(
      fc.property(vectors, fc.constantFrom('float' as const, 'base64' as const), (list, encoding) => {
        const inputs = list.map((_, at) => `text ${at}`);
        const to = asked({ inputs, encoding });
        const written = overWire(protocol.answer({ vectors: list, encoding: 'float', usage: { input: 7 } }, to));
        const heard = protocol.hear(written);
        expect(heard.vectors).toEqual(overWire(list));
        expect(heard.usage).toEqual({ input: 7 });
      }),
    );
  });

  test('garbage is refused', () => {
    const noise = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<unknown>;
    const request = fc.record(
      {
        model: noise,
        input: noise,
        prompt: noise,
        requests: fc.oneof(noise, fc.array(fc.record({ content: noise }))),
        content: noise,
        dimensions: noise,
      },
      { requiredKeys: [] },
    );
    const reply = fc.record(
      {
        data: fc.oneof(noise, fc.array(fc.record({ embedding: noise, index: noise }))),
        embeddings: noise,
        embedding: noise,
        usage: noise,
        error: noise,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(noise, request), fc.oneof(noise, reply), (body, answer) => {
        for (const door of protocol.doors) unlessRefused(() => void protocol.accept({ path: door.replace('*', 'm'), body }));
        unlessRefused(() => {
          for (const vector of protocol.hear(answer).vectors) expect(vector.every(Number.isFinite)).toBe(true);
        });
      }),
      { numRuns: 1000 },
    );
  });
});
