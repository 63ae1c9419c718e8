import './models.css';
import { Link } from 'wouter';
import type { ExpectationView, ModelDetail } from '../../../src/http/contract.ts';
import { useApi } from '../../api/hooks.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Facts, Figure, Figures } from '../../components/figure.tsx';
import { count, interval, money, percent, short, span, speed } from '../../components/format.ts';
import { Icon } from '../../components/icon.tsx';
import { IntervalLine } from '../../components/interval.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Page, Section } from '../../components/page.tsx';
import { SpanChoice, useSpan } from '../../components/span.tsx';
import { VerdictTag } from '../../components/verdict.tsx';
import { workName } from '../../components/work.ts';
import { ZoneTag } from '../../components/zone.tsx';
import { Measured } from './measured.tsx';
import { price } from './price.ts';
import { StateTag } from './state.tsx';
import { SwapForm } from './swap-form.tsx';
import { Swaps } from './swaps.tsx';

const COLUMNS: readonly Column<ExpectationView>[] = [
  { id: 'task', header: 'Work', cell: ({ task }) => workName(task), sort: ({ task }) => task },
  {
    id: 'mean',
    header: 'Expected success',
    cell: ({ mean, low, high, verdict }) => (
      <span className="stack expected">
        <span>{interval(mean, low, high)}</span>
        <IntervalLine mean={mean} low={low} high={high} tone={verdict ? (verdict.outcome === 'good enough' ? 'good' : 'bad') : undefined} />
      </span>
    ),
    sort: ({ mean }) => mean,
  },
  {
    id: 'verdict',
    header: 'Verdict',
    cell: ({ verdict }) =>
      verdict ? (
        <Link href={`/evidence/certificates/${verdict.id}`}>
          <VerdictTag verdict={verdict} />
        </Link>
      ) : (
        <span className="soft">none yet</span>
      ),
  },
  {
    id: 'seen',
    header: 'Seen here',
    align: 'end',
    hide: 'phone',
    cell: ({ seen }) =>
      seen ? <span title="good and bad, as they weigh now">{`${seen.good.toFixed(1)} + ${seen.bad.toFixed(1)}`}</span> : '–',
    sort: ({ seen }) => seen && seen.good + seen.bad,
  },
  {
    id: 'prior',
    header: 'Public tables',
    hide: 'tablet',
    grow: true,
    cell: ({ prior }) => <span className="soft">{`${percent(prior.mean)}, ${prior.source}`}</span>,
  },
];

const yes = (value: boolean | null): string => (value === null ? 'not known' : value ? 'yes' : 'no');

/** One model: what it is, what it did, what is expected and proven of it. */
export function ModelPage({ address }: { address: string }) {
  const { from, to } = useSpan(7);
  const model = useApi<ModelDetail>(`/models/${encodeURIComponent(address)}`, { from, to }, { every: 15_000 });
  return (
    <Page
      title={address.slice(address.indexOf('/') + 1)}
      about={
        <Link href="/models" className="back">
          <Icon name="left" size={12} /> All models
        </Link>
      }
      actions={<SpanChoice usual={7} />}
    >
      <Loaded query={model} lines={12}>
        {(view) => (
          <div className="stack">
            <Section title="Now">
              <Now view={view} />
            </Section>
            <Section title="What it is">
              <About view={view} />
            </Section>
            <Section
              title="What is expected of it"
              about="With the interval in which its success lies (95 %). Public tables come first; what is seen here outweighs them with time, and a verdict counts before both."
            >
              <DataTable caption="Expected success by work" rows={view.expectations} columns={COLUMNS} rowKey={({ task }) => task} />
            </Section>
            {view.zone !== 'vendor' && (
              <Section title="Measured on this machine" about="By freehold engine bench, without other work.">
                <Measured address={view.address} />
              </Section>
            )}
            <Section title="In the place of others" actions={<SwapForm model={view} />}>
              <Swaps of={view.address} />
            </Section>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Now({ view }: { view: ModelDetail }) {
  const { use, first_token, speed: measured } = view;
  return (
    <Figures>
      <Figure label="State" value={<StateTag model={view} />} note={view.engine?.reason ?? view.reason ?? undefined} />
      <Figure label="Requests" value={short(use?.exchanges)} note={use ? `${percent(use.share)} of all` : 'nothing is kept here'} />
      <Figure
        label="Tokens"
        value={short(use && use.input_tokens + use.output_tokens)}
        note={use ? `${short(use.input_tokens)} read, ${short(use.output_tokens)} written` : undefined}
      />
      <Figure
        label="Cost"
        value={money(use?.cost_nanos)}
        note={use?.unpriced ? `${count(use.unpriced)} requests of unknown price not in it` : undefined}
      />
      <Figure
        label="First token"
        value={span(first_token?.p50)}
        note={first_token ? `95 of 100 within ${span(first_token.p95)}` : 'no answer in this span'}
      />
      <Figure
        label="Speed"
        value={speed(measured?.tokens_per_second)}
        note={measured ? `of late, over ${count(measured.answers)} answers` : 'not measured yet'}
      />
    </Figures>
  );
}

function About({ view }: { view: ModelDetail }) {
  const { licence, abilities, engine, price: of } = view;
  const terms =
    licence &&
    (licence.self_hosting === null
      ? 'it depends on its terms whether a company may run it'
      : licence.self_hosting
        ? 'a company may run it itself'
        : 'running it asks for an agreement');
  return (
    <Facts
      of={[
        [
          'Address',
          <span key="address" className="mono">
            {view.address}
          </span>,
        ],
        ['Zone', <ZoneTag key="zone" zone={view.zone} />],
        ['Speaks', view.dialect],
        ['Weights', engine?.weights ?? (view.open === null ? null : view.open ? 'open' : 'closed')],
        ['Released', view.released],
        ['Licence', licence && `${licence.name}: ${terms}${licence.barred ? `. ${licence.barred}` : ''}`],
        ['Window', of.window === null ? null : `${count(of.window)} tokens`],
        ['Longest answer', of.max_output === null ? null : `${count(of.max_output)} tokens`],
        [
          'Price',
          of.kind === 'time' ? 'hardware, the same whether it answers or not' : `${price(view)} dollars per million tokens, read / written`,
        ],
        ['Says who', of.price && `${of.price.source}, ${of.price.date}`],
        ['Takes tools', yes(abilities.tools)],
        ['Sees pictures', yes(abilities.vision)],
        ['Thinks', yes(abilities.reasoning)],
        ['Known by', view.listed === 'config' ? 'the configuration' : 'its provider’s list'],
      ]}
    />
  );
}
