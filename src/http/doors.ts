import type { Dialect, Side } from '../protocol/dialect.ts';
import type { Embeddings } from '../protocol/embedding.ts';
import type { Memory, MemoryQuestion } from '../protocol/memory.ts';

interface Pattern<T> {
  before: string;
  after: string;
  value: T;
}

/** Paths and what is behind them. Exact paths are found at once, those with a `*` by their two ends. */
class Paths<T> {
  readonly #exact = new Map<string, T>();
  readonly #patterns: Pattern<T>[] = [];

  /** @throws Error when the path is taken */
  add(path: string, value: T): void {
    if (this.#exact.has(path)) throw new Error(`two dialects claim ${path}`);
    this.#exact.set(path, value);
    const star = path.indexOf('*');
    if (star >= 0) this.#patterns.push({ before: path.slice(0, star), after: path.slice(star + 1), value });
  }

  find(path: string): T | undefined {
    const exact = this.#exact.get(path);
    if (exact !== undefined) return exact;
    return this.#patterns.find(
      ({ before, after }) => path.length > before.length + after.length && path.startsWith(before) && path.endsWith(after),
    )?.value;
  }

  keys(): string[] {
    return [...this.#exact.keys()];
  }
}

/** What is behind a POST path. */
interface Door {
  dialect: Dialect;
  /** Present where vectors are made. */
  embeddings?: Embeddings;
}

/** The doors and side questions of all dialects. */
export class Doors {
  readonly #doors = new Paths<Door>();
  readonly #memories: Memory[] = [];
  readonly #sides = new Map<string, Paths<{ dialect: Dialect; side: Side }>>();

  /** @throws Error when two dialects claim one path */
  constructor(dialects: readonly Dialect[]) {
    for (const dialect of dialects) {
      if (dialect.memory) this.#memories.push(dialect.memory);
      for (const door of dialect.doors) this.#doors.add(door, { dialect });
      for (const door of dialect.embeddings?.doors ?? []) this.#doors.add(door, { dialect, embeddings: dialect.embeddings });
      for (const side of dialect.sides ?? []) {
        let sides = this.#sides.get(side.method);
        if (!sides) {
          sides = new Paths();
          this.#sides.set(side.method, sides);
        }
        sides.add(side.path, { dialect, side });
      }
    }
  }

  door(path: string): Door | undefined {
    return this.#doors.find(path);
  }

  side(method: string, path: string): { dialect: Dialect; side: Side } | undefined {
    return this.#sides.get(method)?.find(path);
  }

  /** What is asked about answers kept for clients of a dialect. @throws GatewayError */
  question(method: string, path: string, query: URLSearchParams): { memory: Memory; question: MemoryQuestion } | undefined {
    for (const memory of this.#memories) {
      const question = memory.question(method, path, query);
      if (question) return { memory, question };
    }
    return undefined;
  }

  /** Whose path it is, for the shape of an error. */
  owner(path: string): Dialect | undefined {
    const side = [...this.#sides.values()].map((sides) => sides.find(path)).find((found) => found !== undefined);
    return this.door(path)?.dialect ?? side?.dialect;
  }

  /** The door for who names none. */
  get first(): string {
    return this.#doors.keys()[0] ?? '';
  }

  /** All doors, for a hint. */
  list(): string {
    return this.#doors.keys().join(', ');
  }
}

const VERSIONED = /^\/(?:chat|responses|messages|models|completions|embeddings)(?:\/|$)/;

/**
 * The path as the doors spell it. Clients build base URLs with and without `/v1`, with trailing and with double slashes:
 * all of them mean the same door.
 */
export function canonicalPath(path: string): string {
  let clean = path.includes('//') ? path.replace(/\/{2,}/g, '/') : path;
  if (clean.length > 1 && clean.endsWith('/')) clean = clean.slice(0, -1);
  while (clean.startsWith('/v1/v1/')) clean = clean.slice(3);
  return VERSIONED.test(clean) ? `/v1${clean}` : clean;
}
