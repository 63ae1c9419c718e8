import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../protocol/errors.ts';
import { upstreamDialects } from '../index.ts';
import { broken } from './arbitrary.ts';
import { dialects, having, heardWith, upstreamFixtures } from './fixtures.ts';
import * as run from './run.ts';

const each = dialects.map((dialect) => [dialect.name, dialect] as const);
/** Also those without doors. */
const upstreams = upstreamDialects.map((dialect) => [dialect.name, dialect] as const);
const RUNS = { numRuns: 300 };
const json = fc.jsonValue({ maxDepth: 4 });
const own = <T>(rows: [string, T & { dialect: { name: string } }][], name: string): T[] =>
  rows.filter(([, { dialect }]) => dialect.name === name).map(([, row]) => row);

/** Its clients' requests, each broken in one place. */
const requestsOf = (name: string) =>
  own(having('request'), name).map(({ request, path }) => broken(request).map((body) => ({ body, path })));

/** Whatever is thrown must be one of ours, and not the one that says "not foreseen". */
function unlessRefused(work: () => void): void {
  try {
    work();
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    expect(thrown.kind).not.toBe('internal');
    expect(thrown.status).toBeLessThan(500);
  }
}

describe('requests from broken clients', () => {
  test.each(each)('%s', (name, dialect) => {
    const spoiled = requestsOf(name);
    fc.assert(
      fc.property(
        fc.oneof(
          json.map((body) => ({ body, path: undefined })),
          ...spoiled,
        ),
        ({ body, path }) => {
          unlessRefused(() => {
            const prompt = dialect.accept(run.call(dialect, body, path));
            for (const target of dialects) unlessRefused(() => run.overWire(target.ask(prompt, run.TARGET).request.body));
          });
        },
      ),
      { numRuns: 1500 },
    );
  });

  test.each(each)('%s: what is accepted is asked as it came', (name, dialect) => {
    fc.assert(
      fc.property(fc.oneof(...requestsOf(name)), ({ body, path }) => {
        unlessRefused(() => {
          const wire = run.overWire(body);
          // A key that JavaScript takes for something else; it must do no harm, but need not survive.
          fc.pre(!JSON.stringify(wire)?.includes('"__proto__":'));
          const { request } = dialect.ask(dialect.accept(run.call(dialect, structuredClone(wire), path)), run.TARGET);
          // A field that the provider demands may be added.
          expect(run.overWire(request.body)).toMatchObject(run.renamed(wire));
        });
      }),
      { numRuns: 1500 },
    );
  });

  test.each(each)('%s names the field', (_, dialect) => {
    for (const body of [null, [], 'text', {}, { model: 7 }, { model: '' }]) {
      expect(() => dialect.accept(run.call(dialect, body)), JSON.stringify(body)).toThrow(GatewayError);
      try {
        dialect.accept(run.call(dialect, body));
      } catch (thrown) {
        expect(thrown).toMatchObject({ kind: 'invalid', status: 400, field: expect.stringMatching(/./) });
      }
    }
  });
});

describe('answers from broken upstreams', () => {
  test.each(upstreams)('frames: %s', (name, dialect) => {
    const streams = own(heardWith('stream'), name).map(({ stream }) => run.framesOf(dialect, [stream]));
    const data = fc.oneof(
      json.map((value) => JSON.stringify(value)),
      fc.string(),
      fc.constantFrom('', 'null', '{', '{"choices":null}', '{"type":null}'),
    );
    const noise = fc.record({ event: fc.constantFrom(undefined, 'error', 'x'), data });
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 4 }), (frames) => {
        const parts = run.hearFrames(dialect, frames);
        run.expectOrderly(parts);
        expect(parts.filter(({ type }) => type === 'finish')).toEqual([]);
      }),
      RUNS,
    );
    const spoiled = fc.constantFrom(...streams).chain((frames) =>
      fc.tuple(fc.nat({ max: Math.max(0, frames.length - 1) }), fc.nat()).chain(([at, kind]) => {
        const { event, data: text } = frames[at]!;
        const place = (frame: typeof frames) => fc.constant(frames.toSpliced(at, 1, ...frame));
        if (kind % 4 === 0) return place([]);
        if (kind % 4 === 1)
          return place([
            { event, data: text },
            { event, data: text },
          ]);
        return broken(parsed(text)).map((value) => frames.toSpliced(at, 1, { event, data: JSON.stringify(value) ?? '' }));
      }),
    );
    fc.assert(
      fc.property(spoiled, (frames) => {
        const parts = run.hearFrames(dialect, frames);
        run.expectOrderly(parts);
        run.inSequence(parts);
      }),
      { numRuns: 1500 },
    );
  });

  test.each(upstreams)('whole bodies: %s', (name, dialect) => {
    const spoiled = own(heardWith('whole'), name).map(({ whole }) => broken(whole));
    fc.assert(
      fc.property(fc.oneof(...spoiled), (body) => run.expectOrderly(run.hearWhole(dialect, body))),
      { numRuns: 1500 },
    );
    fc.assert(
      fc.property(json, (body) => {
        const parts = run.hearWhole(dialect, body);
        run.expectOrderly(parts);
        expect(parts.at(-1)?.type).toBe('fault');
      }),
      RUNS,
    );
  });

  test.each(upstreams)('refusals: %s', (name, dialect) => {
    const spoiled = upstreamFixtures
      .filter((fixture) => fixture.dialect.name === name && fixture.error)
      .map(({ error }) => broken(error?.body));
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 599 }), fc.oneof(json, fc.string(), fc.constant(undefined), ...spoiled), (status, body) => {
        const error = dialect.fault.hear(status, body);
        expect(error).toBeInstanceOf(GatewayError);
        expect(error.message).not.toBe('');
        expect([401, 403]).not.toContain(error.status);
      }),
      RUNS,
    );
  });

  test.each(upstreams)('listings: %s', (_, dialect) => {
    const entry = fc.oneof(
      json,
      fc.record({ id: json, name: json, created: json, context_length: json, owned_by: json }, { requiredKeys: [] }),
    );
    const listing = fc.oneof(json, fc.record({ data: fc.oneof(json, fc.array(entry)), models: fc.array(entry) }, { requiredKeys: [] }));
    fc.assert(
      fc.property(listing, (body) => {
        for (const model of dialect.models.hear(body)) expect(typeof model.id).toBe('string');
      }),
      RUNS,
    );
  });

  test.each(each)('a glance at noise: %s', (name, dialect) => {
    const texts = own(having('stream'), name).flatMap(({ stream }) => run.framesOf(dialect, [stream]).map((frame) => frame.data));
    const spoiled = fc.constantFrom(...texts).chain((text) => broken(parsed(text)).map((value) => JSON.stringify(value) ?? ''));
    const glanced = spoiled.filter((data) => dialect.glance(data));
    // Each such frame alone: whatever it is, it must be nothing but one more piece of text, or a piece of a block never begun.
    fc.assert(
      fc.property(fc.option(glanced, { nil: undefined }), (data) => {
        if (data === undefined) return;
        const types = new Set(
          dialect
            .hear(run.TARGET)
            .frame({ data })
            .map(({ type }) => type),
        );
        for (const loud of ['usage', 'finish', 'fault', 'block-end'] as const) expect(types, data).not.toContain(loud);
      }),
      { numRuns: 200 },
    );
  });
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
