import type { Block, MediaBlock, ReasoningBlock, ToolCallBlock, ToolResultBlock } from '../../protocol/block.ts';
import { textOf } from '../../protocol/block.ts';
import { markFailure, repair, splitSystem } from '../../protocol/history.ts';
import { type Json, list } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { argumentsObject, wireName, wrapText } from '../../protocol/tools.ts';
import { mediaPart } from './ask-parts.ts';
import { CALL_SEAL, textOfDetails } from './seals.ts';
import { NAME } from './shapes.ts';

/** Stands in a tool message whose result has no text: every call needs an answer, and tool messages carry text alone. */
const SEE_BELOW = '[the result is attached to the next message]';
/** Stands in a message of which nothing could be carried: an empty one is refused by several engines. */
const LEFT_OUT = '[content that cannot be shown here was left out]';

/** What the walk over the turns needs and collects. */
interface Walk {
  quirks: ReadonlySet<string>;
  notes: Note[];
  /** Thoughts that were not sent back, and seals that belong to another dialect. */
  thoughts: number;
  seals: number;
}

/**
 * The conversation of a prompt that came in another dialect: one system message in front, results as tool messages directly behind
 * their calls, pictures of results in a user message after all of them.
 */
export function messagesOf(prompt: Prompt, quirks: ReadonlySet<string>, notes: Note[]): Json[] {
  const walk: Walk = { quirks, notes, thoughts: 0, seals: 0 };
  const { system, turns } = splitSystem(repair(prompt.turns, notes));
  const messages: Json[] = [];
  const instructions = textOf(system, '\n\n');
  if (instructions) messages.push({ role: quirks.has('developer-role') ? 'developer' : 'system', content: instructions });
  for (const block of system)
    if (block.kind === 'media') notes.push({ path: 'system', action: 'dropped', why: `${NAME} instructions are text` });
  turns.forEach(({ role, blocks }, at) => {
    if (role === 'assistant') messages.push(answered(blocks, `turns[${at}]`, walk));
    else messages.push(...asked(blocks, `turns[${at}]`, walk));
  });
  if (walk.thoughts) {
    const why = `${walk.thoughts} earlier thoughts were not sent back; the quirk "reasoning-content-back" sends them to a provider that wants them`;
    notes.push({ path: 'reasoning', action: 'dropped', why });
  }
  if (walk.seals)
    notes.push({ path: 'seals', action: 'dropped', why: `${walk.seals} of them can be read by the provider that made them only` });
  return messages;
}

function asked(blocks: readonly Block[], path: string, walk: Walk): Json[] {
  const messages: Json[] = [];
  const parts: Json[] = [];
  for (const block of blocks) if (block.kind === 'tool-result') messages.push(returned(block, parts, path, walk));
  for (const block of blocks) {
    if (block.kind === 'text') parts.push({ type: 'text', text: block.text });
    else if (block.kind === 'media') parts.push(attached(block, path, walk));
  }
  if (parts.length) messages.push({ role: 'user', content: contentOf(parts) });
  else if (messages.length === 0) messages.push({ role: 'user', content: LEFT_OUT });
  return messages;
}

/** The tool message of one result; its pictures and documents go to `after`. */
function returned(result: ToolResultBlock, after: Json[], path: string, walk: Walk): Json {
  const content = markFailure(result);
  const media = content.filter((block): block is MediaBlock => block.kind === 'media');
  if (media.length) {
    walk.notes.push({
      path: `${path} tool-result ${result.id}`,
      action: 'changed',
      why: 'its media went to a user message: tool messages are text',
    });
    after.push({ type: 'text', text: `Attached to the result of tool call ${result.id}:` });
    for (const block of media) after.push(attached(block, path, walk));
  }
  return { role: 'tool', tool_call_id: result.id, content: textOf(content, '\n') || (media.length ? SEE_BELOW : '') };
}

