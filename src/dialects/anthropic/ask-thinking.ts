import type { Target } from '../../protocol/dialect.ts';
import type { Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { Prompt, Reasoning, Turn } from '../../protocol/prompt.ts';
import { startsWithThought } from './ask-turns.ts';

/**
 * Quirks read here. `thinking-adaptive`: the model takes `thinking: adaptive` and an effort instead of a token budget (Claude 4.6
 * accepts both, later ones only this). `thinking-always`: it refuses `thinking: disabled` as well.
 * Source: https://platform.claude.com/docs/en/build-with-claude/thinking and /adaptive-thinking.
 */
const ADAPTIVE = 'thinking-adaptive';
const ALWAYS = 'thinking-always';

const MEDIUM_BUDGET = 10_240;
/** Thinking tokens for each effort, for models that take a budget. */
const BUDGET: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({
    minimal: 1024,
    low: 4096,
    medium: MEDIUM_BUDGET,
    high: 24_576,
    xhigh: 32_768,
    max: 65_536,
  }),
);
const LEAST_BUDGET = 1024;
/** Of `max_tokens`, what thoughts may take when the client named an effort and not a number: the answer needs room as well. */
const SHARE = 0.8;
/** `max_tokens` for a client that set none and a model whose limit is unknown: every Claude model writes as much. */
const DEFAULT_MAX_TOKENS = 8192;

export interface ThinkingPlan {
  maxTokens: number;
  thinking?: Json;
  effort?: string;
  /** `manual` thinking (with a budget) forbids more beside it than `adaptive` does. */
  mode: 'unsaid' | 'off' | 'manual' | 'adaptive';
}

/**
 * Decides `max_tokens` and the thinking fields for a prompt of another dialect. `turns` is the repaired history.
 * Every departure from what was asked is noted.
 */
export function planThinking(prompt: Prompt, turns: readonly Turn[], target: Target, notes: Note[]): ThinkingPlan {
  const wish = wanted(prompt.reasoning);
  const adaptive = target.quirks?.has(ADAPTIVE) === true;
  const goal = wish === 'on' && !adaptive ? goalFor(prompt.reasoning ?? {}) : 0;
  const maxTokens = maxTokensFor(prompt, target, goal, notes);
  if (prompt.reasoning?.summary !== undefined && wish !== 'on')
    notes.push({ path: 'reasoning.summary', action: 'dropped', why: 'no thinking was asked for' });
  if (wish === 'unsaid') return { maxTokens, mode: 'unsaid' };
  if (wish === 'off') return off(maxTokens, target, notes);
  if (adaptive) return planAdaptive(prompt.reasoning ?? {}, maxTokens, notes);
  return planManual(prompt.reasoning ?? {}, turns, goal, maxTokens, target, notes);
}

function wanted(reasoning: Reasoning | undefined): 'unsaid' | 'off' | 'on' {
  if (!reasoning) return 'unsaid';
  const { mode, effort, budget } = reasoning;
  if (mode === 'off' || effort === 'none' || budget === 0) return 'off';
  return mode !== undefined || effort !== undefined || budget !== undefined ? 'on' : 'unsaid';
}

function goalFor(reasoning: Reasoning): number {
  return reasoning.budget ?? BUDGET.get(reasoning.effort ?? 'medium') ?? MEDIUM_BUDGET;
}

/** `max_tokens` to send: what the client set, held to what the model writes; made up where it set none, with room for `goal` tokens of thought. */
export function maxTokensFor(prompt: Prompt, target: Target, goal: number, notes: Note[]): number {
  const { maxTokens } = prompt;
  if (maxTokens === undefined) {
    const made = target.maxOutput ?? DEFAULT_MAX_TOKENS + goal;
    notes.push({ path: 'max_tokens', action: 'changed', why: `this API demands one and none was set; ${made} is sent` });
    return made;
  }
  if (target.maxOutput === undefined || maxTokens <= target.maxOutput) return maxTokens;
  notes.push({ path: 'max_tokens', action: 'changed', why: `the model writes at most ${target.maxOutput} tokens` });
  return target.maxOutput;
}

function off(maxTokens: number, target: Target, notes: Note[]): ThinkingPlan {
  if (!target.quirks?.has(ALWAYS)) return { maxTokens, thinking: { type: 'disabled' }, mode: 'off' };
  notes.push({ path: 'reasoning', action: 'changed', why: 'this model cannot stop thinking; the least effort is asked of it' });
  return { maxTokens, thinking: { type: 'adaptive' }, effort: 'low', mode: 'adaptive' };
}

function planAdaptive(reasoning: Reasoning, maxTokens: number, notes: Note[]): ThinkingPlan {
  let { effort } = reasoning;
  if (effort === 'minimal') {
    effort = 'low';
    notes.push({ path: 'reasoning.effort', action: 'changed', why: 'the least effort of this model is "low"' });
  }
  if (reasoning.budget !== undefined) {
    effort ??= effortFor(reasoning.budget);
    notes.push({ path: 'reasoning.budget', action: 'changed', why: `this model takes an effort instead: ${effort}` });
  }
  const thinking: Json = { type: 'adaptive' };
  const display = displayFor(reasoning.summary);
  if (display) thinking.display = display;
  return { maxTokens, thinking, effort, mode: 'adaptive' };
}

/** The smallest effort whose budget holds the tokens asked for. */
function effortFor(budget: number): string {
  for (const effort of ['low', 'medium', 'high']) if (budget <= (BUDGET.get(effort) ?? 0)) return effort;
  return 'max';
}

/** Dialects with summary styles ask for shown thoughts by any of them; models differ in what they show unasked. */
function displayFor(summary: string | undefined): string | undefined {
  if (summary === undefined) return undefined;
  return summary === 'omitted' || summary === 'none' ? 'omitted' : 'summarized';
}

function planManual(
  reasoning: Reasoning,
  turns: readonly Turn[],
  goal: number,
  maxTokens: number,
  target: Target,
  notes: Note[],
): ThinkingPlan {
  const last = turns.findLast((turn) => turn.role === 'assistant');
  const continued = last && (last === turns.at(-1) || last.blocks.some((block) => block.kind === 'tool-call'));
  if (last && continued && !startsWithThought(last)) {
    notes.push({
      path: 'reasoning',
      action: 'changed',
      why: 'thinking is off for this request: the answer it continues has no signed thought, and the API demands one',
    });
    return off(maxTokens, target, notes);
  }
  const ceiling = reasoning.budget === undefined ? Math.floor(maxTokens * SHARE) : maxTokens - 1;
  const budget = Math.min(Math.max(goal, LEAST_BUDGET), ceiling);
  if (budget < LEAST_BUDGET) {
    notes.push({
      path: 'reasoning',
      action: 'changed',
      why: `thinking is off: max_tokens ${maxTokens} leaves no room for its least budget`,
    });
    return off(maxTokens, target, notes);
  }
  if (budget !== goal)
    notes.push({
      path: 'reasoning.budget',
      action: 'changed',
      why: `${goal} became ${budget}: at least ${LEAST_BUDGET}, less than max_tokens`,
    });
  const thinking: Json = { type: 'enabled', budget_tokens: budget };
  if (displayFor(reasoning.summary) === 'omitted') thinking.display = 'omitted';
  return { maxTokens, thinking, mode: 'manual' };
}
