import type { Frame } from '../../protocol/dialect.ts';
import { type Json, list, object, stringIn } from '../../protocol/json.ts';

/**
 * Chunks of one answer bear one id. The last piece of a thought is held back by `answer`, for its seal to stand on; the client has it, so it
 * comes without its text.
 */
export function continues(ours: readonly Frame[], theirs: readonly Frame[]): (text: string) => string {
  const [own, other] = [known(ours), known(theirs)];
  const id = (text: string) =>
    own.id && other.id ? text.replaceAll(`"responseId":${JSON.stringify(own.id)}`, `"responseId":${JSON.stringify(other.id)}`) : text;
  let held = other.thought.slice(own.thought.length);
  return (text) => {
    if (held === '') return id(text);
    const piece = `"text":${JSON.stringify(held)}`;
    const at = text.indexOf(piece);
    if (at < 0) return id(text);
    held = '';
    return id(`${text.slice(0, at)}"text":""${text.slice(at + piece.length)}`);
  };
}

function known(frames: readonly Frame[]): { id: string; thought: string } {
  let id = '';
  let thought = '';
  for (const { data } of frames) {
    const chunk: Json | undefined = data.startsWith('{') ? object(JSON.parse(data)) : undefined;
    id ||= stringIn(chunk?.responseId) ?? '';
    for (const part of list(object(object(list(chunk?.candidates)[0])?.content)?.parts).map(object))
      if (part?.thought === true) thought += stringIn(part.text) ?? '';
  }
  return { id, thought };
}
