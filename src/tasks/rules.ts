import type { Question } from './question.ts';
import type { TaskClass } from './task.ts';

/** A class that needs no weighing, and what gave it away. */
export interface Certain {
  class: TaskClass;
  cue: string;
}

const SLASHES: Readonly<Record<string, TaskClass>> = {
  '/fix': 'bug_fix',
  '/debug': 'bug_fix',
  '/fixtestfailure': 'bug_fix',
  '/explain': 'explain_code',
  '/test': 'testing',
  '/tests': 'testing',
  '/setuptests': 'testing',
  '/doc': 'documentation',
  '/docs': 'documentation',
  '/document': 'documentation',
  '/commit': 'documentation',
  '/changelog': 'documentation',
  '/init': 'documentation',
  '/compact': 'documentation',
  '/review': 'review',
  '/code-review': 'review',
  '/security-review': 'review',
  '/refactor': 'refactoring',
  '/simplify': 'refactoring',
  '/optimize': 'refactoring',
  '/generate': 'code_generation',
  '/new': 'code_generation',
  '/newnotebook': 'code_generation',
  '/plan': 'architecture',
  '/architect': 'architecture',
  '/help': 'quick_chat',
  '/title': 'quick_chat',
};

/** Marks of text to be filled in: tokens of models that do so, and the marks editors use with chat models. */
const HOLES = [
  '<|fim_prefix|>',
  '<|fim_suffix|>',
  '<fim_prefix>',
  '<fim_suffix>',
  '<｜fim▁begin｜>',
  '<SUF>',
  '[SUFFIX]',
  '<|user_cursor_is_here|>',
  '{{FILL_HERE}}',
  '<CURSOR>',
  '<|cursor|>',
  '<COMPLETION>',
];

/** What tools ask beside the conversation, by words of their instructions in small letters. */
const ASIDES: readonly (readonly [words: string, TaskClass])[] = [
  ['title generator', 'quick_chat'],
  ['generate a title', 'quick_chat'],
  ['generate a short title', 'quick_chat'],
  ['generate a concise title', 'quick_chat'],
  ['conversation title', 'quick_chat'],
  ['title for this conversation', 'quick_chat'],
  ['new conversation topic', 'quick_chat'],
  ['sentence-case title', 'quick_chat'],
  ['topic of the conversation', 'quick_chat'],
  ['[suggestion mode', 'quick_chat'],
  ['command prefix', 'quick_chat'],
  ['summary of the conversation', 'documentation'],
  ['summarize the conversation', 'documentation'],
  ['summarizing conversations', 'documentation'],
  ['context checkpoint compaction', 'documentation'],
  ['state_snapshot', 'documentation'],
  ['compacting the conversation', 'documentation'],
  ['commit message', 'documentation'],
  ['pull request description', 'documentation'],
];

/** Words that ask for nothing. */
const GREETS =
  /^(?:hi|hello|hey|hey there|hi there|hello there|good (?:morning|evening|afternoon)|thanks?|thank you(?: so much| very much)?|thx|ty|ok(?:ay)?|yes|no|cool|great|nice|bye|test|testing|ping|hallo|guten (?:tag|morgen)|danke|bonjour|salut|merci|hola|gracias|ciao|oi|olá|привет|спасибо|你好|谢谢|こんにちは|ありがとう|안녕(?:하세요)?)[\s!.,?)]*$/i;

/** Instructions longer than this are those of a whole tool, which mention everything. Characters. */
const ASIDE = 6000;

/** The class where a rule is better than any weighing: by the door, by marks of tools, by commands. */
export function certain({ door, said, system, slash, tools, step }: Question): Certain | undefined {
  if (door === 'embedding') return { class: 'embedding', cue: 'door:embeddings' };
  if (door === 'completion') return { class: 'completion', cue: 'door:completions' };
  for (const hole of HOLES) if (said.head.includes(hole) || said.tail.includes(hole)) return { class: 'completion', cue: 'hole' };
  if (said.length > 0 && said.length < 40 && GREETS.test(said.head)) return { class: 'quick_chat', cue: 'greeting' };
  const command = slash === undefined ? undefined : SLASHES[slash];
  if (command !== undefined) return { class: command, cue: `slash:${slash}` };
  // A tool's aside comes without tools and without steps; a person may use the same words in a conversation.
  if (tools.length === 0 && step === 0 && system.length > 0 && system.length < ASIDE) {
    const words = system.head.toLowerCase();
    const aside = ASIDES.find(([cue]) => words.includes(cue));
    if (aside) return { class: aside[1], cue: `aside:${aside[0]}` };
  }
  if (said.length > 0 && said.length < ASIDE) {
    const opening = said.head.slice(0, 300).toLowerCase();
    if (opening.includes('detailed summary of the conversation') || opening.includes('context checkpoint compaction'))
      return { class: 'documentation', cue: 'aside:compaction' };
  }
  if (said.length === 0 && tools.length > 0) return { class: 'agent_run', cue: 'tools without words' };
  return undefined;
}
