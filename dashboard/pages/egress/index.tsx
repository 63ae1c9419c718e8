import './egress.css';
import { SegmentedControl } from '@mantine/core';
import { useSearchParams } from 'wouter';
import type { EgressSums, EgressView } from '../../../src/http/contract.ts';
import { useApi } from '../../api/hooks.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Empty } from '../../components/empty.tsx';
import { Figure, Figures } from '../../components/figure.tsx';
import { bytes, count, money, percent } from '../../components/format.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Page, Section } from '../../components/page.tsx';
import { SpanChoice, useSpan } from '../../components/span.tsx';
import { Ceilings } from './ceilings.tsx';
import { Detectors } from './detectors.tsx';
import { Journal } from './journal.tsx';

type Group = 'destinations' | 'repositories' | 'keys' | 'rules';

const GROUPS: readonly { value: Group; label: string; head: string }[] = [
  { value: 'destinations', label: 'Destination', head: 'Where to' },
  { value: 'repositories', label: 'Repository', head: 'Repository' },
  { value: 'keys', label: 'Key', head: 'Key' },
  { value: 'rules', label: 'Rule', head: 'Allowed by' },
];

const COLUMNS: readonly Column<EgressSums>[] = [
  { id: 'requests', header: 'Requests', align: 'end', cell: ({ requests }) => count(requests), sort: ({ requests }) => requests },
  { id: 'out', header: 'Out', align: 'end', cell: ({ bytes_out }) => bytes(bytes_out), sort: ({ bytes_out }) => bytes_out },
  { id: 'in', header: 'In', align: 'end', hide: 'tablet', cell: ({ bytes_in }) => bytes(bytes_in), sort: ({ bytes_in }) => bytes_in },
  {
    id: 'replaced',
    header: 'Finds replaced',
    align: 'end',
    hide: 'phone',
    cell: ({ replaced }) => count(replaced),
    sort: ({ replaced }) => replaced,
  },
  {
    id: 'failed',
    header: 'Failed',
    align: 'end',
    hide: 'phone',
    cell: ({ failed, open }) =>
      open ? <span title={`${count(open)} without a known end`}>{`${count(failed)} + ${count(open)}`}</span> : count(failed),
    sort: ({ failed }) => failed,
  },
  {
    id: 'cost',
    header: 'Cost',
    align: 'end',
    cell: ({ cost_nanos, unpriced }) =>
      unpriced ? <span title={`${count(unpriced)} of unknown price not in it`}>{`${money(cost_nanos)} +`}</span> : money(cost_nanos),
    sort: ({ cost_nanos }) => cost_nanos,
  },
];

/** What left the building, who let it, and the proof that nothing is missing from the record. */
export default function Egress() {
  const { from, to, days } = useSpan();
  const egress = useApi<EgressView>('/egress', { from, to }, { every: 60_000 });
  return (
    <Page
      title="Egress"
      about={`What went beyond your own hardware in the last ${days === 1 ? 'day' : `${days} days`}. Each attempt was on record before its first byte left.`}
      actions={<SpanChoice />}
    >
      <Loaded query={egress} lines={12}>
        {(view) => (
          <div className="stack">
            {view.left ? (
              <Left left={view.left} />
            ) : (
              <Section title="What left">
                <Empty
                  title="No journal is kept here"
                  hint="Without a data folder nothing that leaves is recorded. Set data: in freehold.yaml, or the variable FREEHOLD_DATA."
                />
              </Section>
            )}
            {view.journal && (
              <Section title="Proof" about="The journal is a chain of signed lines: an edit, a gap, a reordering or a cut tail shows.">
                <Journal journal={view.journal} />
              </Section>
            )}
            <div className="columns" data-of="two">
              <Section
                title="How far requests may go"
                about="Of all rules that hold, the strictest counts; keys and headers may only ask for less."
              >
                <Ceilings ceilings={view.ceilings} />
              </Section>
              <Section title="What happens to finds" about="Requests that would leave are read for these first.">
                <Detectors detectors={view.detectors} />
              </Section>
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Left({ left }: { left: NonNullable<EgressView['left']> }) {
  const [search, setSearch] = useSearchParams();
  const group = GROUPS.find(({ value }) => value === search.get('by')) ?? GROUPS[0]!;
  const { total } = left;
  const columns: readonly Column<EgressSums>[] = [
    {
      id: 'name',
      header: group.head,
      grow: true,
      cell: ({ name }) => <span className="egress-name">{name}</span>,
      sort: ({ name }) => name,
    },
    ...COLUMNS,
  ];
  const choose = (value: string) =>
    setSearch(
      (now) => {
        now.set('by', value);
        return now;
      },
      { replace: true },
    );
  return (
    <>
      <Section title="In all">
        <Figures>
          <Figure label="Left" value={bytes(total.bytes_out)} note={`${bytes(total.bytes_in)} came back`} />
          <Figure
            label="Requests"
            value={count(total.requests)}
            note={total.open ? `${count(total.open)} under way, or without a known end` : undefined}
          />
          <Figure
            label="Failed"
            value={percent(total.requests ? total.failed / total.requests : 0)}
            note={`${count(total.failed)} refused or broken off`}
          />
          <Figure label="Finds replaced" value={count(total.replaced)} note="secrets and such, before they left" />
          <Figure
            label="Cost"
            value={money(total.cost_nanos)}
            note={total.unpriced ? `${count(total.unpriced)} of unknown price not in it` : undefined}
          />
        </Figures>
      </Section>
      <Section
        title="What left"
        actions={
          <SegmentedControl
            size="xs"
            aria-label="By"
            value={group.value}
            data={GROUPS.map(({ value, label }) => ({ value, label }))}
            onChange={choose}
          />
        }
      >
        <DataTable
          caption={`What left, by ${group.label.toLowerCase()}`}
          rows={left[group.value]}
          columns={columns}
          rowKey={({ name }) => name}
          empty={<Empty title="Nothing left in this span" hint="Everything was answered on your own hardware, or nothing was asked." />}
        />
      </Section>
    </>
  );
}
