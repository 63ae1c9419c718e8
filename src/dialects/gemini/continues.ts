import type { Frame } from '../../protocol/dialect.ts';
import { object, stringIn } from '../../protocol/json.ts';

/** Chunks of one answer bear one id. */
export function continues(ours: readonly Frame[], theirs: readonly Frame[]): (text: string) => string {
  const [own, id] = [idOf(ours), idOf(theirs)];
  if (own === undefined || id === undefined) return (text) => text;
  return (text) => text.replaceAll(`"responseId":${JSON.stringify(own)}`, `"responseId":${JSON.stringify(id)}`);
}

function idOf(frames: readonly Frame[]): string | undefined {
  for (const { data } of frames) {
    const id = data.startsWith('{') ? stringIn(object(JSON.parse(data))?.responseId) : undefined;
    if (id) return id;
  }
  return undefined;
}
