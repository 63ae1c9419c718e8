import './model-name.css';
import type { ReactNode } from 'react';

/** A model's name over its provider's. @param note said behind the provider */
export function ModelName({ address, note }: { address: string; note?: ReactNode }) {
  const slash = address.indexOf('/');
  return (
    <span className="model-name">
      <span>{address.slice(slash + 1)}</span>
      <span className="soft">
        {slash < 0 ? '' : address.slice(0, slash)}
        {note}
      </span>
    </span>
  );
}
