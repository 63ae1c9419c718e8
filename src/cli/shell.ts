import { stripVTControlCharacters, styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** The terminal a command runs in, handed in so that tests bring their own. */
export interface Shell {
  env: NodeJS.ProcessEnv;
  cwd: string;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  stderr: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  /** Runs `stop` on the first Ctrl-C or SIGTERM. Returns what takes that back. */
  onStop(stop: () => void): () => void;
}

/** This process. A second Ctrl-C ends it at once. */
export function processShell(): Shell {
  const { env, stdin, stdout, stderr } = process;
  // `freehold models | head` closes the pipe early; that is no failure.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return {
    env,
    cwd: process.cwd(),
    stdin,
    stdout,
    stderr,
    onStop: (stop) => {
      const once = () => {
        off();
        stop();
      };
      const off = () => {
        process.off('SIGINT', once);
        process.off('SIGTERM', once);
      };
      process.once('SIGINT', once);
      process.once('SIGTERM', once);
      return off;
    },
  };
}

/** A line for people or programs. */
export function say(shell: Shell, line = ''): void {
  shell.stdout.write(`${line}\n`);
}

/** A line about the work itself, kept out of what others read from stdout. */
export function tell(shell: Shell, line = ''): void {
  shell.stderr.write(`${line}\n`);
}

/** Text in a style, where the stream shows styles and NO_COLOR is not set. */
export function paint(stream: Shell['stdout'], style: Style, text: string): string {
  return styleText(style, text, { stream });
}

/**
 * Rows as a table with aligned columns. The first row is the head. Columns in `right` are aligned to the right.
 * Nothing is cut: a name that is too long for the terminal must still be copied.
 */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const size = (cell: string) => stripVTControlCharacters(cell).length;
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => size(row[at] ?? ''))));
  return rows
    .map((row) =>
      row
        .map((cell, at) => {
          const gap = ' '.repeat(widths[at]! - size(cell));
          return right.includes(at) ? gap + cell : cell + gap;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
