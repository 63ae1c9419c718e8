import type { Block, ToolCallBlock, ToolResultBlock } from './block.ts';
import { textOf } from './block.ts';
import { plainMedia } from './media.ts';
import type { Note } from './note.ts';
import type { Turn } from './prompt.ts';
import { parseObject } from './tools.ts';
import { wellFormed } from './well-formed.ts';

/** Said in place of a result that never came: interrupted, trimmed or compacted away by the client. */
const NO_RESULT = 'No result: the call was interrupted before it finished.';

/** The mark under which a failed result travels in dialects that have no field for it. */
const FAILED = '[tool error] ';

/**
 * Repairs a conversation before it is sent in another dialect, because clients interrupt, trim and compact, and strict providers
 * then refuse the session for good. Afterwards: system turns only in front, user and assistant turns alternate, every call is
 * directly followed by its result, results stand first in call order, ids are unique, nothing is empty.
 * Each repair that changes meaning is noted.
 */
export function repair(turns: readonly Turn[], notes: Note[]): Turn[] {
  return pair(uniqueIds(merge(turns.flatMap((turn) => bySpeaker(turn, notes))), notes), notes);
}

/** A call in a user's turn is the assistant's, a result in an assistant's turn is the user's: each goes to a turn of its own. */
function bySpeaker(turn: Turn, notes: Note[]): Turn[] {
  const speakers = turn.blocks.map(({ kind }) => (kind === 'tool-call' ? 'assistant' : kind === 'tool-result' ? 'user' : turn.role));
  if (speakers.every((role) => role === turn.role)) return [turn];
  const turns: Turn[] = [];
  turn.blocks.forEach((block, at) => {
    const role = speakers[at]!;
    const last = turns.at(-1);
    if (last?.role === role) last.blocks.push(block);
    else turns.push({ role, blocks: [block] });
    if (role === turn.role || (block.kind !== 'tool-call' && block.kind !== 'tool-result')) return;
    notes.push({ path: `${block.kind} ${block.id}`, action: 'changed', why: `it stood in a turn of the ${turn.role}` });
  });
  return turns;
}

/** Drops what is empty, folds late system turns into user turns, joins neighbours of one role. */
function merge(turns: readonly Turn[]): Turn[] {
  const merged: Turn[] = [];
  for (const turn of turns) {
    const blocks = turn.blocks.map(told).filter((block) => block.kind !== 'text' || block.text !== '');
    if (blocks.length === 0) continue;
    const last = merged.at(-1);
    const role = turn.role === 'system' && last && last.role !== 'system' ? 'user' : turn.role;
    if (last?.role === role) last.blocks.push(...blocks);
    else merged.push({ role, blocks });
  }
  return merged;
}

/** A block as any dialect can say it: of one that only its own dialect knows the text, where it has one. */
function told(block: Block): Block {
  if (block.kind === 'opaque' && block.text) return { kind: 'text', text: block.text };
  if (block.kind === 'media') return plainMedia(block);
  if (block.kind === 'tool-call') return HALF.test(block.arguments) ? wholeCharacters(block) : block;
  if (block.kind !== 'tool-result' || block.content.every((inner) => inner.kind === 'text')) return block;
  return { ...block, content: block.content.map(told) };
}

/** An escape in a JSON text that may be half a character. */
const HALF = /\\u[dD][89a-fA-F]/;

/** Arguments travel as text inside a text, where nobody sees the half characters until the engine parses them. */
function wholeCharacters(call: ToolCallBlock): ToolCallBlock {
  const value = parseObject(call.arguments);
  const sound = wellFormed(value);
  return sound === value ? call : { ...call, arguments: JSON.stringify(sound) };
}

/** Stands for an id that is empty. */
const NAMELESS = 'call';

/**
 * Renames a call id that was used before, with its result: engines that count ids from 0 in each turn repeat them. Calls of one
 * turn under one id have their results in the order of the calls.
 */
