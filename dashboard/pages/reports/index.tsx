import './reports.css';
import { SegmentedControl } from '@mantine/core';
import { useSearchParams } from 'wouter';
import type { DocumentView } from '../../../src/http/contract.ts';
import { useApi } from '../../api/hooks.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Page } from '../../components/page.tsx';
import { SpanChoice, useSpan } from '../../components/span.tsx';
import { Taken } from './document.tsx';
import { Ownership } from './ownership.tsx';

const KINDS = [
  { value: 'independence', label: 'Independence and savings' },
  { value: 'tco', label: 'Own hardware against APIs' },
];

/** What the figures come to, to read, to print and to send. */
export default function Reports() {
  const [search, setSearch] = useSearchParams();
  const kind = search.get('kind') === 'tco' ? 'tco' : 'independence';
  const choose = (value: string) =>
    setSearch(
      (now) => {
        now.set('kind', value);
        return now;
      },
      { replace: true },
    );
  return (
    <Page
      title="Reports"
      about="How much of the work own models do, what it saved, and what hardware of your own costs. The same as freehold report and freehold tco."
      actions={kind === 'independence' ? <SpanChoice without={[1]} /> : undefined}
    >
      <div className="stack">
        <SegmentedControl aria-label="Report" value={kind} data={KINDS} onChange={choose} />
        {kind === 'tco' ? <Ownership /> : <Independence />}
      </div>
    </Page>
  );
}

function Independence() {
  const { from, to } = useSpan();
  const report = useApi<DocumentView>('/reports/independence/document', { from, to });
  return <Loaded query={report}>{(view) => <Taken view={view} name="independence" />}</Loaded>;
}
