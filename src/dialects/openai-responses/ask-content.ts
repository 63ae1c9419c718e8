import type { Block, MediaBlock, TextBlock } from '../../protocol/block.ts';
import type { Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { Turn } from '../../protocol/prompt.ts';
import { type ItemForm, textType } from './shapes.ts';

/** The formats of recordings, by MIME type. */
const AUDIO_FORMAT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'audio/mpeg': 'mp3',
    'audio/mp3': 'mp3',
    'audio/wav': 'wav',
    'audio/x-wav': 'wav',
  }),
);

function textPart(block: TextBlock, role: Turn['role']): Json {
  return block.refusal ? { type: 'refusal', refusal: block.text } : { type: textType(role), text: block.text };
}

/** A media block as a content part; undefined when the dialect has no such part. */
function mediaPart({ media, source, name }: MediaBlock): Json | undefined {
  const inline = source.from === 'base64' ? `data:${source.mime};base64,${source.data}` : undefined;
  switch (media) {
    case 'image':
      return {
        type: 'input_image',
        ...(source.from === 'file' ? { file_id: source.id } : { image_url: source.from === 'url' ? source.url : inline }),
      };
    case 'file': {
      const where =
        source.from === 'file' ? { file_id: source.id } : source.from === 'url' ? { file_url: source.url } : { file_data: inline };
      return { type: 'input_file', ...(name !== undefined && { filename: name }), ...where };
    }
    case 'audio': {
      const format = source.from === 'base64' ? AUDIO_FORMAT.get(source.mime) : undefined;
      return source.from === 'base64' && format ? { type: 'input_audio', input_audio: { data: source.data, format } } : undefined;
    }
  }
}

/** Content that came in this dialect, as it came; undefined where there was none. */
export function sameContent(blocks: readonly Block[], role: Turn['role'], form: ItemForm): unknown {
  const [first] = blocks;
  if (form.text && blocks.length === 1 && first?.kind === 'text') return first.text;
  if (!form.parts && blocks.length === 0) return undefined;
  return blocks.flatMap((block, at): unknown[] => {
    if (block.kind === 'opaque') return [block.raw];
    if (block.kind !== 'text' && block.kind !== 'media') return [];
    const part = block.kind === 'text' ? textPart(block, role) : mediaPart(block);
    if (!part) return [];
    const spelled = form.parts?.[at];
    if (spelled?.bare && block.kind === 'media' && block.source.from === 'base64') part.file_data = block.source.data;
    return [{ ...part, ...spelled?.fields, ...block.rest }];
  });
}

/** What an image needs where the client of another dialect could not say it: some servers of this dialect demand the field. */
const DETAIL = { detail: 'auto' };

/** A user's text or media of another dialect as a content part; undefined, with a note, where it cannot be carried. */
export function inputPart(block: Block, notes: Note[]): Json | undefined {
  if (block.kind === 'text') return { type: 'input_text', text: block.text };
  // A file of another provider is refused by `noteLosses`.
  if (block.kind !== 'media' || block.source.from === 'file') return undefined;
  const part = mediaPart(block);
  if (!part) {
    notes.push({ path: block.media, action: 'refused', why: 'openai-responses takes recordings as base64 in mp3 or wav only' });
    return undefined;
  }
  // A file without a name is refused upstream.
  if (block.media === 'file' && block.source.from === 'base64' && block.name === undefined) part.filename = 'file';
  return block.media === 'image' ? { ...part, ...DETAIL } : part;
}
