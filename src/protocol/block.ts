import type { Rest } from './rest.ts';

/**
 * State that only its maker can read: a thinking signature, encrypted reasoning, a redacted thought.
 * `by` names the dialect it belongs to; `raw` is returned to that dialect byte for byte and never interpreted elsewhere.
 */
export interface Seal {
  by: string;
  raw: unknown;
}

/** Text said by anyone. */
export interface TextBlock {
  kind: 'text';
  text: string;
  /** The model declined: dialects with a field of their own for it use that. */
  refusal?: boolean;
  rest?: Rest;
}

/** A thought. Text may be empty (display omitted, redacted) while the seal still has to come back. */
export interface ReasoningBlock {
  kind: 'reasoning';
  text: string;
  seal?: Seal;
  rest?: Rest;
}

export type MediaSource = { from: 'base64'; mime: string; data: string } | { from: 'url'; url: string } | { from: 'file'; id: string };

/** An image, a recording or a document. */
export interface MediaBlock {
  kind: 'media';
  media: 'image' | 'audio' | 'file';
  source: MediaSource;
  /** File name or title, where there is one. */
  name?: string;
  rest?: Rest;
}

/** The model asks for a tool. `arguments` is the text as the model wrote it: JSON for `json` tools, anything for `text` tools. */
export interface ToolCallBlock {
  kind: 'tool-call';
  id: string;
  name: string;
  namespace?: string;
  /** How the tool takes its input; `text` tools (custom tools, grammars) take one raw string. */
  input: 'json' | 'text';
  arguments: string;
  seal?: Seal;
  rest?: Rest;
}

/** What a tool gave back, paired with its call by `id`. */
export interface ToolResultBlock {
  kind: 'tool-result';
  id: string;
  input: 'json' | 'text';
  content: Block[];
  /** The tool failed. Dialects without such a field carry it as a marked text (see history.ts). */
  error?: boolean;
  rest?: Rest;
}

/** Something the canonical form does not model: carried whole to the same dialect, one note in any other. */
export interface OpaqueBlock {
  kind: 'opaque';
  dialect: string;
  /** The dialect's own type name, for notes. */
  label: string;
  raw: unknown;
  /** What it says in plain words, for dialects that do not know it: a document's text, a search result. */
  text?: string;
  /** It stands for something else, by an id that is known elsewhere: without that the conversation has a hole. */
  refersTo?: string;
}

export type Block = TextBlock | ReasoningBlock | MediaBlock | ToolCallBlock | ToolResultBlock | OpaqueBlock;

/** All text of blocks, joined; media and calls say nothing. */
export function textOf(blocks: readonly Block[], separator = ''): string {
  let text = '';
  for (const block of blocks) if (block.kind === 'text' && block.text) text += (text && separator) + block.text;
  return text;
}
