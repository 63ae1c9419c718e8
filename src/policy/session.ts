import type { Turn } from '../protocol/prompt.ts';
import type { Trail } from './loops.ts';

/** Headers by which coding tools name a conversation, and Freehold's own for those that do not. */
const HEADERS = [
  'x-freehold-session',
  'x-claude-code-session-id',
  'session-id',
  'session_id',
  'thread-id',
  'x-session-id',
  'x-session-affinity',
  'conversation_id',
];
/** A tool's helpers converse on their own: each is a conversation. */
const AGENT = 'x-claude-code-agent-id';
const LONGEST = 200;

/** What a request says of its conversation beside its headers. */
interface Said {
  /** The end user's id; some tools put the conversation's into it, as JSON or behind `session_`. */
  user?: string;
  cacheKey?: string;
}

/** What a tool's headers call the conversation, whichever of its helpers speaks. @param headers names in lower case */
export function namedIn(headers: Readonly<Record<string, string | string[] | undefined>>): string | undefined {
  return HEADERS.map((header) => short(headers[header])).find((one) => one !== undefined);
}

/** What names the conversation, and its helper where one speaks; undefined where the tool does not say. @param headers names in lower case */
export function sessionName(headers: Readonly<Record<string, string | string[] | undefined>>, said: Said = {}): string | undefined {
  const name =
    HEADERS.map((header) => short(headers[header])).find((one) => one !== undefined) ?? inUser(said.user) ?? short(said.cacheKey);
  const agent = short(headers[AGENT]);
  return name !== undefined && agent !== undefined ? `${name} ${agent}` : name;
}

function short(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST ? value : undefined;
}

function inUser(user: string | undefined): string | undefined {
  if (user === undefined || user.length > 1000) return undefined;
  return /"session_id"\s{0,4}:\s{0,4}"([^"]{1,200})"/.exec(user)?.[1] ?? /_session_([0-9A-Za-z-]{8,100})/.exec(user)?.[1];
}

/** Characters of the first turns by which a conversation is known that nobody names. */
const OPENING = 2000;

/** How a conversation begins: the head of its instructions and of what was said first. It stays the same however long the conversation grows. */
export function openingOf(turns: readonly Turn[]): string | undefined {
  const said = (role: Turn['role']) => {
    let text = '';
    for (const block of turns.find((turn) => turn.role === role)?.blocks ?? []) {
      // Some tools put a header with their version into the instructions.
      if (block.kind !== 'text' || /^x-[a-z-]{1,60}: /.test(block.text)) continue;
      text += block.text.slice(0, OPENING - text.length);
      if (text.length >= OPENING) break;
    }
    return text;
  };
  const first = said('user');
  return first === '' ? undefined : `${said('system')}\0${first}`;
}

/** What is remembered of a conversation. No text of it. @typeParam T what its work was taken for */
export interface Session<T> {
  /** Turns that were read. */
  turns: number;
  task?: T;
  /** Who answered last, by address. */
  model?: string;
  /** The swap by which that one answered in the place of another. */
  swap?: string | undefined;
  /** The model as the client named it last. */
  asked?: string;
  /** How the client last asked to choose. */
  wish?: string;
  /** The last exchange, of which signals in the next turn speak. */
  exchange?: string;
  /** Hashes of what the person said last. */
  words: ReadonlySet<number>;
  /** Tokens of the last prompt with its answer, and how many of them are in its provider's cache; with the time in unix milliseconds. */
  tokens: number;
  cached: number;
  answeredAt: number;
  /** When it was last heard of, unix milliseconds. */
  at: number;
  trail: Trail;
  /** Answers since a person spoke. */
  answers: number;
  /** The model has changed files since its tests last passed. */
  edited: boolean;
  /** Checks, and calls of tools, that failed in a row. */
  failedChecks: number;
  failedCalls: number;
  nanos: number;
}

/** Conversations by a keyed hash: bounded, and forgotten when nothing is heard of them. Knows no clock. */
export class SessionMemory<T> {
  readonly #sessions = new Map<string, Session<T>>();

  /** Undefined when it is not known or was forgotten. @param idle milliseconds @param now unix milliseconds */
  get(id: string, idle: number, now: number): Session<T> | undefined {
    const session = this.#sessions.get(id);
    if (!session) return undefined;
    this.#sessions.delete(id);
    if (now - session.at > idle) return undefined;
    this.#sessions.set(id, session);
    return session;
  }

  /** A conversation that begins now; beyond `most` the one not heard of for the longest goes. */
  begin(id: string, most: number, now: number): Session<T> {
    const session: Session<T> = {
      turns: 0,
      words: new Set(),
      tokens: 0,
      cached: 0,
      answeredAt: 0,
      at: now,
      trail: { calls: [], results: [] },
      answers: 0,
      edited: false,
      failedChecks: 0,
      failedCalls: 0,
      nanos: 0,
    };
    this.#sessions.set(id, session);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= most) break;
      this.#sessions.delete(oldest);
    }
    return session;
  }

  get size(): number {
    return this.#sessions.size;
  }
}
