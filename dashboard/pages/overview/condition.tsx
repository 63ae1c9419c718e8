import type { HealthView } from '../../../src/http/contract.ts';
import { useApi } from '../../api/hooks.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Tag } from '../../components/tag.tsx';

/** Whether requests can be answered and recorded, and what is in the way. */
export function Condition() {
  const health = useApi<HealthView>('/health', {}, { every: 5_000 });
  return (
    <Loaded query={health} lines={2}>
      {({ ready, reasons, store }) => (
        <div className="stack">
          <div className="row">
            <Tag tone={ready ? (reasons.length ? 'warn' : 'good') : 'bad'}>
              {ready ? (reasons.length ? 'answers, with trouble' : 'all is well') : 'cannot answer'}
            </Tag>
            {store && <Tag tone={store.ok ? 'good' : 'bad'}>{store.ok ? 'records everything' : 'records wait'}</Tag>}
          </div>
          {reasons.length > 0 && (
            <ul className="reasons">
              {reasons.map((reason) => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
          )}
        </div>
      )}
    </Loaded>
  );
}
