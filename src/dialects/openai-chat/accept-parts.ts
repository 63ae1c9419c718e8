import type { Block, MediaBlock, MediaSource } from '../../protocol/block.ts';
import { invalid } from '../../protocol/errors.ts';
import { type Rest, restOf } from '../../protocol/rest.ts';
import { type Json, NAME, object } from './shapes.ts';

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
      return { kind: 'opaque', dialect: NAME, label: type, raw: value };
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

const IMAGE_READ = new Set(['url']);
const AUDIO_READ = new Set(['data', 'format']);
const FILE_READ = new Set(['file_data', 'file_id', 'filename']);

function mediaOf(type: 'image_url' | 'audio_url' | 'input_audio' | 'file', part: Json, path: string): MediaBlock | undefined {
  const payload = typeof part[type] === 'string' ? { url: part[type] } : object(part[type]);
  if (!payload) throw invalid(`${path}.${type}`, `must be an object such as ${EXAMPLES[type]}`);
  const outer = restOf(part, new Set(['type', type]));
  const built = (media: MediaBlock['media'], source: MediaSource, read: ReadonlySet<string>, name?: string): MediaBlock => {
    const block: MediaBlock = { kind: 'media', media, source };
    if (name !== undefined) block.name = name;
    return withRest(block, outer, { name: type, rest: restOf(payload, read) });
  };
  if (type === 'image_url' || type === 'audio_url') {
    if (typeof payload['url'] !== 'string') throw invalid(`${path}.${type}.url`, 'must be an http(s) or data: URL');
    return built(type === 'image_url' ? 'image' : 'audio', sourceOf(payload['url']), IMAGE_READ);
  }
  if (type === 'input_audio') {
    const { data, format } = payload;
    if (typeof data !== 'string') throw invalid(`${path}.input_audio.data`, 'must be base64');
    return built('audio', { from: 'base64', mime: audioMime(typeof format === 'string' ? format : 'wav'), data }, AUDIO_READ);
  }
  const name = typeof payload['filename'] === 'string' ? payload['filename'] : undefined;
  // An id beside the data is the sender's note; the data is what the model reads.
  const data = payload['file_data'];
  if (typeof data === 'string') {
    const source = /^[a-z]+:/.test(data.slice(0, 8)) ? sourceOf(data) : ({ from: 'base64', mime: fileMime(name), data } as const);
    return built('file', source, typeof payload['file_id'] === 'string' ? new Set(['file_data', 'filename']) : FILE_READ, name);
  }
  return typeof payload['file_id'] === 'string' ? built('file', { from: 'file', id: payload['file_id'] }, FILE_READ, name) : undefined;
}

const EXAMPLES = {
  image_url: '{"url":"data:image/png;base64,…"}',
  audio_url: '{"url":"https://…"}',
  input_audio: '{"data":"…","format":"wav"}',
  file: '{"file_data":"data:application/pdf;base64,…","filename":"a.pdf"}',
} as const;

/** A data: URL as base64 with its own media type; any other URL stays one. Looks at the head only: images are megabytes. */
function sourceOf(url: string): MediaSource {
  const comma = url.slice(0, 256).indexOf(',');
  if (!url.startsWith('data:') || comma < 0) return { from: 'url', url };
  const [mime = '', ...parameters] = url.slice(5, comma).split(';');
  if (parameters.at(-1) !== 'base64') return { from: 'url', url };
  return { from: 'base64', mime, data: url.slice(comma + 1) };
}

function audioMime(format: string): string {
  return format === 'mp3' ? 'audio/mpeg' : `audio/${format}`;
}

/** Bare base64 names no type, so the file's ending does. */
function fileMime(name: string | undefined): string {
  if (name && /\.(txt|md|csv|log)$/i.test(name)) return 'text/plain';
  return 'application/pdf';
}
