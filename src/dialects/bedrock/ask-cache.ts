import type { Block } from '../../protocol/block.ts';
import { isObject, type Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { Prompt, Tool } from '../../protocol/prompt.ts';
import type { Rest } from '../../protocol/rest.ts';

/** The mark by which clients say that a prefix of the prompt is worth caching; several dialects have it under this name. */
const MARK = 'cache_control';
/** Most marks that a request may have (https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html). */
const MOST = 4;

interface Marked {
  rest?: Rest;
}

/** Turns marks for the cache into cache points, which are blocks of their own behind what they mark. */
export class CachePoints {
  readonly #wanted: boolean;
  readonly #notes: Note[];
  #left = MOST;

  /** @param wanted whether the model takes cache points */
  constructor(wanted: boolean, notes: Note[]) {
    this.#wanted = wanted;
    this.#notes = notes;
  }

  /** The prompt without the marks that are carried, so that they are not noted as lost. Marks inside of tool results have no place here. */
  withoutMarks(prompt: Prompt): Prompt {
    if (!this.#wanted) return prompt;
    const turns = prompt.turns.map((turn) => ({ ...turn, blocks: turn.blocks.map((block) => bare<Block>(block)) }));
    return { ...prompt, turns, tools: prompt.tools.map((tool) => bare<Tool>(tool)) };
  }

  /** The cache point that belongs behind what was marked: none or one. */
  behind(marked: object): Json[] {
    const mark = (marked as Marked).rest?.[MARK];
    if (!this.#wanted || !isObject(mark)) return [];
    if (this.#left === 0) {
      this.#notes.push({ path: MARK, action: 'dropped', why: `a request may have ${MOST} cache points` });
      return [];
    }
    this.#left--;
    return [{ cachePoint: mark.ttl === '1h' ? { type: 'default', ttl: '1h' } : { type: 'default' } }];
  }
}

function bare<T extends object>(marked: T): T {
  const { rest } = marked as Marked;
  if (!rest || !isObject(rest[MARK])) return marked;
  const { [MARK]: _, ...others } = rest;
  return { ...marked, rest: others };
}
