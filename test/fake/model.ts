import { answerStream, answerWhole, callOf, promptWith } from '../../src/dialects/contract/run.ts';
import type { Dialect } from '../../src/protocol/dialect.ts';
import { fold, play } from '../../src/protocol/fold.ts';
import type { Part } from '../../src/protocol/part.ts';
import type { Prompt } from '../../src/protocol/prompt.ts';
import type { Reply } from '../../src/protocol/reply.ts';
import type { Script, Seen } from './upstream.ts';

/** A model behind a fake upstream: it has one answer, and goes on with it where it is given its beginning. */

const TYPES = { sse: 'text/event-stream', ndjson: 'application/x-ndjson', eventstream: 'application/vnd.amazon.eventstream' };

/** What was asked, as the dialect's own server reads it. */
export function promptOf(dialect: Dialect, { url, body }: Seen): Prompt {
  return dialect.accept(callOf(dialect, { path: url, headers: {}, body: JSON.parse(body) as Record<string, unknown> }));
}

/** The beginning of its answer that a prompt gives, if it gives one. */
export function given({ turns }: Prompt): string | undefined {
  const turn = turns.findLast(({ role }) => role === 'assistant');
  if (!turn || turns.indexOf(turn) < turns.length - 2) return undefined;
  return turn.blocks.map((block) => (block.kind === 'text' ? block.text : '')).join('');
}

/** What is missing of an answer behind a beginning; all of it where that is no beginning of its text. */
export function restOf(reply: Reply, beginning: string | undefined): Reply {
  const text = reply.blocks.map((block) => (block.kind === 'text' ? block.text : '')).join('');
  if (!beginning || !text.startsWith(beginning)) return reply;
  const calls = reply.blocks.filter(({ kind }) => kind === 'tool-call');
  return { ...reply, blocks: [{ kind: 'text', text: text.slice(beginning.length) }, ...calls] };
}

/** A stream in small pieces of text, as models write them. */
export function pieces(reply: Reply, size: number): Part[] {
  return play(reply).flatMap((part): Part[] => {
    if (part.type !== 'block-delta') return [part];
    const cut: Part[] = [];
    for (let at = 0; at < part.text.length; at += size) cut.push({ ...part, text: part.text.slice(at, at + size) });
    return cut;
  });
}

/** The bytes of an answer in a dialect. */
export function streamOf(dialect: Dialect, reply: Reply, size = 4): Buffer {
  const tools = reply.blocks.flatMap((block) => (block.kind === 'tool-call' ? [{ kind: 'function', name: block.name } as const] : []));
  return Buffer.from(answerStream(dialect, promptWith(dialect, true, tools), pieces(reply, size)).text);
}

/** Answers whole or streamed, as it is asked. @param answer what it says to a prompt */
export function says(dialect: Dialect, answer: (prompt: Prompt) => Reply): Script {
  return (response, seen) => {
    const prompt = promptOf(dialect, seen);
    const reply = answer(prompt);
    if (prompt.stream) response.writeHead(200, { 'content-type': TYPES[dialect.framing] }).end(streamOf(dialect, reply));
    else {
      const tools = reply.blocks.flatMap((block) => (block.kind === 'tool-call' ? [{ kind: 'function', name: block.name } as const] : []));
      const { body } = answerWhole(dialect, promptWith(dialect, false, tools), fold(play(reply)));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }
  };
}

/** Streams the first bytes of an answer and then ends, cuts the connection, or falls silent. */
export function breaksAt(dialect: Dialect, bytes: Buffer, then: 'end' | 'cut' | 'hang'): Script {
  return async (response) => {
    response.writeHead(200, { 'content-type': TYPES[dialect.framing] });
    if (bytes.length) await new Promise<void>((sent) => response.write(bytes, () => sent()));
    if (then === 'end') response.end();
    else if (then === 'cut') setTimeout(() => response.destroy(), 5);
    else response.flushHeaders();
  };
}

/** A request in a client's dialect that declares the tools of an answer. @param text what is asked: another one is another conversation */
export function requestTo(
  dialect: Dialect,
  model: string,
  stream: boolean,
  tools: readonly string[] = [],
  text = 'Do it, please.',
): { path: string; body: object } {
  const prompt: Prompt = {
    dialect: 'test',
    model,
    stream,
    turns: [{ role: 'user', blocks: [{ kind: 'text', text }] }],
    tools: tools.map((name) => ({ kind: 'function', name, schema: { type: 'object', properties: {} } })),
    sampling: {},
    maxTokens: 500,
  };
  const { request } = dialect.ask(prompt, { model });
  const door = dialect.doors.find((one) => !one.includes('*'));
  return { path: door ?? `/v1beta/${request.path.replace(/^\/?(v1beta\/)?/, '')}`, body: request.body };
}
