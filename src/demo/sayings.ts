import { textOf } from '../protocol/block.ts';
import type { Prompt } from '../protocol/prompt.ts';
import type { TaskClass } from '../tasks/task.ts';
import type { Chance } from './chance.ts';
import words from './words.json' with { type: 'json' };

const ASKS = words.asks as Readonly<Record<string, readonly string[]>>;

/** What is filled in. */
function fill(text: string, chance: Chance): string {
  return text.replace(/\{(file|thing|where)\}/g, (_, hole: string) =>
    hole === 'file' ? chance.of(words.files) : hole === 'thing' ? chance.of(words.things) : chance.of(words.where),
  );
}

/** A person's words for a class of work. */
export function askOf(task: TaskClass, chance: Chance): string {
  return fill(chance.of(ASKS[task] ?? ASKS['code_generation']!), chance);
}

/** Something that should not leave: a made-up credential, a made-up customer, a code name. */
export function slipOf(chance: Chance): string {
  const text = chance.of(words.slips);
  return text
    .replace('{secret}', () => `sk_live_${chance.hex(32)}`)
    .replace('{person}', () => `customer${Math.floor(chance.next() * 900)}`);
}

/** Lines of code as tools put them into prompts. @param lines how many */
export function codeOf(lines: number, chance: Chance): string {
  return Array.from({ length: lines }, () => chance.of(words.code)).join('\n');
}

/** What a tool gave back. */
export function resultOf(chance: Chance): string {
  return fill(chance.of(words.results), chance);
}

/** What a model says before it calls a tool. */
export function announcementOf(chance: Chance): string {
  return fill(`(simulated) ${chance.of(words.announcements)}`, chance);
}

/** What it wants from the tool. */
export function wantedOf(chance: Chance): { path: string; why: string } {
  return { path: chance.of(words.files), why: fill('to see how {thing} is used {where}, and what calls it', chance) };
}

/** What a simulated model says. Longer where much is asked for. */
export function sayingOf(prompt: Prompt, chance: Chance): string {
  const said = textOf(prompt.turns.findLast(({ role }) => role === 'user')?.blocks ?? []);
  if (said.length < 60) return 'Hello! This is a simulated answer. ';
  const sentences = 3 + Math.floor(chance.next() * 7);
  const text = Array.from({ length: sentences }, () => fill(chance.of(words.sayings), chance)).join('');
  return `(simulated) ${text}`;
}
