import type { Part } from '../../protocol/part.ts';

/** A block as it is heard. */
export interface Track {
  index: number;
  /** What was passed on so far, until the block is over: the final form is compared with it. */
  pieces: string[];
  size: number;
  open: boolean;
}

/** Passes on more of a block. */
export function say(track: Track, text: string, out: Part[]): void {
  if (!track.open) return;
  track.pieces.push(text);
  track.size += text.length;
  out.push({ type: 'block-delta', index: track.index, text });
}

/** Says what of the final text was not said yet; a final text that differs from what was said changes nothing. */
export function fill(track: Track, final: string, out: Part[]): void {
  if (final.length <= track.size) return;
  const said = track.pieces.join('');
  if (final.startsWith(said)) say(track, final.slice(said.length), out);
}

/** Ends a block, once. */
export function end(track: Track, how: Omit<Extract<Part, { type: 'block-end' }>, 'type' | 'index'>, out: Part[]): void {
  if (!track.open) return;
  track.open = false;
  track.pieces = [];
  const part: Part = { type: 'block-end', index: track.index };
  if (how.seal) part.seal = how.seal;
  if (how.rest) part.rest = how.rest;
  if (how.raw !== undefined) part.raw = how.raw;
  out.push(part);
}
