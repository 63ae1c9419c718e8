import { Button, NativeSelect, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import type { KeyList, KeyView, MadeKey, UsageView } from '../../../src/http/contract.ts';
import { useApi, useChange } from '../../api/hooks.ts';
import { Confirm } from '../../components/confirm.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Empty } from '../../components/empty.tsx';
import { count, money } from '../../components/format.ts';
import { Loaded } from '../../components/loaded.tsx';
import { useSpan } from '../../components/span.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { When } from '../../components/when.tsx';
import { KeyDialog } from './key-dialog.tsx';
import { told } from './rules.ts';
import { ShownOnce } from './shown-once.tsx';

const STATES: Readonly<Record<KeyView['state'], Tone>> = {
  active: 'good',
  disabled: 'warn',
  expired: 'warn',
  revoked: 'plain',
  broken: 'bad',
};

const MEANS: Readonly<Record<KeyView['state'], string>> = {
  active: 'It opens what its rules allow.',
  disabled: 'It is refused for now.',
  expired: 'Its time is over.',
  revoked: 'It is refused for good; records still name it.',
  broken: 'Its rules cannot be read, or its team or project was removed: it opens nothing.',
};

/** Every key with what it may do and what it did in 30 days. */
export function Keys() {
  const { from, to } = useSpan(30);
  const keys = useApi<KeyList>('/keys', { limit: 500 });
  const usage = useApi<UsageView>('/usage', { from, to, grain: 'day', by: 'key' });
  const [text, setText] = useState('');
  const [wantsOld, setOld] = useState(false);
  const used = new Map(usage.data?.groups.map((group) => [group.of['key'] ?? '', group]));
  const columns: readonly Column<KeyView>[] = [
    { id: 'name', header: 'Name', cell: (key) => <Name of={key} />, sort: ({ name }) => name.toLowerCase() },
    {
      id: 'state',
      header: 'State',
      cell: ({ state }) => (
        <span title={MEANS[state]}>
          <Tag tone={STATES[state]}>{state}</Tag>
        </span>
      ),
    },
    {
      id: 'group',
      header: 'Team, project',
      hide: 'tablet',
      cell: ({ team, project }) => [team, project].filter(Boolean).join(', ') || '–',
      sort: ({ team }) => team,
    },
    { id: 'may', header: 'May', grow: true, hide: 'phone', cell: ({ rules }) => told(rules) },
    {
      id: 'expires',
      header: 'Expires',
      hide: 'tablet',
      cell: ({ expires_at }) => (expires_at === null ? <span className="soft">never</span> : <When at={expires_at} as="day" />),
      sort: ({ expires_at }) => expires_at,
    },
    {
      id: 'used',
      header: 'Requests',
      align: 'end',
      hide: 'tablet',
      cell: ({ id }) => <Used id={id} times={used.get(id)?.exchanges} />,
      sort: ({ id }) => used.get(id)?.exchanges,
    },
    {
      id: 'cost',
      header: 'Cost',
      align: 'end',
      hide: 'phone',
      cell: ({ id }) => money(used.get(id)?.cost_nanos),
      sort: ({ id }) => used.get(id)?.cost_nanos,
    },
    { id: 'do', header: 'Change', cell: (key) => <Actions of={key} /> },
  ];
  return (
    <Loaded query={keys} lines={6}>
      {({ keys: all, next }) => {
        const old = all.filter(({ state }) => state === 'revoked' || state === 'expired').length;
        const shown = all.filter(
          ({ name, id, state }) =>
            `${name} ${id}`.toLowerCase().includes(text.toLowerCase()) && (wantsOld || (state !== 'revoked' && state !== 'expired')),
        );
        return (
          <div className="stack">
            {all.length > 8 && (
              <div className="row">
                <TextInput
                  size="xs"
                  aria-label="Name contains"
                  placeholder="Name"
                  value={text}
                  onChange={(event) => setText(event.currentTarget.value)}
                />
              </div>
            )}
            <DataTable
              caption="Keys; requests and cost are of the last 30 days"
              rows={shown}
              columns={columns}
              rowKey={({ id }) => id}
              empty={
                all.length === 0 ? (
                  <Empty
                    title="There are no keys"
                    hint="Everyone on this machine may ask, and nobody else. With the first key, every request needs one."
                    command="freehold key create NAME --budget 20/day"
                  />
                ) : (
                  <Empty title="No key fits" hint={old ? `${count(old)} are revoked or expired.` : 'Take the name away.'} />
                )
              }
            />
            <div className="row soft">
              {old > 0 && (
                <Switch
                  size="xs"
                  label={`Also ${count(old)} revoked or expired`}
                  checked={wantsOld}
                  onChange={(event) => setOld(event.currentTarget.checked)}
                />
              )}
              {next !== null && <span>The first 500 keys are shown; freehold key list has all.</span>}
            </div>
          </div>
        );
      }}
    </Loaded>
  );
}

function Name({ of: { name, id, prefix, source } }: { of: KeyView }) {
  return (
    <span className="key-name" title={id}>
      <span>{name}</span>
      <span className="soft mono">{prefix ? `${prefix}…` : source === 'config' ? 'in the configuration' : ''}</span>
    </span>
  );
}

function Used({ id, times }: { id: string; times: number | undefined }) {
  if (!times) return <span className="soft">–</span>;
  return <Link href={`/exchanges?key=${encodeURIComponent(id)}`}>{count(times)}</Link>;
}

const GRACES = [
  { value: '24h', label: 'for a day longer' },
  { value: '1h', label: 'for an hour longer' },
  { value: '7d', label: 'for a week longer' },
  { value: '0s', label: 'no longer' },
];

function Actions({ of }: { of: KeyView }) {
  const [grace, setGrace] = useState('24h');
  const [made, setMade] = useState<MadeKey>();
  const rotate = useChange<MadeKey>('POST', ['/keys']);
  const revoke = useChange('DELETE', ['/keys', '/budgets']);
  const path = `/keys/${encodeURIComponent(of.id)}`;
  if (of.source === 'config')
    return (
      <span className="soft" title="Change it in the configuration.">
        –
      </span>
    );
  if (of.state === 'revoked') return <span className="soft">–</span>;
  return (
    <span className="row actions">
      <KeyDialog of={of} />
      <Confirm
        title={`Another secret for ${of.name}?`}
        action="Rotate"
        onConfirm={async () => setMade(await rotate.mutateAsync({ path: `${path}/rotate`, body: { grace } }))}
        opener={(open) => (
          <Button size="xs" variant="default" onClick={open}>
            Rotate
          </Button>
        )}
      >
        <p>The key keeps its name, its rules and its budgets. The new secret is shown once.</p>
        <NativeSelect label="The old one is good" data={GRACES} value={grace} onChange={(event) => setGrace(event.currentTarget.value)} />
      </Confirm>
      <Confirm
        title={`Revoke ${of.name}?`}
        action="Revoke"
        isDangerous
        onConfirm={() => revoke.mutateAsync({ path })}
        opener={(open) => (
          <Button size="xs" variant="default" onClick={open}>
            Revoke
          </Button>
        )}
      >
        <p>It is refused from now on, on every node within a second, and cannot be brought back. What it did stays on record.</p>
      </Confirm>
      <ShownOnce made={made} onClose={() => setMade(undefined)} />
    </span>
  );
}
