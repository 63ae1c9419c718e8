import { Button, NativeSelect, Switch, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { GroupView, KeyView, MadeKey } from '../../../src/http/contract.ts';
import { useApi, useChange } from '../../api/hooks.ts';
import { Dialog, DialogActions } from '../../components/dialog.tsx';
import { moment } from '../../components/format.ts';
import { Problem } from '../../components/problem.tsx';
import { RuleFields } from './rule-fields.tsx';
import { bodyOf, formOf } from './rules.ts';
import { ShownOnce } from './shown-once.tsx';

interface Groups {
  groups: GroupView[];
}

/** Makes a key, or changes what one may do. A new key is shown once. */
export function KeyDialog({ of }: { of?: KeyView }) {
  const [isOpen, setOpen] = useState(false);
  const [made, setMade] = useState<MadeKey>();
  return (
    <>
      <Button size="xs" variant={of ? 'default' : 'filled'} onClick={() => setOpen(true)}>
        {of ? 'Limits' : 'New key'}
      </Button>
      <Dialog title={of ? `What ${of.name} may do` : 'A new key'} isOpen={isOpen} onClose={() => setOpen(false)} isWide>
        {/* It begins anew each time it is opened. */}
        {isOpen && (
          <KeyForm
            of={of}
            onDone={(key) => {
              setOpen(false);
              if (key) setMade(key);
            }}
          />
        )}
      </Dialog>
      <ShownOnce made={made} onClose={() => setMade(undefined)} />
    </>
  );
}

function KeyForm({ of, onDone }: { of: KeyView | undefined; onDone(made?: MadeKey): void }) {
  const [name, setName] = useState(of?.name ?? '');
  const [team, setTeam] = useState(of?.team ?? '');
  const [project, setProject] = useState(of?.project ?? '');
  const [expires, setExpires] = useState('');
  const [form, setForm] = useState(() => formOf(of?.rules));
  const teams = useApi<Groups>('/teams');
  const projects = useApi<Groups>('/projects');
  const change = useChange<MadeKey>(of ? 'PATCH' : 'POST', ['/keys', '/budgets']);
  const send = (event: FormEvent) => {
    event.preventDefault();
    const rules = bodyOf(form, of?.rules);
    const whose = { name: name.trim(), team: team || null, project: project || null, ...expiryOf(expires) };
    // What is not set stands in no new key.
    const body = of
      ? { ...whose, ...rules }
      : Object.fromEntries(Object.entries({ ...whose, ...rules }).filter(([, value]) => value !== null));
    change.mutate(
      { path: of ? `/keys/${encodeURIComponent(of.id)}` : '/keys', body },
      { onSuccess: (key) => onDone(of ? undefined : key) },
    );
  };
  const fault = change.error?.field ? { field: change.error.field, message: change.error.message } : undefined;
  const at = (field: string) => (fault?.field === field ? fault.message : undefined);
  const groups = (all: Groups | undefined) => [
    { value: '', label: 'none' },
    ...(all?.groups ?? []).map(({ id }) => ({ value: id, label: id })),
  ];
  return (
    <form className="stack" onSubmit={send}>
      <TextInput
        label="Name"
        description="It stands in records; a person’s or a machine’s."
        required
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={at('name')}
      />
      <div className="field-row">
        <NativeSelect
          label="Team"
          data={groups(teams.data)}
          value={team}
          onChange={(event) => setTeam(event.currentTarget.value)}
          error={at('team')}
        />
        <NativeSelect
          label="Project"
          data={groups(projects.data)}
          value={project}
          onChange={(event) => setProject(event.currentTarget.value)}
          error={at('project')}
        />
        <TextInput
          label="Good for"
          placeholder={of ? 'as it is' : 'ever'}
          description={of?.expires_at == null ? '30d, 12h' : `until ${moment(of.expires_at)}; or never`}
          value={expires}
          onChange={(event) => setExpires(event.currentTarget.value)}
          error={at('expires_in')}
        />
      </div>
      <RuleFields form={form} onChange={setForm} fault={fault} />
      {of && (
        <Switch
          label="Refused for now"
          checked={form.disabled}
          onChange={(event) => setForm({ ...form, disabled: event.currentTarget.checked })}
        />
      )}
      {change.isError && <Problem error={change.error} />}
      <DialogActions>
        <Button type="submit" loading={change.isPending} disabled={name.trim() === ''}>
          {of ? 'Change' : 'Make the key'}
        </Button>
      </DialogActions>
    </form>
  );
}

/** Nothing said leaves it as it is. */
function expiryOf(text: string): { expires_in?: string; expires_at?: null } {
  const span = text.trim();
  if (span === '') return {};
  return span === 'never' || span === 'ever' ? { expires_at: null } : { expires_in: span };
}
