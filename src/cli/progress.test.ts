import { expect, it } from 'vitest';
import { fakeShell } from './fixtures/shell.ts';
import { ProgressLine } from './progress.ts';

it('a bar keeps to one line of the terminal, however much there is to say', () => {
  const { shell, err } = fakeShell({ isTTY: true });
  shell.stderr.columns = 60;
  const line = new ProgressLine(shell);
  line.at(0.5, 'words '.repeat(40));
  expect(err().slice(5)).toHaveLength(59);
  line.end();
  expect(err()).toBe('\n');
});

it('elsewhere it says each tenth once', () => {
  const { shell, err } = fakeShell();
  const line = new ProgressLine(shell);
  for (let done = 0; done <= 20; done++) line.at(done / 20, `${done} of 20`);
  line.end();
  expect(err().trim().split('\n')).toEqual([
    '0 of 20',
    '2 of 20',
    '4 of 20',
    '6 of 20',
    '8 of 20',
    '10 of 20',
    '12 of 20',
    '14 of 20',
    '16 of 20',
    '18 of 20',
    '20 of 20',
  ]);
});
