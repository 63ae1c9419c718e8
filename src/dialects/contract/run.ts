import { expect } from 'vitest';
import type { Call, Dialect, Frame, Framing, Made, Target, UpstreamDialect, WireRequest } from '../../protocol/dialect.ts';
import { fold } from '../../protocol/fold.ts';
import { parseExact } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { Part } from '../../protocol/part.ts';
import type { Prompt, Tool } from '../../protocol/prompt.ts';
import type { Reply } from '../../protocol/reply.ts';
import { Sequence } from '../../protocol/sequence.ts';
import { declared, wireName } from '../../protocol/tools.ts';
import { EventStreamReader } from '../../wire/eventstream.ts';
import type { FrameReader } from '../../wire/frames.ts';
import { NdjsonReader } from '../../wire/ndjson.ts';
import { SseReader } from '../../wire/sse.ts';

/** Drives the verbs of a dialect as the exchange does, with ids that count instead of chance. */

export const TARGET: Target = { model: 'upstream-model', window: 200_000, maxOutput: 64_000 };
export const MADE: Made = { id: 'abc123', at: 1_760_000_000 };

/** A client's call. `path` (with its query) is the dialect's first door where nothing else is said. */
export function call(dialect: Dialect, body: unknown, path = dialect.doors[0]!.replace('*', 'client-model')): Call {
  const [door, query] = path.split('?');
  return { path: door!, query: new URLSearchParams(query), headers: {}, body };
}

/** What a dialect asked, as a client's call on the door that it is for. */
export function callOf(dialect: Dialect, request: WireRequest): Call {
  const asked = `/${request.path.replace(/^\/+/, '')}`;
  for (const door of dialect.doors) {
    // A request's path is relative to the provider's URL, which holds the front of the door or nothing.
    for (let at = 0; at >= 0; at = door.indexOf('/', at + 1)) {
      const pattern = door
        .slice(at)
        .replace(/[^\w*]/g, '\\$&')
        .replace('*', '.+');
      if (new RegExp(`^${pattern}$`).test(asked.split('?')[0]!)) return call(dialect, overWire(request.body), door.slice(0, at) + asked);
    }
  }
  throw new Error(`${dialect.name} asks ${request.path}, which is none of its doors: ${dialect.doors.join(' ')}`);
}

/** A body that names the upstream's model where it named the client's. */
export function renamed(body: unknown): object {
  const named = body as { model?: unknown };
  return named.model === undefined ? named : { ...named, model: TARGET.model };
}

/** A JSON value as it looks after a trip over the wire. */
export function overWire<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

const READERS: Readonly<Record<Framing, new () => FrameReader>> = { sse: SseReader, ndjson: NdjsonReader, eventstream: EventStreamReader };

export function framesOf(dialect: Pick<UpstreamDialect, 'framing' | 'hear'>, packets: Iterable<Uint8Array>): Frame[] {
  const reader = new READERS[dialect.framing]();
  const frames: Frame[] = [];
  for (const packet of packets) frames.push(...reader.push(packet));
  frames.push(...reader.end());
  return frames;
}

/** All parts of a stream, the end of the stream included. */
export function hearFrames(dialect: Pick<UpstreamDialect, 'framing' | 'hear'>, frames: readonly Frame[]): Part[] {
  const hearing = dialect.hear(TARGET);
  return [...frames.flatMap((frame) => hearing.frame(frame)), ...hearing.end()];
}

export function hearStream(dialect: Pick<UpstreamDialect, 'framing' | 'hear'>, bytes: Uint8Array): Part[] {
  return hearFrames(dialect, framesOf(dialect, [bytes]));
}

export function hearWhole(dialect: Pick<UpstreamDialect, 'framing' | 'hear'>, body: unknown): Part[] {
  return dialect.hear(TARGET).whole(body);
}

export function inSequence(parts: readonly Part[]): Part[] {
  let made = 0;
  const machine = new Sequence(() => `call_made${made++}`);
  return parts.flatMap((part) => machine.push(part));
}

export const replyOf = (parts: readonly Part[]): Reply => fold(inSequence(parts));

/** The client's stream, and what was noted on the way. */
export function answerStream(dialect: Dialect, to: Prompt, parts: readonly Part[]): { text: string; notes: Note[] } {
  const answering = dialect.answer(to, MADE);
  const text = parts.map((part) => answering.part(part)).join('') + answering.end();
  return { text, notes: answering.notes };
}

export function answerWhole(dialect: Dialect, to: Prompt, reply: Reply): { body: unknown; notes: Note[] } {
  const answering = dialect.answer(to, MADE);
  return { body: parseExact(JSON.stringify(answering.whole(reply))), notes: answering.notes };
}

/** The client's stream as a client of that dialect reads it back. */
export function readBack(dialect: Dialect, text: string): Part[] {
  return hearStream(dialect, new TextEncoder().encode(text));
}

/** A prompt of a client that speaks `dialect` and declared these tools, in the way that this dialect can. */
export function promptWith(dialect: Dialect, stream: boolean, tools: readonly Tool[] = []): Prompt {
  const prompt: Prompt = {
    dialect: 'contract',
    model: 'client-model',
    stream,
    turns: [{ role: 'user', blocks: [{ kind: 'text', text: 'Do it.' }] }],
    tools: [...tools],
    sampling: {},
  };
  const declared = dialect.accept(callOf(dialect, dialect.ask(prompt, TARGET).request)).tools;
  return { ...prompt, dialect: dialect.name, streamUsage: stream || undefined, tools: declared };
}

/** A prompt of a client that speaks `dialect` and declared the tools that `reply` calls. */
export function promptFor(dialect: Dialect, reply: Reply, stream: boolean): Prompt {
  const tools = new Map<string, Tool>();
  for (const block of reply.blocks) {
    if (block.kind !== 'tool-call') continue;
    const { name, namespace, input } = block;
    tools.set(wireName(block), { kind: input === 'text' ? 'text' : 'function', name, namespace });
  }
  return promptWith(dialect, stream, [...tools.values()]);
}

/**
 * The client of an answer recorded elsewhere. What it cannot declare (a namespace) its upstream would not have known, so the calls are
 * renamed to what it did declare.
 */
export function clientOf(dialect: Dialect, parts: readonly Part[], stream: boolean): { to: Prompt; parts: Part[] } {
  const to = promptFor(dialect, fold(parts), stream);
  const renamed = parts.map((part): Part => {
    if (part.type !== 'block-start' || part.block.kind !== 'tool-call') return part;
    const tool = declared(to, wireName(part.block));
    return tool ? { ...part, block: { ...part.block, name: tool.name, namespace: tool.namespace } } : part;
  });
  return { to, parts: renamed };
}

/** What holds for the parts of every answer, however broken the upstream: starts dense and in order, one end of all, nothing after it. */
export function expectOrderly(parts: readonly Part[]): void {
  const open = new Set<number>();
  let next = 0;
  parts.forEach((part, at) => {
    if (part.type === 'block-start') {
      expect(part.index).toBe(next++);
      open.add(part.index);
    } else if (part.type === 'block-delta' || part.type === 'block-end') {
      expect(open, `${part.type} of a block that is not open`).toContain(part.index);
      if (part.type === 'block-end') open.delete(part.index);
    } else if (part.type === 'finish' || part.type === 'fault') {
      expect(at, `parts after ${part.type}`).toBe(parts.length - 1);
      if (part.type === 'finish') expect([...open], 'blocks open at the finish').toEqual([]);
    }
  });
  expect(['finish', 'fault'], 'the last part').toContain(parts.at(-1)?.type);
}
