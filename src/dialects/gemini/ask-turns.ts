import type { Block, MediaBlock, ReasoningBlock, ToolCallBlock, ToolResultBlock } from '../../protocol/block.ts';
import { textOf } from '../../protocol/block.ts';
import { repair, splitSystem } from '../../protocol/history.ts';
import { isObject, type Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { Turn } from '../../protocol/prompt.ts';
import { TEXT_PARAMETER, wireName } from '../../protocol/tools.ts';
import { argsOf, mediaPart, mimeOf } from './ask-parts.ts';
import { ownSignature, SKIP } from './seals.ts';
import { NAME } from './shapes.ts';

/** Stands where nothing could be carried: the API refuses contents without parts. */
const NOTHING = '(no content)';
/** Schemes of addresses that this provider can read itself. */
const READABLE = /^(?:https?|gs):\/\//i;

export interface Conversation {
  systemInstruction?: Json;
  contents: Json[];
}

/** What the walk over the turns collects. */
interface Walk {
  notes: Note[];
  /** Names of the calls so far, because results are sent under the name of their function. */
  names: Map<string, string>;
  thoughts: number;
  seals: number;
  unsigned: number;
}

/**
 * The conversation of a prompt that came in another dialect, as the API wants it: contents alternate, and the results of N parallel
 * calls are N parts of one content directly behind the calls, in their order.
 */
export function conversationOf(given: readonly Turn[], notes: Note[]): Conversation {
  const { system, turns } = splitSystem(repair(given, notes));
  const walk: Walk = { notes, names: new Map(), thoughts: 0, seals: 0, unsigned: 0 };
  const instructions = system.flatMap((block, at): Json[] => {
    if (block.kind === 'text') return [{ text: block.text }];
    if (block.kind !== 'opaque') notes.push({ path: `system[${at}]`, action: 'dropped', why: 'instructions are text here' });
    return [];
  });
  const contents = turns.flatMap(({ role, blocks }, at): Json[] => {
    const path = `turns[${at}]`;
    return role === 'assistant' ? [content('model', answered(blocks, path, walk), path, walk)] : asked(blocks, path, walk);
  });
  announce(walk);
  const first = contents[0];
  if (!first && instructions.length) {
    notes.push({ path: 'system', action: 'changed', why: 'there is no message besides it, so it is sent as the user message' });
    return { contents: [{ role: 'user', parts: instructions }] };
  }
  if (!first || first.role === 'model') {
    contents.unshift({ role: 'user', parts: [{ text: NOTHING }] });
    notes.push({ path: 'contents[0]', action: 'changed', why: 'a conversation starts with the user; a placeholder was put in front' });
  }
  return instructions.length ? { systemInstruction: { parts: instructions }, contents } : { contents };
}

function announce({ notes, thoughts, seals, unsigned }: Walk): void {
  if (thoughts) notes.push({ path: 'reasoning', action: 'dropped', why: `${thoughts} earlier thoughts are not this provider's own` });
  if (seals) notes.push({ path: 'seals', action: 'dropped', why: `${seals} of them can be read by the provider that made them only` });
  const why = `calls that another model made in ${unsigned} earlier steps carry the thought signature that asks for no check`;
  if (unsigned) notes.push({ path: 'signatures', action: 'changed', why });
}

function content(role: 'user' | 'model', parts: Json[], path: string, { notes }: Walk): Json {
  if (parts.length) return { role, parts };
  notes.push({ path, action: 'changed', why: 'nothing of it could be sent; a placeholder stands in its place' });
  return { role, parts: [{ text: NOTHING }] };
}

function answered(blocks: readonly Block[], path: string, walk: Walk): Json[] {
  const parts = blocks.flatMap((block, at): Json[] => {
    if (block.kind === 'reasoning') return thought(block, walk);
    if (block.kind === 'tool-call') return [call(block, `${path}[${at}]`, walk)];
    return plain(block, `${path}[${at}]`, walk);
  });
  // Of parallel calls the first alone is signed.
  const calls = parts.filter((part) => part.functionCall !== undefined);
  const [first] = calls;
  if (first && calls.every((part) => part.thoughtSignature === undefined)) {
    first.thoughtSignature = SKIP;
    walk.unsigned++;
  }
  return parts;
}

function thought(block: ReasoningBlock, walk: Walk): Json[] {
  const thoughtSignature = ownSignature(block.seal);
  if (thoughtSignature !== undefined) return [{ text: block.text, thought: true, thoughtSignature }];
  if (block.text) walk.thoughts++;
  if (block.seal) walk.seals++;
  return [];
}

function call(block: ToolCallBlock, path: string, walk: Walk): Json {
  const name = wireName(block);
  walk.names.set(block.id, name);
  let args: Json = { [TEXT_PARAMETER]: block.arguments };
  if (block.input === 'json') {
    const read = argsOf(block);
    args = read.args;
    if (read.broken)
      walk.notes.push({ path: `${path}.arguments`, action: 'changed', why: 'they are no JSON object and were kept as text in one' });
  }
  const part: Json = { functionCall: { id: block.id, name, args } };
  const signature = ownSignature(block.seal);
  if (signature !== undefined) part.thoughtSignature = signature;
  else if (block.seal) walk.seals++;
  return part;
}

/** Results in a content of their own, with their media behind them; then what the user says. */
function asked(blocks: readonly Block[], path: string, walk: Walk): Json[] {
  const results = blocks.filter((block): block is ToolResultBlock => block.kind === 'tool-result');
  const others = blocks.flatMap((block, at) => (block.kind === 'tool-result' ? [] : plain(block, `${path}[${at}]`, walk)));
  if (results.length === 0) return [content('user', others, path, walk)];
  const media = results.flatMap((block) => mediaOf(block, path, walk));
  const first: Json = { role: 'user', parts: [...results.map((block) => result(block, walk)), ...media] };
  return others.length ? [first, { role: 'user', parts: others }] : [first];
}

function result(block: ToolResultBlock, { names }: Walk): Json {
  const text = textOf(block.content, '\n');
  return {
    functionResponse: { id: block.id, name: names.get(block.id) ?? block.id, response: block.error ? { error: text } : { output: text } },
  };
}

/** Beside the results, because models before Gemini 3 take no media inside of them. */
function mediaOf(block: ToolResultBlock, path: string, walk: Walk): Json[] {
  const media = block.content.filter((inner): inner is MediaBlock => inner.kind === 'media');
  if (media.length)
    walk.notes.push({ path: `${path} tool-result ${block.id}`, action: 'changed', why: 'its media went behind the results of its turn' });
  return media.flatMap((inner) => plain(inner, path, walk));
}

function plain(block: Block, path: string, walk: Walk): Json[] {
  switch (block.kind) {
    case 'text':
      return [{ text: block.text }];
    case 'media':
      return medium(block, path, walk);
    case 'opaque':
      return block.dialect === NAME && isObject(block.raw) ? [block.raw] : [];
    default:
      return [];
  }
}

function medium(block: MediaBlock, path: string, { notes }: Walk): Json[] {
  const { source } = block;
  if (source.from === 'base64') return [mediaPart(block, undefined)];
  // A file of another provider is refused by `noteLosses`.
  if (source.from === 'file') return [];
  const address = source.url;
  if (!READABLE.test(address)) {
    notes.push({
      path: `${path} ${block.media}`,
      action: 'refused',
      why: `the ${block.media} is known to the provider that stores it only`,
    });
    return [];
  }
  return [mediaPart(block, mimeOf(block, address))];
}
