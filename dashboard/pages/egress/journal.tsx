import { Button, Progress } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { CheckView, EgressView } from '../../../src/http/contract.ts';
import { useApi, useChange } from '../../api/hooks.ts';
import { Copy } from '../../components/copy.tsx';
import { Facts } from '../../components/figure.tsx';
import { bytes, count, span } from '../../components/format.ts';
import { Problem } from '../../components/problem.tsx';
import { Tag, type Tone } from '../../components/tag.tsx';
import { When } from '../../components/when.tsx';

const STATES: Readonly<Record<CheckView['state'], { name: string; tone: Tone }>> = {
  never: { name: 'not checked since the start', tone: 'plain' },
  running: { name: 'is being checked', tone: 'busy' },
  sound: { name: 'as it was written', tone: 'good' },
  broken: { name: 'NOT as it was written', tone: 'bad' },
  failed: { name: 'could not be checked', tone: 'warn' },
};

/** How often a check is asked after, in milliseconds: while it runs, and while nobody began one here. */
const OFTEN = 400;
const SELDOM = 15_000;

/** Who signs the journal, and a check of all of it. */
export function Journal({ journal }: { journal: NonNullable<EgressView['journal']> }) {
  const [every, setEvery] = useState(SELDOM);
  const check = useApi<CheckView>('/egress/verify', {}, { every });
  const start = useChange<CheckView>('POST', ['/egress/verify']);
  const isRunning = check.data?.state === 'running';
  useEffect(() => setEvery(isRunning ? OFTEN : SELDOM), [isRunning]);
  return (
    <div className="stack">
      {journal.problems.map((problem) => (
        <Problem key={problem} error={new Error(`${problem} Nothing leaves until it can be written.`)} />
      ))}
      <div className="row" aria-live="polite">
        <Button variant="default" size="xs" loading={start.isPending || isRunning} onClick={() => start.mutate({ path: '/egress/verify' })}>
          Verify now
        </Button>
        {check.data && <State check={check.data} />}
        {check.data?.ended_at != null && check.data.started_at !== null && (
          <span className="soft">
            <When at={check.data.ended_at} />, in {span(check.data.ended_at - check.data.started_at)}
          </span>
        )}
      </div>
      {start.isError && <Problem error={start.error} />}
      {check.data && <Result check={check.data} />}
      <Facts
        of={[
          [
            'Signed by',
            <span key="key" className="mono">
              {journal.fingerprint}
            </span>,
          ],
          [
            'Public key',
            <span key="public" className="mono">
              {journal.public_key}
            </span>,
          ],
          ['Size', `${bytes(journal.bytes)} in ${many(journal.segments, 'segment')}`],
        ]}
      />
      <p className="soft">The same check needs no gateway, so that others can hold it:</p>
      <Copy text={`freehold egress verify --key ${journal.public_key}`} />
    </div>
  );
}

function Result({ check: { state, files, checked, journals, reason } }: { check: CheckView }) {
  if (state === 'running')
    return <Progress value={files ? (100 * checked) / files : 0} aria-label={`${checked} of ${files} segments are checked`} size="sm" />;
  const problems = journals.flatMap(({ stream, problems: found }) => found.map((problem) => ({ ...problem, stream })));
  return (
    <>
      {reason && <Problem error={new Error(reason)} />}
      {journals.length > 0 && (
        <ul className="reasons">
          {journals.map(({ stream, lines, checkpoints, files: segments, unsigned }) => (
            <li key={stream}>
              {stream === 'egress' ? 'What left' : 'What administrators did'}: {many(lines, 'line')} in {count(segments)} segments,{' '}
              {count(checkpoints)} signatures
              {unsigned > 0 && `, the last ${count(unsigned)} lines by their MACs`}
            </li>
          ))}
        </ul>
      )}
      {problems.length > 0 && (
        <ul className="journal-problems">
          {problems.map(({ stream, file, line, kind, what }) => (
            <li key={`${stream} ${file} ${line} ${kind} ${what}`}>
              <Tag tone="bad">{kind}</Tag> <span className="mono">{line === null ? file : `${file}:${line}`}</span> {what}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function many(number: number, what: string): string {
  return `${count(number)} ${what}${number === 1 ? '' : 's'}`;
}

function State({ check: { state, files } }: { check: CheckView }) {
  if (state === 'sound' && files === 0) return <Tag>nothing has been written yet</Tag>;
  return <Tag tone={STATES[state].tone}>{STATES[state].name}</Tag>;
}
