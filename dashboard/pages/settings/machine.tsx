import type { SettingsView } from '../../../src/http/contract.ts';
import { Facts } from '../../components/figure.tsx';
import { bytes, count, span } from '../../components/format.ts';
import { Section } from '../../components/page.tsx';
import { Tag } from '../../components/tag.tsx';
import { When } from '../../components/when.tsx';

/** Program, data folder and store. */
export function Machine({ view: { versions, started_at, node, data, store } }: { view: SettingsView }) {
  return (
    <div className="columns" data-of="three">
      <Section title="Program">
        <Facts
          of={[
            ['Freehold', versions.freehold],
            ['Node', versions.node],
            ['Platform', versions.platform],
            ['Started', <When key="started" at={started_at} as="hour" />],
            ['This node', node],
          ]}
        />
      </Section>
      <Section title="Data folder">
        {data ? (
          <Facts
            of={[
              [
                'Folder',
                <span key="folder" className="mono">
                  {data.folder}
                </span>,
              ],
              ['Ledger', data.ledger === null ? null : bytes(data.ledger)],
              [
                'Journals',
                `${bytes(data.journal.bytes)} in ${count(data.journal.segments)} ${data.journal.segments === 1 ? 'segment' : 'segments'}`,
              ],
              ['Free', data.free === null ? null : bytes(data.free)],
            ]}
          />
        ) : (
          <p className="soft">Nothing is kept. Set data: or FREEHOLD_DATA to a folder.</p>
        )}
      </Section>
      <Section title="Store">
        {store ? (
          <Facts
            of={[
              ['Kind', store.kind === 'file' ? 'SQLite in the data folder' : 'PostgreSQL'],
              [
                'State',
                <Tag key="state" tone={store.ok ? 'good' : 'bad'}>
                  {store.ok ? 'answers' : 'does not answer'}
                </Tag>,
              ],
              ['Why', store.reason],
              ['Written', `${count(store.written)} exchanges since the start`],
              ['Waiting', count(store.queued)],
              [
                'Lost',
                store.dropped + store.refused + store.rejected > 0
                  ? `${count(store.dropped)} dropped, ${count(store.refused)} refused, ${count(store.rejected)} rejected`
                  : 'none',
              ],
              ['Last commit took', span(store.commit_ms)],
            ]}
          />
        ) : (
          <p className="soft">There is none.</p>
        )}
      </Section>
    </div>
  );
}
