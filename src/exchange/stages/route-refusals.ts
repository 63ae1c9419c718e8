import type { Excluded, Plan } from '../../policy/plan.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { fits } from '../../protocol/pattern.ts';
import { TASKS, type Task } from '../../tasks/task.ts';
import type { Admission } from '../stage.ts';

/** Addresses that a message names of each gate. */
const NAMED = 4;

/** Why nobody may answer, gate by gate. A prompt that is too long for all is the client's to shorten, and tools know how. */
export function emptied({ asked }: Admission, { excluded }: Plan, { size }: Task): GatewayError {
  const gates = Map.groupBy(excluded, ({ gate }) => gate);
  const windows = excluded.flatMap(({ window }) => window ?? []);
  if (gates.size === 1 && gates.has('window'))
    return new GatewayError(
      'context',
      `the prompt is too long: about ${size} tokens > ${Math.max(...windows)} maximum of all that "${asked.model}" may mean here`,
      {
        code: 'context_length_exceeded',
      },
    );
  const told = [...gates].map(([gate, barred]) => `${gate}: ${names(barred)}`);
  const message = `nobody may answer "${asked.model}": ${told.join('; ')}`;
  return new GatewayError('unavailable', message, { code: 'no_target', ...(gates.has('health') && { retryAfter: 5 }) });
}

function names(barred: readonly Excluded[]): string {
  const more = barred.length > NAMED ? ` and ${barred.length - NAMED} more` : '';
  return `${barred
    .slice(0, NAMED)
    .map(({ address, why }) => `${address} (${why})`)
    .join(', ')}${more}`;
}

/** A key may be for some classes of work only. What is more likely allowed than not passes. @throws GatewayError `forbidden` */
export function notForThat({ incoming: { caller } }: Pick<Admission, 'incoming'>, { class: best, probabilities }: Task): void {
  if (!caller?.tasks) return;
  const allowed = TASKS.map((name) => caller.tasks!.every((patterns) => patterns.some((pattern) => fits(pattern, name))));
  if (allowed[TASKS.indexOf(best)]) return;
  const share = allowed.reduce((sum, is, at) => sum + (is ? (probabilities[at] ?? 0) : 0), 0);
  if (share >= 0.5) return;
  const names = caller.tasks.map((patterns) => patterns.join(', ')).join(' and also ');
  throw new GatewayError('forbidden', `the key "${caller.name}" is for ${names}, and this looks like ${best}`, { code: 'task_forbidden' });
}
