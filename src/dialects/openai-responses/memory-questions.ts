import { GatewayError, invalid } from '../../protocol/errors.ts';
import { type Json, parseExact, said } from '../../protocol/json.ts';
import type { KeptAnswer, MemoryQuestion } from '../../protocol/memory.ts';
import { textType } from './shapes.ts';

const PATH = /^\/v1\/responses\/([^/]+)(\/input_items|\/cancel)?$/;
const ABOUT = { '': 'answer', '/input_items': 'items', '/cancel': 'stop' } as const;

/** GET and DELETE of a response, GET of its input items, POST of its cancellation. */
export function question(method: string, path: string, query: URLSearchParams): MemoryQuestion | undefined {
  const [, id, tail = ''] = PATH.exec(path) ?? [];
  if (id === undefined) return undefined;
  const about = ABOUT[tail as keyof typeof ABOUT];
  if (about === 'stop') {
    if (method !== 'POST') throw new GatewayError('method', `${path} takes POST`);
    return { about, id };
  }
  if (method === 'POST' && about === 'answer') return undefined;
  if (method === 'DELETE' && about === 'answer') return { about: 'removal', id };
  if (method !== 'GET') throw new GatewayError('method', `${path} takes ${about === 'items' ? 'GET' : 'GET and DELETE'}`);
  if (about === 'answer' && query.get('stream') === 'true')
    throw invalid('stream', 'a kept response is not played again as a stream; leave it out to get it whole');
  return { about, id };
}

/** @throws GatewayError the same 404 for an id that never was, is gone, or belongs to another key */
export function tell({ about, id }: MemoryQuestion, chain: readonly KeptAnswer[] | undefined, query: URLSearchParams): unknown {
  const answer = chain?.at(-1);
  if (!chain || !answer)
    throw new GatewayError('invalid', `Response with id '${id.slice(0, 100)}' not found.`, { status: 404, field: 'response_id' });
  switch (about) {
    case 'answer':
      return { ...(parseExact(answer.shown) as Json), output: shownItems(answer) };
    case 'removal':
      return { id: answer.id, object: 'response', deleted: true };
    case 'items':
      return page(itemsBefore(chain), query);
    case 'stop':
      throw invalid(
        'response_id',
        'only a response made in the background can be cancelled, and none is made so here; close the connection to end a running one',
      );
  }
}

/** The items of a kept answer as the client saw them. */
export function shownItems({ output, itemIds }: KeptAnswer): Json[] {
  return read(output).map((item, at) => (itemIds[at] ? { id: itemIds[at], ...item } : item));
}

function read(items: string): Json[] {
  return parseExact(`[${items}]`) as Json[];
}

/** All that the model was given for the last answer of a chain, oldest first, each item with an id. */
function itemsBefore(chain: readonly KeptAnswer[]): Json[] {
  return chain.flatMap((answer, at) => {
    const input = read(answer.input).map((item, place) => listed(item, `${answer.id.replace(/^resp_/, '')}_i${place}`));
    return at < chain.length - 1 ? [...input, ...shownItems(answer)] : input;
  });
}

const PREFIX: Readonly<Record<string, string>> = {
  message: 'msg',
  function_call: 'fc',
  function_call_output: 'fco',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'ctco',
  reasoning: 'rs',
};

/** An item as the official types show it: with its type, an id, and content in parts. */
function listed(item: Json, tail: string): Json {
  const type = said(item.type) ?? 'message';
  const id = said(item.id) ?? `${PREFIX[type] ?? 'item'}_${tail}`;
  if (type !== 'message') return { ...item, id };
  const role = item.role === 'assistant' ? 'assistant' : 'user';
  const content = typeof item.content === 'string' ? [{ type: textType(role), text: item.content }] : item.content;
  return { status: 'completed', ...item, id, type, content };
}

const MOST = 100;

/** One page of a list. Newest first unless asked otherwise, as the original does. */
function page(oldestFirst: readonly Json[], query: URLSearchParams): unknown {
  const limit = Number(query.get('limit') ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) throw invalid('limit', `send a whole number from 1 to ${MOST}`);
  const order = query.get('order') ?? 'desc';
  if (order !== 'asc' && order !== 'desc') throw invalid('order', 'send "asc" or "desc"');
  const items = order === 'asc' ? oldestFirst : oldestFirst.toReversed();
  const after = query.get('after');
  const from = after === null ? 0 : items.findIndex((item) => item.id === after) + 1;
  if (after !== null && from === 0) throw invalid('after', 'send the id of an item of this list');
  const data = items.slice(from, from + limit);
  return { object: 'list', data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: from + limit < items.length };
}
