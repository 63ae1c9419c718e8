import type { Block, Seal, ToolResultBlock } from '../../protocol/block.ts';
import { invalid } from '../../protocol/errors.ts';
import { markFailure, unmarkFailure } from '../../protocol/history.ts';
import { type Json, list, object, said, stringIn } from '../../protocol/json.ts';
import type { Turn } from '../../protocol/prompt.ts';
import { unwrapSeal } from '../../protocol/seal.ts';
import { content } from './accept-content.ts';
import { CALL_SEAL, type ItemForm, NAME, PART_BREAK, sift, UNSEALED, writeForm } from './shapes.ts';

/** Fields every item may have and no other dialect misses. */
const SPELLING: ReadonlySet<string> = new Set(['type', 'id', 'status', 'role']);

/** Of an item's fields that were not read, what says nothing elsewhere is form and the others are `rest`. */
function split(item: Json, read: readonly string[]): { item: Json; rest?: Json } {
  const { silent, rest } = sift(item, read, (key, value) => value === null || SPELLING.has(key));
  return rest ? { item: silent, rest } : { item: silent };
}

function turn(role: Turn['role'], blocks: Block[], form: ItemForm, rest?: Json): Turn {
  return { role, blocks, form: writeForm(form), ...(rest && { rest }) };
}

/** `input` as turns, one an item. @throws GatewayError `invalid` naming the item and field. */
export function items(input: readonly unknown[]): Turn[] {
  const callSeals = new Map<string, Seal>();
  return input.flatMap((value, at): Turn[] => {
    const path = `input[${at}]`;
    const item = object(value);
    if (!item) throw invalid(path, 'send each item as an object, e.g. {"role":"user","content":"…"}');
    return one(item, path, callSeals);
  });
}

function one(item: Json, path: string, callSeals: Map<string, Seal>): Turn[] {
  switch (item.type) {
    case 'message':
      return [message(item, path)];
    case 'reasoning': {
      const seal = unwrapSeal(item.encrypted_content);
      const sealed = seal?.by === CALL_SEAL ? object(seal.raw) : undefined;
      if (!sealed) return [reasoning(item, seal)];
      const by = stringIn(object(sealed.seal)?.by);
      const id = stringIn(sealed.id);
      if (id !== undefined && by !== undefined) callSeals.set(id, { by, raw: object(sealed.seal)?.raw });
      return [];
    }
    case 'function_call':
    case 'custom_tool_call':
      return [call(item, path, callSeals)];
    case 'function_call_output':
    case 'custom_tool_call_output':
      return [output(item, path)];
    case undefined:
    case null:
      if (item.role !== undefined) return [message(item, path)];
      // The official types allow a reference without its type.
      if (typeof item.id === 'string') return [opaque(item, 'item_reference')];
      throw invalid(`${path}.type`, 'name the type of the item, e.g. "message" with a role and content');
    default:
      if (typeof item.type !== 'string') throw invalid(`${path}.type`, 'send the type of the item as a string, e.g. "message"');
      return [opaque(item, item.type)];
  }
}

/** What the client's side did for a hosted tool is the user's contribution; all else was the model's. */
function opaque(item: Json, label: string): Turn {
  const role = label.endsWith('_output') || label.endsWith('_response') ? 'user' : 'assistant';
  const refersTo = label === 'item_reference' ? stringIn(item.id) : undefined;
  return { role, blocks: [{ kind: 'opaque', dialect: NAME, label, raw: item, ...(refersTo !== undefined && { refersTo }) }] };
}

function message(item: Json, path: string): Turn {
  if (typeof item.role !== 'string') throw invalid(`${path}.role`, 'name the role: "user", "assistant", "system" or "developer"');
  const role = item.role === 'assistant' ? 'assistant' : item.role === 'system' || item.role === 'developer' ? 'system' : 'user';
  const { blocks, ...spelled } = content(item.content, role, `${path}.content`);
  const { item: fields, rest } = split(item, ['content']);
  return turn(role, blocks, { item: fields, ...spelled }, rest);
}

