/** A place in a trace. Ids in lower-case hexadecimal digits: 32 of a trace, 16 of a span. */
export interface Place {
  traceId: string;
  spanId: string;
  /** Whether it is to be kept. */
  sampled: boolean;
}

/** Version, trace, parent and flags; later versions may append more. https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** What a client's `traceparent` says; undefined where it says nothing that can be used. */
export function readTraceparent(header: string | string[] | undefined): Place | undefined {
  const [, version, traceId, spanId, flags] = (typeof header === 'string' && TRACEPARENT.exec(header.trim())) || [];
  if (!traceId || !spanId || version === 'ff' || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  if (version === '00' && (header as string).trim().length !== 55) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags!, 16) & 1) === 1 };
}

export function traceparent({ traceId, spanId, sampled }: Place): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/** The trace of an exchange that came without one: its own id, so that who has the one finds the other. @param id 32 hexadecimal digits */
export function traceIdOf(id: string): string {
  return id;
}

/** The span of the exchange itself. @param id 32 random hexadecimal digits */
export function exchangeSpanOf(id: string): string {
  return id.slice(16);
}

/**
 * The span of an attempt. Made from the exchange's id, so that what a provider was told and what is reported later agree without
 * anything being kept. @param id 32 random hexadecimal digits @param number from 1
 */
export function attemptSpanOf(id: string, number: number): string {
  const mixed = BigInt.asUintN(64, BigInt(`0x${id.slice(0, 16)}`) + BigInt(number) * 0x9e3779b97f4a7c15n);
  return (mixed || 1n).toString(16).padStart(16, '0');
}

/** Whether a trace that nobody decided on is kept: the same answer for the same trace, everywhere. @param share 0 to 1 */
export function isKept(traceId: string, share: number): boolean {
  // Of an id the last seven bytes are random: https://www.w3.org/TR/trace-context-2/#random-trace-id-flag
  return Number.parseInt(traceId.slice(18, 26), 16) / 2 ** 32 < share;
}
