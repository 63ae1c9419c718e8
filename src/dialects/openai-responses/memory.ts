import { GatewayError, invalid } from '../../protocol/errors.ts';
import { type Json, list, object, said, stringIn } from '../../protocol/json.ts';
import type { KeptAnswer, KeptAs, Memory, WholeRequest, Wish } from '../../protocol/memory.ts';
import { wrapSeal } from '../../protocol/seal.ts';
import { isSurelyFalse, mentions } from '../../wire/json.ts';
import { question, shownItems, tell } from './memory-questions.ts';
import { renaming } from './memory-renaming.ts';
import { SEALED, UNSEALED } from './shapes.ts';

/** Spellings without which a request cannot refer to anything that was kept, and the place of their rarest letter. */
const REFERS = [
  ['previous_response_id', 8],
  ['item_reference', 4],
  ['"conversation"', 4],
  ['"background"', 4],
] as const;

/** The memory of answers that clients of this dialect count on: `store`, `previous_response_id` and items named by their id. */
export const memory: Memory = {
  isBystander: (body) => isSurelyFalse(body, 'store') && !REFERS.some(([name, rare]) => mentions(body, name, rare)),
  wish,
  complete,
  idFor: (id) => `resp_${id}`,
  renaming,
  item: (answer, id) => replayed(shownItems(answer)[answer.itemIds.indexOf(id)] ?? {}),
  keep,
  unknown: (id) =>
    new GatewayError(
      'invalid',
      `Previous response with id '${id.slice(0, 100)}' not found: it was never kept for this key, was deleted, or has expired (responses.keep_hours); send the whole conversation as "input" instead`,
      { field: 'previous_response_id', code: 'previous_response_not_found' },
    ),
  question,
  tell,
};

function wish(value: unknown): Wish {
  const body = object(value) ?? {};
  const { conversation, background, store, previous_response_id: previous } = body;
  if (conversation !== undefined && conversation !== null)
    throw unsupported(
      'conversation',
      'conversations are not kept here; use "previous_response_id", or send the whole conversation as "input"',
    );
  if (background === true) throw unsupported('background', 'answers are not made in the background here; leave it out and use "stream"');
  if (previous !== undefined && previous !== null && typeof previous !== 'string')
    throw invalid('previous_response_id', 'send the id of a response as a string');
  const references = list(body.input).flatMap((entry, at) => {
    const id = referred(entry);
    if (id === undefined && object(entry)?.type === 'item_reference')
      throw invalid(`input[${at}].id`, 'name the item by its id, as a string');
    return id === undefined ? [] : [{ id, field: `input[${at}].id` }];
  });
  return { keeps: store !== false, ...(said(previous) && { previous: previous as string }), references };
}

function unsupported(field: string, mend: string): GatewayError {
  return new GatewayError('unsupported', `${field}: ${mend}`, { field });
}

/** The id in an item that is nothing but a reference; the official types allow one without its type. */
function referred(value: unknown): string | undefined {
  const item = object(value);
  if (!item || (item.type !== 'item_reference' && !(item.type === undefined || item.type === null))) return undefined;
  if (item.type !== 'item_reference' && item.role !== undefined) return undefined;
  return stringIn(item.id);
}

/**
 * The request with its history in front and nothing kept elsewhere: a provider of this very dialect would not know our ids, and must not
 * keep what we keep. Thoughts are asked for sealed, since only so they can be sent again.
 */
function complete(value: unknown, history: readonly KeptAnswer[], found: ReadonlyMap<string, unknown>): WholeRequest {
  const { input, previous_response_id: _, store: __, ...body } = object(value) ?? {};
  const sent = typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : list(input);
  const items = sent.map((item) => {
    const id = referred(item);
    return id !== undefined && found.has(id) ? found.get(id) : item;
  });
  const added = items.flatMap((item) => (item === undefined ? [] : [JSON.stringify(item)])).join(',');
  const asked: Json = { ...body, store: false, include: [...new Set([...list(body.include), SEALED])] };
  if ((input === undefined || input === null) && history.length === 0) return { body: Buffer.from(JSON.stringify(asked)), input: added };
  // Neither string nor list: said by whoever reads it next.
  if (sent.length === 0 && !Array.isArray(input) && input !== undefined && input !== null)
    return { body: Buffer.from(JSON.stringify({ ...asked, input })), input: added };
  const before = history.flatMap(({ input, output, replay }) => [input, replay ?? output]);
  const conversation = [...before, added].filter(Boolean).join(',');
  return { body: Buffer.from(`${JSON.stringify(asked).slice(0, -1)},"input":[${conversation}]}`), input: added };
}

/** Items whose id may be left out in an input; those of hosted tools need theirs. */
const NEEDS_NO_ID: ReadonlySet<unknown> = new Set(['message', 'function_call', 'custom_tool_call']);

/**
 * An item the model said, as it is sent again: without an id that only its maker knows. A thought with neither words nor a seal says
 * nothing; one told in open words goes back as it came; a mere summary is no thought to the provider that made it.
 */
function replayed(item: Json): Json | undefined {
  const { id: _, ...nameless } = item;
  if (NEEDS_NO_ID.has(item.type)) return nameless;
  if (item.type !== 'reasoning' || said(item.encrypted_content)) return item;
  if (list(item.content).length) return nameless;
  return list(item.summary).length ? { ...nameless, encrypted_content: wrapSeal({ by: UNSEALED, raw: null }) } : undefined;
}

function keep(final: Json, as: KeptAs, input: string, at: number): KeptAnswer {
  const { output, ...shown } = final;
  const items = list(output)
    .map(object)
    .filter((item) => item !== undefined);
  const kept = items.map((item) => JSON.stringify(nameless(item))).join(',');
  const replay = items
    .flatMap((item) => replayed(item) ?? [])
    .map((item) => JSON.stringify(item))
    .join(',');
  return {
    id: as.id,
    ...(as.previous !== undefined && { previous: as.previous }),
    at,
    input,
    output: kept,
    ...(replay !== kept && { replay }),
    shown: JSON.stringify(shown),
    itemIds: items.map((item) => said(item.id) ?? ''),
  };
}

/** Without the id where it is not sent again, so that one text serves for both. */
function nameless(item: Json): Json {
  const { id: _, ...others } = item;
  return NEEDS_NO_ID.has(item.type) ? others : item;
}
