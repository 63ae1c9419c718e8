import type { VerdictView } from '../../src/http/contract.ts';
import { interval } from './format.ts';
import { Tag } from './tag.tsx';
import { workName } from './work.ts';

/** What is proven of a model at one class of work. @param named whether the class stands in it */
export function VerdictTag({ verdict, named = false }: { verdict: VerdictView; named?: boolean }) {
  const {
    outcome,
    task,
    candidate_score,
    interval: [low, high],
  } = verdict;
  const said = outcome === 'good enough' ? 'proven' : 'not good enough';
  return (
    <span title={`${outcome} at ${workName(task).toLowerCase()}: ${interval(candidate_score, low, high)} against ${verdict.reference}`}>
      <Tag tone={outcome === 'good enough' ? 'good' : 'bad'}>{named ? `${workName(task)}: ${said}` : said}</Tag>
    </span>
  );
}
