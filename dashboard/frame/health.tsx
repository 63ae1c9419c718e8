import type { HealthView } from '../../src/http/contract.ts';
import { useApi } from '../api/hooks.ts';
import { Banner } from '../components/banner.tsx';

/** Says so when the gateway or its store is down, on every page. */
export function Health() {
  const health = useApi<HealthView>('/health', {}, { every: 5_000 });
  const { error, data } = health;
  if (error?.status === 0)
    return <Banner>The gateway does not answer. What you see may be out of date; this page tries again by itself.</Banner>;
  if (data?.store && !data.store.ok)
    return (
      <Banner>
        The store does not answer{typeof data.store['reason'] === 'string' && `: ${data.store['reason']}`}. Traffic goes on; what was
        recorded cannot be shown until it is back.
      </Banner>
    );
  if (data && !data.store)
    return <Banner>Nothing is kept here, so there is nothing to show but live traffic: set data: or FREEHOLD_DATA to a folder.</Banner>;
  if (data?.simulated) return <Banner>Simulated: these people and models do not exist, and what they say was made up.</Banner>;
  return null;
}
