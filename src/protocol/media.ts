import type { MediaBlock } from './block.ts';

/** Names of types that clients use and providers refuse. */
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['image/jpg', 'image/jpeg'],
  ['image/pjpeg', 'image/jpeg'],
  ['image/x-png', 'image/png'],
]);

/** Data in an address that is not base64 (RFC 2397), e.g. `data:text/plain,hello`. */
const WRITTEN = /^data:([^,;]*)(?:;(?!base64)[^,;]*)*,/i;

/**
 * A medium as strict providers take it: its type without parameters, under its registered name (RFC 9110 §8.3.1), and data that was
 * written into an address as base64. The same block when nothing changes.
 */
export function plainMedia(block: MediaBlock): MediaBlock {
  const { source } = block;
  if (source.from === 'base64') {
    const mime = plainType(source.mime);
    return mime === source.mime ? block : { ...block, source: { ...source, mime } };
  }
  if (source.from !== 'url') return block;
  const [head, type] = WRITTEN.exec(source.url.slice(0, 256)) ?? [];
  const data = head === undefined ? undefined : encoded(source.url.slice(head.length));
  return data === undefined ? block : { ...block, source: { from: 'base64', mime: plainType(type || 'text/plain'), data } };
}

function plainType(mime: string): string {
  const plain = mime.split(';', 1)[0]!.trim().toLowerCase();
  return SPELLINGS.get(plain) ?? plain;
}

/** Percent-encoded text as base64; undefined when it is none. */
function encoded(text: string): string | undefined {
  try {
    const bytes = new TextEncoder().encode(decodeURIComponent(text));
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  } catch {
    return undefined;
  }
}
