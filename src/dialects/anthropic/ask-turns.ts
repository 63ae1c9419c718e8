import type { Block, MediaBlock, ReasoningBlock, ToolCallBlock, ToolResultBlock } from '../../protocol/block.ts';
import { splitSystem } from '../../protocol/history.ts';
import type { Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { Prompt, Turn } from '../../protocol/prompt.ts';
import { putBack } from '../../protocol/rest.ts';
import { argumentsObject, TEXT_PARAMETER, wireName } from '../../protocol/tools.ts';
import { blockKey } from './accept-blocks.ts';
import { ownSeal } from './seals.ts';
import { NAME, readForm } from './shapes.ts';

/** Said where the API demands text and there is none: it refuses empty messages and empty error results. */
const NOTHING = '(no content)';
const FAILED = 'The tool failed without a message.';

export interface Conversation {
  system?: unknown;
  messages: Json[];
}

/** The turns of a prompt of this dialect, as they were written. Only thoughts that this provider never signed stay behind. */
export function writeOwnTurns(prompt: Prompt, notes: Note[]): Conversation {
  const form = prompt.form ?? {};
  const conversation: Conversation = { messages: [] };
  prompt.turns.forEach((turn, at) => {
    const written = readForm(turn.form);
    let left = turn.blocks.length > 0;
    const blocks = turn.blocks.flatMap((block, b): Json[] => {
      const key = blockKey(at, b);
      if (block.kind === 'reasoning' && (form[key] === 'unsealed' || (block.seal && !ownSeal(block.seal)))) {
        notes.push({ path: key, action: 'dropped', why: 'a thought of another model, which this provider would refuse' });
        return [];
      }
      left = false;
      return [writeOwnBlock(block, form[key])];
    });
    if (left) blocks.push({ type: 'text', text: NOTHING });
    const [first] = turn.blocks;
    const content = written.string && first?.kind === 'text' ? first.text : blocks;
    if (written.place === 'top') conversation.system = content;
    else conversation.messages.push({ role: written.role ?? turn.role, content, ...turn.rest });
  });
  return conversation;
}

function writeOwnBlock(block: Block, form: string | undefined): Json {
  switch (block.kind) {
    case 'text':
      return { type: 'text', text: block.text, ...block.rest };
    case 'reasoning':
      return { ...writeThought(block), ...block.rest };
    case 'media':
      return putBack(writeMedia(block), block.rest);
    case 'tool-call': {
      const call: Json = { type: 'tool_use', id: block.id, name: block.name };
      if (block.arguments !== '') call.input = anyJson(block.arguments);
      return { ...call, ...block.rest };
    }
    case 'tool-result': {
      const result: Json = { type: 'tool_result', tool_use_id: block.id };
      const [first] = block.content;
      if (form === 'string' && first?.kind === 'text') result.content = first.text;
      else if (form !== 'absent') result.content = block.content.map((inner) => writeOwnBlock(inner, undefined));
      if (block.error !== undefined) result.is_error = block.error;
      return { ...result, ...block.rest };
    }
    case 'opaque':
      return block.raw as Json;
  }
}

/** Arguments that came from this dialect are JSON of any type; those changed on the way are made an object. */
function anyJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return argumentsObject(text).value;
  }
}

/** A repaired history of another dialect in the shapes that the API insists on. `thoughts` is false when the request must not carry any. */
export function writeForeignTurns(repaired: readonly Turn[], thoughts: boolean, notes: Note[]): Conversation {
  const { system, turns } = splitSystem(repaired);
  const conversation: Conversation = { messages: [] };
  const instructions = system.flatMap((block, at): Json[] => {
    if (block.kind === 'text') return writeBlock(block, '', thoughts, notes);
    if (block.kind !== 'opaque') notes.push({ path: `system[${at}]`, action: 'dropped', why: `${NAME} takes only text as instructions` });
    return [];
  });
  turns.forEach((turn, at) => {
    const path = `messages[${at}]`;
    const blocks = turn.blocks.flatMap((block, b) => writeBlock(block, `${path}[${b}]`, thoughts, notes));
    const content = turn.role === 'assistant' ? orderAnswer(blocks, path, notes) : blocks;
    if (content.length === 0) {
      content.push({ type: 'text', text: NOTHING });
      notes.push({ path, action: 'changed', why: 'nothing of it could be sent; a placeholder stands in its place' });
    }
    conversation.messages.push({ role: turn.role === 'assistant' ? 'assistant' : 'user', content });
  });
  const [first] = conversation.messages;
  if (!first && instructions.length) {
    conversation.messages.push({ role: 'user', content: instructions });
    notes.push({ path: 'system', action: 'changed', why: 'there is no message besides it, so it is sent as the user message' });
    return conversation;
  }
  if (first?.role === 'assistant') {
    conversation.messages.unshift({ role: 'user', content: [{ type: 'text', text: NOTHING }] });
    notes.push({ path: 'messages[0]', action: 'changed', why: 'a conversation starts with the user; a placeholder was put in front' });
  }
  trimPrefill(conversation.messages.at(-1), notes);
  if (instructions.length) conversation.system = instructions;
  return conversation;
}

