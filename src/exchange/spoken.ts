import type { Dialect, Frame, Target } from '../protocol/dialect.ts';
import type { Part } from '../protocol/part.ts';
import { Sequence } from '../protocol/sequence.ts';
import { readerOf } from './listen.ts';
import { madeFor, type Passage } from './passage.ts';
import { Telling } from './telling.ts';

/** Most bytes kept of one relayed stream, and of all together. */
const MOST = 4 * 1024 * 1024;
const MOST_OF_ALL = 256 * 1024 * 1024;
let held = 0;

/**
 * What a relayed stream has told its client, kept as its bytes: they are read only when it breaks off, so that a stream that does not costs
 * no more than before. A stream that is longer than what is kept cannot be continued.
 */
export class Spoken {
  #chunks: Buffer[] | undefined = [];
  #size = 0;

  /** @param bytes whole frames, as the client got them */
  push(bytes: Buffer): void {
    if (!this.#chunks) return;
    this.#size += bytes.length;
    held += bytes.length;
    this.#chunks.push(bytes);
    if (this.#size > MOST || held > MOST_OF_ALL) this.release();
  }

  release(): void {
    if (this.#chunks) held -= this.#size;
    this.#chunks = undefined;
  }

  /**
   * The answer so far as our own machine would have told it, to be gone on with under the provider's own names. Undefined when that is not
   * the same to the client.
   */
  telling(passage: Passage): Telling | undefined {
    const { incoming, asked, around, candidate } = passage;
    const { dialect } = incoming;
    if (!this.#chunks || !dialect.continues) return undefined;
    const newId = () => `call_${around.newId()}`;
    const theirs = framesOf(dialect, this.#chunks);
    const parts = heard(dialect, candidate.target, theirs, newId);
    const start = parts.find((part) => part.type === 'start');
    const to = { ...asked.prompt(), model: start?.model ?? asked.model };
    let named = (text: string) => text;
    const telling = new Telling(dialect.answer(to, madeFor(passage)), (text) => (text ? named(text) : text));
    const ours = framesOf(dialect, [Buffer.from(parts.map((part) => telling.part(part)).join(''))]);
    if (!isSame(contentOf(heard(dialect, candidate.target, ours, newId)), contentOf(parts))) return undefined;
    const naming = dialect.continues(ours, theirs);
    if (!naming) return undefined;
    named = naming;
    return telling;
  }
}

function framesOf({ framing }: Dialect, chunks: readonly Buffer[]): Frame[] {
  const reader = readerOf(framing);
  return chunks.flatMap((chunk) => reader.push(chunk));
}

function heard(dialect: Dialect, target: Target, frames: readonly Frame[], newId: () => string): Part[] {
  const hearing = dialect.hear(target);
  const sequence = new Sequence(newId);
  return frames.flatMap((frame) => hearing.frame(frame)).flatMap((part) => sequence.push(part));
}

interface Said {
  kind: string;
  name?: string;
  text: string;
}

/** What parts say, block by block; a block that says nothing yet is not there. */
function contentOf(parts: readonly Part[]): Said[] {
  const blocks: Said[] = [];
  for (const part of parts) {
    if (part.type === 'block-start')
      blocks.push({ kind: part.block.kind, ...(part.block.kind === 'tool-call' && { name: part.block.name }), text: '' });
    else if (part.type === 'block-delta') blocks.at(-1)!.text += part.text;
  }
  return blocks.filter(({ kind, text }) => text !== '' || (kind !== 'text' && kind !== 'reasoning'));
}

/** Whether we would have told the same. Of a thought that has not ended a dialect may hold the last piece back; it knows what to do about that. */
function isSame(ours: readonly Said[], theirs: readonly Said[]): boolean {
  const last = theirs.at(-1);
  const held = last?.kind === 'reasoning' && (ours.length < theirs.length || ours.at(-1)!.text !== last.text);
  if (!held) return JSON.stringify(ours) === JSON.stringify(theirs);
  const own = ours.length === theirs.length ? ours.at(-1)! : { ...last, text: '' };
  return (
    own.kind === last.kind &&
    last.text.startsWith(own.text) &&
    JSON.stringify(ours.slice(0, theirs.length - 1)) === JSON.stringify(theirs.slice(0, -1))
  );
}
