import type { Block, MediaBlock, ReasoningBlock, ToolCallBlock, ToolResultBlock } from '../../protocol/block.ts';
import { splitSystem } from '../../protocol/history.ts';
import type { Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { Turn } from '../../protocol/prompt.ts';
import { argumentsObject, TEXT_PARAMETER, wireName } from '../../protocol/tools.ts';
import type { CachePoints } from './ask-cache.ts';
import { mediaBlock } from './ask-media.ts';
import { NAME, ownSeal } from './shapes.ts';

/** Said where the API demands content and there is none. */
const NOTHING = '(no content)';

export interface Conversation {
  system: Json[];
  messages: Json[];
}

/** What is written of each block depends on these. */
interface Writing {
  /** Whether signed thoughts may be sent. */
  thoughts: boolean;
  notes: Note[];
  /** Documents so far: each needs a name of its own. */
  documents: number;
}

/** A repaired history as messages. `thoughts` is false when the request must not carry any. */
export function writeTurns(repaired: readonly Turn[], thoughts: boolean, points: CachePoints, notes: Note[]): Conversation {
  const writing: Writing = { thoughts, notes, documents: 0 };
  const { system, turns } = splitSystem(repaired);
  const instructions = system.flatMap((block, at): Json[] => {
    if (block.kind === 'text') return block.text.trim() === '' ? [] : [{ text: block.text }, ...points.behind(block)];
    if (block.kind !== 'opaque') notes.push({ path: `system[${at}]`, action: 'dropped', why: `${NAME} takes only text as instructions` });
    return [];
  });
  const messages = turns.map((turn, at): Json => {
    const path = `messages[${at}]`;
    const written = turn.blocks.flatMap((block, b) => {
      const content = writeBlock(block, `${path}[${b}]`, writing);
      return content.length ? [...content, ...points.behind(block)] : content;
    });
    const content = turn.role === 'assistant' ? orderAnswer(written, path, notes) : accompany(written, path, notes);
    if (content.length === 0) {
      content.push({ text: NOTHING });
      notes.push({ path, action: 'changed', why: 'nothing of it could be sent; a placeholder stands in its place' });
    }
    return { role: turn.role === 'assistant' ? 'assistant' : 'user', content };
  });
  const [first] = messages;
  if (first?.role === 'assistant' || !first) {
    const content = first || instructions.length === 0 ? [{ text: NOTHING }] : instructions.splice(0);
    messages.unshift({ role: 'user', content });
    notes.push({
      path: 'messages[0]',
      action: 'changed',
      why: first ? 'a conversation starts with the user; a placeholder was put in front' : 'there is no message besides the system text',
    });
  }
  trimPrefill(messages.at(-1), notes);
  return { system: instructions, messages };
}

/** Calls stand at the end of a message, and no message ends with a thought. */
function orderAnswer(blocks: Json[], path: string, notes: Note[]): Json[] {
  const isCall = (block: Json) => 'toolUse' in block;
  const firstCall = blocks.findIndex(isCall);
  let ordered = blocks;
  if (firstCall >= 0 && blocks.slice(firstCall).some((block) => !isCall(block) && !('cachePoint' in block))) {
    ordered = [...blocks.filter((block) => !isCall(block)), ...blocks.filter(isCall)];
    notes.push({ path, action: 'changed', why: 'tool calls were moved behind the text of their message' });
  }
  const last = ordered.at(-1);
  if (!last || !('reasoningContent' in last)) return ordered;
  notes.push({ path, action: 'changed', why: 'it ended with a thought; a placeholder text was added' });
  return [...ordered, { text: NOTHING }];
}

/** A message with a document must say something about it. */
function accompany(blocks: Json[], path: string, notes: Note[]): Json[] {
  if (!blocks.some((block) => 'document' in block) || blocks.some((block) => 'text' in block)) return blocks;
  notes.push({ path, action: 'changed', why: 'a document goes with a text only; a placeholder was added' });
  return [...blocks, { text: NOTHING }];
}

/** White space at the end of the message that the model continues is refused. */
function trimPrefill(message: Json | undefined, notes: Note[]): void {
  if (message?.role !== 'assistant') return;
  const last = (message.content as Json[]).at(-1);
  const text = last?.text;
  if (!last || typeof text !== 'string' || text === text.trimEnd()) return;
  last.text = text.trimEnd();
  notes.push({ path: 'messages', action: 'changed', why: 'white space at the end of the last assistant message was cut' });
}

function writeBlock(block: Block, path: string, writing: Writing): Json[] {
  switch (block.kind) {
    case 'text':
      return block.text.trim() === '' ? [] : [{ text: block.text }];
    case 'reasoning':
      return writeThought(block, path, writing);
    case 'media':
      return writeMedia(block, path, writing);
    case 'tool-call':
      return [writeCall(block, path, writing.notes)];
    case 'tool-result':
      return [writeResult(block, path, writing)];
    case 'opaque':
      return block.dialect === NAME ? [block.raw as Json] : [];
  }
}

function writeThought(block: ReasoningBlock, path: string, { thoughts, notes }: Writing): Json[] {
  const seal = ownSeal(block.seal);
  if (!seal || !thoughts) {
    const why = seal ? 'thinking is off for this request' : 'a thought without a signature of this provider';
    notes.push({ path: `${path}.reasoning`, action: 'dropped', why });
    return [];
  }
  if ('redacted' in seal) return [{ reasoningContent: { redactedContent: seal.redacted } }];
  return [{ reasoningContent: { reasoningText: { text: block.text, signature: seal.signature } } }];
}

function writeMedia(block: MediaBlock, path: string, writing: Writing): Json[] {
  const written = mediaBlock(block, writing.documents + 1);
  if (typeof written === 'string') {
    writing.notes.push({ path: `${path}.${block.media}`, action: 'dropped', why: written });
    return [];
  }
  if ('document' in written) writing.documents++;
  return [written];
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
  return { toolUse: { toolUseId: wireId(block.id), name: wireName(block), input } };
}

/** Call and result change alike. */
function wireId(id: string): string {
  return wireName({ name: id }) || 'call';
}

function writeResult(block: ToolResultBlock, path: string, writing: Writing): Json {
  const content = block.content.flatMap((inner, at) => writeBlock(inner, `${path}[${at}]`, writing));
  if (content.length === 0) {
    content.push({ text: NOTHING });
    writing.notes.push({ path, action: 'changed', why: `${NAME} takes no empty result; a placeholder text was added` });
  }
  const result: Json = { toolUseId: wireId(block.id), content };
  if (block.error) result.status = 'error';
  return { toolResult: result };
}
