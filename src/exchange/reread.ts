import type { Dialect } from '../protocol/dialect.ts';
import { withinDepth } from '../protocol/errors.ts';
import { fold } from '../protocol/fold.ts';
import type { Part } from '../protocol/part.ts';
import type { Prompt } from '../protocol/prompt.ts';
import type { Reply } from '../protocol/reply.ts';
import { hearWhole, readerOf } from './listen.ts';
import type { Content } from './transcript.ts';

/** What a kept exchange says of its content. */
export interface KeptContent {
  /** The client's dialect. */
  dialect: string;
  /** The model as the client named it. */
  asked: string;
  stream: 0 | 1;
  content: Content;
}

/** What was asked and what was answered, read again. */
export interface Reread {
  prompt: Prompt;
  /** Finished: an answer that broke off is not read. */
  reply: Reply;
}

/**
 * Reads kept contents: the client's bytes by the verbs of its own dialect. Doors are not kept, so each of the dialect's is tried.
 * @returns a sentence instead where the content cannot be read or the answer is not whole
 */
export function reread(dialects: readonly Dialect[], { dialect: name, asked, stream, content }: KeptContent): Reread | string {
  const dialect = dialects.find((one) => one.name === name);
  if (!dialect) return `nobody speaks its dialect "${name}" any more`;
  let body: unknown;
  try {
    body = JSON.parse(content.request);
  } catch {
    return 'its request is not kept whole';
  }
  const prompt = accepted(dialect, asked, body);
  if (!prompt) return 'its request cannot be read any more';
  const reply = answerOf(dialect, content.answer, stream === 1);
  if (!reply?.finish) return 'its answer is not whole';
  return { prompt, reply };
}

function accepted(dialect: Dialect, asked: string, body: unknown): Prompt | undefined {
  for (const door of dialect.doors) {
    const path = door.replace('*', () => encodeURIComponent(asked));
    try {
      const prompt = withinDepth(() => dialect.accept({ path, query: new URLSearchParams(), headers: {}, body }));
      if (prompt.turns.length) return prompt;
    } catch {
      // Another door may read it.
    }
  }
  return undefined;
}

/** A whole body where it is one, for clients that wanted a stream and got a whole answer, else frames. */
function answerOf(dialect: Dialect, text: string, streamed: boolean): Reply | undefined {
  const whole = () => fold(hearWhole(Buffer.from(text), dialect.hear()));
  const framed = () => fold(framesOf(dialect, text));
  for (const read of streamed ? [framed, whole] : [whole, framed]) {
    try {
      const reply = read();
      if (reply.finish) return reply;
    } catch {
      // The other form may fit.
    }
  }
  return undefined;
}

function framesOf(dialect: Dialect, text: string): Part[] {
  const reader = readerOf(dialect.framing);
  const hearing = dialect.hear();
  const frames = [...reader.push(Buffer.from(text)), ...reader.end()];
  return [...frames.flatMap((frame) => hearing.frame(frame)), ...hearing.end()];
}
