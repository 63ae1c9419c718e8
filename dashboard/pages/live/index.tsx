import { Switch } from '@mantine/core';
import { useState } from 'react';
import type { LiveExchange } from '../../../src/http/contract.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Empty } from '../../components/empty.tsx';
import { Figure, Figures } from '../../components/figure.tsx';
import { bytes, count, money, percent, short, span, speed } from '../../components/format.ts';
import { OutcomeTag } from '../../components/outcome.tsx';
import { Page, Section } from '../../components/page.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { When } from '../../components/when.tsx';
import { workName } from '../../components/work.ts';
import { ModelName, ZoneTag } from '../../components/zone.tsx';
import { type Feed, useFeed } from './feed.ts';

const WHO: readonly Column<LiveExchange>[] = [
  { id: 'client', header: 'Tool', hide: 'phone', cell: ({ client }) => client ?? '–' },
  { id: 'task', header: 'Work', hide: 'tablet', cell: ({ task }) => workName(task) },
  {
    id: 'model',
    header: 'Model',
    grow: true,
    cell: (exchange) => (exchange.model ? <ModelName {...exchange} /> : <span className="soft">{exchange.asked || '–'}</span>),
  },
  { id: 'zone', header: 'Zone', hide: 'phone', cell: ({ zone }) => <ZoneTag zone={zone} /> },
];

const GOING: readonly Column<LiveExchange>[] = [
  { id: 'state', header: 'State', cell: ({ state, attempts }) => <State state={state} attempts={attempts} /> },
  ...WHO,
  { id: 'key', header: 'Key', hide: 'desktop', cell: ({ key }) => key ?? '–' },
  { id: 'first', header: 'First token', align: 'end', hide: 'tablet', cell: ({ first_token_ms }) => span(first_token_ms) },
  {
    id: 'so-far',
    header: 'So far',
    align: 'end',
    hide: 'phone',
    cell: ({ output_tokens, bytes_in }) => (output_tokens === null ? bytes(bytes_in) : `≈ ${short(output_tokens)} tok`),
  },
  {
    id: 'speed',
    header: 'Speed',
    align: 'end',
    hide: 'phone',
    cell: ({ tokens_per_second }) => (tokens_per_second === null ? '–' : `≈ ${speed(tokens_per_second)}`),
  },
  { id: 'total', header: 'Time', align: 'end', cell: ({ total_ms }) => span(Math.round(total_ms / 100) * 100) },
];

const ENDED: readonly Column<LiveExchange>[] = [
  { id: 'at', header: 'Began', cell: ({ at }) => <When at={at} as="clock" /> },
  {
    id: 'outcome',
    header: 'Outcome',
    hide: 'phone',
    cell: ({ outcome, outcome_class, status }) => <OutcomeTag outcome={outcome ?? ''} of={outcome_class ?? 'ok'} status={status ?? 0} />,
  },
  ...WHO,
  { id: 'key', header: 'Key', hide: 'desktop', cell: ({ key }) => key ?? '–' },
  { id: 'first', header: 'First token', align: 'end', hide: 'tablet', cell: ({ first_token_ms }) => span(first_token_ms) },
  { id: 'output', header: 'Tokens out', align: 'end', hide: 'desktop', cell: ({ output_tokens }) => short(output_tokens) },
  { id: 'speed', header: 'Speed', align: 'end', hide: 'tablet', cell: ({ tokens_per_second }) => speed(tokens_per_second) },
  { id: 'total', header: 'Time', align: 'end', hide: 'phone', cell: ({ total_ms }) => span(total_ms) },
  { id: 'cost', header: 'Cost', align: 'end', cell: ({ cost_nanos }) => (cost_nanos === null ? 'unknown' : money(cost_nanos)) },
];

/** Requests as they come, stream and end. */
export default function Live() {
  const [isPaused, setPaused] = useState(false);
  const feed = useFeed(isPaused);
  return (
    <Page
      title="Live"
      about="Requests as they come, stream and end. No content."
      actions={
        <div className="row">
          <State state={isPaused ? 'paused' : feed.state} />
          <Switch label="Hold still" checked={isPaused} onChange={(event) => setPaused(event.currentTarget.checked)} />
        </div>
      }
    >
      <Section title="Since this page was opened">
        <Now feed={feed} />
      </Section>
      <Section title="Going on" about="Tokens and speed of an answer that goes on are told from its bytes.">
        <DataTable
          caption="Exchanges that go on"
          rows={feed.going}
          columns={GOING}
          rowKey={({ id }) => id}
          empty={
            <Empty
              title={feed.state === 'open' ? 'Nothing goes on at the moment' : 'Waiting for the gateway'}
              hint="Ask something through a connected tool, or with freehold ask."
            />
          }
        />
      </Section>
      <Section title="Just ended" about="The newest first. All of them are under Exchanges.">
        <DataTable
          caption="Exchanges that just ended, newest first"
          rows={feed.ended}
          columns={ENDED}
          rowKey={({ id }) => id}
          href={({ id }) => `/exchanges/${id}`}
          empty={<Empty title="Nothing has ended since this page was opened" />}
        />
      </Section>
    </Page>
  );
}

const STATES: Readonly<Record<string, { name: string; tone: Tone }>> = {
  waiting: { name: 'waiting', tone: 'plain' },
  answering: { name: 'answering', tone: 'busy' },
  connecting: { name: 'connecting', tone: 'warn' },
  open: { name: 'connected', tone: 'good' },
  refused: { name: 'not allowed any more', tone: 'bad' },
  paused: { name: 'holding still', tone: 'warn' },
};

function State({ state, attempts = 1 }: { state: LiveExchange['state'] | Feed['state'] | 'paused'; attempts?: number }) {
  const { name, tone } = STATES[state] ?? { name: state, tone: 'plain' };
  return (
    <Tag tone={tone}>
      {name}
      {attempts > 1 && `, target ${attempts}`}
    </Tag>
  );
}

function Now({ feed: { going, ended, count: all } }: { feed: Feed }) {
  const answered = ended.filter(({ outcome_class }) => outcome_class === 'ok');
  const own = answered.filter(({ zone }) => zone === 'own').length;
  const firsts = answered.flatMap(({ first_token_ms }) => first_token_ms ?? []).sort((one, other) => one - other);
  const cost = ended.reduce((sum, { cost_nanos }) => sum + (cost_nanos ?? 0), 0);
  const of = ended.length < all ? `of the last ${ended.length}` : undefined;
  return (
    <Figures>
      <Figure label="Going on" value={count(going.length)} />
      <Figure label="Ended" value={count(all)} note={`${count(ended.length - answered.length)} without an answer${of ? `, ${of}` : ''}`} />
      <Figure label="By own models" value={percent(answered.length ? own / answered.length : null)} note={of} />
      <Figure label="First token, median" value={span(firsts[Math.floor(firsts.length / 2)])} note={of} />
      <Figure label="Cost" value={money(cost)} note={of} />
    </Figures>
  );
}
