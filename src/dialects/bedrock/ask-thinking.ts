import type { Target } from '../../protocol/dialect.ts';
import type { Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { Prompt, Turn } from '../../protocol/prompt.ts';
import { ownSeal } from './shapes.ts';

/** Thinking tokens for each effort, for models that take a budget. */
const BUDGET: Readonly<Record<string, number>> = { minimal: 1024, low: 4096, medium: 10_240, high: 24_576, xhigh: 32_768, max: 65_536 };
const MEDIUM = 10_240;
const LEAST = 1024;
/** Of the limit, what thoughts may take when the client named no number: the answer needs room as well. */
const SHARE = 0.8;
/** The limit for a model whose own is unknown, beside the budget: a model with a budget must be given one. */
const DEFAULT_MAX = 8192;

export interface Plan {
  maxTokens?: number;
  /** Fields of the model's maker, which the service passes through. */
  additional?: Json;
  /** Whether it thinks as far as we know, which forbids some settings. */
  thinks: boolean;
  /** Whether signed thoughts of the history may be sent. */
  keepsThoughts: boolean;
}

/**
 * How thinking is asked for: the service has no field of its own for it, so it depends on the model's maker. Quirks read here:
 * `thinking-budget` (Claude), `thinking-adaptive` and `thinking-always` (its newer models).
 * Source: https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html
 */
export function planThinking(prompt: Prompt, turns: readonly Turn[], target: Target, notes: Note[]): Plan {
  const { reasoning } = prompt;
  const maxTokens = limit(prompt, target, notes);
  const unsaid: Plan = { maxTokens, thinks: false, keepsThoughts: true };
  if (!reasoning) return unsaid;
  const { mode, effort, budget } = reasoning;
  if (reasoning.summary !== undefined)
    notes.push({ path: 'reasoning.summary', action: 'dropped', why: 'how thoughts are shown cannot be chosen here' });
  const isOff = mode === 'off' || effort === 'none' || budget === 0;
  if (!isOff && mode === undefined && effort === undefined && budget === undefined) return unsaid;
  const isAdaptive = target.quirks?.has('thinking-adaptive');
  if (!isAdaptive && !target.quirks?.has('thinking-budget')) {
    notes.push({ path: 'reasoning', action: 'dropped', why: 'how this model is told to think is not known' });
    return unsaid;
  }
  if (isOff) return off(maxTokens, target, notes);
  if (isAdaptive) {
    const wanted = effort ?? (budget === undefined ? undefined : effortFor(budget));
    if (budget !== undefined)
      notes.push({ path: 'reasoning.budget', action: 'changed', why: `this model takes an effort instead: ${wanted}` });
    if (wanted === 'minimal') notes.push({ path: 'reasoning.effort', action: 'changed', why: 'the least effort of this model is "low"' });
    const additional: Json = { thinking: { type: 'adaptive' } };
    if (wanted !== undefined) additional.output_config = { effort: wanted === 'minimal' ? 'low' : wanted };
    return { maxTokens, additional, thinks: true, keepsThoughts: true };
  }
  return manual(prompt, turns, maxTokens, target, notes);
}

function limit({ maxTokens }: Prompt, { maxOutput }: Target, notes: Note[]): number | undefined {
  if (maxTokens === undefined || maxOutput === undefined || maxTokens <= maxOutput) return maxTokens;
  notes.push({ path: 'max_tokens', action: 'changed', why: `the model writes at most ${maxOutput} tokens` });
  return maxOutput;
}

function off(maxTokens: number | undefined, target: Target, notes: Note[]): Plan {
  if (!target.quirks?.has('thinking-always'))
    return { maxTokens, additional: { thinking: { type: 'disabled' } }, thinks: false, keepsThoughts: false };
  notes.push({ path: 'reasoning', action: 'changed', why: 'this model cannot stop thinking; the least effort is asked of it' });
  const additional = { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } };
  return { maxTokens, additional, thinks: true, keepsThoughts: true };
}

function effortFor(budget: number): string {
  return ['low', 'medium', 'high'].find((effort) => budget <= BUDGET[effort]!) ?? 'max';
}

function manual(prompt: Prompt, turns: readonly Turn[], given: number | undefined, target: Target, notes: Note[]): Plan {
  const { budget, effort } = prompt.reasoning!;
  const last = turns.findLast((turn) => turn.role === 'assistant');
  const isContinued = last !== undefined && (last === turns.at(-1) || last.blocks.some(({ kind }) => kind === 'tool-call'));
  const [first] = last?.blocks ?? [];
  const changed = (path: string, why: string) => notes.push({ path, action: 'changed', why });
  if (isContinued && !(first?.kind === 'reasoning' && ownSeal(first.seal))) {
    changed('reasoning', 'thinking is off for this request: the answer it continues has no signed thought, and the model demands one');
    return off(given, target, notes);
  }
  const goal = budget ?? BUDGET[effort ?? 'medium'] ?? MEDIUM;
  const maxTokens = given ?? target.maxOutput ?? DEFAULT_MAX + goal;
  if (given === undefined) changed('max_tokens', `thinking with a budget demands one and none was set; ${maxTokens} is sent`);
  const tokens = Math.min(Math.max(goal, LEAST), budget === undefined ? Math.floor(maxTokens * SHARE) : maxTokens - 1);
  if (tokens < LEAST) {
    changed('reasoning', `thinking is off: max_tokens ${maxTokens} leaves no room for its least budget`);
    return off(maxTokens, target, notes);
  }
  if (tokens !== goal) changed('reasoning.budget', `${goal} became ${tokens}: at least ${LEAST}, less than max_tokens`);
  return { maxTokens, additional: { thinking: { type: 'enabled', budget_tokens: tokens } }, thinks: true, keepsThoughts: true };
}
