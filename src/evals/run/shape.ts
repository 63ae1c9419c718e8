import { GatewayError } from '../../protocol/errors.ts';
import type { CaseGrade, Grade } from '../case.ts';
import { GRADERS } from '../graders/index.ts';
import type { Given } from './desk.ts';
import type { Placed } from './plan.ts';
import type { Result } from './result.ts';

/** Reasons kept of one answer, and letters of each. */
const MOST_REASONS = 5;
const LONGEST_REASON = 300;

/** A graded answer without its text. Pure. */
export function graded({ key, case: { task } }: Placed, model: string, repeat: number, given: Given, grade: CaseGrade): Result {
  const judged = grade.grades.filter(({ skipped }) => skipped === undefined);
  const of = (isOpinion: boolean) => judged.filter(({ grader }) => (GRADERS.get(grader)?.basis === 'opinion') === isOpinion);
  const [opinions, others] = [of(true), of(false)];
  const pass = (grades: readonly Grade[]) => grades.every((one) => one.pass);
  return {
    ...answered({ key, task, model, repeat }, given),
    ...(grade.skipped === undefined ? { score: grade.score, pass: grade.pass } : { skipped: grade.skipped }),
    reasons: judged
      .flatMap(({ reasons }) => reasons)
      .slice(0, MOST_REASONS)
      .map((reason) => reason.slice(0, LONGEST_REASON)),
    executed: judged.filter(({ grader }) => GRADERS.get(grader)?.basis === 'execution').length,
    judged: opinions.length,
    ...(others.length > 0 && { ran: pass(others) }),
    ...(opinions.length > 0 && { opinion: pass(opinions) }),
  };
}

/** A question without an answer, or an answer that could not be graded: not a wrong one. Pure. */
export function errorIn({ key, case: { task } }: Placed, model: string, repeat: number, error: Error, given?: Given): Result {
  const kind = error instanceof GatewayError ? error.kind : 'grading';
  const none: Given = { text: '', ms: 0, costNanos: 0 };
  return {
    ...answered({ key, task, model, repeat }, given ?? none),
    reasons: [],
    executed: 0,
    judged: 0,
    error: { kind, message: error.message.slice(0, LONGEST_REASON) },
  };
}

function answered(
  { key, task, model, repeat }: Pick<Placed, 'key'> & Pick<Result, 'task' | 'model' | 'repeat'>,
  { costNanos, ms, firstTokenMs, usage, reported, isCut, isCached }: Given,
) {
  return {
    case: key,
    task,
    model,
    repeat,
    cost_nanos: costNanos,
    ms,
    ...(firstTokenMs !== undefined && { first_token_ms: firstTokenMs }),
    ...(usage?.input !== undefined && { input_tokens: usage.input }),
    ...(usage?.output !== undefined && { output_tokens: usage.output }),
    ...(reported !== undefined && { reported }),
    ...(isCut && { cut: true }),
    ...(isCached && { cached: true }),
  };
}

/** What a provider calls the model behind a name that moves: one that all answers came from, and that says more than the name. */
export function reportedVersion(address: string, results: Iterable<Result>): string | undefined {
  const names = new Set<string>();
  for (const { model, reported } of results) if (model === address && reported !== undefined) names.add(reported);
  const [name] = names;
  return names.size === 1 && name !== address.slice(address.indexOf('/') + 1) && name !== address ? name : undefined;
}
