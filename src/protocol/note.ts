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

/** One note as people read it, e.g. `dropped top_k (openai-chat has no such field)`. */
export function printNote(note: Note): string {
  return `${note.action} ${note.path} (${note.why})`;
}

/**
 * Notes for a header, one piece of text a kind: an agent's history repeats the same loss in every turn, so alike ones are counted,
 * e.g. `dropped cache_control ×12 (openai-chat has no place for it)`.
 */
export function printNotes(notes: readonly Note[]): string[] {
  const kinds = new Map<string, { note: Note; name: string; times: number }>();
  for (const note of notes) {
    const name = note.path.slice(note.path.lastIndexOf('.') + 1).replace(/\[\d+\]/g, '');
    const key = `${note.action} ${name} ${note.why}`;
    const kind = kinds.get(key);
    if (kind) kind.times++;
    else kinds.set(key, { note, name, times: 1 });
  }
  return [...kinds.values()].map(({ note, name, times }) => printNote(times > 1 ? { ...note, path: `${name} ×${times}` } : note));
}
