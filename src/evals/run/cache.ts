import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { canonical, type Plain } from '../../egress/journal/canonical.ts';

/** What was answered and graded before, by its content: the same question to the same model is not paid for twice. */
export interface RunCache {
  get(key: string): unknown;
  put(key: string, value: unknown): void;
}

/** SHA-256 of everything that could change what is kept under it. */
export function keyOf(content: Plain): string {
  return createHash('sha256').update(canonical(content)).digest('hex');
}

/** A file for each key. What cannot be read is not there. */
export class CacheFolder implements RunCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get(key: string): unknown {
    const file = this.#file(key);
    if (!existsSync(file)) return undefined;
    try {
      return JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      return undefined;
    }
  }

  put(key: string, value: unknown): void {
    const file = this.#file(key);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // Whole or not at all, also where two runs write it.
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, JSON.stringify(value), { mode: 0o600 });
    renameSync(draft, file);
  }

  #file(key: string): string {
    return join(this.#folder, key.slice(0, 2), `${key.slice(2)}.json`);
  }
}
