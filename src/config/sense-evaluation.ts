import { evaluationSchema } from '../live/settings.ts';
import { AUTO } from '../providers/resolve.ts';
import type { Problem } from './problem.ts';
import type { Names } from './sense-names.ts';

/** Models to be tried, or to judge, that are not there. @param evaluation the section as data */
export function evaluationProblems(evaluation: unknown, names: Names): Problem[] {
  // What the schema itself finds wrong is told elsewhere.
  const parsed = evaluation === undefined || evaluation === null ? undefined : evaluationSchema.safeParse(evaluation);
  if (!parsed?.success) return [];
  const { candidates, judge } = parsed.data.shadow;
  const at = ['evaluation', 'shadow'];
  return [
    ...Object.entries(candidates).flatMap(([task, list]) =>
      list.flatMap((name, place) => faultOf(name, [...at, 'candidates', task, place], names)),
    ),
    ...(judge === undefined ? [] : faultOf(judge, [...at, 'judge'], names)),
  ];
}

function faultOf(name: string, path: (string | number)[], names: Names): Problem[] {
  const ends = names.ends(name);
  if (name === AUTO || ends.length > 1) return [{ path, message: `"${name}" leaves the choice among several; name one model` }];
  const end = ends[0]?.end;
  const message = end === undefined ? undefined : names.fault(end, 'names');
  return message === undefined ? [] : [{ path, message }];
}
