import type { ExchangeList } from '../../src/http/contract.ts';
import { Tag, type Tone } from './tag.tsx';

type OutcomeClass = ExchangeList['exchanges'][number]['outcome_class'];

/** Who has to act on an end, and how it looks. */
export const OUTCOMES: Readonly<Record<OutcomeClass, { name: string; tone: Tone }>> = {
  ok: { name: 'ok', tone: 'plain' },
  client: { name: "client's mistake", tone: 'warn' },
  provider: { name: 'provider failed', tone: 'bad' },
  policy: { name: 'refused by a rule', tone: 'warn' },
  freehold: { name: 'Freehold failed', tone: 'bad' },
  cancelled: { name: 'client left', tone: 'plain' },
  interrupted: { name: 'interrupted', tone: 'bad' },
};

/** How an exchange ended. @param outcome its kind of error, or ok */
export function OutcomeTag({ outcome, of, status }: { outcome: string; of: OutcomeClass; status: number }) {
  if (of === 'ok') return <span className="soft">ok</span>;
  const { name, tone } = OUTCOMES[of];
  return (
    <span title={`${name}; status ${status}`}>
      <Tag tone={tone}>{of === 'cancelled' || of === 'interrupted' ? name : outcome}</Tag>
    </span>
  );
}
