import type { Target } from './dialect.ts';
import type { Prompt, Turn } from './prompt.ts';

/** Said to a model that is to go on with an answer and would not do so by itself. */
const GO_ON =
  'Your answer above was cut off by a lost connection. Go on with it from exactly where it ends: write only what is missing, without repeating any of it, without an introduction and without a word about the interruption.';

/**
 * The prompt with the beginning of its answer, to be gone on with. Models that take a last message of their own for what it is go on with
 * it; the others are told to.
 */
export function begun(prompt: Prompt, beginning: string, { quirks }: Target): Prompt {
  const block = { kind: 'text', text: beginning } as const;
  const last = prompt.turns.at(-1);
  const turns: Turn[] =
    last?.role === 'assistant'
      ? [...prompt.turns.slice(0, -1), { ...last, form: undefined, blocks: [...last.blocks, block] }]
      : [...prompt.turns, { role: 'assistant', blocks: [block] }];
  if (!quirks?.has('goes-on')) turns.push({ role: 'user', blocks: [{ kind: 'text', text: GO_ON }] });
  return { ...prompt, turns };
}
