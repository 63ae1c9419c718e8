import { NativeSelect } from '@mantine/core';
import { useSearchParams } from 'wouter';
import type { UsageView } from '../../../src/http/contract.ts';
import { useApi } from '../../api/hooks.ts';
import { Icon } from '../../components/icon.tsx';
import { OUTCOMES } from '../../components/outcome.tsx';
import { useSpan } from '../../components/span.tsx';
import { workName } from '../../components/work.ts';

const FIELDS = ['client', 'task', 'zone', 'outcome_class', 'model', 'key', 'provider', 'team', 'project', 'session', 'repository'] as const;
type Field = (typeof FIELDS)[number];

/** Those that come from links only: each stands as a word that can be taken away. */
const LINKED: readonly Field[] = ['provider', 'team', 'project', 'session', 'repository'];

/** What an address narrows the list to. */
export function filtersIn(search: URLSearchParams): Partial<Record<Field, string>> {
  return Object.fromEntries(FIELDS.flatMap((field) => (search.get(field) ? [[field, search.get(field)]] : [])));
}

type Dimension = 'client' | 'task' | 'model' | 'key';

/** Narrows the list. What can be chosen is what occurred in the last month. */
export function Filters() {
  const [search, setSearch] = useSearchParams();
  const { from, to } = useSpan();
  const values = (by: Dimension) => useValues(by, from, to);
  const choices: { field: Field; label: string; options: { value: string; label: string }[] }[] = [
    { field: 'client', label: 'Tool', options: values('client') },
    { field: 'task', label: 'Work', options: values('task') },
    { field: 'model', label: 'Model', options: values('model') },
    { field: 'key', label: 'Key', options: values('key') },
    { field: 'zone', label: 'Zone', options: ['own', 'leased', 'vendor'].map((zone) => ({ value: zone, label: zone })) },
    { field: 'outcome_class', label: 'Outcome', options: Object.entries(OUTCOMES).map(([value, { name }]) => ({ value, label: name })) },
  ];
  const choose = (field: Field, value: string) =>
    setSearch((now) => {
      now.delete('cursor');
      if (value) now.set(field, value);
      else now.delete(field);
      return now;
    });
  const linked = LINKED.filter((field) => search.get(field));
  return (
    <search className="filters">
      {choices.map(({ field, label, options }) => {
        const chosen = search.get(field) ?? '';
        const isKnown = chosen === '' || options.some(({ value }) => value === chosen);
        const data = [{ value: '', label: `${label}: all` }, ...options, ...(isKnown ? [] : [{ value: chosen, label: chosen }])];
        return (
          <NativeSelect
            key={field}
            size="xs"
            aria-label={label}
            value={chosen}
            data={data}
            data-chosen={chosen !== '' || undefined}
            onChange={(event) => choose(field, event.currentTarget.value)}
          />
        );
      })}
      {linked.map((field) => (
        <button key={field} type="button" className="chip" onClick={() => choose(field, '')}>
          {field}: {search.get(field)}
          <Icon name="close" size={12} />
          <span className="unseen">take away</span>
        </button>
      ))}
    </search>
  );
}

function useValues(by: Dimension, from: number, to: number): { value: string; label: string }[] {
  const usage = useApi<UsageView>('/usage', { from, to, by });
  return (usage.data?.groups ?? [])
    .filter(({ of }) => of[by])
    .sort((one, other) => other.exchanges - one.exchanges)
    .slice(0, 100)
    .map(({ of }) => ({ value: of[by]!, label: by === 'task' ? workName(of[by]) : of[by]! }));
}
