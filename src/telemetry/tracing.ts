import type { AttemptRecord, ExchangeRecord } from '../exchange/record.ts';
import type { Stage } from '../exchange/stage.ts';
import { isWithin, type Zone } from '../protocol/zone.ts';
import type { TelemetrySettings } from './settings.ts';
import { attemptSpanOf, isKept, readTraceparent, traceIdOf, traceparent } from './trace-context.ts';

/** Headers by which requests of one trace can be linked. https://www.w3.org/TR/trace-context/, https://www.w3.org/TR/baggage/ */
const LINKS = new Set(['traceparent', 'tracestate', 'baggage']);

/** Takes the client's trace into the record. */
export const traceStage: Stage = {
  name: 'trace',
  admit: ({ incoming, record }) => {
    const parent = readTraceparent(incoming.headers['traceparent']);
    if (parent || incoming.embeddings) record.trace = { parent, vectors: incoming.embeddings !== undefined };
    return undefined;
  },
};

/**
 * A provider's headers with the place in the trace, or without anything that could link it, where its zone is too far.
 * @param headers flat list
 */
export function traced(
  headers: string[],
  record: Pick<ExchangeRecord, 'id' | 'trace' | 'attempts'>,
  attempt: AttemptRecord,
  { propagate, sample }: Pick<TelemetrySettings, 'propagate' | 'sample'>,
): string[] {
  const isTold = propagate !== 'none' && isWithin(attempt.zone, propagate as Zone);
  const kept: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i]!.toLowerCase();
    if (LINKS.has(name) && (!isTold || name === 'traceparent')) continue;
    kept.push(headers[i]!, headers[i + 1]!);
  }
  if (!isTold) return kept;
  const { id, trace } = record;
  const traceId = trace?.parent?.traceId ?? traceIdOf(id);
  const spanId = attemptSpanOf(id, record.attempts.indexOf(attempt) + 1);
  kept.push('traceparent', traceparent({ traceId, spanId, sampled: trace?.parent?.sampled ?? isKept(traceId, sample) }));
  return kept;
}
