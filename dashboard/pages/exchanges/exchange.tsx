import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { ExchangeView } from '../../../src/http/contract.ts';
import { useApi } from '../../api/hooks.ts';
import { Facts } from '../../components/figure.tsx';
import { percent, span } from '../../components/format.ts';
import { Icon } from '../../components/icon.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { OutcomeTag } from '../../components/outcome.tsx';
import { Page, Section } from '../../components/page.tsx';
import { When } from '../../components/when.tsx';
import { workName } from '../../components/work.ts';
import { ZoneTag } from '../../components/zone.tsx';
import { Attempts } from './attempts.tsx';
import { Decision } from './decision.tsx';
import { Findings, Notes } from './notes.tsx';
import { Tokens } from './tokens.tsx';

/** One exchange: who asked what of whom, why there, how it went and what it cost. Never what was said. */
export function Exchange({ id }: { id: string }) {
  const exchange = useApi<ExchangeView>(`/exchanges/${encodeURIComponent(id)}`);
  return (
    <Page
      title="Exchange"
      about={<span className="mono">{id}</span>}
      actions={
        <Link href="/exchanges" className="back">
          <Icon name="left" size={14} /> All exchanges
        </Link>
      }
    >
      <Loaded query={exchange} lines={12}>
        {(data) => (
          <div className="stack exchange">
            <div className="columns">
              <Section title="What happened">
                <Facts of={happened(data)} />
              </Section>
              <Section title="Who asked">
                <Facts of={asker(data)} />
              </Section>
            </div>
            <Section title="How it went" about={`${span(data.total_ms)} in all.`}>
              <Attempts exchange={data} />
            </Section>
            <div className="columns" data-of="three">
              <Section title="Tokens and cost">
                <Tokens exchange={data} />
              </Section>
              <Section title="Notes" about="What a translation dropped, changed or refused.">
                <Notes notes={data.notes} />
              </Section>
              <Section title="Findings" about="What the detectors found in the request, by rule; never the text.">
                <Findings exchange={data} />
              </Section>
            </div>
            <Section title="Why there" about="The decision, made again from what was recorded.">
              <Decision id={id} hasPlan={data.plan !== null} />
            </Section>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

type Fact = readonly [string, ReactNode];

function happened(data: ExchangeView): Fact[] {
  const { outcome, outcome_class, status, provider, model } = data;
  return [
    ['When', <When key="at" at={data.at} />],
    [
      'Outcome',
      <span key="outcome" className="row">
        <OutcomeTag outcome={outcome} of={outcome_class} status={status} /> <span className="soft">status {status}</span>
        {data.partial === 1 && <span className="soft">the answer was cut</span>}
      </span>,
    ],
    ['Asked for', data.asked && <span className="mono">{data.asked}</span>],
    [outcome === 'ok' ? 'Answered by' : 'Asked last', model && <Model address={`${provider}/${model}`} />],
    ['Zone', <ZoneTag key="zone" zone={data.zone} />],
    ['Might reach', data.ceiling && <ZoneTag zone={data.ceiling} />],
    ['Work', data.task && <Work {...data} />],
    ['Protocol', `${data.dialect}${data.stream ? ', streamed' : ''}`],
  ];
}

function Model({ address }: { address: string }) {
  return (
    <Link href={`/models/${encodeURIComponent(address)}`} className="row-link mono">
      {address}
    </Link>
  );
}

function Work({ task, complexity, importance }: ExchangeView) {
  return (
    <>
      {workName(task)}
      <span className="soft">
        {complexity !== null && `, complexity ${percent(complexity)}`}
        {importance !== null && importance !== 1 && `, importance ${importance}`}
      </span>
    </>
  );
}

function asker(data: ExchangeView): Fact[] {
  const narrowed = (field: 'key' | 'team' | 'project' | 'client' | 'session' | 'repository') => {
    const value = data[field];
    return value === null ? null : (
      <Link href={`/exchanges?${new URLSearchParams({ [field]: value })}`} className="row-link">
        {value}
      </Link>
    );
  };
  return [
    ['Tool', narrowed('client') ?? 'did not say'],
    ['Key', narrowed('key') ?? 'none was shown'],
    ['Team', narrowed('team')],
    ['Project', narrowed('project')],
    ['Repository', narrowed('repository')],
    ['Conversation', narrowed('session')],
    ['Gateway', data.node],
  ];
}
