import type { SwapView } from '../../../src/http/contract.ts';
import { useApi } from '../../api/hooks.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { count, money, percent, span } from '../../components/format.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Meter } from '../../components/meter.tsx';
import { When } from '../../components/when.tsx';

type Arm = SwapView['figures']['old'] & { name: string };

const share = (part: number, whole: number) => (whole ? `${percent(part / whole)} (${count(part)})` : '–');

const COLUMNS: readonly Column<Arm>[] = [
  { id: 'name', header: 'Model', cell: ({ name }) => name },
  { id: 'conversations', header: 'Conversations', align: 'end', hide: 'phone', cell: ({ conversations }) => count(conversations) },
  { id: 'exchanges', header: 'Requests', align: 'end', cell: ({ exchanges }) => count(exchanges) },
  { id: 'failed', header: 'Failed', align: 'end', cell: ({ failed, exchanges }) => share(failed, exchanges) },
  { id: 'first', header: 'Until it begins', align: 'end', hide: 'phone', cell: ({ first_content_ms }) => span(first_content_ms) },
  {
    id: 'cost',
    header: 'Cost a request',
    align: 'end',
    hide: 'phone',
    cell: ({ cost_nanos, priced }) => (priced && cost_nanos !== null ? money(cost_nanos / priced) : '–'),
  },
  { id: 'complaints', header: 'Complaints', align: 'end', cell: ({ complaints, words }) => share(complaints, words) },
];

/** Both models of a swap side by side since it came into force, the evidence against the new one, and all that befell the swap. */
export function SwapFigures({ id }: { id: string }) {
  const swap = useApi<SwapView>(`/swaps/${encodeURIComponent(id)}`, {}, { every: 10_000 });
  return (
    <Loaded query={swap} lines={4}>
      {({ figures, history }) => (
        <div className="stack">
          <DataTable
            caption="The old and the new model since the swap"
            rows={[
              { ...figures.old, name: 'old' },
              { ...figures.new, name: 'new' },
            ]}
            columns={COLUMNS}
            rowKey={({ name }) => name}
          />
          <p className="row">
            <span>Evidence that the new one does worse:</span>
            <Meter
              share={Math.log1p(figures.evidence) / Math.log1p(figures.alarm_at)}
              label={`${figures.evidence.toFixed(1)} of ${count(figures.alarm_at)}`}
            />
            <span className="soft">at {count(figures.alarm_at)} the old one is put back</span>
          </p>
          <ol className="reasons">
            {history.map(({ at, state, share: of, by, why }) => (
              <li key={`${at} ${state}`}>
                <When at={at} as="hour" />: {state}
                {state === 'canary' && ` at ${percent(of)}`}, by {by}: {why}
              </li>
            ))}
          </ol>
        </div>
      )}
    </Loaded>
  );
}