/** The API takes calls only at the end of a message, and no message that ends with a thought. */
function orderAnswer(blocks: Json[], path: string, notes: Note[]): Json[] {
  const firstCall = blocks.findIndex((block) => block.type === 'tool_use');
  let ordered = blocks;
  if (firstCall >= 0 && blocks.slice(firstCall).some((block) => block.type !== 'tool_use')) {
    ordered = [...blocks.filter((block) => block.type !== 'tool_use'), ...blocks.filter((block) => block.type === 'tool_use')];
    notes.push({ path, action: 'changed', why: 'tool calls were moved behind the text of their message' });
  }
  const last = ordered.at(-1)?.type;
  if (last !== 'thinking' && last !== 'redacted_thinking') return ordered;
  notes.push({ path, action: 'changed', why: 'it ended with a thought; a placeholder text was added' });
  return [...ordered, { type: 'text', text: NOTHING }];
}

/** The API refuses a last assistant message that ends in white space. */
function trimPrefill(message: Json | undefined, notes: Note[]): void {
  if (message?.role !== 'assistant' || !Array.isArray(message.content)) return;
  const last = message.content.at(-1);
  if (last?.type !== 'text') return;
  const text = String(last.text).trimEnd();
  if (text === last.text) return;
  last.text = text;
  notes.push({ path: 'messages', action: 'changed', why: 'white space at the end of the last assistant message was cut' });
}

function writeBlock(block: Block, path: string, thoughts: boolean, notes: Note[]): Json[] {
  switch (block.kind) {
    case 'text':
      return block.text.trim() === '' ? [] : [{ type: 'text', text: block.text }];
    case 'reasoning':
      return writeSealed(block, path, thoughts, notes);
    case 'media':
      return writeForeignMedia(block, path, notes);
    case 'tool-call':
      return [writeCall(block, path, notes)];
    case 'tool-result':
      return [writeResult(block, path, notes)];
    case 'opaque':
      return block.dialect === NAME ? [block.raw as Json] : [];
  }
}

function writeSealed(block: ReasoningBlock, path: string, thoughts: boolean, notes: Note[]): Json[] {
  const own = ownSeal(block.seal) !== undefined;
  if (own && thoughts) return [writeThought(block)];
  const why = own ? 'thinking is off for this request' : 'a thought without a signature of this provider';
  notes.push({ path, action: 'dropped', why });
  return [];
}

function writeThought(block: ReasoningBlock): Json {
  const seal = ownSeal(block.seal);
  return seal && 'data' in seal ? { type: 'redacted_thinking', ...seal } : { type: 'thinking', thinking: block.text, ...seal };
}

function writeMedia(block: MediaBlock): Json {
  const { source } = block;
  const from =
    source.from === 'base64'
      ? { type: 'base64', media_type: source.mime, data: source.data }
      : source.from === 'url'
        ? { type: 'url', url: source.url }
        : { type: 'file', file_id: source.id };
  const written: Json = { type: block.media === 'image' ? 'image' : 'document', source: from };
  if (block.name !== undefined && block.media !== 'image') written.title = block.name;
  return written;
}

function writeForeignMedia(block: MediaBlock, path: string, notes: Note[]): Json[] {
  if (block.media === 'audio') {
    notes.push({ path, action: 'refused', why: `${NAME} takes no audio` });
    return [];
  }
  if (block.media === 'image' && block.name !== undefined)
    notes.push({ path: `${path}.name`, action: 'dropped', why: `${NAME} has no names for images` });
  // A file of another provider is refused by `noteLosses`.
  if (block.source.from === 'file') return [];
  return [writeMedia(block)];
}

/** Ids must match `^[a-zA-Z0-9_-]+$`; call and result change alike. */
function wireId(id: string): string {
  return wireName({ name: id }) || 'call';
}

function writeCall(block: ToolCallBlock, path: string, notes: Note[]): Json {
  if (block.seal) notes.push({ path: `${path}.seal`, action: 'dropped', why: `${NAME} has no seals on tool calls` });
  let input: Json = { [TEXT_PARAMETER]: block.arguments };
  if (block.input === 'json') {
    const read = argumentsObject(block.arguments);
    input = read.value;
    if (read.broken)
      notes.push({ path: `${path}.arguments`, action: 'changed', why: 'they are no JSON object and were kept as text in one' });
  }
  return { type: 'tool_use', id: wireId(block.id), name: wireName(block), input };
}

function writeResult(block: ToolResultBlock, path: string, notes: Note[]): Json {
  const content = block.content.flatMap((inner, at) => writeBlock(inner, `${path}[${at}]`, true, notes));
  if (content.length === 0 && block.error) {
    content.push({ type: 'text', text: FAILED });
    notes.push({ path, action: 'changed', why: 'a failed result without content is refused; a placeholder text was added' });
  }
  const result: Json = { type: 'tool_result', tool_use_id: wireId(block.id) };
  if (content.length) result.content = content;
  if (block.error) result.is_error = true;
  return result;
}

/** True when the API accepts thinking behind this history: the answer it continues starts with a thought signed by this provider. */
export function startsWithThought(turn: Turn): boolean {
  const [first] = turn.blocks;
  return first?.kind === 'reasoning' && ownSeal(first.seal) !== undefined;
}
