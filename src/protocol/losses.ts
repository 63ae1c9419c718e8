import type { Block } from './block.ts';
import type { Note } from './note.ts';
import type { Prompt } from './prompt.ts';
import { noteRest } from './rest.ts';

/**
 * Notes for all that a prompt carries outside the canonical form, when it is asked in dialect `to` and came in another:
 * unmodelled fields, hosted tools, opaque blocks. Every `ask` calls it once and adds notes for canonical fields its dialect lacks,
 * so that losses equal the announced notes.
 */
export function noteLosses(prompt: Prompt, to: string, into: Note[]): void {
  if (prompt.dialect === to) return;
  const why = `${to} has no place for it`;
  noteRest(prompt.rest, '', why, into, prompt.meaning);
  prompt.tools.forEach((tool, at) => {
    const path = `tools[${at}]`;
    if (tool.kind !== 'opaque') noteRest(tool.rest, path, why, into);
    else if (tool.dialect !== to) into.push({ path, action: 'dropped', why: `${tool.label} is a tool of ${tool.dialect}` });
  });
  prompt.turns.forEach((turn, at) => {
    const path = `turns[${at}]`;
    noteRest(turn.rest, path, why, into);
    noteBlocks(turn.blocks, path, to, why, into);
  });
}

function noteBlocks(blocks: readonly Block[], path: string, to: string, why: string, into: Note[]): void {
  blocks.forEach((block, at) => {
    const here = `${path}[${at}]`;
    if (block.kind === 'media' && block.source.from === 'file') {
      const why = `the ${block.media} is stored at another provider, which alone knows its id; send its content instead`;
      into.push({ path: `${here}.file_id`, action: 'refused', why });
    }
    if (block.kind === 'opaque') {
      if (block.dialect === to) return;
      if (block.refersTo !== undefined) {
        const why = `no answer kept here has the item "${block.refersTo.slice(0, 100)}"; send the item itself`;
        into.push({ path: `${here}.id`, action: 'refused', why });
        return;
      }
      const known = `${block.label} is known to ${block.dialect} only`;
      into.push(
        block.text ? { path: here, action: 'changed', why: `${known}; its text is sent` } : { path: here, action: 'dropped', why: known },
      );
      return;
    }
    noteRest(block.rest, here, why, into);
    if (block.kind === 'tool-result') noteBlocks(block.content, here, to, why, into);
  });
}
