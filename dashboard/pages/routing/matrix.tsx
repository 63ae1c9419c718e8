import { Switch } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import type { RoutingCell, RoutingView } from '../../../src/http/contract.ts';
import { Empty } from '../../components/empty.tsx';
import { count, interval, money, percent } from '../../components/format.ts';
import { IntervalLine } from '../../components/interval.tsx';
import { VerdictTag } from '../../components/verdict.tsx';
import { workName } from '../../components/work.ts';
import { ZoneTag } from '../../components/zone.tsx';

/** Class of work × model. It scrolls sideways inside itself; the work stays in sight. */
export function Matrix({ view }: { view: RoutingView }) {
  const [wantsAll, setAll] = useState(false);
  const ofCell = new Map(view.cells.map((cell) => [`${cell.task} ${cell.model}`, cell]));
  const came = view.tasks.filter(({ exchanges }) => exchanges > 0);
  const known = view.tasks.filter(({ task }) => view.cells.some((cell) => cell.task === task));
  const rows = wantsAll || came.length === 0 ? known : known.filter(({ exchanges }) => exchanges > 0);
  const unclassified = view.tasks.find(({ task }) => task === '');
  if (view.models.length === 0)
    return (
      <Empty
        title="No model is served"
        hint="Start a model server on this machine, set an API key, or let Freehold run a model itself."
        command="freehold doctor"
      />
    );
  return (
    <div className="stack">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="table-scroll" aria-label="Expected success and share" tabIndex={0}>
        <table className="table matrix">
          <caption className="unseen">Expected success of each model at each class of work, with its share of that work</caption>
          <thead>
            <tr>
              <th scope="col">Work</th>
              {view.models.map(({ address, zone, share }) => (
                <th key={address} scope="col">
                  <Link href={`/models/${encodeURIComponent(address)}`} title={address}>
                    {nameOf(address)}
                  </Link>
                  <span className="matrix-head">
                    <ZoneTag zone={zone} /> <span className="soft">{share > 0 ? percent(share) : ''}</span>
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ task, exchanges, share, cost_nanos }) => (
              <tr key={task}>
                <th scope="row">
                  {workName(task)}
                  <span className="matrix-head soft">{exchanges > 0 ? `${percent(share)} · ${money(cost_nanos)}` : 'did not come up'}</span>
                </th>
                {view.models.map(({ address }) => {
                  const cell = ofCell.get(`${task} ${address}`);
                  return <td key={address}>{cell && <Cell cell={cell} />}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <div className="row soft">
        <Switch
          size="xs"
          label="Also work that did not come up"
          checked={wantsAll || came.length === 0}
          disabled={came.length === 0}
          onChange={(event) => setAll(event.currentTarget.checked)}
        />
        {unclassified && unclassified.exchanges > 0 && (
          <span>{count(unclassified.exchanges)} requests asked for a model by its own name and were not classified.</span>
        )}
        {view.more > 0 && (
          <span>
            {count(view.more)} more models are served: <Link href="/models">all models</Link>
          </span>
        )}
      </div>
    </div>
  );
}

function Cell({ cell: { mean, low, high, seen, verdict, exchanges, share, cost_nanos, unpriced } }: { cell: RoutingCell }) {
  const tone = verdict ? (verdict.outcome === 'good enough' ? 'good' : 'bad') : undefined;
  const ground = seen ? `${(seen.good + seen.bad).toFixed(1)} observations here` : 'public tables only';
  return (
    <div className="cell" data-used={exchanges > 0 || undefined} title={`${interval(mean, low, high)}; from ${ground}`}>
      <span className="cell-mean">
        {percent(mean)} <span className="soft">{`${Math.round(low * 100)}–${Math.round(high * 100)}`}</span>
      </span>
      <IntervalLine mean={mean} low={low} high={high} tone={tone} />
      {verdict && <VerdictTag verdict={verdict} />}
      {exchanges > 0 && (
        <span className="cell-use">
          {percent(share)} of it, {unpriced === exchanges ? 'unpriced' : money(cost_nanos)}
        </span>
      )}
    </div>
  );
}

/** Without its provider, which the title holds. */
function nameOf(address: string): string {
  return address.slice(address.indexOf('/') + 1);
}
