import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Slots } from './slots.ts';

it('holds what came in and did not go out, each once', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(6)), (moves) => {
      const slots = new Slots<{ n: number }>();
      const held: { at: number; it: { n: number } }[] = [];
      for (const [n, move] of moves.entries()) {
        const gone = move < 3 ? held.splice(move, 1)[0] : undefined;
        if (gone) {
          slots.remove(gone.at);
          slots.remove(gone.at);
        } else {
          const it = { n };
          held.push({ at: slots.add(it), it });
        }
      }
      expect(new Set(slots.all())).toEqual(new Set(held.map(({ it }) => it)));
      expect(slots.all()).toHaveLength(held.length);
      expect(new Set(held.map(({ at }) => at)).size).toBe(held.length);
    }),
  );
});
