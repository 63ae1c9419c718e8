import type { RoutingView } from '../../../src/http/contract.ts';
import { Empty } from '../../components/empty.tsx';
import { Facts } from '../../components/figure.tsx';
import { percent } from '../../components/format.ts';

/** The rules in their order, and the names that stand for models. */
export function Rules({ view: { rules, aliases } }: { view: RoutingView }) {
  return (
    <div className="stack">
      {rules.length === 0 ? (
        <Empty
          title="There are no rules"
          hint="The mode decides everything. A rule gives a kind of work, a key, a team, a repository or a path to the models that you name: routing.rules in freehold.yaml."
        />
      ) : (
        <ol className="rules">
          {rules.map(({ name, when, mode, models }) => (
            <li key={name}>
              <h3>{name}</h3>
              <Facts
                of={[
                  ['When', conditions(when)],
                  ['Mode', mode],
                  ['Models', models.length ? <Models key="models" of={models} /> : null],
                ]}
              />
            </li>
          ))}
        </ol>
      )}
      {aliases.length > 0 && (
        <div>
          <h3>Names that stand for models</h3>
          <Facts of={aliases.map(({ name, means }) => [name, means.join(', ')])} />
        </div>
      )}
    </div>
  );
}

/** In the order in which they are tried; by chance where they have weights. */
function Models({ of }: { of: RoutingView['rules'][number]['models'] }) {
  const whole = of.reduce((sum, { weight }) => sum + (weight ?? 0), 0);
  return (
    <span>
      {of.map(({ name, weight }, at) => (
        <span key={name}>
          {at > 0 && (weight === null ? ', then ' : ', ')}
          <span className="mono">{name}</span>
          {weight !== null && ` (${percent(weight / whole)})`}
        </span>
      ))}
    </span>
  );
}

function conditions(when: Readonly<Record<string, unknown>>): string {
  const said = Object.entries(when).map(([name, value]) => `${name} ${told(value)}`);
  return said.length ? said.join('; ') : 'always';
}

function told(value: unknown): string {
  if (Array.isArray(value)) return value.join(' or ');
  if (value !== null && typeof value === 'object')
    return Object.entries(value)
      .map(([name, bound]) => `${name} ${String(bound)}`)
      .join(' and ');
  return String(value);
}
