import { GatewayError, invalid } from '../protocol/errors.ts';
import { type Json, parseExact } from '../protocol/json.ts';
import type { KeptAs, Memory } from '../protocol/memory.ts';
import { stricter } from '../protocol/zone.ts';
import type { AnswerStore } from '../responses/ports.ts';
import { parse } from './asked.ts';
import type { Incoming } from './ports.ts';
import type { ExchangeRecord } from './record.ts';

/** The answer of this exchange is to be kept. */
export interface Keeping {
  memory: Memory;
  as: KeptAs;
  /** Keeps the answer as the client sees it. Settles when it can be continued. */
  keep(final: Json): Promise<void>;
}

/** Whose answers a caller may see: everyone's without keys. */
export function ownerOf(caller: { id: string } | undefined): string {
  return caller?.id ?? '';
}

/**
 * Writes out what a request refers to, so that it means the same to every target, and tells whether its answer is to be kept. A promise
 * only for requests that have to do with a memory; `incoming.body` is the whole request afterwards.
 * @param now Unix time in milliseconds @param record tells, once the exchange is over, how far it was allowed to go
 * @throws GatewayError `invalid` for what is not kept
 */
export function recall(
  incoming: Incoming,
  answers: AnswerStore,
  now: () => number,
  record: ExchangeRecord,
): Promise<Keeping | undefined> | undefined {
  const { memory } = incoming.dialect;
  if (!memory || incoming.embeddings || memory.isBystander(incoming.body)) return undefined;
  return complete(incoming, memory, answers, now, record);
}

async function complete(
  incoming: Incoming,
  memory: Memory,
  answers: AnswerStore,
  now: () => number,
  record: ExchangeRecord,
): Promise<Keeping | undefined> {
  const asked = parse(incoming.body, parseExact);
  const { keeps, previous, references } = memory.wish(asked);
  const owner = ownerOf(incoming.caller);
  const history = previous === undefined ? [] : await answers.chain(owner, previous);
  if (!history) throw memory.unknown(previous!);
  const found = new Map<string, unknown>();
  const continued = [...history];
  for (const { id, field } of references) {
    const holder = await answers.holding(owner, id);
    if (!holder) throw invalid(field, 'no kept answer has an item of this id; send the item itself');
    found.set(id, memory.item(holder, id));
    continued.push(holder);
  }
  const { body, input } = memory.complete(asked, history, found);
  incoming.body = body;
  for (const { ceiling } of continued) if (ceiling) incoming.ceiling = stricter(incoming.ceiling ?? ceiling, ceiling);
  if (!keeps || !answers.keeps) return undefined;
  const as: KeptAs = { id: memory.idFor(incoming.id), ...(previous !== undefined && { previous }) };
  return { memory, as, keep: (final) => answers.put(owner, { ...memory.keep(final, as, input, now()), ceiling: record.ceiling }) };
}

/** @throws GatewayError `malformed` when an answer that is over has no whole form to keep */
export function finalOf(final: Json | undefined): Json {
  if (!final) throw new GatewayError('malformed', 'the provider ended its answer without the whole response');
  return final;
}
