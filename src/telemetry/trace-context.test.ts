import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attemptSpanOf, exchangeSpanOf, isKept, readTraceparent, traceparent } from './trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

test('a traceparent is read as the specification has it', () => {
  expect(readTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({ traceId: TRACE, spanId: SPAN, sampled: true });
  expect(readTraceparent(` 00-${TRACE}-${SPAN}-00 `)?.sampled).toBe(false);
  expect(readTraceparent(`01-${TRACE}-${SPAN}-03-more`)?.sampled).toBe(true);
});

test.each([
  undefined,
  '',
  'x',
  [`00-${TRACE}-${SPAN}-01`, 'two'],
  `ff-${TRACE}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01-more`,
])('and %j is none', (header) => expect(readTraceparent(header)).toBeUndefined());

const id = fc.stringMatching(/^[0-9a-f]{32}$/);

test('what is written is read again', () => {
  fc.assert(
    fc.property(id, fc.boolean(), (traceId, sampled) => {
      const spanId = exchangeSpanOf(traceId);
      fc.pre(!/^0+$/.test(traceId) && !/^0+$/.test(spanId));
      expect(readTraceparent(traceparent({ traceId, spanId, sampled }))).toEqual({ traceId, spanId, sampled });
    }),
  );
});

test('attempts of one exchange have spans of their own, each time the same', () => {
  fc.assert(
    fc.property(id, (exchange) => {
      const spans = Array.from({ length: 20 }, (_, number) => attemptSpanOf(exchange, number + 1));
      expect(new Set(spans).size).toBe(20);
      expect(spans.every((span) => /^[0-9a-f]{16}$/.test(span) && !/^0+$/.test(span))).toBe(true);
      expect(attemptSpanOf(exchange, 1)).toBe(spans[0]);
    }),
  );
});

test('a share of traces is kept, the same ones each time', () => {
  fc.assert(fc.property(id, (trace) => isKept(trace, 1) && !isKept(trace, 0)));
  const kept = fc.sample(id, 2000).filter((trace) => isKept(trace, 0.5)).length;
  expect(kept).toBeGreaterThan(700);
  expect(kept).toBeLessThan(1300);
});
