import type { IndependenceView } from '../../../src/http/contract.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Empty } from '../../components/empty.tsx';
import { count, money, percent } from '../../components/format.ts';
import { Meter } from '../../components/meter.tsx';
import { workName } from '../../components/work.ts';
import { measureOf } from './independence.tsx';

type Class = IndependenceView['classes'][number];

/** Each kind of work with the share that own models do. */
export function Classes({ report }: { report: IndependenceView }) {
  const measure = measureOf(report);
  const columns: readonly Column<Class>[] = [
    { id: 'name', header: 'Work', cell: ({ name }) => (name === '' ? 'Of no known kind' : workName(name)), sort: ({ name }) => name },
    {
      id: 'own',
      header: 'Own models',
      cell: ({ shares }) => <Meter share={shares[measure]} label={percent(shares[measure])} />,
      sort: ({ shares }) => shares[measure],
    },
    {
      id: 'proven',
      header: 'Proven replaceable',
      align: 'end',
      hide: 'phone',
      cell: ({ standings, all }) => percent(all[measure] ? standings.proven[measure] / all[measure] : null),
      sort: ({ standings }) => standings.proven[measure],
    },
    {
      id: 'requests',
      header: 'Requests',
      align: 'end',
      hide: 'phone',
      cell: ({ all }) => count(all.requests),
      sort: ({ all }) => all.requests,
    },
    { id: 'cost', header: 'Paid', align: 'end', cell: ({ cost_nanos }) => money(cost_nanos), sort: ({ cost_nanos }) => cost_nanos },
  ];
  return (
    <DataTable
      caption="Kinds of work"
      rows={report.classes}
      columns={columns}
      rowKey={({ name }) => name}
      sortedBy={{ id: 'cost', desc: true }}
      empty={<Empty title="No work in this span" />}
    />
  );
}
