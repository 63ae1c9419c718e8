import type { Block } from '../protocol/block.ts';

/** Marks in which coding tools put what they add to a person's words: reminders, what is open in the editor, the state of a terminal. */
const AROUND = [
  'system-reminder',
  'environment_context',
  'environment_details',
  'user_instructions',
  'permissions',
  'context',
  'attachments',
  'attached_files',
  'additional_data',
  'ide_selection',
  'ide_opened_file',
  'editor_context',
  'editorContext',
  'reminderInstructions',
  'reminder',
  'workspace_info',
  'environment_info',
  'session_context',
  'local-command-stdout',
  'local-command-caveat',
  'command-message',
  'open_and_recently_viewed_files',
  'manually_added_selection',
  'turn_aborted',
  'skill',
];
/** Marks in which they put the words themselves. */
const WORDS = ['userRequest', 'user_query', 'user_request', 'user_message', 'user-request', 'user-prompt', 'task', 'feedback', 'prompt'];

/** How far marks are looked for: what stands deeper is the person's own. Characters. */
const REACH = 200_000;
/** Rounds of cutting: tools put a handful of marks before a person's words. */
const MOST = 32;

function between(text: string, tag: string): string | undefined {
  const from = text.indexOf(`<${tag}>`);
  if (from < 0 || from > REACH) return undefined;
  const end = text.indexOf(`</${tag}>`, from);
  return end < 0 ? undefined : text.slice(from + tag.length + 2, end).trim();
}

/** The words of one text without what stands around them. */
function unwrapped(text: string): string {
  if (!text.includes('<')) return text.trim();
  const command = between(text, 'command-name');
  if (command !== undefined) return `${command.startsWith('/') ? '' : '/'}${command} ${between(text, 'command-args') ?? ''}`.trim();
  for (const tag of WORDS) {
    const words = between(text, tag);
    if (words) return words;
  }
  let left = text.trim();
  let isCut = true;
  for (let cuts = 0; isCut && cuts < MOST; cuts++) {
    isCut = false;
    for (const tag of AROUND) {
      if (!left.startsWith(`<${tag}`)) continue;
      const end = left.indexOf(`</${tag}>`);
      if (end < 0) continue;
      left = left.slice(end + tag.length + 3).trimStart();
      isCut = true;
    }
  }
  const tail = left.indexOf('<system-reminder>');
  return (tail > 0 ? left.slice(0, tail) : left).trim();
}

/** What a person said in a turn; empty when all of it was put there by a tool. */
export function spoken(blocks: readonly Block[]): string {
  const words: string[] = [];
  for (const block of blocks) {
    if (block.kind !== 'text' || !block.text) continue;
    const text = unwrapped(block.text);
    if (text) words.push(text);
  }
  return words.join('\n');
}
