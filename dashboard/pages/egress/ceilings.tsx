import type { EgressView } from '../../../src/http/contract.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Empty } from '../../components/empty.tsx';
import { ZoneTag } from '../../components/zone.tsx';

type Rule = EgressView['ceilings']['rules'][number];

const COLUMNS: readonly Column<Rule>[] = [
  { id: 'zone', header: 'At most', cell: ({ zone }) => <ZoneTag zone={zone} /> },
  { id: 'rule', header: 'Rule', cell: ({ rule }) => rule },
  {
    id: 'when',
    header: 'When',
    grow: true,
    cell: ({ conditions }) => (
      <span className="mono">
        {Object.entries(conditions)
          .map(([name, value]) => `${name} ${value}`)
          .join(', ')}
      </span>
    ),
  },
];

/** The rules on how far requests may go, and what holds otherwise. */
export function Ceilings({ ceilings: { default: fallback, rules } }: { ceilings: EgressView['ceilings'] }) {
  return (
    <div className="stack">
      <p>
        Where no rule speaks: <ZoneTag zone={fallback} />
      </p>
      <DataTable
        caption="Rules on zones"
        rows={rules}
        columns={COLUMNS}
        rowKey={({ rule }) => rule}
        empty={
          <Empty
            title="There are no rules"
            hint={
              fallback === 'vendor'
                ? 'Every request may go to a vendor. Keep at home what must stay there, by repository, path, key or team: zones.rules in freehold.yaml.'
                : 'The default holds for everything: zones.rules in freehold.yaml may let out what may leave.'
            }
          />
        }
      />
    </div>
  );
}
