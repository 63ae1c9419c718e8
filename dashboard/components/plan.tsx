import type { DecisionView } from '../../src/http/contract.ts';
import { type Column, DataTable } from './data-table.tsx';
import { Facts } from './figure.tsx';
import { count, money, percent, span } from './format.ts';
import { workName } from './work.ts';

type Verdict = DecisionView['verdicts'][number];

const COLUMNS: readonly Column<Verdict>[] = [
  { id: 'place', header: 'Place', cell: ({ place }) => place ?? <span className="soft">barred</span> },
  { id: 'address', header: 'Model', grow: true, cell: ({ address }) => <span className="mono">{address}</span> },
  { id: 'success', header: 'Success expected', align: 'end', cell: ({ success, mean }) => percent(success ?? mean) },
  {
    id: 'cost',
    header: 'Would cost',
    align: 'end',
    hide: 'phone',
    cell: ({ costNanos }) => (costNanos === undefined ? 'unknown' : money(costNanos)),
  },
  { id: 'latency', header: 'Would take', align: 'end', hide: 'phone', cell: ({ latencyMs }) => span(latencyMs) },
  { id: 'why', header: 'Because', grow: true, cell: ({ why, gate }) => (gate ? `${gate}: ${why}` : why) },
];

/** A decision: who would answer and why, who else could, and what would change it. */
export function Plan({ view }: { view: DecisionView }) {
  const { task, mode, rule, chosen, answered, otherwise, why, refused, escalateTo, verdicts, flips } = view;
  const likely = task && Math.max(...task.probabilities);
  return (
    <div className="stack">
      {refused ? (
        <p className="caution">
          It would be refused ({refused}): {why}
        </p>
      ) : (
        <p>
          <strong className="mono">{chosen ?? answered ?? 'Nobody'}</strong>
          {why && `: ${why}`}
        </p>
      )}
      <Facts
        of={[
          ['Taken for', task && `${workName(task.class)} (${percent(likely)}${task.unsure ? ', not sure' : ''})`],
          ['Complexity', task && `${task.complexity.toFixed(2)} of 1`],
          ['Importance', task && `${count(task.importance)} of 10`],
          ['Size', task && `about ${count(task.size)} tokens`],
          ['Because of', task?.evidence.join(', ')],
          ['Mode', mode],
          ['Rule', rule],
          ['In a new conversation', otherwise],
          ['When tests fail', escalateTo],
        ]}
      />
      {verdicts.length > 0 && (
        <DataTable caption="Targets in the order of the plan" rows={verdicts} columns={COLUMNS} rowKey={({ address }) => address} />
      )}
      {flips.length > 0 && (
        <div>
          <h3>What would change it</h3>
          <ul className="reasons">
            {flips.map((flip) => (
              <li key={`${flip.what} ${flip.of} ${flip.winner}`}>{flipped(flip)}</li>
            ))}
          </ul>
        </div>
      )}
      {view.isReproduced === false && (
        <p className="caution">Made again, the decision comes out otherwise: what it stood on has changed since.</p>
      )}
    </div>
  );
}

function flipped({ what, of, from, to, winner }: DecisionView['flips'][number]): string {
  const whose = of ? ` of ${of}` : '';
  const plain = (value: number) => value.toLocaleString(undefined, { maximumFractionDigits: 2 });
  const form = { importance: plain, success: percent, latency: span, price: money }[what];
  return `${what}${whose} ${form(from)} → ${form(to)}: then ${winner} answers`;
}
