import type { CertificateList, RunList, StandingList } from '../../../src/http/contract.ts';
import { useApi } from '../../api/hooks.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Empty } from '../../components/empty.tsx';
import { count, interval, money, percent } from '../../components/format.ts';
import { IntervalLine } from '../../components/interval.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { ModelName } from '../../components/model-name.tsx';
import { Page, Section } from '../../components/page.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { When } from '../../components/when.tsx';
import { workName } from '../../components/work.ts';
import { basisName } from './basis.ts';

type Listed = CertificateList['certificates'][number];
type Standing = StandingList['standings'][number];
type Run = RunList['runs'][number];

const CERTIFICATES: readonly Column<Listed>[] = [
  { id: 'task', header: 'Work', cell: ({ certificate: { task } }) => workName(task), sort: ({ certificate: { task } }) => task },
  {
    id: 'candidate',
    header: 'Model',
    cell: ({ certificate: { candidate } }) => <ModelName address={candidate.address} />,
    sort: ({ certificate: { candidate } }) => candidate.address,
  },
  { id: 'outcome', header: 'Outcome', cell: (one) => <Outcome of={one} /> },
  {
    id: 'score',
    header: 'Its score',
    hide: 'phone',
    cell: ({
      certificate: {
        candidate_score,
        interval: [low, high],
        outcome,
      },
    }) => (
      <span className="evidence-score">
        <span>{interval(candidate_score, low, high)}</span>
        <IntervalLine mean={candidate_score} low={low} high={high} tone={outcome === 'good enough' ? 'good' : 'bad'} />
      </span>
    ),
    sort: ({ certificate: { candidate_score } }) => candidate_score,
  },
  {
    id: 'reference',
    header: 'Against',
    hide: 'tablet',
    cell: ({ certificate: { reference, reference_score } }) => (
      <ModelName address={reference.address} note={`, ${percent(reference_score)}`} />
    ),
  },
  {
    id: 'pairs',
    header: 'Pairs',
    hide: 'phone',
    align: 'end',
    cell: ({ certificate: { pairs } }) => count(pairs),
    sort: ({ certificate: { pairs } }) => pairs,
  },
  { id: 'basis', header: 'On', hide: 'tablet', cell: ({ certificate: { basis } }) => basisName(basis) },
  {
    id: 'at',
    header: 'When',
    hide: 'phone',
    cell: ({ certificate: { at } }) => <When at={at} as="day" />,
    sort: ({ certificate: { at } }) => at,
  },
];

const TONES: Readonly<Record<Standing['outcome'], Tone>> = {
  'good enough': 'good',
  'not good enough': 'bad',
  undecided: 'warn',
  'not decidable with this budget': 'plain',
};

const STANDINGS: readonly Column<Standing>[] = [
  { id: 'task', header: 'Work', cell: ({ task }) => workName(task), sort: ({ task }) => task },
  {
    id: 'candidate',
    header: 'Model',
    cell: ({ candidate }) => <ModelName address={candidate.address} />,
    sort: ({ candidate }) => candidate.address,
  },
  { id: 'reference', header: 'Against', hide: 'tablet', cell: ({ reference }) => <ModelName address={reference.address} /> },
  { id: 'outcome', header: 'So far', cell: ({ outcome }) => <Tag tone={TONES[outcome]}>{outcome}</Tag> },
  {
    id: 'scores',
    header: 'Scores',
    hide: 'phone',
    align: 'end',
    cell: ({ candidate_score, reference_score }) => `${percent(candidate_score)} against ${percent(reference_score)}`,
  },
  { id: 'pairs', header: 'Pairs', align: 'end', hide: 'phone', cell: ({ pairs }) => count(pairs), sort: ({ pairs }) => pairs },
  {
    id: 'more',
    header: 'About how many more',
    align: 'end',
    hide: 'tablet',
    cell: ({ more }) => (more === undefined ? '–' : count(more)),
    sort: ({ more }) => more,
  },
  { id: 'reason', header: 'Because', grow: true, hide: 'tablet', cell: ({ reason }) => reason },
];

const ENDED: Readonly<Record<Run['ended'], { name: string; tone: Tone }>> = {
  complete: { name: 'complete', tone: 'good' },
  budget: { name: 'budget used up', tone: 'warn' },
  stopped: { name: 'stopped', tone: 'warn' },
};