function attached(block: MediaBlock, path: string, walk: Walk): Json {
  const part = mediaPart(block, false);
  if (part) return part;
  // A file of another provider is refused by `noteLosses`.
  if (block.source.from !== 'file')
    walk.notes.push({
      path: `${path} ${block.media}`,
      action: 'refused',
      why: `the ${block.media} is behind a URL; send its content instead`,
    });
  return { type: 'text', text: LEFT_OUT };
}

/** Text alone goes as one string: several engines and templates take nothing else. */
function contentOf(parts: Json[]): unknown {
  return parts.every((part) => part['type'] === 'text') ? parts.map((part) => part['text']).join('\n\n') : parts;
}

function answered(blocks: readonly Block[], path: string, walk: Walk): Json {
  const calls = blocks.filter((block): block is ToolCallBlock => block.kind === 'tool-call');
  const text = textOf(blocks);
  const message: Json = { role: 'assistant', content: text || (calls.length ? null : '') };
  const firstCall = blocks.findIndex((block) => block.kind === 'tool-call');
  if (firstCall >= 0 && blocks.slice(firstCall).some((block) => block.kind === 'text'))
    walk.notes.push({ path, action: 'changed', why: `its text was moved in front of its calls: ${NAME} messages have no other order` });
  if (blocks.some((block) => block.kind === 'media')) walk.notes.push({ path, action: 'dropped', why: `${NAME} answers hold no media` });
  const thoughts = blocks.filter((block): block is ReasoningBlock => block.kind === 'reasoning');
  const thought = thoughtOf(thoughts, walk);
  if (!text && calls.length === 0 && Object.keys(thought).length === 0) {
    message['content'] = LEFT_OUT;
    walk.notes.push({ path, action: 'changed', why: 'nothing of it could be sent; a placeholder stands in its place' });
  }
  Object.assign(message, thought);
  if (calls.length) message['tool_calls'] = calls.map((call) => callOf(call, path, walk));
  return message;
}

/**
 * What of the thoughts goes back: this dialect's own seals always, with the text they belong to where it is not part of them; other
 * text where the provider wants it.
 */
function thoughtOf(thoughts: readonly ReasoningBlock[], walk: Walk): Json {
  const own: unknown[] = [];
  let text = '';
  for (const { text: thought, seal } of thoughts) {
    const details = seal?.by === NAME ? list(seal.raw) : undefined;
    if (details) own.push(...details);
    else if (seal) walk.seals++;
    if (walk.quirks.has('reasoning-content-back') || (details && textOfDetails(details) !== thought)) text += thought;
    else if (thought && !details) walk.thoughts++;
  }
  const fields: Json = {};
  if (text) fields['reasoning_content'] = text;
  if (own.length) fields['reasoning_details'] = own;
  return fields;
}

function callOf(call: ToolCallBlock, path: string, walk: Walk): Json {
  const name = wireName(call);
  const entry: Json = { id: call.id, type: 'function' };
  if (call.input === 'text' && walk.quirks.has('custom-tools')) {
    entry['type'] = 'custom';
    entry['custom'] = { name, input: call.arguments };
  } else entry['function'] = { name, arguments: call.input === 'text' ? wrapText(call.arguments) : jsonOf(call, path, walk) };
  if (call.seal?.by === NAME) entry[CALL_SEAL] = call.seal.raw;
  else if (call.seal) walk.seals++;
  return entry;
}

/** The arguments as the model wrote them; engines parse them for their templates, so broken ones go wrapped. */
function jsonOf(call: ToolCallBlock, path: string, walk: Walk): string {
  const { value, broken } = argumentsObject(call.arguments);
  if (broken)
    walk.notes.push({
      path: `${path} tool-call ${call.id}`,
      action: 'changed',
      why: 'its arguments are no JSON object; sent as one string',
    });
  return broken || call.arguments.trim() === '' ? JSON.stringify(value) : call.arguments;
}
