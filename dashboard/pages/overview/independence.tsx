import type { IndependenceView } from '../../../src/http/contract.ts';
import { Figure, Figures } from '../../components/figure.tsx';
import { day, percent } from '../../components/format.ts';
import { ShareBar } from '../../components/share-bar.tsx';

type Measure = IndependenceView['forecast']['measure'];

const MEANING: Readonly<Record<Measure, string>> = {
  money: 'of the work is done by models of your own, weighed by what the models that were asked for would have cost.',
  tokens: 'of all tokens were read and written by models of your own.',
  requests: 'of all requests were answered by models of your own.',
  tasks: 'of all tasks were done by models of your own.',
  importance: 'of the work is done by models of your own, weighed by its importance.',
};

/** How a day's work is weighed. */
export const WEIGHED: Readonly<Record<Measure, string>> = {
  money: 'weighed by what the models that were asked for would have cost',
  tokens: 'by tokens',
  requests: 'by requests',
  tasks: 'by tasks',
  importance: 'weighed by its importance',
};

const NAMES: Readonly<Record<Measure, string>> = {
  money: 'By money',
  tokens: 'By tokens',
  requests: 'By requests',
  tasks: 'By tasks',
  importance: 'By importance',
};

/** The share of work that own models do, what stands in for the rest, and when the aim is reached. */
export function Independence({ report }: { report: IndependenceView }) {
  const { shares, standings, forecast, target, warnings } = report;
  const measure = measureOf(report);
  const part = (standing: keyof typeof standings) => standings[standing][measure];
  const others = (['money', 'tokens', 'requests', 'tasks', 'importance'] as const).filter((other) => other !== measure);
  return (
    <div className="stack independence">
      <div>
        <p className="headline">
          <span className="headline-value">{percent(shares[measure])}</span>
          <span className="headline-about">
            {MEANING[measure]} The aim is {percent(target)}. <Forecast forecast={forecast} />
          </span>
        </p>
      </div>
      <ShareBar
        label="Who could answer"
        shares={[
          { name: 'own models', value: part('served'), tone: 'own' },
          { name: 'leased hardware', value: part('leased'), tone: 'leased' },
          { name: 'vendors, proven replaceable', value: part('proven'), tone: 'proven' },
          { name: 'vendors, not compared yet', value: part('unexamined'), tone: 'vendor' },
          { name: 'vendors, no substitute good enough', value: part('none'), tone: 'none' },
        ]}
      />
      <Figures>
        {others.map((other) => (
          <Figure key={other} label={NAMES[other]} value={percent(shares[other])} />
        ))}
      </Figures>
      {warnings.map((warning) => (
        <p key={warning} className="caution">
          {warning}
        </p>
      ))}
    </div>
  );
}

/** What the headline is measured by: what the forecast is, unless nothing is known of it. */
export function measureOf({ shares, forecast }: IndependenceView): Measure {
  return shares[forecast.measure] === null ? 'tokens' : forecast.measure;
}

function Forecast({ forecast: { state, at, from, to, reason } }: { forecast: IndependenceView['forecast'] }) {
  if (state === 'reached') return <>It is reached.</>;
  if (state === 'ahead' && at !== null)
    return (
      <>
        At this pace it is reached about <b>{day(at)}</b>
        {from !== null && to !== null && ` (${day(from)} to ${day(to)})`}: {reason}.
      </>
    );
  return (
    <>
      {state === 'not-on-the-way' ? 'At this pace it is not reached' : 'When it is reached cannot be told yet'}: {reason}.
    </>
  );
}
