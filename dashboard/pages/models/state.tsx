import type { ReactNode } from 'react';
import type { ModelView } from '../../../src/http/contract.ts';
import { percent } from '../../components/format.ts';
import { Tag } from '../../components/tag.tsx';

/** Whether a model can answer now, in one word; the reason on hover. */
export function StateTag({ model: { healthy, reason, breaker, loaded, engine } }: { model: ModelView }) {
  if (engine?.state === 'loading') return <Tag tone="busy">{`loading ${percent(engine.progress)}`}</Tag>;
  if (engine?.state === 'failed')
    return (
      <Told by={engine.reason}>
        <Tag tone="bad">failed</Tag>
      </Told>
    );
  if (engine?.state === 'stopped') return <Tag tone="bad">stopped</Tag>;
  if (!healthy)
    return (
      <Told by={reason}>
        <Tag tone="bad">not reachable</Tag>
      </Told>
    );
  if (breaker === 'open')
    return (
      <Told by="It failed again and again and is left alone for a while.">
        <Tag tone="warn">paused</Tag>
      </Told>
    );
  if (breaker === 'probing')
    return (
      <Told by="After a pause one request at a time tries it.">
        <Tag tone="warn">being tried</Tag>
      </Told>
    );
  return <Tag tone="good">{loaded === true ? 'loaded' : 'ready'}</Tag>;
}

function Told({ by, children }: { by: string | null; children: ReactNode }) {
  return <span title={by ?? undefined}>{children}</span>;
}
