import type { z } from 'zod';
import type { Accounts } from '../../accounts/accounts.ts';
import { readDuration } from '../../accounts/duration.ts';
import type { Register, Told } from '../../accounts/register.ts';
import type { Deed } from '../../egress/journal/audit.ts';
import type { JournalReader } from '../../egress/journal/reader.ts';
import type { VerdictBook } from '../../evals/book.ts';
import type { Live } from '../../live/live.ts';
import { GatewayError, invalid } from '../../protocol/errors.ts';
import type { Store } from '../../store/ports.ts';
import type { Doors } from '../doors.ts';
import type { Scene } from './scene.ts';

/** What the admin API stands on. */
export interface AdminParts {
  accounts: Accounts;
  /** Absent where nothing is kept. */
  store?: Store;
  register?: Register;
  /** Settles when the deed is on record. */
  audit?(deed: Deed): Promise<void>;
  /** What is proven of models. */
  verdicts: VerdictBook;
  /** Models in the place of others. */
  live: Live;
  /** The journals on the disk; absent where nothing is kept. */
  journals?: JournalReader;
  /** Why the journals cannot be written now, as sentences. */
  journalProblems(): string[];
  scene: Scene;
  doors: Doors;
  /** The data folder. */
  folder?: string;
  /** This process among those that share a store. */
  node?: string;
  /** Unix milliseconds. */
  now(): number;
}

/** A request to the admin API, authorised. */
export interface AdminCall {
  method: string;
  /** With its leading slash, without query. */
  path: string;
  query: URLSearchParams;
  /** Parsed JSON; undefined when there was none. */
  body?: unknown;
  /** Who asks, and from where, for the record. */
  actor: string;
  from?: string;
}

/** What is behind a route. */
export interface Step {
  call: AdminCall;
  parts: AdminParts;
  /** What the path names, decoded. */
  id: string;
}

export interface AdminAnswer {
  status: number;
  body: unknown;
  headers?: Readonly<Record<string, string>>;
}

export type Handler = (step: Step) => Promise<unknown>;

/** @throws GatewayError `invalid` naming the field and what it must be */
export function read<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const { path, message } = toldBest(result.error.issues[0]!);
  throw invalid(path.join('.') || 'body', message);
}

type Issue = z.core.$ZodIssue;

/** Of the forms that a value may take, the one that it comes nearest to. */
function toldBest(issue: Issue): { path: PropertyKey[]; message: string } {
  if (issue.code === 'unrecognized_keys') return { path: [...issue.path, ...issue.keys.slice(0, 1)], message: 'is unknown here' };
  if (issue.code !== 'invalid_union') return issue;
  const forms = issue.errors.flat().map(toldBest);
  // A text that has not the right form is told by the form that takes texts.
  const rank = (form: { path: PropertyKey[]; message: string }) => form.path.length * 2 + (form.message.startsWith('is ') ? 1 : 0);
  const [best] = forms.sort((one, other) => rank(other) - rank(one));
  return best ? { path: [...issue.path, ...best.path], message: best.message } : issue;
}

export function queryOf({ call }: Step): Record<string, string> {
  return Object.fromEntries(call.query);
}

/** @throws GatewayError `unavailable` where nothing is kept */
export function storeOf({ parts }: Step): Store {
  if (!parts.store) throw new GatewayError('unavailable', 'nothing is kept here: set data: or FREEHOLD_DATA to a folder');
  return parts.store;
}

/** @throws GatewayError `unavailable` where nothing is kept */
export function registerOf(step: Step): Register {
  storeOf(step);
  return step.parts.register!;
}

/** Puts changes on record with who made them. */
export function toldBy({ call, parts }: Step): Told {
  return async (change) => {
    const deed = { actor: call.actor, from: call.from, outcome: 'done', ...change } as const;
    await parts.audit?.(deed).catch((cause: Error) => {
      throw new GatewayError('unavailable', `${cause.message}; nothing is changed until it can be put on record`, { retryAfter: 5, cause });
    });
  };
}

/** A time span of a request in milliseconds. @throws GatewayError `invalid` */
export function durationOf(text: string, field: string): number {
  const ms = readDuration(text);
  if (ms === undefined) throw invalid(field, `"${text}" is no time span; write for example 30m, 12h or 30d`);
  return ms;
}
