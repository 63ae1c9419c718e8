import { textOf } from '../protocol/block.ts';
import { estimatePrompt } from '../protocol/estimate.ts';
import type { Prompt, Turn } from '../protocol/prompt.ts';
import { spoken } from './spoken.ts';

/** Characters that are read at the two ends of a text. */
const HEAD = 1500;
const TAIL = 500;

/** The two ends of a text, without overlap, and its length in characters. */
export interface Ends {
  head: string;
  tail: string;
  length: number;
}

/** The little of a prompt that tells what work it is. Its size does not grow with the prompt's. */
export interface Question {
  door: 'chat' | 'completion' | 'embedding';
  system: Ends;
  /** What a person asked last; not what tools brought back, nor what a tool put around it. */
  said: Ends;
  /** Command with its slash, where what was said begins with one. */
  slash?: string;
  tools: readonly string[];
  /** Steps that an agent has taken since. */
  step: number;
  /** Calls of tools that failed since. */
  failures: number;
  json: boolean;
  images: boolean;
  /** Tokens, estimated. */
  size: number;
  /** What the client says its work weighs: header `x-freehold-importance`. */
  importance?: string;
}

const NOTHING: Ends = { head: '', tail: '', length: 0 };

export const IMPORTANCE = 'x-freehold-importance';

export function endsOf(text: string): Ends {
  if (text.length <= HEAD + TAIL) return { head: text, tail: '', length: text.length };
  return { head: text.slice(0, HEAD), tail: text.slice(-TAIL), length: text.length };
}

/** "Go on": such a turn continues the work of an earlier one, and so does a picture that a tool brought back. */
const CONTINUES =
  /^(?:please )?(?:attached image\(s\) from tool result:?|continue|go on|go ahead|proceed|keep going|next|yes|y|yep|yeah|sure|ok|okay|do it|do that|try again|retry|again|weiter|ja|mach weiter|oui|continue[zr]?|sí|si|sigue|继续|好的?|続けて|はい|계속|да|дальше|продолжай)[ .!。！]*(?:please|bitte)?[.!]*$/i;

function isPersons(turn: Turn): boolean {
  return turn.role === 'user' && turn.blocks.some(({ kind }) => kind === 'text');
}

const SLASH = /^\/[a-z][a-z_:-]{1,30}(?=\s|$)/i;

/** A question without a conversation, as the doors for vectors have. @param size tokens */
export const bare = (door: Question['door'], size: number): Question => ({
  door,
  system: NOTHING,
  said: NOTHING,
  tools: [],
  step: 0,
  failures: 0,
  json: false,
  images: false,
  size,
});

/**
 * Reads a prompt. Pure; linear in the number of its blocks, and for the estimate of its size in its length.
 * @param headers of the client, names in lower case
 */
export function questionOf(prompt: Prompt, headers: Readonly<Record<string, string | string[] | undefined>> = {}): Question {
  const { turns, tools, output, form, rest } = prompt;
  const question = bare('chat', estimatePrompt(prompt));
  if (form?.['door'] === 'completions' || typeof rest?.['suffix'] === 'string') question.door = 'completion';
  question.json = output !== undefined && output.kind !== 'text';
  question.tools = tools.map((tool) => (tool.kind === 'opaque' ? tool.label : tool.name));
  const [first] = turns;
  if (first?.role === 'system') {
    // The first text of instructions may be a tool's own mark, and the last says where it works.
    let text = '';
    for (const turn of turns) {
      if (turn.role !== 'system' || text.length > 4 * HEAD) break;
      text += (text && '\n') + textOf(turn.blocks, '\n');
    }
    question.system = endsOf(text);
  }
  let found = false;
  for (let at = turns.length - 1; at >= 0; at--) {
    const turn = turns[at]!;
    for (const block of turn.blocks) {
      if (block.kind === 'media' && block.media === 'image') question.images = true;
      if (found) continue;
      if (block.kind === 'tool-result') {
        if (block.error) question.failures++;
        if (block.content.some((part) => part.kind === 'media' && part.media === 'image')) question.images = true;
      }
    }
    if (found) continue;
    if (turn.role === 'assistant' && turn.blocks.some(({ kind }) => kind === 'tool-call')) question.step++;
    if (!isPersons(turn)) continue;
    const said = spoken(turn.blocks);
    // What stands beside a tool's result was put there by the tool, or was said while it worked.
    const isBeside = turn.blocks.some(({ kind }) => kind === 'tool-result');
    if (said === '' || isBeside || (said.length < 60 && CONTINUES.test(said))) {
      if (question.said.length === 0) question.said = endsOf(said);
      continue;
    }
    question.said = endsOf(said);
    found = true;
  }
  const slash = SLASH.exec(question.said.head)?.[0];
  if (slash !== undefined) question.slash = slash.toLowerCase();
  const importance = headers[IMPORTANCE];
  if (importance !== undefined) question.importance = String(importance);
  return question;
}
