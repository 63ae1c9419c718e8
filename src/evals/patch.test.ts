import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPatch } from './patch.ts';

const files = { 'a.txt': 'one\ntwo\nthree\nfour\nfive\n' };
const hunk = (head: string, body: string) => `--- a/a.txt\n+++ b/a.txt\n${head}\n${body}`;

describe('a unified diff', () => {
  it('changes, adds and removes lines', () => {
    expect(applyPatch(hunk('@@ -1,3 +1,4 @@', ' one\n-two\n+2\n+2b\n three\n'), files)).toEqual({
      files: { 'a.txt': 'one\n2\n2b\nthree\nfour\nfive\n' },
    });
  });
  it('makes a new file', () => {
    expect(applyPatch('--- /dev/null\n+++ b/n.txt\n@@ -0,0 +1,2 @@\n+x\n+y\n', files)).toEqual({ files: { 'n.txt': 'x\ny\n' } });
  });
  it('applies where its numbers are off and its lines occur once', () => {
    expect(applyPatch(hunk('@@ -40,2 +40,2 @@', ' four\n-five\n+5\n'), files)).toEqual({
      files: { 'a.txt': 'one\ntwo\nthree\nfour\n5\n' },
    });
    expect(applyPatch(hunk('@@', ' four\n-five\n+5\n'), files)).toEqual({ files: { 'a.txt': 'one\ntwo\nthree\nfour\n5\n' } });
  });
  it('does not guess', () => {
    expect(applyPatch(hunk('@@ -1,1 +1,1 @@', '-six\n+6\n'), files)).toEqual({
      problem: 'a.txt: hunk 1 does not fit: no lines "six" … as it has them',
    });
    const twice = { 'a.txt': 'x\ny\nx\ny\n' };
    expect(applyPatch(hunk('@@ -9,1 +9,1 @@', '-x\n+z\n'), twice)).toEqual({ problem: 'a.txt: hunk 1 fits in 2 places' });
    expect(applyPatch(hunk('@@ -1 +1 @@', '-one\n+1\n'), {})).toEqual({ problem: 'it changes a.txt, which is not there' });
    expect(applyPatch('nothing', files)).toEqual({ problem: 'it holds no file with hunks' });
  });
  it('undoes nothing and loses nothing, whatever the lines', () => {
    const line = fc.constantFrom('a', 'b', '', ' c', '-d', '+e');
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 12 }), fc.nat(11), line, (lines, where, fresh) => {
        const at = where % lines.length;
        const changed = lines.with(at, fresh);
        const body = lines.map((one, n) => (n === at ? `-${one}\n+${fresh}` : ` ${one}`)).join('\n');
        const patch = `--- a/f\n+++ b/f\n@@ -1,${lines.length} +1,${lines.length} @@\n${body}\n`;
        expect(applyPatch(patch, { f: `${lines.join('\n')}\n` })).toEqual({ files: { f: `${changed.join('\n')}\n` } });
      }),
    );
  });
});
