import { createHmac } from 'node:crypto';
import { proceed, type Signal } from '../../policy/course.ts';
import { readNews } from '../../policy/news.ts';
import { SessionMemory } from '../../policy/session.ts';
import type { Turn } from '../../protocol/prompt.ts';
import type { Example } from './example.ts';

/** The answers of a conversation, each by a keyed hash of all that was said up to it. */
export interface Chain {
  /** Of the answers before the last, in order. */
  earlier: string[];
  /** Of the last one. */
  last: string;
  /** Of each answer alone, the last one included. */
  answers: string[];
  /** Of the whole example with its instructions and tools. */
  whole: string;
}

/**
 * Hashes by which examples are told apart and put in order. Instructions and ids of calls are left out of all but `whole`: tools put dates
 * into the one and make the other anew. @param key of this export alone, so that nobody can try texts against a hash
 * @param scope what conversations cannot be the same across, e.g. a session
 */
export function chainOf({ messages, tools }: Example, key: Uint8Array, scope: string): Chain {
  const hash = (text: string) => createHmac('sha256', key).update(text).digest('base64url').slice(0, 22);
  let so = hash(`scope ${scope}`);
  const said: string[] = [];
  const answers: string[] = [];
  for (const one of messages) {
    if (one.role === 'system') continue;
    const calls = one.role === 'assistant' ? (one.tool_calls ?? []).map(({ function: { name, arguments: given } }) => [name, given]) : [];
    const text = JSON.stringify([one.role, one.content?.trim() ?? '', calls]);
    so = hash(so + text);
    if (one.role !== 'assistant') continue;
    said.push(so);
    answers.push(hash(`${scope}\0${text}`));
  }
  const ids = new Map<string, number>();
  const numbered = JSON.stringify([messages, tools], (name, value: unknown) => {
    if ((name !== 'id' && name !== 'tool_call_id') || typeof value !== 'string') return value;
    if (!ids.has(value)) ids.set(value, ids.size);
    return ids.get(value);
  });
  return { earlier: said.slice(0, -1), last: said.at(-1) ?? so, answers, whole: hash(numbered) };
}

/**
 * How a conversation went, by what its own turns say of its answers (docs/routing.md): 0 to 1; undefined where they say nothing. The last
 * answer is not judged: nothing came after it.
 */
export function scoreOf(turns: readonly Turn[]): number | undefined {
  const session = new SessionMemory<never>().begin('', 1, 0);
  const signals: Signal[] = [];
  const answers = turns.flatMap(({ role }, at) => (role === 'assistant' ? [at] : []));
  // An answer with what came back to it is read as one turn, as the router does.
  [0, ...answers].forEach((from, at) => {
    signals.push(...proceed(session, readNews(turns.slice(from, answers[at] ?? turns.length))));
  });
  const weight = signals.reduce((sum, one) => sum + one.weight, 0);
  return weight > 0 ? signals.reduce((sum, one) => sum + one.score * one.weight, 0) / weight : undefined;
}
