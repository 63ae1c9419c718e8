import { readFileSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Editors write in several steps: a change counts when the file was quiet this long. */
const QUIET_MS = 150;

interface WatchOptions<T> {
  /** The configuration's file. */
  file: string;
  /** Reads and checks it. @throws Error that says what is wrong */
  load: () => T;
  /** Told the new configuration; runs one at a time. */
  onChange: (next: T) => void | Promise<void>;
  /** Told why a change was not taken; the old configuration stays. */
  onProblem: (error: Error) => void;
}

export interface Watching {
  /** Looks now, also when the file looks the same: variables may have changed. */
  reload(): Promise<void>;
  close(): void;
}

/**
 * Watches a configuration file. Its folder is watched, because editors replace a file by renaming another one over it and container
 * platforms swap a link; the text decides whether anything changed.
 */
export function watchConfig<T>({ file, load, onChange, onProblem }: WatchOptions<T>): Watching {
  let timer: NodeJS.Timeout | undefined;
  let turn = Promise.resolve();
  let last = textOf(file);

  const take = (force: boolean) => {
    turn = turn.then(async () => {
      const text = textOf(file);
      // While an editor replaces the file it is gone for a moment; a file that stays away changes nothing either.
      if (!force && (text === undefined || text === last)) return;
      last = text;
      try {
        await onChange(load());
      } catch (error) {
        onProblem(error instanceof Error ? error : new Error(String(error)));
      }
    });
    return turn;
  };

  const watcher = watch(dirname(file), { persistent: false }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => void take(false), QUIET_MS);
  });
  watcher.on('error', (error) =>
    onProblem(new Error(`${file} is no longer watched: ${error.message}. Restart to take changes`, { cause: error })),
  );

  return {
    reload: () => take(true),
    close: () => {
      clearTimeout(timer);
      watcher.close();
    },
  };
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
