import type { Block, MediaBlock, MediaSource, ReasoningBlock } from '../../protocol/block.ts';
import { invalid } from '../../protocol/errors.ts';
import { optional, optionalObject, required } from '../../protocol/fields.ts';
import { isObject, type Json, stringIn } from '../../protocol/json.ts';
import { leftOver } from '../../protocol/rest.ts';
import { type Carried, readSignature } from './seals.ts';
import { type BlockForm, blockKey, NAME, optionalList, printForm } from './shapes.ts';

const TEXT = new Set(['text']);
const CALL = new Set(['id', 'name', 'args']);
const RESULT = new Set(['id', 'name', 'response']);
/** Where a file lies that only this provider can read; any other address is a public one. */
const STORED = /^(?!https?:)|^https?:\/\/[^/]*\bgenerativelanguage\b/i;
/** Keys under which clients put a result's text when the response holds nothing else. */
const TEXT_KEYS: ReadonlySet<string> = new Set(['output', 'error', 'result', 'content']);

/** A block and how it was spelled. */
interface Entry {
  block: Block;
  form: BlockForm;
}

/** A call that has no result yet. */
interface Waiting {
  id: string;
  name: string;
}

/** Reads the parts of all contents in order: ids that are missing are made up and paired by name, as the API does. */
export class PartReader {
  readonly #form: Record<string, string>;
  #waiting: Waiting[] = [];
  #calls = 0;

  /** @param form the prompt's, where the spelling of each block is kept */
  constructor(form: Record<string, string>) {
    this.#form = form;
  }

  /** The model speaks again: calls from before will get no result any more. */
  answered(): void {
    this.#waiting = [];
  }

  /** One content's parts. `turn` is its place in the prompt. @throws GatewayError `invalid` naming the part's field */
  read(parts: readonly unknown[], path: string, turn: number): Block[] {
    const entries: Entry[] = [];
    parts.forEach((part, at) => {
      const here = `${path}[${at}]`;
      if (!isObject(part)) throw invalid(here, 'must be a part: an object, e.g. with "text"');
      const form: BlockForm = {};
      entries.push({ block: this.#block(part, here, entries, form), form });
    });
    return entries.map(({ block, form }, at) => {
      const spelled = printForm(form);
      if (spelled) this.#form[blockKey(turn, at)] = spelled;
      return block;
    });
  }

  #block(part: Json, path: string, before: Entry[], form: BlockForm): Block {
    if (isObject(part.functionCall)) return this.#call(part, part.functionCall, path, before, form);
    if (isObject(part.functionResponse)) return this.#result(part, part.functionResponse, path, form);
    if (part.text !== undefined && part.text !== null) return readText(part, path, form);
    const media = readMedia(part, form);
    if (media) return media;
    const [label] = Object.keys(part).filter((key) => key !== 'thoughtSignature' && key !== 'thought');
    if (label === undefined && typeof part.thoughtSignature === 'string') {
      form.bare = true;
      return readThought(part, '', form);
    }
    return { kind: 'opaque', dialect: NAME, label: label ?? 'part', raw: part };
  }

  #call(part: Json, call: Json, path: string, before: Entry[], form: BlockForm): Block {
    const here = `${path}.functionCall`;
    const name = required(call, 'name', 'string', `${here}.name`);
    const args = optionalObject(call, 'args', `${here}.args`);
    const given = optional(call, 'id', 'string', `${here}.id`);
    this.#calls++;
    if (given === undefined) form.made = true;
    const id = given ?? `call_${this.#calls}`;
    this.#waiting.push({ id, name });
    const block: Block = { kind: 'tool-call', id, name, input: 'json', arguments: args ? JSON.stringify(args) : '' };
    const signature = optional(part, 'thoughtSignature', 'string', `${path}.thoughtSignature`);
    const read = readSignature(signature ?? '');
    if (read.kind === 'skip') form.skip = read.text;
    else if (read.kind === 'own' || read.kind === 'foreign') block.seal = read.seal;
    else if (read.kind === 'carried') {
      if (read.carried.seal) block.seal = read.carried.seal;
      remember(before, read.carried);
    }
    const rest = restOfPart(part, ['functionCall', 'thoughtSignature'], 'functionCall', leftOver(call, CALL));
    if (rest) block.rest = rest;
    if (signature === '') block.rest = { ...rest, thoughtSignature: '' };
    return block;
  }

  #result(part: Json, result: Json, path: string, form: BlockForm): Block {
    const here = `${path}.functionResponse`;
    const name = required(result, 'name', 'string', `${here}.name`);
    const given = optional(result, 'id', 'string', `${here}.id`);
    if (given === undefined) form.made = true;
    const at = this.#waiting.findIndex((call) => (given === undefined ? call.name === name : call.id === given));
    const [call] = at < 0 ? [] : this.#waiting.splice(at, 1);
    form.name = name;
    const { text, error } = readResponse(result, name, `${here}.response`, form);
    const content: Block[] = text === undefined ? [] : [{ kind: 'text', text }];
    const parts = optionalList(result, 'parts', `${here}.parts`);
    if (parts?.length === 0) form.empty = true;
    for (const [n, one] of (parts ?? []).entries()) {
      if (!isObject(one)) throw invalid(`${here}.parts[${n}]`, 'must be an object with "inlineData" or "fileData"');
      content.push(readMedia(one, undefined) ?? { kind: 'opaque', dialect: NAME, label: Object.keys(one)[0] ?? 'part', raw: one });
    }
    const known = new Set([...RESULT, 'parts']);
    const rest = restOfPart(part, ['functionResponse'], 'functionResponse', leftOver(result, known));
    const id = given ?? call?.id ?? `call_${name}`;
    return { kind: 'tool-result', id, input: 'json', content, ...(error && { error }), ...(rest && { rest }) };
  }
}

