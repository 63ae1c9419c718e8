import type { Frame } from '../../protocol/dialect.ts';
import { object } from '../../protocol/json.ts';

/** Only the first event names the message; behind it blocks are known by their number, so both must have counted alike. */
export function continues(ours: readonly Frame[], theirs: readonly Frame[]): ((text: string) => string) | undefined {
  return numbers(ours) === numbers(theirs) ? (text) => text : undefined;
}

/** The blocks begun, and whether each has ended. */
function numbers(frames: readonly Frame[]): string {
  const events = frames.map(({ data }) => object(JSON.parse(data)));
  const of = (type: string) => events.filter((event) => event?.type === type).map((event) => event?.index);
  return JSON.stringify([of('content_block_start'), of('content_block_stop')]);
}
