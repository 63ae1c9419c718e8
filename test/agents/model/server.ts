import { setTimeout } from 'node:timers/promises';
import type { Script } from '../../fake/upstream.ts';
import type { Conversation } from './conversation.ts';
import type { Upstream } from './turn.ts';

/** Plays a conversation through one dialect over real HTTP. */
export function play(upstream: Upstream, conversation: Conversation): Script {
  return async (response, seen) => {
    const body = JSON.parse(seen.body) as Record<string, unknown>;
    const asked = upstream.ask(body, seen.url, conversation.issued);
    const reaction = conversation.react(asked);
    const json = (status: number, value: unknown, headers: Record<string, string> = {}) =>
      void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
    if (reaction.kind === 'refuse') {
      const message = { limit: 'Rate limit reached for requests', overloaded: 'Overloaded', window: upstream.tooLong, invalid: '' }[
        reaction.why
      ];
      const { status, body: error } = upstream.refuse(reaction.why, reaction.message ?? message);
      return json(status, error, reaction.why === 'limit' ? { 'retry-after': '1' } : {});
    }
    if (!asked.stream) {
      if (reaction.kind === 'cut') return void response.destroy();
      const whole = upstream.whole(reaction.turn, body);
      conversation.sent(reaction, JSON.stringify(whole));
      return json(200, whole);
    }
    const { frames, open } = upstream.stream(reaction.turn, body);
    const bytes = frames.map((frame) => Buffer.from(frame));
    const half = bytes[open] ?? Buffer.alloc(0);
    const sent = reaction.kind === 'turn' ? bytes : [...bytes.slice(0, open), half.subarray(0, half.length / 2)];
    const all = Buffer.concat(sent);
    conversation.sent(reaction, all.toString('utf8'));
    response.writeHead(200, { 'content-type': upstream.contentType });
    if (reaction.kind === 'turn') return void response.end(all);
    // Piece by piece, so that the client has seen the beginning when the rest fails to come.
    for (const frame of sent) {
      response.write(frame);
      await setTimeout(3);
    }
    response.destroy();
  };
}
