import './models.css';
import { SegmentedControl, TextInput } from '@mantine/core';
import { useSearchParams } from 'wouter';
import type { ModelList, ModelView } from '../../../src/http/contract.ts';
import { useApi } from '../../api/hooks.ts';
import { Copy } from '../../components/copy.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Empty } from '../../components/empty.tsx';
import { Figure, Figures } from '../../components/figure.tsx';
import { count, percent, short, span, speed } from '../../components/format.ts';
import { Loaded } from '../../components/loaded.tsx';
import { ModelName } from '../../components/model-name.tsx';
import { Page, Section } from '../../components/page.tsx';
import { SpanChoice, useSpan } from '../../components/span.tsx';
import { VerdictTag } from '../../components/verdict.tsx';
import { ZoneTag } from '../../components/zone.tsx';
import { price } from './price.ts';
import { Providers } from './providers.tsx';
import { StateTag } from './state.tsx';
import { Swaps } from './swaps.tsx';

const COLUMNS: readonly Column<ModelView>[] = [
  {
    id: 'model',
    header: 'Model',
    cell: ({ address, licence }) => <ModelName address={address} note={licence?.barred && ', its licence asks for an agreement'} />,
    sort: ({ address }) => address,
  },
  {
    id: 'zone',
    header: 'Zone',
    cell: ({ zone }) => <ZoneTag zone={zone} />,
    sort: ({ zone }) => ['own', 'leased', 'vendor'].indexOf(zone),
  },
  { id: 'state', header: 'State', cell: (model) => <StateTag model={model} /> },
  {
    id: 'window',
    header: 'Window',
    align: 'end',
    hide: 'tablet',
    cell: (model) => (model.price.window === null ? '–' : `${short(model.price.window)} tok`),
    sort: ({ price: of }) => of.window,
  },
  {
    id: 'price',
    header: '$ per M tokens',
    align: 'end',
    hide: 'phone',
    cell: (model) => price(model),
    sort: ({ price: of }) => of.price?.output,
  },
  {
    id: 'first',
    header: 'First token',
    align: 'end',
    hide: 'phone',
    cell: ({ first_token }) =>
      first_token ? <span title={`95 of 100 within ${span(first_token.p95)}`}>{span(first_token.p50)}</span> : '–',
    sort: ({ first_token }) => first_token?.p50,
  },
  {
    id: 'speed',
    header: 'Speed',
    align: 'end',
    hide: 'tablet',
    cell: (model) => speed(model.speed?.tokens_per_second),
    sort: (model) => model.speed?.tokens_per_second,
  },
  {
    id: 'use',
    header: 'Share',
    align: 'end',
    cell: ({ use }) => (use?.exchanges ? <span title={`${count(use.exchanges)} requests`}>{percent(use.share)}</span> : '–'),
    sort: ({ use }) => use?.exchanges,
  },
  {
    id: 'verdicts',
    header: 'Verdicts',
    hide: 'tablet',
    cell: ({ verdicts }) => (
      <span className="row verdicts">
        {verdicts.map((one) => (
          <VerdictTag key={one.id} verdict={one} named />
        ))}
      </span>
    ),
  },
];

const ZONES = [
  { value: '', label: 'All' },
  { value: 'own', label: 'Own' },
  { value: 'leased', label: 'Leased' },
  { value: 'vendor', label: 'Vendor' },
];

/** Everything that can answer: what it is, how it fares, what it did, what is proven of it. */
export function Models() {
  const { from, to, days } = useSpan(7);
  const models = useApi<ModelList>('/models', { from, to }, { every: 30_000 });
  const [search, setSearch] = useSearchParams();
  const [zone, text] = [search.get('zone') ?? '', search.get('q') ?? ''];
  const set = (name: string, value: string) =>
    setSearch(
      (now) => {
        if (value) now.set(name, value);
        else now.delete(name);
        return now;
      },
      { replace: true },
    );
  return (
    <Page
      title="Models"
      about={`All that can answer, own and rented. Use is of the last ${days === 1 ? 'day' : `${days} days`}.`}
      actions={<SpanChoice usual={7} />}
    >
      <Loaded query={models} lines={12}>
        {({ models: all, providers }) => {
          const shown = all.filter((one) => (zone === '' || one.zone === zone) && one.address.toLowerCase().includes(text.toLowerCase()));
          return (
            <div className="stack">
              <Section title="At a glance">
                <Glance models={all} />
              </Section>
              <Section
                title="Served"
                actions={
                  <div className="row">
                    <TextInput
                      size="xs"
                      aria-label="Name contains"
                      placeholder="Name"
                      value={text}
                      onChange={(event) => set('q', event.currentTarget.value)}
                    />
                    <SegmentedControl size="xs" aria-label="Zone" value={zone} data={ZONES} onChange={(value) => set('zone', value)} />
                  </div>
                }
              >
                <DataTable
                  caption="Models"
                  rows={shown}
                  columns={COLUMNS}
                  rowKey={({ address }) => address}
                  href={({ address }) => `/models/${encodeURIComponent(address)}`}
                  sortedBy={{ id: 'use', desc: true }}
                  empty={
                    all.length === 0 ? (
                      <Empty
                        title="No model is served yet"
                        hint="Freehold looks at the usual local ports and API key variables by itself, or runs a model of its own."
                        command="freehold doctor"
                      />
                    ) : (
                      <Empty title="No model is called so here" hint="Take the name or the zone away." />
                    )
                  }
                />
              </Section>
              <Section
                title="In the place of others"
                about="Swaps: who is answered by another model than before, for a share of the conversations or for all."
              >
                <Swaps />
              </Section>
              <Section title="Providers" about="Where models come from, and how each answered when it was last asked for its list.">
                <Providers providers={providers} />
              </Section>
              <Section title="Run a model of your own" about="Commands for this machine; weights are fetched once and checked.">
                <div className="stack">
                  <Copy text="freehold pull Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF:Q4_K_M" />
                  <Copy text="freehold up --model Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF:Q4_K_M" />
                </div>
              </Section>
            </div>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Glance({ models }: { models: readonly ModelView[] }) {
  const own = models.filter(({ zone }) => zone === 'own');
  const share = (some: readonly ModelView[]) => some.reduce((sum, { use }) => sum + (use?.share ?? 0), 0);
  const ill = models.filter(({ healthy, breaker }) => !healthy || breaker === 'open');
  const names = ill.slice(0, 3).map(({ address }) => address);
  const unpriced = models.filter(({ price: of }) => of.kind === 'unpriced');
  return (
    <Figures>
      <Figure label="Own models" value={count(own.length)} note={`answered ${percent(share(own))} of the requests`} />
      <Figure
        label="Leased"
        value={count(models.filter(({ zone }) => zone === 'leased').length)}
        note="weights and disk under your control"
      />
      <Figure label="At vendors" value={count(models.filter(({ zone }) => zone === 'vendor').length)} />
      <Figure
        label="Cannot answer now"
        value={count(ill.length)}
        note={ill.length ? names.join(', ') : models.length ? 'all can' : undefined}
      />
      <Figure
        label="Of unknown price"
        value={count(unpriced.length)}
        note={unpriced.length ? 'never taken for free; set providers.X.models.Y.price' : undefined}
      />
    </Figures>
  );
}
