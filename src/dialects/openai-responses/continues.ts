import type { Frame } from '../../protocol/dialect.ts';
import { type Json, object, stringIn } from '../../protocol/json.ts';

/**
 * The response and its items have ids, and events are numbered: what is written goes on under the ids that the client knows, behind the last
 * number. Both must have begun the same items at the same places.
 */
export function continues(ours: readonly Frame[], theirs: readonly Frame[]): ((text: string) => string) | undefined {
  const own = known(ours);
  const other = known(theirs);
  if (own.places !== other.places || own.ids.length !== other.ids.length) return undefined;
  const ids = new Map(own.ids.map((id, at) => [JSON.stringify(id), JSON.stringify(other.ids[at])]));
  const ahead = other.last - own.last;
  return (text) => {
    let named = text;
    for (const [id, theirs] of ids) named = named.replaceAll(id, theirs);
    if (other.done.size) named = withoutDone(named, other.done);
    // Inside a text the quotes would be escaped.
    return named.replace(/(?<!\\)"sequence_number":(\d+)/g, (_, number: string) => `"sequence_number":${Number(number) + ahead}`);
  };
}

/** Without the events that end what has ended for the client: some servers end a message before they know whether another part follows. */
function withoutDone(text: string, done: ReadonlySet<string>): string {
  return text
    .split(/(?<=\n\n)/)
    .filter((frame) => {
      const [, type, data] = /^event: (\S+)\ndata: (.*)\n\n$/s.exec(frame) ?? [];
      if (!type?.endsWith('.done') || data === undefined) return true;
      const event = object(parsed(data));
      return !done.has(stringIn(event?.item_id) ?? idOf(object(event?.item)));
    })
    .join('');
}

interface Known {
  /** Of the response, then of its items in order. */
  ids: string[];
  /** Type and place of each item. */
  places: string;
  /** Ids of the items that are done. */
  done: Set<string>;
  /** Number of the last event. */
  last: number;
}

function known(frames: readonly Frame[]): Known {
  const ids: string[] = [];
  const places: unknown[] = [];
  const done = new Set<string>();
  let last = -1;
  for (const { data } of frames) {
    const event = object(parsed(data));
    if (!event) continue;
    if (typeof event.sequence_number === 'number') last = event.sequence_number;
    const item = object(event.item);
    if (event.type === 'response.created') ids.push(idOf(object(event.response)));
    else if (event.type === 'response.output_item.done') done.add(idOf(item));
    else if (event.type === 'response.output_item.added') {
      ids.push(idOf(item));
      places.push([item?.type, event.output_index]);
    }
  }
  return { ids, places: JSON.stringify(places), done, last };
}

function idOf(value: Json | undefined): string {
  return stringIn(value?.id) ?? '';
}

function parsed(data: string): unknown {
  return data.startsWith('{') ? JSON.parse(data) : undefined;
}
