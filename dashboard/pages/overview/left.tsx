import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { EgressView, SavingsView, UsageView } from '../../../src/http/contract.ts';
import type { ApiError } from '../../api/client.ts';
import { useApi } from '../../api/hooks.ts';
import { Figure, Figures } from '../../components/figure.tsx';
import { bytes, count, money, percent, short } from '../../components/format.ts';

interface Props {
  savings: UseQueryResult<SavingsView, ApiError>;
  usage: UseQueryResult<UsageView, ApiError>;
  from: number;
  to: number;
}

/** What was saved and paid, and what left the building. A figure that cannot be had says why in its note. */
export function Left({ savings, usage, from, to }: Props) {
  const egress = useApi<EgressView>('/egress', { from, to });
  const saved = savings.data?.total;
  const left = egress.data?.left;
  const total = left?.total;
  const all = usage.data?.groups.reduce((sum, { exchanges }) => sum + exchanges, 0);
  const pending = (query: { isPending: boolean; error: Error | null }) => query.error?.message ?? (query.isPending ? 'loading' : undefined);
  return (
    <Figures>
      <Figure
        label="Saved"
        value={saved?.baselined ? money(saved.saved_nanos) : '–'}
        note={
          pending(savings) ??
          (saved?.baselined
            ? `${percent(savings.data?.saved_share)} of the ${money(saved.baseline_nanos)} that the models asked for would have cost, own hardware not counted`
            : 'no model that was asked for has a known price')
        }
      />
      <Figure
        label="Paid"
        value={money(saved?.cost_nanos)}
        note={
          pending(savings) ??
          [
            saved?.wasted_nanos ? `${money(saved.wasted_nanos)} for attempts without an answer` : undefined,
            saved?.unpriced ? `${count(saved.unpriced)} requests of unknown price not in it` : undefined,
          ]
            .filter(Boolean)
            .join('; ')
        }
      />
      <Figure label="Requests" value={short(all)} note={pending(usage) ?? `${short(byZone(usage.data, 'own'))} answered by own models`} />
      <Figure
        label="Left the building"
        value={total ? bytes(total.bytes_out) : '–'}
        note={
          pending(egress) ??
          (total ? (
            <>
              in {count(total.requests)} requests to {left.destinations.length === 1 ? 'one place' : `${left.destinations.length} places`};{' '}
              {count(total.replaced)} finds replaced. <Link href="/egress">What, and where</Link>
            </>
          ) : (
            'no journal is kept here'
          ))
        }
      />
    </Figures>
  );
}

function byZone(usage: UsageView | undefined, zone: string): number | undefined {
  return usage?.groups.filter(({ of }) => of.zone === zone).reduce((sum, { exchanges }) => sum + exchanges, 0);
}
