import { Button, NativeSelect, Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { DecisionView, KeyList } from '../../../src/http/contract.ts';
import { useApi, useChange } from '../../api/hooks.ts';
import { Plan } from '../../components/plan.tsx';
import { Problem } from '../../components/problem.tsx';

const MODES = ['', 'cheapest-good-enough', 'own-first', 'balanced', 'best'];
const ZONES = ['', 'own', 'leased', 'vendor'];

/** A prompt, and the decision that would be made about it. */
export function Try() {
  const [text, setText] = useState('');
  const [mode, setMode] = useState('');
  const [zone, setZone] = useState('');
  const [key, setKey] = useState('');
  const keys = useApi<KeyList>('/keys', { limit: 500 });
  const decided = useChange<DecisionView>('POST', []);
  const active = keys.data?.keys.filter(({ state }) => state === 'active') ?? [];
  const decide = (event: FormEvent) => {
    event.preventDefault();
    const headers = { ...(mode && { 'x-freehold-mode': mode }), ...(zone && { 'x-freehold-zone': zone }) };
    decided.mutate({ path: '/routing/explain', body: { request: requestIn(text), headers, ...(key && { key }) } });
  };
  return (
    <div className="stack">
      <form className="stack" onSubmit={decide}>
        <Textarea
          label="Prompt"
          description="A question, or a whole request as JSON."
          placeholder="Write unit tests for the function that parses dates."
          autosize
          minRows={3}
          maxRows={14}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <div className="row try-choices">
          <NativeSelect
            size="xs"
            label="Mode"
            value={mode}
            onChange={(event) => setMode(event.currentTarget.value)}
            data={MODES.map((value) => ({ value, label: value || 'as configured' }))}
          />
          <NativeSelect
            size="xs"
            label="Farthest zone"
            value={zone}
            onChange={(event) => setZone(event.currentTarget.value)}
            data={ZONES.map((value) => ({ value, label: value || 'as rules say' }))}
          />
          <NativeSelect
            size="xs"
            label="As the holder of"
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
            data={[{ value: '', label: 'no key' }, ...active.map(({ id, name }) => ({ value: id, label: name }))]}
          />
          <Button type="submit" disabled={text.trim() === ''} loading={decided.isPending}>
            See the decision
          </Button>
        </div>
      </form>
      {decided.isError && <Problem error={decided.error} />}
      <div aria-live="polite">{decided.data && <Plan view={decided.data} />}</div>
    </div>
  );
}

/** What is JSON is a request; a request without a model leaves the choice. */
function requestIn(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? { model: 'auto', ...value } : text;
  } catch {
    return text;
  }
}