/**
 * Thoughts that ride on a call take the place of those that the client kept since the call before: most drop them, some join several
 * and leave all text to the last signature.
 */
function remember(before: Entry[], { thoughts }: Carried): void {
  const from = before.findLastIndex(({ block }) => block.kind === 'tool-call') + 1;
  const others = before.slice(from).filter(({ block }) => block.kind !== 'reasoning');
  const carried = thoughts.map((thought): Entry => ({ block: { kind: 'reasoning', ...thought }, form: {} }));
  before.splice(from, before.length, ...carried, ...others);
}

function readText(part: Json, path: string, form: BlockForm): Block {
  const text = required(part, 'text', 'string', `${path}.text`);
  if (part.thought === true) return readThought(part, text, form);
  const rest = leftOver(part, TEXT);
  return { kind: 'text', text, ...(rest && { rest }) };
}

function readThought(part: Json, text: string, form: BlockForm): ReasoningBlock {
  const signature = stringIn(part.thoughtSignature);
  const read = readSignature(signature ?? '');
  const known = new Set(['text', 'thought']);
  if (part.thought !== true || form.bare) known.delete('thought');
  const block: ReasoningBlock = { kind: 'reasoning', text };
  if (read.kind === 'skip') form.skip = read.text;
  else if (read.kind === 'own' || read.kind === 'foreign') block.seal = read.seal;
  if (signature) known.add('thoughtSignature');
  const rest = leftOver(part, known);
  if (rest) block.rest = rest;
  return block;
}

/** Bytes or an address. Without a mime type nobody could read the bytes, so such a part stays opaque. */
function readMedia(part: Json, form: BlockForm | undefined): MediaBlock | undefined {
  const { inlineData: inline, fileData: file } = part;
  if (isObject(inline) && typeof inline.data === 'string' && typeof inline.mimeType === 'string')
    return mediaOf(part, 'inlineData', inline, { from: 'base64', mime: inline.mimeType, data: inline.data }, inline.mimeType);
  if (!isObject(file) || typeof file.fileUri !== 'string') return undefined;
  const uri = file.fileUri;
  const mime = stringIn(file.mimeType);
  // In a result's own list there is no place for how a block was spelled, so the type stays beside it.
  if (form && mime !== undefined) form.mime = mime;
  const source: MediaSource = STORED.test(uri) ? { from: 'file', id: uri } : { from: 'url', url: uri };
  return mediaOf(part, 'fileData', file, source, mime, form === undefined);
}

function mediaOf(part: Json, key: string, media: Json, source: MediaSource, mime: string | undefined, keepMime = false): MediaBlock {
  const name = stringIn(media.displayName);
  const known = ['data', 'fileUri', ...(name === undefined ? [] : ['displayName'])];
  if (!keepMime && mime !== undefined) known.push('mimeType');
  const rest = restOfPart(part, [key], key, leftOver(media, new Set(known)));
  return { kind: 'media', media: kindOf(mime), source, ...(name !== undefined && { name }), ...(rest && { rest }) };
}

function kindOf(mime: string | undefined): MediaBlock['media'] {
  if (mime?.startsWith('image/')) return 'image';
  return mime?.startsWith('audio/') ? 'audio' : 'file';
}

/** What a part holds beside the object that was read, and what is left of that object under its own name. */
function restOfPart(part: Json, read: string[], key: string, inner: Json | undefined): Json | undefined {
  const outer = leftOver(part, new Set(read));
  return inner ? { ...outer, [key]: inner } : outer;
}

/**
 * A result's text. The API knows `output` and `error` and takes any other response as a whole
 * (https://ai.google.dev/api/caching#FunctionResponse); `form` says which it was.
 */
function readResponse(result: Json, name: string, path: string, form: BlockForm): { text?: string; error?: true } {
  const response = optionalObject(result, 'response', path);
  if (!response) {
    form.response = 'absent';
    return {};
  }
  const keys = Object.keys(response);
  const [key] = keys.filter((one) => one !== 'name' || response.name !== name);
  const value = key === undefined ? undefined : response[key];
  const alone = keys.length === 1 || (keys.length === 2 && key === 'content' && response.name === name);
  if (alone && key !== undefined && TEXT_KEYS.has(key) && typeof value === 'string') {
    if (key !== 'output' && key !== 'error') form.response = keys.length === 2 ? 'named' : key;
    return key === 'error' ? { text: value, error: true } : { text: value };
  }
  form.response = 'json';
  const failed = keys.length === 1 && key === 'error' && value !== null && value !== undefined;
  return { text: JSON.stringify(response), ...(failed && { error: true }) };
}
