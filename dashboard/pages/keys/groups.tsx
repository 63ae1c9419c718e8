import { Button } from '@mantine/core';
import type { GroupView } from '../../../src/http/contract.ts';
import { useApi, useChange } from '../../api/hooks.ts';
import { Confirm } from '../../components/confirm.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Tag } from '../../components/tag.tsx';
import { GroupDialog, type GroupKind } from './group-dialog.tsx';
import { told } from './rules.ts';

/** All teams or all projects. */
export function Groups({ kind }: { kind: GroupKind }) {
  const groups = useApi<{ groups: GroupView[] }>(`/${kind}s`);
  const columns: readonly Column<GroupView>[] = [
    { id: 'id', header: 'Name', cell: ({ id }) => <strong>{id}</strong>, sort: ({ id }) => id },
    ...(kind === 'project' ? [{ id: 'team', header: 'Team', cell: ({ team }: GroupView) => team ?? '–' }] : []),
    {
      id: 'may',
      header: 'Its keys may',
      grow: true,
      cell: ({ rules }) =>
        rules ? (
          <>
            {rules.disabled && <Tag tone="warn">disabled</Tag>} {told(rules)}
          </>
        ) : (
          <Tag tone="bad">rules cannot be read: its keys open nothing</Tag>
        ),
    },
    { id: 'do', header: 'Change', cell: (group) => <Actions kind={kind} of={group} /> },
  ];
  return (
    <Loaded query={groups} lines={3}>
      {({ groups: all }) => (
        <DataTable
          caption={`All ${kind}s`}
          rows={all}
          columns={columns}
          rowKey={({ id }) => id}
          empty={
            <Empty
              title={`There are no ${kind}s`}
              hint={`A ${kind} holds rules and a budget for several keys together.`}
              command={`freehold ${kind} create NAME --budget 100/month`}
            />
          }
        />
      )}
    </Loaded>
  );
}

function Actions({ kind, of }: { kind: GroupKind; of: GroupView }) {
  const remove = useChange('DELETE', [`/${kind}s`, '/keys', '/budgets']);
  if (of.source === 'config')
    return (
      <span className="soft" title="Change it in the configuration.">
        –
      </span>
    );
  return (
    <span className="row actions">
      <GroupDialog kind={kind} of={of} />
      <Confirm
        title={`Remove the ${kind} ${of.id}?`}
        action="Remove"
        isDangerous
        onConfirm={() => remove.mutateAsync({ path: `/${kind}s/${encodeURIComponent(of.id)}` })}
        opener={(open) => (
          <Button size="xs" variant="default" onClick={open}>
            Remove
          </Button>
        )}
      >
        <p>Keys that belong to it open nothing from then on. Give them another {kind} first where they are to go on.</p>
      </Confirm>
    </span>
  );
}
