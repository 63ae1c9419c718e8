import type { Block, ReasoningBlock, TextBlock, ToolCallBlock } from '../../protocol/block.ts';
import type { Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Rest } from '../../protocol/rest.ts';
import { argumentsObject, declared, wireName, wrapText } from '../../protocol/tools.ts';
import { ownSeal, signatureFor, signatureForCall } from './seals.ts';
import { NAME } from './shapes.ts';

/** What the API's own answers say of a block beyond the canonical form; other dialects' extras are noted and left out. */
const EXTRAS: Readonly<Record<'text' | 'tool-call', ReadonlySet<string>>> = {
  text: new Set(['citations']),
  'tool-call': new Set(['caller', 'toolset_name']),
};

/**
 * A finished block of an answer as content blocks of this API: none when it says nothing, two when a call brings a seal,
 * which rides in an empty thought in front of it.
 */
export function contentOf(block: Block, to: Prompt, path: string, notes: Note[]): Json[] {
  switch (block.kind) {
    case 'text':
      return block.text === '' ? [] : [{ type: 'text', text: block.text, ...extrasOf(block, path, notes) }];
    case 'reasoning':
      return writeThought(block);
    case 'tool-call': {
      const id = block.id;
      const call = {
        type: 'tool_use',
        id,
        name: calledName(to, block),
        input: inputOf(block, path, notes),
        ...extrasOf(block, path, notes),
      };
      return block.seal ? [{ type: 'thinking', thinking: '', signature: signatureForCall(id, block.seal) }, call] : [call];
    }
    case 'opaque':
      if (block.dialect === NAME) return [block.raw as Json];
      notes.push({ path, action: 'dropped', why: `${block.label} is known to ${block.dialect} only` });
      return [];
    default:
      notes.push({ path, action: 'dropped', why: `${NAME} answers hold no ${block.kind}` });
      return [];
  }
}

function writeThought(block: ReasoningBlock): Json[] {
  const own = ownSeal(block.seal);
  if (own && 'data' in own) return [{ type: 'redacted_thinking', ...own }];
  if (block.text === '' && !block.seal) return [];
  return [{ type: 'thinking', thinking: block.text, signature: signatureFor(block.seal) }];
}

/** Arguments as the model wrote them, as JSON text: a text tool's raw string is wrapped. What was cut by the token limit stays cut. */
export function argumentsText(block: Pick<ToolCallBlock, 'input' | 'arguments'>): string {
  return block.input === 'text' ? wrapText(block.arguments) : block.arguments;
}

/** The same as the object that a whole message has to hold. */
function inputOf(block: ToolCallBlock, path: string, notes: Note[]): Json {
  const { value, broken } = argumentsObject(argumentsText(block));
  if (broken)
    notes.push({ path: `${path}.input`, action: 'changed', why: 'the arguments are no JSON object and were kept as text in one' });
  return value;
}

/** The name under which the client declared the tool. */
export function calledName(to: Prompt, call: { name: string; namespace?: string }): string {
  const name = wireName(call);
  return (declared(to, call.name) ?? declared(to, name))?.name ?? (call.namespace ? name : call.name);
}

/** The block's `rest` as far as this API has places for it; the rest of it is noted. */
export function extrasOf(block: Pick<TextBlock | ToolCallBlock, 'kind' | 'rest'>, path: string, notes: Note[]): Rest {
  const extras: Rest = {};
  for (const [key, value] of Object.entries(block.rest ?? {})) {
    if (EXTRAS[block.kind].has(key)) extras[key] = value;
    else if (value !== null && value !== undefined)
      notes.push({ path: `${path}.${key}`, action: 'dropped', why: `${NAME} has no place for it` });
  }
  return extras;
}
