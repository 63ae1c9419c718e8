import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import type { RunView } from '../../../src/http/contract.ts';
import { useApi } from '../../api/hooks.ts';
import { Copy } from '../../components/copy.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Empty } from '../../components/empty.tsx';
import { Facts, Figure, Figures } from '../../components/figure.tsx';
import { count, interval, money, percent, short, span } from '../../components/format.ts';
import { Icon } from '../../components/icon.tsx';
import { IntervalLine } from '../../components/interval.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { ModelName } from '../../components/model-name.tsx';
import { Page, Section } from '../../components/page.tsx';
import { Tag } from '../../components/tag.tsx';
import { When } from '../../components/when.tsx';
import { workName } from '../../components/work.ts';
import { marginName } from './basis.ts';

type Row = RunView['summary']['rows'][number];
type Verdict = RunView['summary']['verdicts'][number];
type Grade = RunView['grades'][number];

const ROWS: readonly Column<Row>[] = [
  { id: 'task', header: 'Work', cell: ({ task }) => workName(task), sort: ({ task }) => task },
  { id: 'model', header: 'Model', cell: ({ model }) => <ModelName address={model} />, sort: ({ model }) => model },
  {
    id: 'score',
    header: 'Score',
    cell: ({ score, interval: [low, high], cases }) =>
      cases === 0 ? (
        <span className="soft">no grade</span>
      ) : (
        <span className="evidence-score">
          <span>{interval(score, low, high)}</span>
          <IntervalLine mean={score} low={low} high={high} />
        </span>
      ),
    sort: ({ score }) => score,
  },
  {
    id: 'passed',
    header: 'Passed',
    align: 'end',
    cell: ({ passed, cases }) => `${count(passed)} of ${count(cases)}`,
    sort: ({ passed }) => passed,
  },
  {
    id: 'not',
    header: 'Failed, skipped',
    align: 'end',
    hide: 'tablet',
    cell: ({ failed, skipped }) => `${count(failed)}, ${count(skipped)}`,
  },
  {
    id: 'median',
    header: 'Median',
    align: 'end',
    hide: 'tablet',
    cell: ({ median_ms }) => span(median_ms),
    sort: ({ median_ms }) => median_ms,
  },
  {
    id: 'tokens',
    header: 'Tokens',
    align: 'end',
    hide: 'tablet',
    cell: ({ input_tokens, output_tokens }) => `${short(input_tokens)} + ${short(output_tokens)}`,
  },
  {
    id: 'cost',
    header: 'Cost',
    align: 'end',
    hide: 'phone',
    cell: ({ cost_nanos }) => (cost_nanos === null ? 'unknown' : money(cost_nanos)),
    sort: ({ cost_nanos }) => cost_nanos,
  },
];

const VERDICTS: readonly Column<Verdict>[] = [
  { id: 'task', header: 'Work', cell: ({ task }) => workName(task), sort: ({ task }) => task },
  { id: 'candidate', header: 'Model', cell: ({ candidate }) => <ModelName address={candidate} /> },
  {
    id: 'outcome',
    header: 'Outcome',
    cell: ({ outcome }) => <Tag tone={outcome === 'good enough' ? 'good' : outcome === 'not good enough' ? 'bad' : 'warn'}>{outcome}</Tag>,
  },
  {
    id: 'scores',
    header: 'Scores',
    align: 'end',
    hide: 'phone',
    cell: ({ candidate_score, reference_score }) => `${percent(candidate_score)} against ${percent(reference_score)}`,
  },
  { id: 'pairs', header: 'Pairs', align: 'end', hide: 'phone', cell: ({ pairs }) => count(pairs) },
  { id: 'reason', header: 'Because', grow: true, cell: ({ reason }) => reason },
];

