import type { ModelList } from '../../../src/http/contract.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Empty } from '../../components/empty.tsx';
import { count, span } from '../../components/format.ts';
import { Tag } from '../../components/tag.tsx';
import { ZoneTag } from '../../components/zone.tsx';

type Provider = ModelList['providers'][number];

const COLUMNS: readonly Column<Provider>[] = [
  { id: 'name', header: 'Provider', cell: ({ name }) => <span className="mono">{name}</span>, sort: ({ name }) => name },
  { id: 'zone', header: 'Zone', cell: ({ zone }) => <ZoneTag zone={zone} /> },
  {
    id: 'state',
    header: 'State',
    cell: ({ healthy }) => <Tag tone={healthy ? 'good' : 'bad'}>{healthy ? 'answers' : 'does not answer'}</Tag>,
  },
  { id: 'models', header: 'Models', align: 'end', cell: ({ models }) => count(models), sort: ({ models }) => models },
  { id: 'latency', header: 'Its list took', align: 'end', hide: 'phone', cell: ({ latency_ms }) => span(latency_ms) },
  { id: 'reason', header: 'Remark', grow: true, cell: ({ reason }) => reason ?? '–' },
];

export function Providers({ providers }: { providers: readonly Provider[] }) {
  return (
    <DataTable
      caption="Providers"
      rows={providers}
      columns={COLUMNS}
      rowKey={({ name }) => name}
      empty={
        <Empty
          title="There is no provider"
          hint="Name one under providers in freehold.yaml, start a model server on this machine, or set an API key."
          command="freehold init"
        />
      }
    />
  );
}
