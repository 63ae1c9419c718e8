import type { Block, MediaSource, Seal } from '../../protocol/block.ts';
import { invalid } from '../../protocol/errors.ts';
import { optional, required } from '../../protocol/fields.ts';
import type { Json } from '../../protocol/json.ts';
import { isObject, list, stringIn } from '../../protocol/json.ts';
import { leftOver } from '../../protocol/rest.ts';
import { readSignature } from './seals.ts';
import { NAME } from './shapes.ts';

const TEXT = new Set(['type', 'text']);
const THINKING = new Set(['type', 'thinking', 'signature']);
const REDACTED = new Set(['type', 'data']);
const IMAGE = new Set(['type', 'source']);
const DOCUMENT = new Set(['type', 'source', 'title']);
const TOOL_USE = new Set(['type', 'id', 'name', 'input']);
const TOOL_RESULT = new Set(['type', 'tool_use_id', 'content', 'is_error']);

/** Where the blocks of one turn stand: in the client's request (for errors) and in the prompt (for how they were spelled). */
export interface Place {
  path: string;
  turn: number;
  form: Record<string, string>;
}

/** The key under which a prompt's form says how a block was spelled. */
export function blockKey(turn: number, block: number): string {
  return `turns[${turn}][${block}]`;
}

/** A message's content blocks. @throws GatewayError `invalid` naming the block's field. */
export function readBlocks(content: readonly unknown[], place: Place): Block[] {
  const blocks: Block[] = [];
  const carried = new Map<string, Seal>();
  content.forEach((value, at) => {
    const path = `${place.path}[${at}]`;
    const { type, value: raw } = typed(value, path);
    const key = blockKey(place.turn, blocks.length);
    if (type === 'thinking') {
      const block = readThinking(raw, path);
      if ('call' in block) carried.set(block.call, block.seal);
      else {
        if (block.unsealed) place.form[key] = 'unsealed';
        blocks.push(block.block);
      }
    } else if (type === 'tool_result') blocks.push(readResult(raw, path, key, place.form));
    else blocks.push(readBlock(type, raw, path));
  });
  for (const block of blocks) {
    const seal = block.kind === 'tool-call' ? carried.get(block.id) : undefined;
    if (block.kind === 'tool-call' && seal) block.seal = seal;
  }
  return blocks;
}

function typed(value: unknown, path: string): { type: string; value: Json } {
  if (!isObject(value)) throw invalid(path, 'must be a content block: an object with a "type"');
  return { type: required(value, 'type', 'string', `${path}.type`), value };
}

/** Any block but those that need to know their place. What is not modelled is carried whole. */
function readBlock(type: string, raw: Json, path: string): Block {
  switch (type) {
    case 'text':
      return { kind: 'text', text: required(raw, 'text', 'string', `${path}.text`), rest: leftOver(raw, TEXT) };
    case 'redacted_thinking': {
      const read = readSignature(required(raw, 'data', 'string', `${path}.data`), 'data');
      return { kind: 'reasoning', text: '', seal: read.kind === 'sealed' ? read.seal : undefined, rest: leftOver(raw, REDACTED) };
    }
    case 'image':
    case 'document':
      return readMedia(type, raw);
    case 'tool_use':
      return {
        kind: 'tool-call',
        id: required(raw, 'id', 'string', `${path}.id`),
        name: required(raw, 'name', 'string', `${path}.name`),
        input: 'json',
        arguments: raw.input === undefined || raw.input === null ? '' : JSON.stringify(raw.input),
        rest: leftOver(raw, TOOL_USE),
      };
    case 'search_result':
      return opaque(type, raw, [raw.title, raw.source, ...textsIn(raw.content)]);
    // What a search among deferred tools found: all tools are offered elsewhere, so the name says it.
    case 'tool_reference':
      return opaque(type, raw, [raw.tool_name]);
    default:
      return opaque(type, raw);
  }
}

/** A block that only this API knows. `texts` is what it says, for all others. */
function opaque(label: string, raw: Json, texts: readonly unknown[] = []): Block {
  const text = texts.filter((one) => typeof one === 'string' && one !== '').join('\n');
  return { kind: 'opaque', dialect: NAME, label, raw, ...(text && { text }) };
}

function textsIn(content: unknown): unknown[] {
  return list(content).map((part) => (isObject(part) ? part.text : undefined));
}

type Thought = { block: Block; unsealed: boolean } | { call: string; seal: Seal };

function readThinking(raw: Json, path: string): Thought {
  const text = required(raw, 'thinking', 'string', `${path}.thinking`);
  const signature = optional(raw, 'signature', 'string', `${path}.signature`);
  const rest = leftOver(raw, THINKING);
  // An empty signature seals nothing, but it was sent.
  if (!signature) return { block: { kind: 'reasoning', text, rest: signature === '' ? { ...rest, signature } : rest }, unsealed: false };
  const read = readSignature(signature, 'signature');
  if (read.kind === 'call') return { call: read.id, seal: read.seal };
  const seal = read.kind === 'sealed' ? read.seal : undefined;
  return { block: { kind: 'reasoning', text, seal, rest }, unsealed: !seal };
}

/** Images and documents that are bytes, an address or a stored file; every other source (plain text, content blocks) is opaque and says its words. */
function readMedia(type: 'image' | 'document', raw: Json): Block {
  const from = isObject(raw.source) ? readSource(raw.source) : undefined;
  if (!from) return opaque(type, raw, isObject(raw.source) ? [raw.title, ...writtenIn(raw.source)] : []);
  const name = type === 'document' ? stringIn(raw.title) : undefined;
  const rest = leftOver(raw, type === 'document' && name !== undefined ? DOCUMENT : IMAGE);
  return {
    kind: 'media',
    media: type === 'image' ? 'image' : 'file',
    source: from.source,
    name,
    rest: from.rest ? { ...rest, source: from.rest } : rest,
  };
}

/** The words of a document that is sent as text or as content blocks. */
function writtenIn({ type, data, content }: Json): unknown[] {
  if (type === 'text') return [data];
  return typeof content === 'string' ? [content] : textsIn(content);
}

function readSource(source: Json): { source: MediaSource; rest?: Json } | undefined {
  const read = (keys: string[], value: MediaSource) => ({ source: value, rest: leftOver(source, new Set(['type', ...keys])) });
  const { type, media_type: mime, data, url, file_id: id } = source;
  if (type === 'base64' && typeof mime === 'string' && typeof data === 'string')
    return read(['media_type', 'data'], { from: 'base64', mime, data });
  if (type === 'url' && typeof url === 'string') return read(['url'], { from: 'url', url });
  if (type === 'file' && typeof id === 'string') return read(['file_id'], { from: 'file', id });
  return undefined;
}

function readResult(raw: Json, path: string, key: string, form: Record<string, string>): Block {
  const id = required(raw, 'tool_use_id', 'string', `${path}.tool_use_id`);
  const error = optional(raw, 'is_error', 'boolean', `${path}.is_error`);
  const { content } = raw;
  let blocks: Block[] = [];
  if (typeof content === 'string') {
    form[key] = 'string';
    blocks = [{ kind: 'text', text: content }];
  } else if (content === undefined || content === null) form[key] = 'absent';
  else if (Array.isArray(content))
    blocks = content.map((value, at) => {
      const inner = typed(value, `${path}.content[${at}]`);
      return readBlock(inner.type, inner.value, `${path}.content[${at}]`);
    });
  else throw invalid(`${path}.content`, 'must be a string or a list of content blocks');
  return { kind: 'tool-result', id, input: 'json', content: blocks, error, rest: leftOver(raw, TOOL_RESULT) };
}
