import type { MediaBlock } from '../../protocol/block.ts';
import type { Json } from '../../protocol/json.ts';

/**
 * A media block as a content part. Undefined for what only the dialect it came from can resolve: another provider's file id, a document
 * behind a URL. `isOwn` lets those through, for a client that spoke this dialect itself.
 */
export function mediaPart(block: MediaBlock, isOwn: boolean): Json | undefined {
  const { media, source, name } = block;
  const url = source.from === 'url' ? source.url : source.from === 'base64' ? `data:${source.mime};base64,${source.data}` : undefined;
  if (media === 'image') return url === undefined ? undefined : { type: 'image_url', image_url: { url } };
  if (media === 'audio') {
    if (source.from === 'base64') return { type: 'input_audio', input_audio: { data: source.data, format: audioFormat(source.mime) } };
    return url === undefined ? undefined : { type: 'audio_url', audio_url: { url } };
  }
  if (source.from !== 'base64' && !isOwn) return undefined;
  const file: Json = source.from === 'file' ? { file_id: source.id } : { file_data: url };
  if (name !== undefined) file['filename'] = name;
  else if (!isOwn) file['filename'] = 'document';
  return { type: 'file', file };
}

/** The wire knows formats, not media types: `audio/mpeg` is its `mp3`. */
export function audioFormat(mime: string): string {
  const format = mime.replace(/^audio\/(x-)?/, '').replace(/;.*$/, '');
  if (format === 'mpeg') return 'mp3';
  return format === 'wave' ? 'wav' : format;
}