const RUNS: readonly Column<Run>[] = [
  { id: 'at', header: 'When', cell: ({ at }) => <When at={at} as="hour" />, sort: ({ at }) => at },
  {
    id: 'models',
    header: 'Models',
    grow: true,
    cell: ({ plan: { models } }) => (
      <span title={models.join(', ')}>{models.map((one) => one.slice(one.indexOf('/') + 1)).join(', ')}</span>
    ),
  },
  { id: 'ended', header: 'Ended', cell: ({ ended }) => <Tag tone={ENDED[ended].tone}>{ENDED[ended].name}</Tag> },
  {
    id: 'verdicts',
    header: 'Verdicts',
    align: 'end',
    hide: 'phone',
    cell: ({ verdicts }) => count(verdicts.filter(({ outcome }) => outcome.endsWith('good enough')).length),
  },
  { id: 'cost', header: 'Cost', align: 'end', cell: ({ spent_nanos }) => money(spent_nanos), sort: ({ spent_nanos }) => spent_nanos },
];

/** Certificates first: they are what the router heeds. */
export function Evidence() {
  const certificates = useApi<CertificateList>('/evidence/certificates', {}, { every: 30_000 });
  const standings = useApi<StandingList>('/evidence/standings', {}, { every: 30_000 });
  const runs = useApi<RunList>('/evidence/runs', {}, { every: 30_000 });
  return (
    <Page title="Evidence" about="Which model is good enough for which work, and what proves it.">
      <Section title="Certificates" about="Signed outcomes of comparisons. The newest on a model and a kind of work counts for the router.">
        <Loaded query={certificates} lines={6}>
          {({ certificates: all }) => (
            <DataTable
              caption="Certificates"
              rows={all}
              columns={CERTIFICATES}
              rowKey={({ certificate: { id } }) => id}
              href={({ certificate: { id } }) => `/evidence/certificates/${id}`}
              empty={
                <Empty
                  title="Nothing is proven yet"
                  hint="An evaluation asks both models the same cases, runs what they answer, and stops when the outcome is sure. Name the model to try and the one it is held against."
                  command="freehold eval run --models box/MODEL --reference VENDOR/MODEL"
                />
              }
            />
          )}
        </Loaded>
      </Section>
      <Section
        title="Comparisons under way"
        about="What is known where nothing is proven yet, and how much is missing. A judge's opinion ranks; only what ran proves."
      >
        <Loaded query={standings} lines={4}>
          {({ standings: all }) => (
            <DataTable
              caption="Comparisons"
              rows={all.filter(({ outcome }) => !outcome.endsWith('good enough'))}
              columns={STANDINGS}
              rowKey={({ task, candidate }) => `${task} ${candidate.address}`}
              empty={<Empty title="No comparison is under way" hint="Runs and shadow traffic leave here what they have found so far." />}
            />
          )}
        </Loaded>
      </Section>
      <Section title="Runs" about="Each run of a suite: who was asked, how it ended, what it cost.">
        <Loaded query={runs} lines={4}>
          {({ runs: all, more }) => (
            <>
              <DataTable
                caption="Runs"
                rows={all}
                columns={RUNS}
                rowKey={({ plan: { id } }) => id}
                href={({ plan: { id } }) => `/evidence/runs/${id}`}
                empty={
                  <Empty
                    title="No run is kept here"
                    hint="The built-in suite has cases of seven kinds of work; your own are a few lines of YAML each."
                    command="freehold eval init"
                  />
                }
              />
              {more && <p className="soft">Older runs are kept too; the admin API lists the newest 200.</p>}
            </>
          )}
        </Loaded>
      </Section>
    </Page>
  );
}

function Outcome({ of: { certificate, counts, withdrawn } }: { of: Listed }) {
  const { outcome } = certificate;
  if (withdrawn) return <Tag>withdrawn</Tag>;
  return (
    <span className="row evidence-outcome">
      <Tag tone={outcome === 'good enough' ? 'good' : 'bad'}>{outcome}</Tag>
      {!counts && <span className="soft">superseded</span>}
    </span>
  );
}
