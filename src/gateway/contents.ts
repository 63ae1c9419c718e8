import { dialects, engineDialect } from '../dialects/index.ts';
import { type KeptContent, type Reread, reread } from '../exchange/reread.ts';
import type { Json } from '../protocol/json.ts';
import type { Note } from '../protocol/note.ts';
import type { Prompt } from '../protocol/prompt.ts';

/** What kept contents are read and written with, for those who know no dialect. */
export const contents = {
  /** @returns a sentence instead where it cannot be read */
  reread(kept: KeptContent): Reread | string {
    return reread(dialects, kept);
  },
  /** A prompt as our own engines are asked: the form that fine-tuning takes too. */
  render(prompt: Prompt): { body: Json; notes: readonly Note[] } {
    const { request, notes } = engineDialect.ask(prompt, { model: prompt.model });
    return { body: request.body, notes };
  },
};
