import type { IndependenceView } from '../../../src/http/contract.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { money, percent, short } from '../../components/format.ts';
import { Meter } from '../../components/meter.tsx';

type Concentration = IndependenceView['concentration']['money'];
type Supplier = Concentration['suppliers'][number];
type Team = IndependenceView['teams'][number];

/** Who gets what is not done by own models, and how much hangs on one of them. */
export function Suppliers({ report: { concentration } }: { report: IndependenceView }) {
  const isPriced = concentration.money.suppliers.some(({ amount }) => amount > 0);
  const { suppliers, effective } = isPriced ? concentration.money : concentration.tokens;
  const columns: readonly Column<Supplier>[] = [
    { id: 'name', header: 'Vendor', grow: true, cell: ({ name }) => <span className="mono">{name}</span> },
    { id: 'share', header: 'Share', cell: ({ share }) => <Meter share={share} label={percent(share)} tone="vendor" /> },
    { id: 'amount', header: isPriced ? 'Paid' : 'Tokens', align: 'end', cell: ({ amount }) => (isPriced ? money(amount) : short(amount)) },
  ];
  return (
    <div className="stack">
      <DataTable
        caption="Vendors"
        rows={suppliers}
        columns={columns}
        rowKey={({ name }) => name}
        empty={<p className="soft">Nothing went to a vendor in this span.</p>}
      />
      {effective !== null && suppliers.length > 0 && (
        <p className="soft">
          As concentrated as if {effective.toLocaleString(undefined, { maximumFractionDigits: 1 })}{' '}
          {effective < 1.05 ? 'vendor had all of it' : 'vendors had an equal part each'}.
        </p>
      )}
    </div>
  );
}

const TEAM_COLUMNS: readonly Column<Team>[] = [
  { id: 'name', header: 'Team', grow: true, cell: ({ name }) => name || 'of no team' },
  { id: 'own', header: 'Own models', cell: ({ shares }) => <Meter share={shares.tokens} label={percent(shares.tokens)} /> },
  { id: 'paid', header: 'Paid', align: 'end', cell: ({ cost_nanos }) => money(cost_nanos) },
];

/** How much of each team's tokens own models read and write. */
export function Teams({ report: { teams } }: { report: IndependenceView }) {
  return (
    <DataTable
      caption="Teams"
      rows={teams}
      columns={TEAM_COLUMNS}
      rowKey={({ name }) => name}
      empty={<p className="soft">No team asked.</p>}
    />
  );
}