function call(item: Json, path: string, callSeals: Map<string, Seal>): Turn {
  const isText = item.type === 'custom_tool_call';
  const field = isText ? 'input' : 'arguments';
  const id = said(item.call_id);
  const name = said(item.name);
  if (!id) throw invalid(`${path}.call_id`, "send the call's id, the same that its output names");
  if (!name) throw invalid(`${path}.name`, 'send the name of the tool that was called');
  const text = item[field] ?? '';
  if (typeof text !== 'string')
    throw invalid(`${path}.${field}`, isText ? 'send the input as a string' : 'send the arguments as a string of JSON');
  const namespace = said(item.namespace);
  const seal = callSeals.get(id);
  const { item: fields, rest } = split(item, ['call_id', 'name', field, ...(namespace ? ['namespace'] : [])]);
  const block: Block = {
    kind: 'tool-call',
    id,
    name,
    ...(namespace && { namespace }),
    input: isText ? 'text' : 'json',
    arguments: text,
    ...(seal && { seal }),
  };
  return turn('assistant', [block], { item: fields, ...(typeof item[field] === 'string' && { text: true }) }, rest);
}

/** A tool's output. Without an id it answers no call, and what it says is the user's text. */
function output(item: Json, path: string): Turn {
  const { blocks, ...spelled } = content(item.output, 'user', `${path}.output`);
  const id = said(item.call_id);
  if (!id) {
    const { item: fields, rest } = split(item, ['output']);
    return turn('user', blocks, { item: fields, ...spelled }, rest);
  }
  const { item: fields, rest } = split(item, ['output', 'call_id']);
  const input = item.type === 'custom_tool_call_output' ? 'text' : 'json';
  const failed: ToolResultBlock = { kind: 'tool-result', id, input, ...unmarkFailure(blocks) };
  // A mark in a part of its own in front of more text was never written by us, and would not go out again as it came.
  const isOurs = markFailure(failed).length === blocks.length;
  return turn('user', [isOurs ? failed : { kind: 'tool-result', id, input, content: blocks }], { item: fields, ...spelled }, rest);
}

/** The texts of a list whose entries are nothing but text of this type; undefined for any other list. */
function plain(list: unknown, type: string): string[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const texts: string[] = [];
  for (const entry of list) {
    const part = object(entry);
    if (!part || part.type !== type || typeof part.text !== 'string' || Object.keys(part).length !== 2) return undefined;
    texts.push(part.text);
  }
  return texts;
}

function reasoning(item: Json, foreign: Seal | undefined): Turn {
  const thoughts = plain(item.content, 'reasoning_text');
  const summary = plain(item.summary, 'summary_text');
  const told = thoughts?.length ? thoughts : (summary ?? []);
  const loose = [...list(item.content), ...list(item.summary)].flatMap((part) => stringIn(object(part)?.text) ?? []);
  const cuts: ItemForm['cuts'] = {};
  const read = ['encrypted_content'];
  if (thoughts) {
    cuts.content = thoughts.map((text) => text.length);
    read.push('content');
  }
  if (summary && (summary.length === 0 || told === summary)) {
    cuts.summary = summary.map((text) => text.length);
    read.push('summary');
  }
  const { item: fields, rest } = split(item, read);
  const encrypted = said(item.encrypted_content);
  const own =
    encrypted === undefined
      ? undefined
      : { by: NAME, raw: { ...(typeof item.id === 'string' && { id: item.id }), encrypted_content: encrypted } };
  const seal = foreign?.by === UNSEALED ? undefined : (foreign ?? own);
  if (!seal && item.encrypted_content !== undefined) fields.encrypted_content = item.encrypted_content;
  const text = (told.length ? told : loose).join(PART_BREAK);
  return turn('assistant', [{ kind: 'reasoning', text, ...(seal && { seal }) }], { item: fields, cuts }, rest);
}
