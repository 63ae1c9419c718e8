import type { Block, MediaBlock, ReasoningBlock, ToolCallBlock, ToolResultBlock } from '../../protocol/block.ts';
import { textOf } from '../../protocol/block.ts';
import { markFailure, repair, splitSystem } from '../../protocol/history.ts';
import { type Json, list } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { argumentsObject, wireName, wrapText } from '../../protocol/tools.ts';
import { callSignature } from './seals.ts';
import { CALL_SIGNATURE, NAME, SIGNATURES } from './shapes.ts';

/** Stands in a tool's message whose result has no text. */
const SEE_BELOW = '[the result is attached to the next message]';
/** Stands in a message of which nothing could be carried. */
const LEFT_OUT = '[content that cannot be shown here was left out]';

/** What the walk over the turns collects. */
interface Walk {
  notes: Note[];
  /** The wire names of the calls so far: a result says whose it is. */
  names: Map<string, string>;
  seals: number;
}

/**
 * The conversation of a prompt that came in another dialect: one system message in front, results as tool messages directly behind
 * their calls, pictures of results in a user message after all of them. Thoughts go back: templates want those of the current turn.
 */
export function messagesFor(prompt: Prompt, notes: Note[]): Json[] {
  const walk: Walk = { notes, names: new Map(), seals: 0 };
  const { system, turns } = splitSystem(repair(prompt.turns, notes));
  const messages: Json[] = [];
  const instructions = textOf(system, '\n\n');
  if (instructions) messages.push({ role: 'system', content: instructions });
  if (system.some((block) => block.kind === 'media'))
    notes.push({ path: 'system', action: 'dropped', why: `${NAME} instructions hold no media` });
  turns.forEach(({ role, blocks }, at) => {
    if (role === 'assistant') messages.push(answered(blocks, `turns[${at}]`, walk));
    else messages.push(...asked(blocks, `turns[${at}]`, walk));
  });
  if (walk.seals)
    notes.push({ path: 'seals', action: 'dropped', why: `${walk.seals} of them can be read by the provider that made them only` });
  return messages;
}

function asked(blocks: readonly Block[], path: string, walk: Walk): Json[] {
  const messages: Json[] = [];
  const said: Block[] = [];
  for (const block of blocks) if (block.kind === 'tool-result') messages.push(returned(block, said, path, walk));
  said.push(...blocks.filter((block) => block.kind === 'text' || block.kind === 'media'));
  if (said.length === 0 && messages.length > 0) return messages;
  const lastText = said.findLastIndex((block) => block.kind === 'text');
  if (said.slice(0, lastText).some((block) => block.kind === 'media'))
    walk.notes.push({ path, action: 'changed', why: 'its images stand behind the text of their message' });
  const media = said.filter((block): block is MediaBlock => block.kind === 'media');
  const images = media.flatMap((block) => imageOf(block, path, walk));
  const content = textOf(said, '\n\n') || (images.length ? '' : LEFT_OUT);
  messages.push(images.length ? { role: 'user', content, images } : { role: 'user', content });
  return messages;
}

/** Base64 without anything: the server opens it to see what it is. Addresses are never fetched from here. */
function imageOf({ media, source }: MediaBlock, path: string, walk: Walk): string[] {
  if (media === 'image' && source.from === 'base64') return [source.data];
  // A file of another provider is refused by `noteLosses`.
  if (source.from === 'file') return [];
  const what = media !== 'image' ? `${NAME} takes no ${media}` : 'it is behind a URL; send the image itself';
  walk.notes.push({ path: `${path} ${media}`, action: 'refused', why: what });
  return [];
}

/** The message of one result; its media go to `after`. */
function returned(result: ToolResultBlock, after: Block[], path: string, walk: Walk): Json {
  const content = markFailure(result);
  const media = content.filter((block) => block.kind === 'media');
  if (media.length) {
    const why = 'its media went to a user message: tool messages are text';
    walk.notes.push({ path: `${path} tool-result ${result.id}`, action: 'changed', why });
    after.push({ kind: 'text', text: `Attached to the result of tool call ${result.id}:` }, ...media);
  }
  const message: Json = { role: 'tool', content: textOf(content, '\n') || (media.length ? SEE_BELOW : '') };
  const name = walk.names.get(result.id);
  if (name !== undefined) message['tool_name'] = name;
  message['tool_call_id'] = result.id;
  return message;
}

function answered(blocks: readonly Block[], path: string, walk: Walk): Json {
  const message: Json = { role: 'assistant', content: textOf(blocks) };
  if (blocks.some((block) => block.kind === 'media')) walk.notes.push({ path, action: 'dropped', why: `${NAME} answers hold no media` });
  const firstCall = blocks.findIndex((block) => block.kind === 'tool-call');
  if (firstCall >= 0 && blocks.slice(firstCall).some((block) => block.kind === 'text'))
    walk.notes.push({ path, action: 'changed', why: 'tool calls were moved behind the text of their message' });
  const thoughts = blocks.filter((block): block is ReasoningBlock => block.kind === 'reasoning');
  const thought = thoughts.map(({ text }) => text).join('');
  if (thought) message['thinking'] = thought;
  const signatures = thoughts.flatMap(({ seal }) => (seal?.by === NAME ? list(seal.raw) : []));
  if (signatures.length) message[SIGNATURES] = signatures;
  walk.seals += thoughts.filter(({ seal }) => seal && seal.by !== NAME).length;
  const calls = blocks.filter((block): block is ToolCallBlock => block.kind === 'tool-call');
  if (calls.length) message['tool_calls'] = calls.map((call) => callOf(call, path, walk));
  return message;
}

function callOf(call: ToolCallBlock, path: string, walk: Walk): Json {
  const name = wireName(call);
  walk.names.set(call.id, name);
  const { value, broken } = argumentsObject(call.input === 'text' ? wrapText(call.arguments) : call.arguments);
  if (broken) {
    const why = 'its arguments are no JSON object; sent as one string';
    walk.notes.push({ path: `${path} tool-call ${call.id}`, action: 'changed', why });
  }
  const entry: Json = { id: call.id, function: { name, arguments: value } };
  if (call.seal?.by === NAME) entry[CALL_SIGNATURE] = callSignature(call.seal);
  else if (call.seal) walk.seals++;
  return entry;
}
