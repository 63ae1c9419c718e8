import type { MediaBlock, ToolCallBlock } from '../../protocol/block.ts';
import type { Json } from '../../protocol/json.ts';
import { argumentsObject } from '../../protocol/tools.ts';

/** Types of addresses by the end of their name; the API demands one. */
const BY_ENDING: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
  ['heic', 'image/heic'],
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['mp3', 'audio/mp3'],
  ['wav', 'audio/wav'],
  ['mp4', 'video/mp4'],
]);
const USUAL: Readonly<Record<MediaBlock['media'], string>> = { image: 'image/jpeg', audio: 'audio/mp3', file: 'application/pdf' };

/** The type of what lies at an address, guessed where it does not tell. */
export function mimeOf(block: MediaBlock, address: string): string {
  const ending = /\.([a-z0-9]+)(?:[?#].*)?$/i.exec(address)?.[1]?.toLowerCase();
  return BY_ENDING.get(ending ?? '') ?? USUAL[block.media];
}

/** A medium as a part. `mime` is for addresses; bytes know theirs. */
export function mediaPart(block: MediaBlock, mime: string | undefined): Json {
  const { source } = block;
  const name = block.name === undefined ? {} : { displayName: block.name };
  if (source.from === 'base64') return { inlineData: { mimeType: source.mime, data: source.data, ...name } };
  return {
    fileData: { ...(mime === undefined ? {} : { mimeType: mime }), fileUri: source.from === 'url' ? source.url : source.id, ...name },
  };
}

/** A call's arguments as the object that the API takes; those that were no object are kept as text in one. */
export function argsOf(call: ToolCallBlock): { args: Json; broken: boolean } {
  const { value, broken } = argumentsObject(call.arguments);
  return { args: value, broken };
}
