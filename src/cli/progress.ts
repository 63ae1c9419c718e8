import type { Progress } from '../engines/meter.ts';
import { type Shell, tell } from './shell.ts';

const BAR = 28;

/** Characters that clear the line. */
const START = '\r\x1b[2K'.length;

/** Shows how far long work is: one line that moves on a terminal, a line for each tenth elsewhere. */
export class ProgressLine {
  readonly #shell: Shell;
  #tenth = -1;
  #open = false;

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  /** A download. */
  show(progress: Progress): void {
    this.at(progress.total ? progress.bytes / progress.total : 0, describe(progress));
  }

  /** Any work. @param share of it that is done @param words that say so */
  at(share: number, words: string): void {
    const { stderr } = this.#shell;
    if (stderr.isTTY) {
      // A line that wraps could not be written over.
      stderr.write(`\r\x1b[2K${bar({ bytes: share, total: 1 })} ${words}`.slice(0, START + (stderr.columns || 80) - 1));
      this.#open = true;
      return;
    }
    const tenth = Math.floor(share * 10);
    if (tenth === this.#tenth) return;
    this.#tenth = tenth;
    tell(this.#shell, words);
  }

  /** Leaves the line, so that what follows stands on its own. */
  end(): void {
    if (this.#open) this.#shell.stderr.write('\n');
    this.#open = false;
  }
}

/** Shows how far a piece of work is: a bar on a terminal, one line for each step elsewhere. */
export function shareLine({ stderr }: Shell): { show(step: string, share: number): void; end(): void } {
  let last = '';
  const end = () => {
    if (last && stderr.isTTY) stderr.write('\n');
    last = '';
  };
  return {
    end,
    show: (step, share) => {
      if (last !== step) {
        end();
        if (!stderr.isTTY) stderr.write(`${step} …\n`);
      }
      if (stderr.isTTY) stderr.write(`\r\x1b[2K${bar({ bytes: share, total: 1 })} ${step}`);
      last = step;
    },
  };
}

function bar({ bytes, total }: Pick<Progress, 'bytes' | 'total'>): string {
  const full = total ? Math.min(BAR, Math.round((bytes / total) * BAR)) : 0;
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)}`;
}

/** A download in words, e.g. `45%  49 of 108 MB  3.1 MB/s  19 s left`. */
export function describe({ bytes, total, bytesPerSecond, etaSeconds }: Progress): string {
  const words = [
    total ? `${String(Math.floor((bytes / total) * 100)).padStart(3)}%` : '',
    total ? `${size(bytes)} of ${size(total)}` : size(bytes),
  ];
  if (bytesPerSecond) words.push(`${size(bytesPerSecond)}/s`);
  if (etaSeconds) words.push(`${duration(etaSeconds)} left`);
  return words.filter(Boolean).join('  ');
}

/** Bytes as people say them, in powers of ten like disks and downloads. */
export function size(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  if (bytes < 1e9) return `${bytes < 1e7 ? (bytes / 1e6).toFixed(1) : Math.round(bytes / 1e6)} MB`;
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** A span of time as people say it. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
