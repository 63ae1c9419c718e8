import type { DecisionView } from '../../../src/http/contract.ts';
import { useApi } from '../../api/hooks.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Plan } from '../../components/plan.tsx';

/** Who was to answer and why, who else could have, and what would have changed it. */
export function Decision({ id, hasPlan }: { id: string; hasPlan: boolean }) {
  const decision = useApi<DecisionView>(`/exchanges/${encodeURIComponent(id)}/decision`, {}, { enabled: hasPlan });
  if (!hasPlan) return <p className="soft">There was nothing to decide: the name that was asked for means one target.</p>;
  return <Loaded query={decision}>{(view) => <Plan view={view} />}</Loaded>;
}
