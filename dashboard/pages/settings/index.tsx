import './settings.css';
import { SegmentedControl, TextInput } from '@mantine/core';
import { useSearchParams } from 'wouter';
import type { SettingsView } from '../../../src/http/contract.ts';
import { useApi } from '../../api/hooks.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Empty } from '../../components/empty.tsx';
import { count } from '../../components/format.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Page, Section } from '../../components/page.tsx';
import { Tag } from '../../components/tag.tsx';
import { Advice } from './advice.tsx';
import { Machine } from './machine.tsx';
import { Source } from './source.tsx';

type Setting = SettingsView['settings'][number];

const NAMES: Readonly<Record<string, string>> = {
  file: 'the file',
  default: 'default',
  found: 'found here',
  program: 'the program',
};

const COLUMNS: readonly Column<Setting>[] = [
  { id: 'path', header: 'Setting', cell: ({ path }) => <span className="mono setting">{path}</span>, sort: ({ path }) => path },
  { id: 'value', header: 'Value', grow: true, cell: ({ value }) => <span className="mono setting">{value}</span> },
  {
    id: 'source',
    header: 'From',
    cell: ({ source }) => <Tag tone={source === 'default' ? 'plain' : 'good'}>{NAMES[source] ?? source}</Tag>,
    sort: ({ source }) => source,
  },
];

/** How the gateway is set up, what is wrong with it, and how everything it needs stands. */
export default function Settings() {
  const settings = useApi<SettingsView>('/settings', {}, { every: 10_000 });
  return (
    <Page
      title="Settings"
      about="The configuration as it was loaded, and how everything that it needs stands. It is changed in its file, which is read again when it changes."
    >
      <Loaded query={settings} lines={14}>
        {(view) => (
          <div className="stack">
            <Section title="What to see to">
              <Advice view={view} />
            </Section>
            <Section title="Configuration">
              <Source config={view.config} />
            </Section>
            <Machine view={view} />
            <All settings={view.settings} />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function All({ settings }: { settings: readonly Setting[] }) {
  const [search, setSearch] = useSearchParams();
  const [text, which] = [
    search.get('q') ?? '',
    search.get('which') ?? (settings.some(({ source }) => source !== 'default') ? 'said' : 'all'),
  ];
  const set = (name: string, value: string) =>
    setSearch(
      (now) => {
        if (value) now.set(name, value);
        else now.delete(name);
        return now;
      },
      { replace: true },
    );
  const shown = settings.filter(
    ({ path, source }) => (which === 'all' || source !== 'default') && path.toLowerCase().includes(text.toLowerCase()),
  );
  return (
    <Section
      title="Every setting"
      about="Secrets are dots, or the variable that holds them."
      actions={
        <div className="row">
          <TextInput
            size="xs"
            aria-label="Setting contains"
            placeholder="Setting"
            value={text}
            onChange={(event) => set('q', event.currentTarget.value)}
          />
          <SegmentedControl
            size="xs"
            aria-label="Settings shown"
            value={which}
            onChange={(value) => set('which', value)}
            data={[
              { value: 'said', label: 'Set' },
              { value: 'all', label: 'With defaults' },
            ]}
          />
        </div>
      }
    >
      {shown.length === 0 && (
        <Empty title={settings.length ? 'No setting fits' : 'Everything is at its default'} hint="docs/config.md explains every setting." />
      )}
      {[...byPart(shown)].map(([part, rows]) => (
        <details className="part" key={`${part} ${text === ''}`} open={text !== '' || shown.length <= OPEN}>
          <summary>
            <strong>{part}</strong> <span className="soft">{count(rows.length)}</span>
          </summary>
          <DataTable caption={`Settings of ${part}`} rows={rows} columns={COLUMNS} rowKey={({ path }) => path} />
        </details>
      ))}
    </Section>
  );
}

/** So many settings are shown at once. */
const OPEN = 24;

/** By the part of the file that they stand in. */
function byPart(settings: readonly Setting[]): Map<string, Setting[]> {
  const parts = new Map<string, Setting[]>();
  for (const setting of settings) {
    const part = /^[^.[]+/.exec(setting.path)?.[0] ?? setting.path;
    parts.set(part, [...(parts.get(part) ?? []), setting]);
  }
  return parts;
}
