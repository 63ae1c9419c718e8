import { sql } from 'kysely';
import type { Engine } from '../engine.ts';
import type { TasksGroup, TasksQuery } from '../ports.ts';

interface Row {
  team: string;
  task: string;
  provider: string;
  model: string;
  zone: string;
  tasks: number;
  importance: number;
  undivided: number;
}

/**
 * Conversations as tasks, read from the exchanges themselves. Within a conversation each answer's part is its share of the tokens; one
 * without any tokens is split by answers.
 */
export async function tasksOf({ db }: Engine, { from, to }: TasksQuery): Promise<TasksGroup[]> {
  const { rows } = await sql<Row>`
    WITH parts AS (
      SELECT coalesce(session, id) AS name, coalesce(team, '') AS team, coalesce(task, '') AS task,
        coalesce(provider, '') AS provider, coalesce(model, '') AS model, coalesce(zone, '') AS zone,
        CAST(count(*) AS DOUBLE PRECISION) AS answers,
        CAST(sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0)) AS DOUBLE PRECISION) AS tokens,
        max(coalesce(importance, 1)) AS weight
      FROM exchanges WHERE at >= ${from} AND at < ${to} AND outcome_class = 'ok'
      GROUP BY 1, 2, 3, 4, 5, 6
    ), shares AS (
      SELECT team, task, provider, model, zone,
        CASE WHEN sum(tokens) OVER whole > 0 THEN tokens / sum(tokens) OVER whole ELSE answers / sum(answers) OVER whole END AS share,
        max(weight) OVER whole AS weight,
        CASE WHEN min(zone) OVER whole = max(zone) OVER whole THEN 1 ELSE 0 END AS undivided
      FROM parts WINDOW whole AS (PARTITION BY name)
    )
    SELECT team, task, provider, model, zone, sum(share) AS tasks, sum(share * weight) AS importance, sum(share * undivided) AS undivided
    FROM shares GROUP BY team, task, provider, model, zone ORDER BY team, task, provider, model, zone`.execute(db);
  return rows.map(({ tasks, importance, undivided, ...of }) => ({ of, tasks, importance, undivided }));
}
