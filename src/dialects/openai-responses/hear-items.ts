import { type Json, list, object, said, stringIn } from '../../protocol/json.ts';
import type { BlockStart, Part } from '../../protocol/part.ts';
import { type Rest, restOf } from '../../protocol/rest.ts';
import { end, fill, say, type Track } from './hear-track.ts';
import { NAME, PART_BREAK } from './shapes.ts';

interface Item {
  type: string;
  id: string | undefined;
  callId: string | undefined;
  /** The upstream's `output_index`. */
  place: number | undefined;
  /** Of a message: by content part, see `textKey`. Of other items: one, under 0. */
  tracks: Map<number, Track>;
  /** Of a reasoning item: which of its two texts is told, and the part of it that spoke last. */
  lane?: Lane;
  part?: number;
  done: boolean;
}

type Lane = 'content' | 'summary';

/** A message's track: its content part, apart for words and for a refusal. */
function textKey(part: number, refusal: boolean): number {
  return part * 2 + (refusal ? 1 : 0);
}

function isCall(type: string): boolean {
  return type === 'function_call' || type === 'custom_tool_call';
}

function placeOf(event: Json, field: string): number | undefined {
  const value = event[field];
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

const CALL_READ: ReadonlySet<string> = new Set(['type', 'id', 'status', 'call_id', 'name', 'namespace', 'arguments', 'input']);

/**
 * The output items of one answer as blocks. Servers differ in which events they send, and some name an item differently from one event to
 * the next, so each event only adds what is new: deltas pass at once, the final form of an item fills in whatever did not come before.
 */
export class OutputItems {
  readonly #items: Item[] = [];
  readonly #byId = new Map<string, Item>();
  readonly #byPlace = new Map<number, Item>();
  #blocks = 0;
  /** Tool calls begun, and whether the model declined: they decide the finish reason. */
  calls = 0;
  refused = false;
  /** A call came without a name: nobody can run it. */
  nameless = false;

  get begun(): boolean {
    return this.#blocks > 0;
  }

  /** Whether a call has begun that no block tells of, because its name is to come. */
  get holdsCall(): boolean {
    return this.#items.some(({ type, done, tracks }) => isCall(type) && !done && tracks.size === 0);
  }

  added(event: Json, out: Part[]): void {
    const raw = object(event.item);
    if (raw) this.#begin(raw, placeOf(event, 'output_index'), out);
  }

  /** A content or summary part begins: its block may begin too, so that later deltas are nothing but text. */
  partAdded(event: Json, out: Part[]): void {
    const item = this.#open(event, 'message', 'reasoning');
    const type = object(event.part)?.type;
    if (item?.type === 'reasoning') this.#track(item, 0, { kind: 'reasoning' }, out);
    else if (item && (type === 'output_text' || type === 'refusal'))
      this.#textTrack(item, placeOf(event, 'content_index') ?? 0, type === 'refusal', out);
  }

  /** `final` is the whole text of the part instead of more of it. */
  text(event: Json, value: unknown, refusal: boolean, final: boolean, out: Part[]): void {
    if (!said(value)) return;
    const item = this.#open(event, 'message') ?? this.#begin({ type: 'message', id: event.item_id }, placeOf(event, 'output_index'), out);
    const track = this.#textTrack(item, placeOf(event, 'content_index') ?? 0, refusal, out);
    if (final) fill(track, value as string, out);
    else say(track, value as string, out);
  }

  thought(event: Json, lane: Lane, out: Part[]): void {
    const delta = said(event.delta);
    if (!delta) return;
    const item =
      this.#open(event, 'reasoning') ?? this.#begin({ type: 'reasoning', id: event.item_id }, placeOf(event, 'output_index'), out);
    item.lane ??= lane;
    if (item.lane !== lane) return;
    const part = placeOf(event, lane === 'content' ? 'content_index' : 'summary_index') ?? 0;
    const track = this.#track(item, 0, { kind: 'reasoning' }, out);
    say(track, track.size > 0 && item.part !== part ? PART_BREAK + delta : delta, out);
    item.part = part;
  }

  /** More of a call's arguments, or all of them. A call without a name waits for its final form. */
  input(event: Json, type: string, value: unknown, final: boolean, out: Part[]): void {
    const track = this.#open(event, type)?.tracks.get(0);
    if (!track || !said(value)) return;
    if (final) fill(track, value as string, out);
    else say(track, value as string, out);
  }

  done(event: Json, out: Part[]): void {
    const raw = object(event.item);
    if (!raw) return;
    const place = placeOf(event, 'output_index');
    const item = this.#match(raw, place) ?? this.#begin(raw, place, out);
    if (!item.done) this.#finish(item, raw, out);
  }

  /** The terminal event's full list: finishes what is open and plays what was never mentioned. */
  complete(output: unknown, out: Part[]): void {
    const items = list(output);
    let unheard = items.length - this.#items.length;
    items.forEach((value, place) => {
      const raw = object(value);
      if (!raw) return;
      const known = this.#match(raw, place) ?? this.#items.find((item) => item.type === raw.type && (item.place === place || !item.done));
      if (known) {
        if (!known.done) this.#finish(known, raw, out);
      } else if (unheard-- > 0) this.#finish(this.#begin(raw, place, out), raw, out);
    });
    for (const item of this.#items) for (const track of item.tracks.values()) end(track, {}, out);
  }

  #begin(raw: Json, place: number | undefined, out: Part[]): Item {
    const item: Item = {
      type: said(raw.type) ?? 'unknown',
      id: said(raw.id),
      callId: said(raw.call_id),
      place,
      tracks: new Map(),
      done: false,
    };
    this.#items.push(item);
    if (item.id) this.#byId.set(item.id, item);
    if (place !== undefined) this.#byPlace.set(place, item);
    if (isCall(item.type)) this.#callTrack(item, raw, out);
    else if (item.type !== 'message' && item.type !== 'reasoning') this.#opaque(item, raw, out);
    return item;
  }

  /** The open item an event speaks of: by its id, else by its place, else the last one of the type. */
  #open(event: Json, ...types: string[]): Item | undefined {
    const fits = (item: Item | undefined) => item !== undefined && !item.done && types.includes(item.type);
    const byId = typeof event.item_id === 'string' ? this.#byId.get(event.item_id) : undefined;
    if (fits(byId)) return byId;
    const byPlace = typeof event.output_index === 'number' ? this.#byPlace.get(event.output_index) : undefined;
    return fits(byPlace) ? byPlace : this.#items.findLast(fits);
  }

  /** The item whose final form this is; undefined when it was not heard of before. Ids are compared first, but vLLM has changed them. */
  #match(raw: Json, place: number | undefined): Item | undefined {
    const id = said(raw.id);
    const callId = said(raw.call_id);
    const items = this.#items.filter((item) => item.type === raw.type);
    // Two calls under one call id are two when nothing else of them is the same.
    const isOther = (item: Item) =>
      id && item.id && id !== item.id && place !== undefined && item.place !== undefined && item.place !== place;
    const isNamed = (item: Item) =>
      (callId !== undefined && item.callId === callId && !isOther(item)) || (id !== undefined && item.id === id);
    const isThere = (item: Item) => item.place === place && !(callId && item.callId && callId !== item.callId);
    const open = items.filter((item) => !item.done);
    if (place === undefined && !id && !callId) return open.at(-1);
    return open.find(isNamed) ?? (place === undefined ? undefined : open.find(isThere)) ?? items.find(isNamed);
  }

  #track(item: Item, key: number, block: BlockStart, out: Part[]): Track {
    let track = item.tracks.get(key);
    if (!track) {
      track = { index: this.#blocks++, pieces: [], size: 0, open: true };
      item.tracks.set(key, track);
      out.push({ type: 'block-start', index: track.index, block });
    }
    return track;
  }

  #textTrack(item: Item, part: number, refusal: boolean, out: Part[]): Track {
    if (refusal) this.refused = true;
    return this.#track(item, textKey(part, refusal), refusal ? { kind: 'text', refusal } : { kind: 'text' }, out);
  }

  #callTrack(item: Item, raw: Json, out: Part[]): Track | undefined {
    const name = said(raw.name);
    const begun = item.tracks.get(0);
    if (begun || !name) return begun;
    this.calls++;
    const namespace = said(raw.namespace);
    const input = item.type === 'custom_tool_call' ? 'text' : 'json';
    const id = said(raw.call_id) ?? said(raw.id) ?? '';
    return this.#track(item, 0, { kind: 'tool-call', id, name, ...(namespace && { namespace }), input }, out);
  }

  #opaque(item: Item, raw: Json, out: Part[]): Track {
    return this.#track(item, 0, { kind: 'opaque', dialect: NAME, label: item.type, raw }, out);
  }

  #finish(item: Item, raw: Json, out: Part[]): void {
    item.done = true;
    if (item.type === 'message') this.#finishMessage(item, raw, out);
    else if (item.type === 'reasoning') this.#finishReasoning(item, raw, out);
    else if (isCall(item.type) && this.#callTrack(item, raw, out)) this.#finishCall(item, raw, out);
    else {
      this.nameless ||= isCall(item.type);
      end(this.#opaque(item, raw, out), { raw }, out);
    }
  }

  #finishCall(item: Item, raw: Json, out: Part[]): void {
    const track = item.tracks.get(0) as Track;
    const value = item.type === 'custom_tool_call' ? raw.input : raw.arguments;
    fill(track, stringIn(value) ?? (object(value) ? JSON.stringify(value) : ''), out);
    end(track, { rest: told(raw, CALL_READ) }, out);
  }

  #finishMessage(item: Item, raw: Json, out: Part[]): void {
    const content = typeof raw.content === 'string' ? [{ type: 'output_text', text: raw.content }] : list(raw.content);
    const phase = said(raw.phase);
    content.forEach((value, at) => {
      const part = object(value);
      const refusal = part?.type === 'refusal';
      const text = refusal ? part.refusal : part?.text;
      if (part && typeof text === 'string') {
        // Deltas under a wrong content index are still these words.
        const strayed = item.tracks.has(textKey(at, refusal))
          ? undefined
          : [...item.tracks].find(([key, { open }]) => open && key % 2 === Number(refusal));
        const track = strayed?.[1] ?? this.#textTrack(item, at, refusal, out);
        if (refusal) this.refused = true;
        fill(track, text, out);
        end(track, { rest: told({ ...part, ...(phase && { phase }) }, refusal ? REFUSAL_READ : TEXT_READ) }, out);
      } else if (part) {
        const label = `${said(part.type) ?? 'unknown'} part`;
        const index = this.#blocks++;
        const alone = { ...raw, content: [part] };
        out.push(
          { type: 'block-start', index, block: { kind: 'opaque', dialect: NAME, label, raw: alone } },
          { type: 'block-end', index, raw: alone },
        );
      }
    });
    for (const track of item.tracks.values()) end(track, {}, out);
  }

  #finishReasoning(item: Item, raw: Json, out: Part[]): void {
    const texts = { content: texted(raw.content), summary: texted(raw.summary) };
    const text = texts[item.lane ?? (texts.content ? 'content' : 'summary')];
    const encrypted = said(raw.encrypted_content);
    const id = said(raw.id);
    const seal = encrypted === undefined ? undefined : { by: NAME, raw: { ...(id && { id }), encrypted_content: encrypted } };
    if (!text && !seal && item.tracks.size === 0) return;
    const track = this.#track(item, 0, { kind: 'reasoning' }, out);
    fill(track, text, out);
    end(track, { seal }, out);
  }
}

const TEXT_READ: ReadonlySet<string> = new Set(['type', 'text']);
const REFUSAL_READ: ReadonlySet<string> = new Set(['type', 'refusal']);

/** What a final form says beside what was read; undefined when that is nothing. */
function told(raw: Json, read: ReadonlySet<string>): Rest | undefined {
  const rest = restOf(raw, read);
  for (const key in rest) if (rest[key] === null || (Array.isArray(rest[key]) && rest[key].length === 0)) delete rest[key];
  return rest && Object.keys(rest).length ? rest : undefined;
}

function texted(parts: unknown): string {
  return list(parts)
    .flatMap((part) => said(object(part)?.text) ?? [])
    .join(PART_BREAK);
}
