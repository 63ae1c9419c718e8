import type { Frame } from '../../protocol/dialect.ts';
import { object, stringIn } from '../../protocol/json.ts';

/** Chunks of one answer bear one id. */
export function continues(ours: readonly Frame[], theirs: readonly Frame[]): ((text: string) => string) | undefined {
  const [own, id] = [idOf(ours), idOf(theirs)];
  if (own === undefined || id === undefined) return (text) => text;
  return (text) => text.replaceAll(JSON.stringify(own), JSON.stringify(id));
}

function idOf(frames: readonly Frame[]): string | undefined {
  for (const { data } of frames) {
    const id = data.startsWith('{') ? stringIn(object(JSON.parse(data))?.['id']) : undefined;
    if (id) return id;
  }
  return undefined;
}
