import type { IndependenceView, SavingsView, UsageView } from '../../../src/http/contract.ts';
import { useApi } from '../../api/hooks.ts';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Page, Section } from '../../components/page.tsx';
import { SpanChoice, useSpan } from '../../components/span.tsx';
import { Classes } from './classes.tsx';
import { Condition } from './condition.tsx';
import { Independence, WEIGHED } from './independence.tsx';
import { Left } from './left.tsx';
import { Next } from './next.tsx';
import { Steps } from './steps.tsx';
import { Suppliers, Teams } from './suppliers.tsx';
import { MoneyTrend, OwnTrend, WorkTrend } from './trends.tsx';

const MINUTE = 60_000;

/** Where the team stands: how independent, what it saved, what left, what is wrong, and what to do next. */
export default function Overview() {
  const { from, to, days } = useSpan();
  const independence = useApi<IndependenceView>('/reports/independence', { from, to }, { every: 5 * MINUTE });
  const savings = useApi<SavingsView>('/reports/savings', { from, to }, { every: 5 * MINUTE });
  const usage = useApi<UsageView>('/usage', { from, to, grain: 'day', series: true, by: 'zone' }, { every: MINUTE });
  const isUnused = independence.data?.total.exchanges === 0;
  return (
    <Page title="Overview" about={`The last ${days === 1 ? 'day' : `${days} days`}, UTC.`} actions={<SpanChoice without={[1]} />}>
      {isUnused ? (
        <Section title="Nothing has been asked yet">
          <Empty
            title="Connect a coding tool"
            hint="Its requests go through this gateway from then on; the change can be undone with freehold disconnect. Other tools: freehold connect --list."
            command="freehold connect claude-code"
          />
        </Section>
      ) : (
        <div className="overview-head">
          <Section title="Independence">
            <Loaded query={independence} lines={8}>
              {(report) => <Independence report={report} />}
            </Loaded>
          </Section>
          <div className="stack overview-beside">
            <Section title="The one thing to do next">
              <Loaded query={independence} lines={4}>
                {(report) => <Next report={report} />}
              </Loaded>
            </Section>
            <Section title="Health">
              <Condition />
            </Section>
          </div>
        </div>
      )}
      {isUnused && (
        <Section title="Health">
          <Condition />
        </Section>
      )}
      <Section title="Money and what left">
        <Left savings={savings} usage={usage} from={from} to={to} />
      </Section>
      {!isUnused && (
        <>
          <div className="columns" data-of="three">
            <Section
              title="Done by own models"
              about={`A share of each day's work, ${WEIGHED[independence.data?.forecast.measure ?? 'money']}.`}
            >
              <Loaded query={independence} lines={8}>
                {(report) => <OwnTrend report={report} />}
              </Loaded>
            </Section>
            <Section title="Requests a day" about="By where they were answered.">
              <Loaded query={usage} lines={8}>
                {({ groups }) => <WorkTrend groups={groups} />}
              </Loaded>
            </Section>
            <Section title="Money a day" about="What was paid, and what the models that were asked for would have cost.">
              <Loaded query={usage} lines={8}>
                {({ groups }) => <MoneyTrend groups={groups} />}
              </Loaded>
            </Section>
          </div>
          <Section title="By kind of work" about="How much of each kind own models do today, and what the rest cost.">
            <Loaded query={independence} lines={8}>
              {(report) => <Classes report={report} />}
            </Loaded>
          </Section>
          <Section title="Steps that bring the most" about="By how much each would raise the share at the top, the largest first.">
            <Loaded query={independence} lines={5}>
              {(report) => <Steps report={report} />}
            </Loaded>
          </Section>
          <div className="columns">
            <Section title="Whom the rest goes to">
              <Loaded query={independence} lines={5}>
                {(report) => <Suppliers report={report} />}
              </Loaded>
            </Section>
            <Section title="By team" about="By tokens.">
              <Loaded query={independence} lines={5}>
                {(report) => <Teams report={report} />}
              </Loaded>
            </Section>
          </div>
        </>
      )}
    </Page>
  );
}
