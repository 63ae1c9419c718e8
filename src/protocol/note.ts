/**
 * A note says what a translation could not carry over, changed or repaired.
 * Notes are shown to the client (`x-freehold-notes`) and kept with the exchange: nothing is lost silently.
 *
 * - `dropped`  the field was left out; the answer may be tuned differently but means the same
 * - `changed`  the field was carried in another form (a clamp, a placeholder, a repair)
 * - `refused`  the meaning depends on the field and the target cannot carry it: the exchange answers 400
 */
export interface Note {
  /** Where it stood in the client's request or the upstream's answer, e.g. `tools[2].cache_control`. */
  path: string;
  action: 'dropped' | 'changed' | 'refused';
  why: string;
}

/** One note as it appears in the header, e.g. `dropped top_k (openai-chat has no such field)`. */
export function printNote(note: Note): string {
  return `${note.action} ${note.path} (${note.why})`;
}
