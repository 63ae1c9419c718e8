import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold, play } from '../protocol/fold.ts';
import type { Part } from '../protocol/part.ts';
import type { Reply } from '../protocol/reply.ts';
import { Splice, type Wish } from './align.ts';
import { Seam } from './seam.ts';
import type { ToldBlock } from './telling.ts';

/** All of a text through a seam, in pieces. */
function through(seam: Seam, text: string, size = 3): string {
  let out = '';
  for (let at = 0; at < text.length; at += size) out += seam.push(text.slice(at, at + size));
  return out + seam.end();
}

const TEXT = 'The quick brown fox jumps over the lazy dog, and then it sleeps until the morning comes.';

describe('Seam', () => {
  it.each([
    ['goes on at once', TEXT.slice(30)],
    ['begins all over', TEXT],
    ['repeats its last sentence', TEXT.slice(10)],
    ['repeats the word that was cut', TEXT.slice(TEXT.lastIndexOf(' ', 29) + 1)],
  ])('joins a text that %s', (_, second) => {
    const told = TEXT.slice(0, 30);
    for (const size of [1, 3, 100]) {
      const seam = new Seam(told, told.slice(0, told.lastIndexOf(' ')));
      expect(told + through(seam, second, size), `${size}`).toBe(TEXT);
    }
  });

  it('refuses a text that begins alike and then says something else', () => {
    const seam = new Seam(TEXT.slice(0, 60), TEXT.slice(0, 56));
    expect(() => through(seam, `${TEXT.slice(0, 40)}cats, which is another story.`)).toThrow('something else');
  });

  it('an exact continuation of what was given loses and doubles nothing', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 6, maxLength: 40 }).map((list) => list.join(' '));
    fc.assert(
      fc.property(words, fc.nat(), fc.integer({ min: 1, max: 9 }), (text, at, size) => {
        const told = text.slice(0, 1 + (at % (text.length - 1)));
        const cut = told.replace(/\s*\S*$/, '');
        const given = cut === '' ? told : cut;
        // Words that repeat themselves at length are not told apart from a repetition.
        fc.pre(!/(.{8,}).*\1/.test(text) && told.length > 12);
        expect(told + through(new Seam(told, given), text.slice(given.length), size)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});

const CALL = { kind: 'tool-call', id: 'c1', name: 'read', input: 'json', arguments: '{"path":"a","n":1}' } as const;

/** The client's reply: what was told of one answer, and the rest of another spliced to it. */
function spliced(told: readonly Part[], wish: Wish, second: Reply): Reply {
  const blocks: ToldBlock[] = [];
  for (const part of told) {
    if (part.type === 'block-start') blocks.push({ start: part.block, text: '', isDone: false });
    else if (part.type === 'block-delta') blocks.at(-1)!.text += part.text;
    else if (part.type === 'block-end') blocks.at(-1)!.isDone = true;
  }
  const splice = new Splice(blocks, wish, { output: 5, input: 9 });
  return fold([...told, ...play(second).flatMap((part) => splice.push(part))]);
}

const told = (reply: Reply, parts: number): Part[] => play(reply).slice(0, parts);
const again: Wish = { kind: 'again' };

describe('Splice', () => {
  it('a call that was told is not made twice, under whatever id and spelling it comes again', () => {
    const first: Reply = { blocks: [{ kind: 'text', text: 'I look.' }, CALL], finish: { reason: 'tool-calls' } };
    const other = { ...CALL, id: 'c9', arguments: '{ "n": 1, "path": "a" }' };
    const next = { ...CALL, id: 'c8', name: 'run', arguments: '{}' };
    const reply = spliced(told(first, 7), again, { ...first, blocks: [first.blocks[0]!, other, next], usage: { input: 9, output: 7 } });
    expect(reply).toMatchObject({
      blocks: [{ text: 'I look.' }, { id: 'c1' }, { id: 'c8', name: 'run' }],
      usage: { input: 9, output: 12 },
    });
    expect(reply.blocks).toHaveLength(3);
  });

  it.each([
    [
      'calls it otherwise',
      [
        { kind: 'text', text: 'I look.' },
        { ...CALL, arguments: '{"path":"b"}' },
      ],
    ],
    ['says something else before', [{ kind: 'text', text: 'Well.' }, CALL]],
    [
      'does something else',
      [
        { kind: 'text', text: 'I look.' },
        { ...CALL, name: 'run' },
      ],
    ],
    ['ends before', [{ kind: 'text', text: 'I look.' }]],
  ] as [string, Reply['blocks']][])('an answer that %s is refused', (_, blocks) => {
    const first: Reply = { blocks: [{ kind: 'text', text: 'I look.' }, CALL], finish: { reason: 'tool-calls' } };
    expect(() => spliced(told(first, 7), again, { blocks, finish: { reason: 'stop' } })).toThrow('broke off');
  });

  it('a thought that is another one follows the one that was told; the same one goes on', () => {
    const first: Reply = { blocks: [{ kind: 'reasoning', text: 'First I' }], finish: { reason: 'stop' } };
    const second = (thought: string): Reply => ({
      blocks: [
        { kind: 'reasoning', text: thought, seal: { by: 'x', raw: 1 } },
        { kind: 'text', text: 'Yes.' },
      ],
      finish: { reason: 'stop' },
    });
    expect(spliced(told(first, 3), again, second('First I look.')).blocks).toEqual(second('First I look.').blocks);
    expect(spliced(told(first, 3), again, second('Let me see.')).blocks).toEqual([
      { kind: 'reasoning', text: 'First I' },
      ...second('Let me see.').blocks,
    ]);
  });

  it('a thought beside a text that goes on is left out, and calls follow', () => {
    const first: Reply = {
      blocks: [
        { kind: 'reasoning', text: 'Hm.' },
        { kind: 'text', text: 'The answer to it' },
      ],
    };
    const rest: Reply = {
      blocks: [{ kind: 'reasoning', text: 'More.' }, { kind: 'text', text: ' is 42.' }, CALL],
      finish: { reason: 'tool-calls' },
    };
    const reply = spliced(told(first, 6), { kind: 'onward', text: 'The answer to it', given: 'The answer to' }, rest);
    expect(reply.blocks).toEqual([{ kind: 'reasoning', text: 'Hm.' }, { kind: 'text', text: 'The answer to it is 42.' }, CALL]);
  });
});