function uniqueIds(turns: Turn[], notes: Note[]): Turn[] {
  const seen = new Set<string>();
  /** Of the last assistant turn: an id as it was → its calls' ids now, in order, those without a result yet. */
  let waiting = new Map<string, string[]>();
  return turns.map((turn) => {
    if (turn.role === 'assistant') waiting = new Map();
    let changed = false;
    const blocks = turn.blocks.map((block): Block => {
      if (block.kind !== 'tool-call' && block.kind !== 'tool-result') return block;
      let id = block.id || NAMELESS;
      if (block.kind === 'tool-call') {
        for (let n = 2; seen.has(id); n++) id = `${block.id || NAMELESS}_${n}`;
        seen.add(id);
        const calls = waiting.get(block.id);
        if (calls) calls.push(id);
        else waiting.set(block.id, [id]);
        const why = block.id ? 'its id was used before in this conversation' : 'it had no id';
        if (id !== block.id) notes.push({ path: `tool-call ${block.id}`, action: 'changed', why });
      } else id = waiting.get(block.id)?.shift() ?? id;
      if (id === block.id) return block;
      changed = true;
      return { ...block, id };
    });
    return changed ? { ...turn, blocks } : turn;
  });
}

/** Puts each result directly behind its call; makes up missing ones; turns results without a call into text. */
function pair(turns: Turn[], notes: Note[]): Turn[] {
  const paired: Turn[] = [];
  let open: ToolCallBlock[] = [];
  const settle = (blocks: readonly Block[]): Block[] => {
    const results = new Map<string, ToolResultBlock>();
    const others: Block[] = [];
    for (const block of blocks) {
      if (block.kind !== 'tool-result') others.push(block);
      else if (open.some((call) => call.id === block.id) && !results.has(block.id)) results.set(block.id, block);
      else {
        notes.push({ path: `tool-result ${block.id}`, action: 'changed', why: 'it answers no call of the turn before; sent as text' });
        others.push({ kind: 'text', text: `[result of tool call ${block.id}] ${textOf(block.content, '\n')}` });
        others.push(...block.content.filter((inner) => inner.kind === 'media'));
      }
    }
    const first = open.map((call): Block => {
      const result = results.get(call.id);
      if (result) return result;
      notes.push({ path: `tool-call ${call.id}`, action: 'changed', why: 'no result came for it; an error result was added' });
      return { kind: 'tool-result', id: call.id, input: call.input, content: [{ kind: 'text', text: NO_RESULT }], error: true };
    });
    open = [];
    return [...first, ...others];
  };
  for (const turn of turns) {
    if (turn.role === 'user') {
      paired.push({ ...turn, blocks: settle(turn.blocks) });
      continue;
    }
    if (open.length) paired.push({ role: 'user', blocks: settle([]) });
    paired.push(turn);
    if (turn.role === 'assistant') open = turn.blocks.filter((block) => block.kind === 'tool-call');
  }
  if (open.length) paired.push({ role: 'user', blocks: settle([]) });
  return paired;
}

/** A result's content for a dialect without an error field: the failure is said in front of its text. */
export function markFailure(result: ToolResultBlock): Block[] {
  if (!result.error) return result.content;
  const [first, ...others] = result.content;
  if (first?.kind === 'text') return [{ ...first, text: FAILED + first.text }, ...others];
  return [{ kind: 'text', text: FAILED.trimEnd() }, ...result.content];
}

/** The reverse of `markFailure`, for a client's history in a dialect without an error field. */
export function unmarkFailure(content: Block[]): { content: Block[]; error?: true } {
  const [first, ...others] = content;
  if (first?.kind !== 'text') return { content };
  if (first.text === FAILED.trimEnd()) return { content: others, error: true };
  if (!first.text.startsWith(FAILED)) return { content };
  return { content: [{ ...first, text: first.text.slice(FAILED.length) }, ...others], error: true };
}

/** The instructions in front, and the conversation behind them. Expects a repaired history. */
export function splitSystem(turns: readonly Turn[]): { system: Block[]; turns: Turn[] } {
  const at = turns.findIndex((turn) => turn.role !== 'system');
  const cut = at < 0 ? turns.length : at;
  return { system: turns.slice(0, cut).flatMap((turn) => turn.blocks), turns: turns.slice(cut) };
}
