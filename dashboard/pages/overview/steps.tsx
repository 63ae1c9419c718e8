import type { IndependenceView } from '../../../src/http/contract.ts';
import { Copy } from '../../components/copy.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { money, percent } from '../../components/format.ts';
import { Tag, type Tone } from '../../components/tag.tsx';
import { workName } from '../../components/work.ts';
import { measureOf } from './independence.tsx';

type Step = IndependenceView['next'][number];

const STANDINGS: Readonly<Record<Step['standing'], { name: string; tone: Tone }>> = {
  served: { name: 'own already', tone: 'good' },
  leased: { name: 'leased', tone: 'plain' },
  proven: { name: 'proven replaceable', tone: 'good' },
  none: { name: 'no substitute yet', tone: 'bad' },
  unexamined: { name: 'not compared yet', tone: 'warn' },
};

/** What would bring the most, the best first, each with the command that does it. */
export function Steps({ report }: { report: IndependenceView }) {
  const measure = measureOf(report);
  const all = report.answered[measure];
  const columns: readonly Column<Step>[] = [
    { id: 'task', header: 'Work', cell: ({ task }) => (task === '' ? 'Of no known kind' : workName(task)) },
    { id: 'from', header: 'Goes to', grow: true, cell: ({ from }) => <span className="mono">{from}</span> },
    {
      id: 'standing',
      header: 'Standing',
      hide: 'phone',
      cell: ({ standing }) => <Tag tone={STANDINGS[standing].tone}>{STANDINGS[standing].name}</Tag>,
    },
    { id: 'gain', header: 'Would bring', align: 'end', cell: ({ amounts }) => percent(all ? amounts[measure] / all : null) },
    { id: 'paid', header: 'Paid', align: 'end', hide: 'phone', cell: ({ cost_nanos }) => money(cost_nanos) },
    { id: 'command', header: 'Command', grow: true, hide: 'tablet', cell: ({ command }) => command && <Copy text={command} /> },
  ];
  return (
    <DataTable
      caption="Steps that bring the most"
      rows={report.next}
      columns={columns}
      rowKey={({ task, from, to }) => `${task} ${from} ${to}`}
      empty={<p className="soft">There is too little traffic to say.</p>}
    />
  );
}
