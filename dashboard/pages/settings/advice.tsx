import type { SettingsView } from '../../../src/http/contract.ts';
import { Tag, type Tone } from '../../components/tag.tsx';

type One = SettingsView['advice'][number];

const TONES: Readonly<Record<One['level'], Tone>> = { problem: 'bad', warning: 'warn', hint: 'plain' };

/** What is wrong or could be better, the worst first, each with its mend; and who cannot answer. */
export function Advice({ view: { advice, readiness } }: { view: SettingsView }) {
  return (
    <div className="stack">
      <p className="row">
        <Tag tone={readiness.ready ? 'good' : 'bad'}>{readiness.ready ? 'ready' : 'nothing can answer'}</Tag>
        {advice.length + readiness.reasons.length === 0 && <span>All is well.</span>}
      </p>
      {readiness.reasons.length > 0 && (
        <ul className="reasons">
          {readiness.reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      {advice.length > 0 && (
        <ul className="advice">
          {advice.map(({ level, what, mend }) => (
            <li key={what}>
              <Tag tone={TONES[level]}>{level}</Tag>
              <span>
                {what} {mend && <code>{mend}</code>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
