import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Block, Seal } from '../../protocol/block.ts';
import type { Dialect } from '../../protocol/dialect.ts';
import { play } from '../../protocol/fold.ts';
import type { Note } from '../../protocol/note.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Reply } from '../../protocol/reply.ts';
import { cut, prompts, replies, TOOLS } from './arbitrary.ts';
import { dialects, fixtures } from './fixtures.ts';
import * as run from './run.ts';
import { differences, meaningOf, replyLosses, unannounced } from './same.ts';

/** Sealed thoughts as each dialect's providers make them, from its own fixtures. */
const SEALED = new Map(dialects.map((dialect) => [dialect.name, sealedBy(dialect)]));
const ALL_SEALED = [...SEALED.values()].flat();

function sealedBy(dialect: Dialect): Block[] {
  const blocks = fixtures
    .filter((fixture) => fixture.dialect === dialect && fixture.whole !== undefined)
    .flatMap(({ whole }) => run.replyOf(run.hearWhole(dialect, whole)).blocks)
    .flatMap((block): Block[] =>
      block.kind === 'reasoning' && block.seal?.by === dialect.name ? [{ kind: 'reasoning', text: block.text, seal: block.seal }] : [],
    );
  return [...new Map(blocks.map((block) => [JSON.stringify(block), block])).values()];
}

const each = dialects.map((dialect) => [dialect.name, dialect] as const);
const pairs = dialects.flatMap((a) => dialects.filter((b) => b !== a).map((b) => [a.name, b.name, a, b] as const));
const RUNS = { numRuns: 60 };

interface Hop {
  prompt: Prompt;
  /** What differs and no note announces. */
  losses: string[];
  dropped: number;
  /** The exchange would answer 400 instead. */
  refused: boolean;
}

/** One hop: asked in a dialect, and accepted from a client that had written that very request. */
function hop(prompt: Prompt, dialect: Dialect): Hop {
  const { request, notes } = dialect.ask(prompt, run.TARGET);
  const again = dialect.accept(run.callOf(dialect, request));
  const noted = (wanted: Note['action']) => notes.filter(({ action }) => action === wanted).length;
  const losses = unannounced(meaningOf(prompt), meaningOf(again), notes);
  return { prompt: again, losses, dropped: noted('dropped'), refused: noted('refused') > 0 };
}

describe('a prompt', () => {
  test.each(each)('asked in %s loses what the notes say and nothing else', (_, dialect) => {
    fc.assert(
      fc.property(prompts(ALL_SEALED), (prompt) => {
        const before = structuredClone(prompt);
        const after = hop(prompt, dialect);
        expect(prompt).toEqual(before);
        expect(after.losses).toEqual([]);
        if (differences(meaningOf(prompt), meaningOf(after.prompt)).length === 0)
          expect(after.dropped, 'notes of losses that did not happen').toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test.each(pairs)('%s → %s → home', (_a, _b, a, b) => {
    fc.assert(
      fc.property(prompts(SEALED.get(a.name)!), (prompt) => {
        const there = hop(prompt, a);
        if (there.refused) return;
        const abroad = hop(there.prompt, b);
        expect(abroad.losses).toEqual([]);
        if (abroad.refused) return;
        expect(hop(abroad.prompt, a).losses).toEqual([]);
      }),
      RUNS,
    );
  });

  test.each(each)('asked in %s again and again is the same request', (_, dialect) => {
    fc.assert(
      fc.property(prompts(ALL_SEALED), (prompt) => {
        const once = dialect.ask(prompt, run.TARGET).request;
        expect(dialect.ask(dialect.accept(run.callOf(dialect, once)), run.TARGET).request).toEqual(once);
      }),
      RUNS,
    );
  });
});

/** A client that speaks `dialect` and has our tools. */
const clientOf = (dialect: Dialect, stream: boolean): Prompt => run.promptWith(dialect, stream, TOOLS);

/** What an upstream that speaks `a` answers a client that speaks `b`. */
const repliesTo = (a: Dialect, b: Dialect) => replies(SEALED.get(a.name)!, hop(clientOf(b, false), a).prompt.tools);

describe('a reply', () => {
  test.each(pairs)('of %s, answered in %s, loses what the notes say and nothing else', (_a, _b, a, b) => {
    fc.assert(
      fc.property(repliesTo(a, b), fc.array(fc.nat(), { maxLength: 4 }), (reply, dice) => {
        const streamed = run.answerStream(b, clientOf(b, true), cut(play(reply), dice));
        const whole = run.answerWhole(b, clientOf(b, false), reply);
        expect(replyLosses(reply, run.replyOf(run.readBack(b, streamed.text)), streamed.notes)).toEqual([]);
        expect(replyLosses(reply, run.replyOf(run.hearWhole(b, whole.body)), whole.notes)).toEqual([]);
      }),
      RUNS,
    );
  });

  test.each(pairs)('of %s comes home from a client that speaks %s with its seals as they were', (_a, _b, a, b) => {
    fc.assert(
      fc.property(repliesTo(a, b), fc.boolean(), (reply, stream) => {
        const heard = stream
          ? run.replyOf(run.readBack(b, run.answerStream(b, clientOf(b, true), play(reply)).text))
          : run.replyOf(run.hearWhole(b, run.answerWhole(b, clientOf(b, false), reply).body));
        const home = historyOf(b, heard);
        expect(seals(home)).toEqual(seals(reply.blocks));
        const asked = a.ask({ ...clientOf(b, false), turns: [...user, { role: 'assistant', blocks: home }, ...user] }, run.TARGET);
        const sent = a.accept(run.callOf(a, asked.request));
        const kept = sent.turns.flatMap(({ blocks }) => seals(blocks));
        for (const seal of kept) expect(seals(reply.blocks)).toContainEqual(seal);
        if (asked.notes.length === 0) expect(kept).toEqual(seals(reply.blocks));
      }),
      RUNS,
    );
  });
});

const user: Prompt['turns'] = [{ role: 'user', blocks: [{ kind: 'text', text: 'Go on.' }] }];

/** The assistant's turn as a client of `dialect` sends it back: the client keeps what it read, and knows nothing of wrapped seals. */
function historyOf(dialect: Dialect, heard: Reply): Reply['blocks'] {
  const prompt: Prompt = {
    ...clientOf(dialect, false),
    turns: [...user, { role: 'assistant', blocks: heard.blocks }, ...user],
  };
  const { request } = dialect.ask(prompt, run.TARGET);
  const again = dialect.accept(run.callOf(dialect, request));
  return again.turns.filter(({ role }) => role === 'assistant').flatMap(({ blocks }) => blocks);
}

/** Each seal with the text it seals: one without the other is refused by its provider. */
function seals(blocks: Reply['blocks']): { text: string; seal: Seal }[] {
  return blocks.flatMap((block) => {
    if (block.kind !== 'reasoning' && block.kind !== 'tool-call') return [];
    return block.seal ? { text: block.kind === 'reasoning' ? block.text : block.id, seal: block.seal } : [];
  });
}
