import type { Block, MediaBlock, MediaSource } from '../../protocol/block.ts';
import { invalid } from '../../protocol/errors.ts';
import { type Json, list, object, said } from '../../protocol/json.ts';
import { type Rest, restOf } from '../../protocol/rest.ts';
import { audioFormat } from './ask-parts.ts';
import { NAME } from './shapes.ts';

const PART_READ = new Set(['type', 'text']);
const REFUSAL_READ = new Set(['type', 'refusal']);

/**
 * A message's `content` (string, null or parts) as blocks; an empty string is an empty text block. `path` is the message's own.
 * @throws GatewayError `invalid` for any other type and for a part without its content
 */
export function blocksOf(content: unknown, path: string): Block[] {
  if (content === null || content === undefined) return [];
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  if (!Array.isArray(content)) throw invalid(`${path}.content`, 'must be a string, null or a list of content parts');
  return content.map((part: unknown, at) => blockOf(part, `${path}.content[${at}]`));
}

function blockOf(value: unknown, path: string): Block {
  if (typeof value === 'string') return { kind: 'text', text: value };
  const part = object(value);
  if (!part) throw invalid(path, 'must be a content part such as {"type":"text","text":"…"}');
  const type = part['type'];
  switch (type) {
    case 'text':
      return withRest({ kind: 'text', text: textIn(part, 'text', path) }, restOf(part, PART_READ));
    case 'refusal':
      return withRest({ kind: 'text', text: textIn(part, 'refusal', path), refusal: true }, restOf(part, REFUSAL_READ));
    case 'image_url':
    case 'audio_url':
    case 'input_audio':
    case 'file':
      return mediaOf(type, part, path) ?? { kind: 'opaque', dialect: NAME, label: type, raw: value };
    default:
      if (typeof type !== 'string') throw invalid(`${path}.type`, 'is missing; name the kind of part, such as "text" or "image_url"');
      // Parts of another API, such as input_text, still say their words.
      return { kind: 'opaque', dialect: NAME, label: type, raw: value, ...(said(part['text']) && { text: said(part['text']) }) };
  }
}

function textIn(part: Json, key: string, path: string): string {
  const text = part[key];
  if (typeof text !== 'string') throw invalid(`${path}.${key}`, 'must be a string');
  return text;
}

/** Unread fields beside the payload stay at the top of `rest`, those inside it under the payload's own name. */
function withRest<B extends Block>(block: B, outer: Rest | undefined, inner?: { name: string; rest: Rest | undefined }): B {
  const rest = inner?.rest ? { ...outer, [inner.name]: inner.rest } : outer;
  return rest ? { ...block, rest } : block;
}

function mediaOf(type: 'image_url' | 'audio_url' | 'input_audio' | 'file', part: Json, path: string): MediaBlock | undefined {
  const isBare = typeof part[type] === 'string';
  const payload = isBare ? { url: part[type] } : object(part[type]);
  if (!payload) throw invalid(`${path}.${type}`, `must be an object such as ${EXAMPLES[type]}`);
  const read = readPayload(type, payload, path);
  if (!read) return undefined;
  return withRest(read.block, restOf(part, new Set(['type', type])), { name: type, rest: restOf(payload, read.read) });
}

/** The block, and the fields of the payload that `mediaPart` makes again from it; any other stays in `rest`. */
function readPayload(type: string, payload: Json, path: string): { block: MediaBlock; read: ReadonlySet<string> } | undefined {
  if (type === 'image_url' || type === 'audio_url') {
    if (typeof payload['url'] !== 'string') throw invalid(`${path}.${type}.url`, 'must be an http(s) or data: URL');
    const media = type === 'image_url' ? 'image' : 'audio';
    const source = media === 'image' ? sourceOf(payload['url']) : ({ from: 'url', url: payload['url'] } as const);
    return { block: { kind: 'media', media, source }, read: new Set(['url']) };
  }
  if (type === 'input_audio') {
    const { data, format = 'wav' } = payload;
    if (typeof data !== 'string') throw invalid(`${path}.input_audio.data`, 'must be base64');
    if (typeof format !== 'string') throw invalid(`${path}.input_audio.format`, 'must name the format, such as "wav" or "mp3"');
    const mime = format === 'mp3' ? 'audio/mpeg' : `audio/${format}`;
    const isSpelledSo = audioFormat(mime) === format;
    return {
      block: { kind: 'media', media: 'audio', source: { from: 'base64', mime, data } },
      read: new Set(isSpelledSo ? ['data', 'format'] : ['data']),
    };
  }
  const { file_data: data, file_id: id, filename: name } = payload;
  const read = new Set(typeof name === 'string' ? ['filename'] : []);
  const built = (source: MediaSource): { block: MediaBlock; read: ReadonlySet<string> } => {
    const block: MediaBlock = { kind: 'media', media: 'file', source };
    return { block: typeof name === 'string' ? { ...block, name } : block, read };
  };
  // An id beside the data is the sender's note; the data is what the model reads.
  if (typeof data === 'string') {
    const isBare = !/^[a-z]+:/.test(data.slice(0, 8));
    if (!isBare) read.add('file_data');
    return built(isBare ? { from: 'base64', mime: fileMime(typeof name === 'string' ? name : ''), data } : sourceOf(data));
  }
  if (typeof id !== 'string') return undefined;
  read.add('file_id');
  return built({ from: 'file', id });
}

const EXAMPLES = {
  image_url: '{"url":"data:image/png;base64,…"}',
  audio_url: '{"url":"https://…"}',
  input_audio: '{"data":"…","format":"wav"}',
  file: '{"file_data":"data:application/pdf;base64,…","filename":"a.pdf"}',
} as const;

/** A data: URL as base64 with its own media type; any other URL stays one. Looks at the head only: images are megabytes. */
function sourceOf(url: string): MediaSource {
  const [head] = /^data:[^,]*;base64,/.exec(url.slice(0, 256)) ?? [];
  if (head === undefined) return { from: 'url', url };
  return { from: 'base64', mime: head.slice('data:'.length, -';base64,'.length), data: url.slice(head.length) };
}

/** Bare base64 names no type, so the file's ending does. */
function fileMime(name: string): string {
  return /\.(txt|md|csv|log)$/i.test(name) ? 'text/plain' : 'application/pdf';
}

/** Places of parts that `ask` must write as bare strings again, or whose payload was one. */
export function bareParts(content: unknown): number[] {
  return list(content).flatMap((part, at) => {
    const payload = object(part)?.[said(object(part)?.['type']) ?? ''];
    const isBare = typeof part === 'string' || (typeof payload === 'string' && BARE.has(object(part)?.['type']));
    return isBare ? [at] : [];
  });
}

const BARE: ReadonlySet<unknown> = new Set(['image_url', 'audio_url']);
