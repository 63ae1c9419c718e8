import type { Block, MediaBlock } from '../../protocol/block.ts';
import { invalid } from '../../protocol/errors.ts';
import { type Json, object, said } from '../../protocol/json.ts';
import { NAME, type PartForm, sift, textType } from './shapes.ts';

/** What one content part became: its block, and how it was spelled where that is not obvious. */
interface Accepted {
  block: Block;
  form: PartForm | null;
}

/** Of the fields that were not read, what says nothing is form and the others are the block's `rest`. */
function split(part: Json, read: readonly string[], odd: Json = {}): { form: PartForm | null; rest?: Json } {
  const { silent, rest } = sift(part, read, saysNothing);
  const fields = { ...odd, ...silent };
  const form = Object.keys(fields).length ? { fields } : null;
  return rest ? { form, rest } : { form };
}

function saysNothing(key: string, value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0) || (key === 'detail' && value === 'auto');
}

/** The pieces of a base64 data URL; anything else stays a URL, so that it goes out as it came. */
function dataUrl(url: string): { mime: string; data: string } | undefined {
  const mark = url.startsWith('data:') ? url.indexOf(';base64,') : -1;
  if (mark < 0 || mark > 100) return undefined;
  const mime = url.slice(5, mark);
  return mime.includes(';') || mime === '' ? undefined : { mime, data: url.slice(mark + 8) };
}

/** MIME types of the documents that are sent as bare base64, by the end of the file name. */
const MIME_OF: ReadonlyMap<string, string> = new Map(
  Object.entries({
    pdf: 'application/pdf',
    txt: 'text/plain',
    md: 'text/markdown',
    json: 'application/json',
    csv: 'text/csv',
  }),
);

function mimeOf(name: string | undefined): string {
  return MIME_OF.get(name?.split('.').at(-1)?.toLowerCase() ?? '') ?? 'application/octet-stream';
}

function urlSource(url: string): MediaBlock['source'] {
  const inline = dataUrl(url);
  return inline ? { from: 'base64', ...inline } : { from: 'url', url };
}

function media(block: Omit<MediaBlock, 'kind'>, part: Json, read: readonly string[], bare = false): Accepted {
  const { form, rest } = split(part, ['type', ...read]);
  return { block: { kind: 'media', ...block, ...(rest && { rest }) }, form: bare ? { ...form, bare } : form };
}

function file(part: Json): Accepted | undefined {
  const name = said(part.filename);
  const named = { media: 'file' as const, ...(name !== undefined && { name }) };
  const read = name === undefined ? [] : ['filename'];
  const data = said(part.file_data);
  if (data) {
    const inline = dataUrl(data);
    const source = { from: 'base64' as const, ...(inline ?? { mime: mimeOf(name), data }) };
    return media({ ...named, source }, part, ['file_data', ...read], !inline);
  }
  const url = said(part.file_url);
  if (url) return media({ ...named, source: { from: 'url', url } }, part, ['file_url', ...read]);
  const id = said(part.file_id);
  return id ? media({ ...named, source: { from: 'file', id } }, part, ['file_id', ...read]) : undefined;
}

function image(part: Json): Accepted | undefined {
  const url = said(part.image_url);
  if (url) return media({ media: 'image', source: urlSource(url) }, part, ['image_url']);
  const id = said(part.file_id);
  return id ? media({ media: 'image', source: { from: 'file', id } }, part, ['file_id']) : undefined;
}

/** MIME types of the two recording formats. */
const AUDIO: ReadonlyMap<string, string> = new Map(Object.entries({ mp3: 'audio/mpeg', wav: 'audio/wav' }));

function audio(part: Json): Accepted | undefined {
  const input = object(part.input_audio);
  const data = said(input?.data);
  const mime = AUDIO.get(said(input?.format) ?? '');
  if (!input || !data || !mime || Object.keys(input).length > 2) return undefined;
  return media({ media: 'audio', source: { from: 'base64', mime, data } }, part, ['input_audio']);
}

function text(part: Json, usual: string, path: string): Accepted {
  if (typeof part.text !== 'string') throw invalid(`${path}.text`, 'send the text as a string');
  const { form, rest } = split(part, ['type', 'text'], part.type === usual ? {} : { type: part.type });
  return { block: { kind: 'text', text: part.text, ...(rest && { rest }) }, form };
}

/** One content part of a message or of a tool's output. A type we do not know is kept whole. */
function contentPart(value: unknown, usual: string, path: string): Accepted {
  const part = object(value);
  if (!part) throw invalid(path, 'send each content part as an object with a "type", e.g. {"type":"input_text","text":"…"}');
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return text(part, usual, path);
    case 'refusal': {
      if (typeof part.refusal !== 'string') throw invalid(`${path}.refusal`, 'send the refusal as a string');
      const { form, rest } = split(part, ['type', 'refusal']);
      return { block: { kind: 'text', text: part.refusal, refusal: true, ...(rest && { rest }) }, form };
    }
    default: {
      const label = said(part.type);
      if (!label) throw invalid(`${path}.type`, 'name the type of the content part, e.g. "input_text"');
      const read =
        label === 'input_image' ? image(part) : label === 'input_file' ? file(part) : label === 'input_audio' ? audio(part) : undefined;
      return read ?? { block: { kind: 'opaque', dialect: NAME, label, raw: part }, form: null };
    }
  }
}

/** `content` or `output` as blocks: a string, an array of parts, or nothing. */
export function content(
  value: unknown,
  role: 'system' | 'user' | 'assistant',
  path: string,
): { blocks: Block[]; text?: true; parts?: (PartForm | null)[] } {
  if (value === null || value === undefined) return { blocks: [] };
  if (typeof value === 'string') return { blocks: [{ kind: 'text', text: value }], text: true };
  if (!Array.isArray(value)) throw invalid(path, 'send a string or an array of content parts');
  const usual = textType(role);
  const accepted = value.map((part, at) => contentPart(part, usual, `${path}[${at}]`));
  return { blocks: accepted.map((part) => part.block), parts: accepted.map((part) => part.form) };
}
