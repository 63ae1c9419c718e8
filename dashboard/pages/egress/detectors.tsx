import type { EgressView } from '../../../src/http/contract.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { count } from '../../components/format.ts';
import { Tag, type Tone } from '../../components/tag.tsx';

type Row = EgressView['detectors']['actions'][number];
type Action = NonNullable<Row['vendor']>;

const WORDS: Readonly<Record<Action, { name: string; tone: Tone }>> = {
  allow: { name: 'leaves', tone: 'plain' },
  note: { name: 'noted', tone: 'plain' },
  redact: { name: 'replaced', tone: 'good' },
  own: { name: 'own models only', tone: 'warn' },
  block: { name: 'refused', tone: 'bad' },
};

const NAMES: Readonly<Record<string, string>> = {
  secret: 'Secrets',
  personal: 'Data on people',
  words: 'Your own words',
  unread: 'What could not be read',
  'private-key': 'Private keys',
};

function Act({ action }: { action: Action | null }) {
  return action ? <Tag tone={WORDS[action].tone}>{WORDS[action].name}</Tag> : <span className="soft">as its kind</span>;
}

const COLUMNS: readonly Column<Row>[] = [
  { id: 'rule', header: 'Found', cell: ({ rule }) => NAMES[rule] ?? <span className="mono">{rule}</span> },
  { id: 'leased', header: 'To a leased box', hide: 'phone', cell: ({ leased }) => <Act action={leased} /> },
  { id: 'vendor', header: 'To a vendor', cell: ({ vendor }) => <Act action={vendor} /> },
];

/** What is looked for in requests that leave, and what happens to it. */
export function Detectors({ detectors: { on, actions, own } }: { detectors: EgressView['detectors'] }) {
  return (
    <div className="stack">
      {!on && <p className="caution">Requests are not read before they leave: egress.detect is false.</p>}
      <DataTable caption="What happens to finds" rows={actions} columns={COLUMNS} rowKey={({ rule }) => rule} />
      {own.length > 0 && (
        <p className="soft">
          Of your own:{' '}
          {own
            .map(({ name, kind, size }) =>
              kind === 'words' ? `${name} (${count(size)} ${size === 1 ? 'word' : 'words'})` : `${name} (pattern)`,
            )
            .join(', ')}
          .
        </p>
      )}
    </div>
  );
}
