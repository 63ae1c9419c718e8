import type { DecisionView } from '../../../src/http/contract.ts';
import { useApi } from '../../api/hooks.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { money, percent, span } from '../../components/format.ts';
import { Loaded } from '../../components/loaded.tsx';

type Verdict = DecisionView['verdicts'][number];

const COLUMNS: readonly Column<Verdict>[] = [
  { id: 'place', header: 'Place', cell: ({ place }) => place ?? <span className="soft">barred</span> },
  { id: 'address', header: 'Model', grow: true, cell: ({ address }) => <span className="mono">{address}</span> },
  { id: 'success', header: 'Success expected', align: 'end', cell: ({ success, mean }) => percent(success ?? mean) },
  { id: 'cost', header: 'Would cost', align: 'end', hide: 'phone', cell: ({ costNanos }) => money(costNanos) },
  { id: 'latency', header: 'Would take', align: 'end', hide: 'phone', cell: ({ latencyMs }) => span(latencyMs) },
  { id: 'why', header: 'Because', grow: true, cell: ({ why, gate }) => (gate ? `${gate}: ${why}` : why) },
];

/** Who was to answer and why, who else could have, and what would have changed it. */
export function Decision({ id, hasPlan }: { id: string; hasPlan: boolean }) {
  const decision = useApi<DecisionView>(`/exchanges/${encodeURIComponent(id)}/decision`, {}, { enabled: hasPlan });
  if (!hasPlan) return <p className="soft">There was nothing to decide: the name that was asked for means one target.</p>;
  return (
    <Loaded query={decision}>
      {(view) => (
        <div className="stack">
          <p>
            {view.chosen ? (
              <>
                <span className="mono">{view.chosen}</span>: {view.why}
                {view.rule && (
                  <>
                    {' '}
                    (rule <span className="mono">{view.rule}</span>)
                  </>
                )}
                .
              </>
            ) : (
              'Nobody might answer.'
            )}
            {view.mode && <span className="soft"> Mode {view.mode}.</span>}
            {view.escalateTo && (
              <span className="soft">
                {' '}
                If its tests fail, the conversation goes to <span className="mono">{view.escalateTo}</span>.
              </span>
            )}
          </p>
          <DataTable caption="Targets in the order of the plan" rows={view.verdicts} columns={COLUMNS} rowKey={({ address }) => address} />
          {view.flips.length > 0 && (
            <div>
              <h3>What would have changed it</h3>
              <ul className="reasons">
                {view.flips.map((flip) => (
                  <li key={`${flip.what} ${flip.of} ${flip.winner}`}>{flipped(flip)}</li>
                ))}
              </ul>
            </div>
          )}
          {view.isReproduced === false && (
            <p className="caution">Made again, the decision comes out otherwise: the rules have changed since.</p>
          )}
        </div>
      )}
    </Loaded>
  );
}

function flipped({ what, of, from, to, winner }: DecisionView['flips'][number]): string {
  const whose = of ? ` of ${of}` : '';
  if (what === 'importance') return `importance ${fixed(from)} → ${fixed(to)}: ${winner}`;
  const form = what === 'success' ? percent : what === 'latency' ? span : money;
  return `${what}${whose} ${form(from)} → ${form(to)}: ${winner}`;
}

function fixed(value: number): string {
  return value.toLocaleString(undefined, { maximumFractionDigits: 2 });
}
