import { sql } from 'kysely';
import type { Engine } from '../engine.ts';
import type { TasksQuery } from '../ports.ts';

/** What one model did in one conversation for one class of work and one team. */
export interface TaskPart {
  /** The conversation, or the exchange where it belongs to none. */
  name: string;
  team: string;
  task: string;
  provider: string;
  model: string;
  zone: string;
  answers: number;
  tokens: number;
  /** The importance of its weightiest request. */
  weight: number;
}

/** Answered exchanges by conversation and by who answered them, read from the exchanges themselves. */
export async function taskPartsOf({ db }: Engine, { from, to, without = [] }: TasksQuery): Promise<TaskPart[]> {
  const counts = without.length ? sql`AND (client IS NULL OR client NOT IN (${sql.join(without)}))` : sql``;
  const { rows } = await sql<TaskPart>`
    SELECT coalesce(session, id) AS name, coalesce(team, '') AS team, coalesce(task, '') AS task,
      coalesce(provider, '') AS provider, coalesce(model, '') AS model, coalesce(zone, '') AS zone,
      CAST(count(*) AS DOUBLE PRECISION) AS answers,
      CAST(sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0)) AS DOUBLE PRECISION) AS tokens,
      max(coalesce(importance, 1)) AS weight
    FROM exchanges WHERE at >= ${from} AND at < ${to} AND outcome_class = 'ok' ${counts}
    GROUP BY 1, 2, 3, 4, 5, 6`.execute(db);
  return rows;
}
