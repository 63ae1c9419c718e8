import type { ExchangeView } from '../../../src/http/contract.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { count } from '../../components/format.ts';

interface Alike {
  what: string;
  action: string;
  why: string;
  times: number;
}

const NOTE_COLUMNS: readonly Column<Alike>[] = [
  { id: 'what', header: 'Field', cell: ({ what }) => <span className="mono">{what}</span> },
  { id: 'action', header: 'Was', cell: ({ action }) => action },
  { id: 'times', header: 'Times', align: 'end', cell: ({ times }) => count(times) },
  { id: 'why', header: 'Because', grow: true, cell: ({ why }) => why },
];

/** What was lost or changed on the way, alike ones together. */
export function Notes({ notes }: { notes: ExchangeView['notes'] }) {
  const alike = new Map<string, Alike>();
  for (const { path, action, why } of notes) {
    const what = path.replace(/\[\d+\]/g, '[ ]');
    const key = `${what}\n${action}\n${why}`;
    const known = alike.get(key);
    if (known) known.times++;
    else alike.set(key, { what, action, why, times: 1 });
  }
  return (
    <DataTable
      caption="Notes"
      rows={[...alike.values()]}
      columns={NOTE_COLUMNS}
      rowKey={({ what, action, why }) => `${what} ${action} ${why}`}
      empty={<p className="soft">Nothing was lost.</p>}
    />
  );
}

type Finding = ExchangeView['findings'][number];

const FINDING_COLUMNS: readonly Column<Finding>[] = [
  { id: 'rule', header: 'Rule', cell: ({ rule }) => <span className="mono">{rule}</span> },
  { id: 'kind', header: 'Kind', cell: ({ kind }) => kind },
  { id: 'count', header: 'Times', align: 'end', cell: ({ count: times }) => count(times) },
  { id: 'action', header: 'Policy', cell: ({ action }) => action },
];

export function Findings({ exchange: { findings } }: { exchange: ExchangeView }) {
  return (
    <DataTable
      caption="Findings"
      rows={findings}
      columns={FINDING_COLUMNS}
      rowKey={({ rule, action }) => `${rule} ${action}`}
      empty={<p className="soft">Nothing was found, or nobody looked: work of own models is not inspected.</p>}
    />
  );
}
