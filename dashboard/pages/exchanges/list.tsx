import { Button } from '@mantine/core';
import { Link, useSearchParams } from 'wouter';
import type { ExchangeList } from '../../../src/http/contract.ts';
import { useApi } from '../../api/hooks.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Empty } from '../../components/empty.tsx';
import { money, short, span } from '../../components/format.ts';
import { Icon } from '../../components/icon.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { OutcomeTag } from '../../components/outcome.tsx';
import { Page, Section } from '../../components/page.tsx';
import { When } from '../../components/when.tsx';
import { workName } from '../../components/work.ts';
import { ModelName, ZoneTag } from '../../components/zone.tsx';
import { Filters, filtersIn } from './filters.tsx';

type Row = ExchangeList['exchanges'][number];

const ROWS = 50;

const COLUMNS: readonly Column<Row>[] = [
  { id: 'at', header: 'When', cell: ({ at }) => <When at={at} as="recent" /> },
  {
    id: 'outcome',
    header: 'Outcome',
    hide: 'phone',
    cell: (row) => <OutcomeTag outcome={row.outcome} of={row.outcome_class} status={row.status} />,
  },
  {
    id: 'model',
    header: 'Answered by',
    grow: true,
    cell: (row) => (
      <>
        <ModelName {...row} />{' '}
        {row.outcome_class !== 'ok' && (
          <span className="on-phone">
            <OutcomeTag outcome={row.outcome} of={row.outcome_class} status={row.status} />
          </span>
        )}
      </>
    ),
  },
  { id: 'zone', header: 'Zone', hide: 'phone', cell: ({ zone }) => <ZoneTag zone={zone} /> },
  { id: 'asked', header: 'Asked for', hide: 'desktop', cell: ({ asked }) => asked || '–' },
  { id: 'client', header: 'Tool', hide: 'phone', cell: ({ client }) => client ?? '–' },
  { id: 'task', header: 'Work', hide: 'tablet', cell: ({ task }) => workName(task) },
  { id: 'key', header: 'Key', hide: 'desktop', cell: ({ key }) => key ?? '–' },
  {
    id: 'tokens',
    header: 'Tokens in, out',
    hide: 'tablet',
    align: 'end',
    cell: ({ input_tokens, output_tokens }) => `${short(input_tokens)}, ${short(output_tokens)}`,
  },
  { id: 'first', header: 'First token', hide: 'desktop', align: 'end', cell: ({ first_token_ms }) => span(first_token_ms) },
  { id: 'total', header: 'Time', hide: 'tablet', align: 'end', cell: ({ total_ms }) => span(total_ms) },
  { id: 'cost', header: 'Cost', align: 'end', cell: ({ cost_nanos }) => (cost_nanos === null ? 'unknown' : money(cost_nanos)) },
];

/** What was asked, newest first. Everything that narrows it stands in the address. */
export function Exchanges() {
  const [search, setSearch] = useSearchParams();
  const filters = filtersIn(search);
  const cursor = search.get('cursor') ?? undefined;
  const isNarrowed = Object.keys(filters).length > 0;
  // The newest page goes on by itself; an older one stays as it is.
  const page = useApi<ExchangeList>('/exchanges', { ...filters, cursor, limit: ROWS }, { every: cursor ? undefined : 10_000 });
  const turn = (next: string | null) =>
    setSearch((now) => {
      if (next) now.set('cursor', next);
      else now.delete('cursor');
      return now;
    });
  return (
    <Page title="Exchanges" about="Every request and what became of it, newest first.">
      <Section title={isNarrowed ? 'Those that fit' : 'All'} actions={<Filters />}>
        <Loaded query={page} lines={16}>
          {({ exchanges, next }) => (
            <>
              <DataTable
                caption="Exchanges, newest first"
                rows={exchanges}
                columns={COLUMNS}
                rowKey={({ id }) => id}
                href={({ id }) => `/exchanges/${id}`}
                empty={<Nothing isNarrowed={isNarrowed} hasMore={next !== null} isPaged={cursor !== undefined} />}
              />
              {(cursor !== undefined || next !== null) && (
                <nav className="pager" aria-label="Pages of the list">
                  <Button variant="default" size="xs" disabled={cursor === undefined} onClick={() => turn(null)}>
                    Newest
                  </Button>
                  <Button
                    variant="default"
                    size="xs"
                    disabled={next === null}
                    onClick={() => turn(next)}
                    rightSection={<Icon name="right" size={12} />}
                  >
                    Older
                  </Button>
                </nav>
              )}
            </>
          )}
        </Loaded>
      </Section>
    </Page>
  );
}

function Nothing({ isNarrowed, hasMore, isPaged }: { isNarrowed: boolean; hasMore: boolean; isPaged: boolean }) {
  if (hasMore) return <Empty title="None among the newest that were looked at" hint="Rare ones may be further back: go on with Older." />;
  if (isPaged) return <Empty title="That was the last one" hint="Nothing older fits." />;
  if (isNarrowed)
    return (
      <Empty title="Nothing fits">
        <Link href="/exchanges">Show all</Link>
      </Empty>
    );
  return (
    <Empty
      title="Nothing has been asked yet"
      hint="Connect a coding tool, and each of its requests stands here."
      command="freehold connect claude-code"
    />
  );
}
