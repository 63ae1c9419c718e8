import type { TaskPart } from './backend/tasks.ts';
import type { TasksGroup, TasksQuery } from './ports.ts';

/** Exchanges of so much time are read at once, in milliseconds, so that other reads of the store's thread come in between. */
const WINDOW = 24 * 3_600_000;

/** Conversations as tasks, a day's exchanges at a time. @param read parts of a window */
export async function tasksOf(
  { from, to, without }: TasksQuery,
  read: (window: TasksQuery) => Promise<readonly TaskPart[]>,
): Promise<TasksGroup[]> {
  const tasks = new Map<string, TaskPart[]>();
  for (let at = from; at < to; at += WINDOW)
    for (const part of await read({ from: at, to: Math.min(to, at + WINDOW), without })) {
      const known = tasks.get(part.name);
      if (known) known.push(part);
      else tasks.set(part.name, [part]);
    }
  return split(tasks.values());
}

/** Each task split by its tokens, one without any by its answers; sorted. Pure. */
function split(tasks: Iterable<readonly TaskPart[]>): TasksGroup[] {
  const groups = new Map<string, TasksGroup>();
  for (const parts of tasks) {
    const by = parts.some(({ tokens }) => tokens > 0) ? 'tokens' : 'answers';
    const whole = parts.reduce((sum, part) => sum + part[by], 0);
    const weight = Math.max(...parts.map((part) => part.weight));
    const isUndivided = parts.every(({ zone }) => zone === parts[0]!.zone);
    for (const { team, task, provider, model, zone, [by]: own } of parts) {
      const name = JSON.stringify([team, task, provider, model, zone]);
      let group = groups.get(name);
      if (!group) {
        group = { of: { team, task, provider, model, zone }, tasks: 0, importance: 0, undivided: 0 };
        groups.set(name, group);
      }
      const share = own / whole;
      group.tasks += share;
      group.importance += share * weight;
      if (isUndivided) group.undivided += share;
    }
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}
