import type { SettingsView } from '../../../src/http/contract.ts';
import { Facts } from '../../components/figure.tsx';
import { When } from '../../components/when.tsx';

/** Where the configuration comes from, and what is wrong with a version of it that was not taken. */
export function Source({ config: { file, taken_at, refused, overrides, found } }: { config: SettingsView['config'] }) {
  return (
    <div className="stack">
      <Facts
        of={[
          [
            'File',
            file ? (
              <span key="file" className="mono">
                {file}
              </span>
            ) : taken_at === null ? (
              'none: a program handed the configuration in'
            ) : (
              'none, which is fine: “freehold init” writes one'
            ),
          ],
          ['Taken', taken_at === null ? null : <When key="taken" at={taken_at} />],
          ['Said otherwise by', overrides.join(', ')],
          ['Found on this machine', found.join('; ')],
        ]}
      />
      {refused && (
        <div className="problem refused" role="alert">
          <p>
            The file was changed and not taken, <When at={refused.at} as="hour" />. The version before it is at work. What is wrong:
          </p>
          <ul className="refused-problems">
            {refused.problems.map(({ path, message, source, line, column }) => (
              <li key={`${path} ${line} ${message}`}>
                {source && <span className="mono">{line === null ? source : `${source}:${line}:${column}`}</span>}{' '}
                {path && <strong className="mono">{path}</strong>} {message}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
