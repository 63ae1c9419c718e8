import type { MediaBlock } from '../../protocol/block.ts';
import type { Json } from '../../protocol/json.ts';
import { NAME } from './shapes.ts';

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ImageBlock.html */
const IMAGES: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
};

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html */
const DOCUMENTS: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'text/csv': 'csv',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'text/html': 'html',
  'text/plain': 'txt',
  'text/markdown': 'md',
};

/** Formats by the ending of an address, for what lies in a bucket. */
const ENDINGS = new Set([...Object.values(IMAGES), ...Object.values(DOCUMENTS)]);

/**
 * A picture or document as a block; A text says what keeps it from being one.
 * @param number of the document in its conversation, for its name
 */
export function mediaBlock(block: MediaBlock, number: number): Json | string {
  const { source, media } = block;
  if (media === 'audio') return `${NAME} takes no audio`;
  if (source.from === 'file') return `${NAME} knows no files by id`;
  if (source.from === 'url' && !source.url.startsWith('s3://')) return `${NAME} fetches nothing; send the bytes themselves`;
  const isImage = media === 'image';
  const format = source.from === 'base64' ? (isImage ? IMAGES : DOCUMENTS)[source.mime.toLowerCase()] : endingOf(source.url);
  if (format === undefined) return `${NAME} takes no ${media} of this format`;
  const from = source.from === 'base64' ? { bytes: source.data } : { s3Location: { uri: source.url } };
  return isImage ? { image: { format, source: from } } : { document: { format, name: nameOf(block, number), source: from } };
}

function endingOf(url: string): string | undefined {
  const ending = /\.(\w+)$/.exec(url)?.[1]?.toLowerCase().replace(/^jpg$/, 'jpeg');
  return ending !== undefined && ENDINGS.has(ending) ? ending : undefined;
}

/** Names hold letters, digits, single spaces, hyphens and brackets, and no name occurs twice. */
function nameOf({ name }: MediaBlock, number: number): string {
  const legal = (name ?? '')
    .replace(/[^A-Za-z0-9\-()[\]]+/g, ' ')
    .trim()
    .slice(0, 180);
  return `${legal || 'document'} ${number}`;
}
