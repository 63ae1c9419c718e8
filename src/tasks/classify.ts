import { complexityOf } from './complexity.ts';
import { featuresOf } from './features.ts';
import { importanceOf, type Weighty } from './importance.ts';
import { CUES } from './lexicon.ts';
import { SURE, weigh } from './model.ts';
import type { Ends, Question } from './question.ts';
import { certain } from './rules.ts';
import { TASKS, type Task } from './task.ts';

/** Tokens from which on a prompt is long. */
const LONG = 32_000;
/** How often rules are right, for the sake of those who multiply. */
const CERTAIN = 0.97;
/** Fewer words than these say nothing of the work: it is the instructions that do, as bots have them. */
const FEW_WORDS = 4;
/** Instructions up to this length are somebody's own; a whole tool's mention everything. Characters. */
const OWN = 6000;

const likely = new Float64Array(TASKS.length);

/** The pieces in which the model reads a text. */
export const piecesOf = ({ head, tail }: Ends): string[] => (tail === '' ? [head] : [head, tail]);

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;

/**
 * What kind of work is asked. Pure; a fixed amount of work, whatever the prompt's size.
 * @param rules of the configuration on what weighs more
 * @throws GatewayError `invalid` for a header that says no number
 */
export function classify(question: Question, rules: readonly Weighty[] = []): Task {
  const { said, system, json, images, tools, size, step, failures } = question;
  let features = featuresOf(piecesOf(said), said.length);
  const { importance, evidence } = importanceOf(question, rules);
  const rule = certain(question);
  const isBare = features.words < FEW_WORDS || features.shape.code * 2 > features.shape.lines || features.shape.diff > 2;
  if (!rule && isBare && system.length > 0 && system.length < OWN)
    features = featuresOf([...piecesOf(system), ...piecesOf(said)], system.length + said.length);
  let best: number;
  if (rule) {
    best = TASKS.indexOf(rule.class);
    likely.fill((1 - CERTAIN) / (TASKS.length - 1));
    likely[best] = CERTAIN;
    evidence.unshift(rule.cue);
  } else {
    best = weigh(features, likely);
    evidence.unshift(...strongest(features.cues));
  }
  const task = TASKS[best]!;
  if (step > 0) evidence.push(`agent step ${step}`);
  return {
    class: task,
    probabilities: Array.from(likely, rounded),
    unsure: likely[best]! < SURE,
    complexity: rounded(complexityOf(task, { shape: features.shape, files: features.files, step, failures, size, length: said.length })),
    size,
    needs: { tools: tools.length > 0, vision: images, json, longContext: size > LONG },
    importance,
    evidence,
  };
}

/** Names of the cues that occur most. */
function strongest(cues: Uint16Array): string[] {
  const found: number[] = [];
  for (let cue = 0; cue < cues.length; cue++) if (cues[cue]! > 0) found.push(cue);
  found.sort((a, b) => cues[b]! - cues[a]! || a - b);
  return found.slice(0, 5).map((cue) => `cue:${CUES[cue]}`);
}
