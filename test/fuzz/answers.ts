import { deepStrictEqual, fail, ok } from 'node:assert/strict';
import * as run from '../../src/dialects/contract/run.ts';
import type { Dialect } from '../../src/protocol/dialect.ts';
import { fold } from '../../src/protocol/fold.ts';
import type { Part } from '../../src/protocol/part.ts';
import { isJsonObject } from '../../src/protocol/tools.ts';
import { bytesOf, named, names, packetsOf, type Stirred, streamsOf, textOf } from './stir.ts';
import { subject } from './subject.ts';

/** Without one of these words somewhere in the stream no answer of that dialect can have ended well. */
const TERMINAL: Readonly<Record<string, RegExp>> = {
  'openai-chat': /finish_reason/,
  'openai-responses': /response\.(completed|incomplete)|"status"/,
  anthropic: /message_stop/,
  gemini: /finishReason|blockReason/,
  ollama: /"done"\s*:\s*true/,
};

interface Case extends Stirred {
  upstream: string;
  client: string;
}

export const answers = subject<Case>({
  name: 'answers',
  about: 'streams of every dialect, spoiled and cut anywhere, answered in every dialect, streamed and whole',
  share: 40,
  cases: names.chain((upstream) => names.chain((client) => streamsOf(named(upstream)).map((made) => ({ ...made, upstream, client })))),
  holds({ upstream: spoken, client, ...stirred }) {
    const upstream = named(spoken);
    const frames = run.framesOf(upstream, [bytesOf(stirred)]);
    deepStrictEqual(run.framesOf(upstream, packetsOf(stirred)), frames, 'frames depend on how the bytes are cut');
    const heard = run.hearFrames(upstream, frames);
    run.expectOrderly(heard);
    ok(heard.length <= 8 * stirred.latin1.length + 8, `${heard.length} parts of ${stirred.latin1.length} bytes`);
    if (heard.at(-1)?.type === 'finish' && !TERMINAL[upstream.name]!.test(textOf(frames))) fail('a success without a terminal event');
    for (const frame of frames) upstream.glance(frame.data);
    delivered(named(client), run.inSequence(heard), stirred.latin1.length);
  },
});

/** What the client gets is orderly, says the same as the parts, and is a success only when they are. */
function delivered(client: Dialect, parts: readonly Part[], size: number): void {
  run.expectOrderly(parts);
  const reply = fold(parts);
  const calls = reply.blocks.filter((block) => block.kind === 'tool-call');
  const ids = calls.map(({ id }) => id);
  ok(ids.every(Boolean) && new Set(ids).size === ids.length, `ids of calls: ${ids.join()}`);
  const isCut = reply.finish?.reason === 'length' || reply.finish?.reason === 'filter';
  ok(isCut || calls.every((call) => call.input === 'text' || isJsonObject(call.arguments)), 'a call that nobody can run');
  const { to, parts: known } = run.clientOf(client, parts, true);
  const { text } = run.answerStream(client, to, known);
  ok(text.length <= 60 * size + 40_000, `${size} bytes became ${text.length}`);
  const again = run.replyOf(run.readBack(client, text));
  deepStrictEqual([again.finish !== undefined, again.error !== undefined], [reply.finish !== undefined, reply.error !== undefined]);
  if (reply.error) return;
  const { body } = run.answerWhole(client, { ...to, stream: false }, reply);
  const whole = run.replyOf(run.hearWhole(client, body));
  ok(whole.error === undefined, `a whole answer that its own dialect cannot read: ${whole.error?.message}`);
}
