import { Button, NativeSelect, Switch, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { GroupView } from '../../../src/http/contract.ts';
import { useApi, useChange } from '../../api/hooks.ts';
import { Dialog, DialogActions } from '../../components/dialog.tsx';
import { Problem } from '../../components/problem.tsx';
import { RuleFields } from './rule-fields.tsx';
import { bodyOf, formOf } from './rules.ts';

export type GroupKind = 'team' | 'project';

/** Makes a team or a project, or changes what its keys may do. */
export function GroupDialog({ kind, of }: { kind: GroupKind; of?: GroupView }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setOpen(true)}>
        {of ? 'Limits' : `New ${kind}`}
      </Button>
      <Dialog title={of ? `What keys of ${of.id} may do` : `A new ${kind}`} isOpen={isOpen} onClose={() => setOpen(false)} isWide>
        {isOpen && <GroupForm kind={kind} of={of} onDone={() => setOpen(false)} />}
      </Dialog>
    </>
  );
}

function GroupForm({ kind, of, onDone }: { kind: GroupKind; of: GroupView | undefined; onDone(): void }) {
  const [id, setId] = useState(of?.id ?? '');
  const [team, setTeam] = useState(of?.team ?? '');
  const [form, setForm] = useState(() => formOf(of?.rules));
  const teams = useApi<{ groups: GroupView[] }>('/teams', {}, { enabled: kind === 'project' });
  const all = useApi<{ groups: GroupView[] }>(`/${kind}s`);
  const put = useChange('PUT', [`/${kind}s`, '/keys', '/budgets']);
  const isTaken = !of && all.data?.groups.some((one) => one.id === id.trim());
  const send = (event: FormEvent) => {
    event.preventDefault();
    // What the form does not show stays as it is.
    const whole = { ...of?.rules, ...bodyOf(form, of?.rules ?? {}), ...(kind === 'project' && { team: team || null }) };
    const body = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== null));
    put.mutate({ path: `/${kind}s/${encodeURIComponent(id.trim())}`, body }, { onSuccess: onDone });
  };
  const fault = put.error?.field ? { field: put.error.field, message: put.error.message } : undefined;
  return (
    <form className="stack" onSubmit={send}>
      {!of && (
        <TextInput
          label="Name"
          required
          data-autofocus
          value={id}
          onChange={(event) => setId(event.currentTarget.value)}
          error={isTaken ? 'There is one of that name; change it in the list.' : undefined}
        />
      )}
      {kind === 'project' && (
        <NativeSelect
          label="Team"
          description="Its rules hold as well."
          data={[{ value: '', label: 'none' }, ...(teams.data?.groups ?? []).map((one) => ({ value: one.id, label: one.id }))]}
          value={team}
          onChange={(event) => setTeam(event.currentTarget.value)}
        />
      )}
      <RuleFields form={form} onChange={setForm} fault={fault} />
      {of && (
        <Switch
          label="Refused for now"
          checked={form.disabled}
          onChange={(event) => setForm({ ...form, disabled: event.currentTarget.checked })}
        />
      )}
      {put.isError && <Problem error={put.error} />}
      <DialogActions>
        <Button type="submit" loading={put.isPending} disabled={id.trim() === '' || isTaken}>
          {of ? 'Change' : `Make the ${kind}`}
        </Button>
      </DialogActions>
    </form>
  );
}
