import type { Block, ReasoningBlock, Seal, ToolCallBlock, ToolResultBlock } from '../../protocol/block.ts';
import { markFailure } from '../../protocol/history.ts';
import { type Json, object } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { Turn } from '../../protocol/prompt.ts';
import { unwrapSeal } from '../../protocol/seal.ts';
import { wireName } from '../../protocol/tools.ts';
import { inputPart, sameContent } from './ask-content.ts';
import { type ItemForm, NAME, PART_BREAK, readForm, type SealedReasoning, UNSEALED } from './shapes.ts';

/** The seal's own content, when it is one of this dialect. */
function ownSeal(seal: Seal | undefined): SealedReasoning | undefined {
  const raw = seal?.by === NAME ? object(seal.raw) : undefined;
  if (typeof raw?.encrypted_content !== 'string') return undefined;
  return { ...(typeof raw.id === 'string' && { id: raw.id }), encrypted_content: raw.encrypted_content };
}

/** Turns that came in this dialect as the items they were. A turn of another origin among them is written as for any other dialect. */
export function sameItems(turns: readonly Turn[], notes: Note[]): unknown[] {
  return turns.flatMap((turn): unknown[] => {
    const [first] = turn.blocks;
    const form = readForm(turn.form);
    if (!form) return first?.kind === 'opaque' && first.dialect === NAME ? [first.raw] : newItems([turn], notes);
    const base: Json = { ...form.item, ...turn.rest };
    switch (first?.kind) {
      case 'tool-call':
        return [{ ...base, ...sameCall(first, form) }];
      case 'tool-result':
        return [{ ...base, call_id: first.id, output: sameContent(markFailure(first), 'user', form) ?? base.output }];
      case 'reasoning':
        return sameReasoning(first, base, form, notes);
      default: {
        const field = typeof base.type === 'string' && base.type.endsWith('_output') ? 'output' : 'content';
        const content = sameContent(turn.blocks, turn.role, form);
        return [content === undefined ? base : { ...base, [field]: content }];
      }
    }
  });
}

function sameCall(call: ToolCallBlock, form: ItemForm): Json {
  const named = { call_id: call.id, name: call.name, ...(call.namespace && { namespace: call.namespace }) };
  return form.text || call.arguments ? { ...named, ...input(call) } : named;
}

function input(call: ToolCallBlock): Json {
  return call.input === 'text' ? { input: call.arguments } : { arguments: call.arguments };
}

function sameReasoning(block: ReasoningBlock, base: Json, { cuts }: ItemForm, notes: Note[]): Json[] {
  const own = ownSeal(block.seal);
  if (block.seal && !own) {
    notes.push({ path: 'reasoning', action: 'dropped', why: `its seal is of ${block.seal.by}; ${NAME} would refuse the request for it` });
    return [];
  }
  if (unwrapSeal(base.encrypted_content)?.by === UNSEALED) {
    notes.push({ path: 'reasoning', action: 'dropped', why: `it was never sealed; ${NAME} takes back only thoughts it sealed itself` });
    return [];
  }
  const item: Json = { ...base, ...own };
  const thoughts = cuts?.content && recut(block.text, cuts.content);
  if (thoughts) item.content = thoughts.map((text) => ({ type: 'reasoning_text', text }));
  if (cuts?.summary) item.summary = recut(thoughts?.length ? '' : block.text, cuts.summary).map((text) => ({ type: 'summary_text', text }));
  return [item];
}

/** A joined text in the pieces it came in; in one piece when it was changed since. */
function recut(text: string, lengths: readonly number[]): string[] {
  if (lengths.length === 0) return [];
  const whole = lengths.reduce((sum, length) => sum + length + PART_BREAK.length, -PART_BREAK.length);
  if (whole !== text.length) return [text];
  let from = 0;
  return lengths.map((length) => {
    const piece = text.slice(from, from + length);
    from += length + PART_BREAK.length;
    return piece;
  });
}

/** A repaired conversation of another dialect as items, without its leading system turns. */
export function newItems(turns: readonly Turn[], notes: Note[]): Json[] {
  const unsealed = { count: 0 };
  const written = turns.flatMap((turn) =>
    turn.role === 'assistant' ? assistantItems(turn.blocks, notes, unsealed) : userItems(turn, notes),
  );
  if (unsealed.count) {
    const which = unsealed.count === 1 ? 'one thought' : `${unsealed.count} thoughts`;
    notes.push({
      path: 'reasoning',
      action: 'dropped',
      why: `${NAME} takes back only thoughts it sealed itself, and ${which} had no such seal`,
    });
  }
  return written;
}

/** Items of an assistant turn in their order; neighbouring texts are one message. */
function assistantItems(blocks: readonly Block[], notes: Note[], unsealed: { count: number }): Json[] {
  const written: Json[] = [];
  let content: Json[] | undefined;
  for (const block of blocks) {
    if (block.kind === 'text') {
      if (!content) {
        content = [];
        written.push({ type: 'message', role: 'assistant', content });
      }
      content.push(block.refusal ? { type: 'refusal', refusal: block.text } : { type: 'output_text', text: block.text, annotations: [] });
      continue;
    }
    content = undefined;
    const item = assistantItem(block, notes);
    if (item) written.push(item);
    else if (block.kind === 'reasoning') unsealed.count++;
  }
  return written;
}

function assistantItem(block: Block, notes: Note[]): Json | undefined {
  switch (block.kind) {
    case 'reasoning': {
      const own = ownSeal(block.seal);
      return own && { type: 'reasoning', summary: block.text ? [{ type: 'summary_text', text: block.text }] : [], ...own };
    }
    case 'tool-call': {
      if (block.seal) {
        notes.push({ path: `tool-call ${block.id}`, action: 'dropped', why: `its signature can be read by ${block.seal.by} only` });
      }
      const type = block.input === 'text' ? 'custom_tool_call' : 'function_call';
      const called = block.input === 'json' && block.arguments.trim() === '' ? { ...block, arguments: '{}' } : block;
      return { type, call_id: block.id, name: wireName(block), ...input(called) };
    }
    case 'media':
      notes.push({ path: block.media, action: 'dropped', why: `${NAME} takes no media as the assistant's words` });
      return undefined;
    default:
      return undefined;
  }
}

/** Results first, as items of their own; what else the turn says is one message. */
function userItems(turn: Turn, notes: Note[]): Json[] {
  const results = turn.blocks.flatMap((block) => (block.kind === 'tool-result' ? [resultItem(block, notes)] : []));
  const content = turn.blocks.flatMap((block) => (block.kind === 'tool-result' ? [] : (inputPart(block, notes) ?? [])));
  if (content.length) results.push({ type: 'message', role: turn.role === 'system' ? 'developer' : 'user', content });
  return results;
}

function resultItem(block: ToolResultBlock, notes: Note[]): Json {
  const parts = markFailure(block)
    .map((inner) => inputPart(inner, notes))
    .filter((part) => part !== undefined);
  const [only] = parts;
  // One text goes as a string: older servers know no lists here.
  const output = parts.length === 0 ? '' : parts.length === 1 && only?.type === 'input_text' ? only.text : parts;
  return { type: block.input === 'text' ? 'custom_tool_call_output' : 'function_call_output', call_id: block.id, output };
}