const GRADES: readonly Column<Grade>[] = [
  { id: 'case', header: 'Case', cell: ({ case: of }) => <span className="mono">{of}</span>, sort: ({ case: of }) => of },
  { id: 'model', header: 'Model', cell: ({ model }) => <ModelName address={model} />, sort: ({ model }) => model },
  {
    id: 'pass',
    header: 'Grade',
    cell: ({ pass, score }) =>
      pass === null ? <Tag>none</Tag> : <Tag tone={pass ? 'good' : 'bad'}>{pass ? 'passed' : percent(score)}</Tag>,
    sort: ({ score }) => score,
  },
  { id: 'why', header: 'First thing that was not right', grow: true, hide: 'phone', cell: ({ why }) => why ?? '–' },
];

/** Cases shown at once; a run may have thousands. */
const MOST = 300;

/** One run: what it asked, what came out, and what each case came to. */
export function RunPage({ id }: { id: string }) {
  const run = useApi<RunView>(`/evidence/runs/${encodeURIComponent(id)}`);
  return (
    <Page
      title="Run"
      about={
        <Link href="/evidence" className="back">
          <Icon name="left" size={12} /> All evidence
        </Link>
      }
    >
      <Loaded query={run} lines={12}>
        {({ summary, grades }) => (
          <div className="stack">
            <Section title="What was asked">
              <About summary={summary} />
            </Section>
            <Section title="Verdicts">
              <DataTable
                caption="Verdicts"
                rows={summary.verdicts}
                columns={VERDICTS}
                rowKey={({ task, candidate }) => `${task} ${candidate}`}
                empty={<Empty title="No verdicts" hint="A run needs a candidate beside the reference." />}
              />
            </Section>
            <Section title="Scores" about="Mean of the cases with 95 % credibility.">
              <DataTable
                caption="Scores"
                rows={summary.rows}
                columns={ROWS}
                rowKey={({ task, model }) => `${task} ${model}`}
                sortedBy={{ id: 'task', desc: false }}
              />
            </Section>
            <Grades grades={grades} />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function About({ summary: { plan, at, ended, spent_nanos, judges, opinions, versions } }: { summary: RunView['summary'] }) {
  return (
    <div className="stack">
      <Figures>
        <Figure label="Ended" value={ended} note={<When at={at} />} />
        <Figure label="Models" value={count(plan.models.length)} note={`held against ${plan.reference}`} />
        <Figure
          label="Cost"
          value={money(spent_nanos)}
          note={plan.budgetNanos === undefined ? undefined : `of ${money(plan.budgetNanos)} at most`}
        />
      </Figures>
      <Facts
        of={[
          ['Models', plan.models.join(', ')],
          ['Suites', plan.suites.map(({ name, version }) => `${name} ${version}`).join(', ')],
          ['Good enough means', marginName(plan.margin)],
          ['Chance of a wrong outcome', percent(plan.alpha)],
          ['Answers to each case', count(plan.repeat)],
          [
            'Versions',
            Object.entries(versions)
              .map(([model, version]) => `${model}: ${version}`)
              .join(', '),
          ],
          ['Judges', judges.join(', ')],
          [
            'Judge and execution agree',
            opinions && `${percent(opinions.share)} of ${count(opinions.answers)} answers (Cohen’s kappa ${opinions.kappa.toFixed(2)})`,
          ],
        ]}
      />
      <Copy text={`freehold eval show ${plan.id}`} />
    </div>
  );
}

function Grades({ grades }: { grades: readonly Grade[] }) {
  const [which, setWhich] = useState('not');
  const shown = which === 'all' ? grades : grades.filter(({ pass }) => pass !== true);
  return (
    <Section
      title="Cases"
      about={shown.length > MOST ? `The first ${count(MOST)} of ${count(shown.length)}; freehold eval show has all.` : undefined}
      actions={
        <SegmentedControl
          size="xs"
          aria-label="Cases shown"
          value={which}
          onChange={setWhich}
          data={[
            { value: 'not', label: 'Not passed' },
            { value: 'all', label: 'All' },
          ]}
        />
      }
    >
      <DataTable
        caption="Cases"
        rows={shown.slice(0, MOST)}
        columns={GRADES}
        rowKey={({ case: of, model }) => `${of} ${model}`}
        empty={<Empty title={grades.length ? 'Every case passed' : 'Grades of single cases are not kept here'} />}
      />
    </Section>
  );
}
