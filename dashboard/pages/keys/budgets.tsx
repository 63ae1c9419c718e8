import type { BudgetList, BudgetView, KeyList } from '../../../src/http/contract.ts';
import { useApi } from '../../api/hooks.ts';
import { Empty } from '../../components/empty.tsx';
import { money, percent } from '../../components/format.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Tag } from '../../components/tag.tsx';
import { When } from '../../components/when.tsx';

const THEN: Readonly<Record<BudgetView['on_breach'], string>> = {
  block: 'then it is refused',
  own: 'then own models go on',
  alert: 'then it goes on and tells',
};

/** Every budget as a bar: spent, set aside, left. */
export function Budgets() {
  const budgets = useApi<BudgetList>('/budgets', { limit: 500 }, { every: 10_000 });
  const keys = useApi<KeyList>('/keys', { limit: 500 });
  const nameOf = (account: string) => {
    const key = account.startsWith('key:') && keys.data?.keys.find(({ id }) => `key:${id}` === account);
    return key ? `key ${key.name}` : account.replace(':', ' ');
  };
  return (
    <Loaded query={budgets} lines={4}>
      {({ budgets: all }) =>
        all.length === 0 ? (
          <Empty
            title="There are no budgets"
            hint="Give a key, a team or a project one below, or set one for everything, a zone or a model under budgets: in freehold.yaml."
            command="freehold key limits KEY --budget 20/day"
          />
        ) : (
          <ul className="budgets">
            {all.map((budget) => (
              <Budget
                key={`${budget.account} ${budget.period} ${budget.limit_nanos} ${budget.on_breach}`}
                budget={budget}
                name={nameOf(budget.account)}
              />
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

function Budget({ budget, name }: { budget: BudgetView; name: string }) {
  const { period, limit_nanos, spent_nanos, reserved_nanos, resets_at, on_breach } = budget;
  const left = Math.max(0, limit_nanos - spent_nanos - reserved_nanos);
  const share = limit_nanos ? spent_nanos / limit_nanos : 1;
  const aside = limit_nanos ? reserved_nanos / limit_nanos : 0;
  return (
    <li className="budget">
      <div className="budget-head">
        <span>
          <strong>{name}</strong> <span className="soft">{period === 'lifetime' ? 'for ever' : `a ${period}`}</span>
        </span>
        <span>
          {share >= 1 ? <Tag tone="bad">used up</Tag> : share >= 0.8 ? <Tag tone="warn">nearly used up</Tag> : null}{' '}
          <strong>{money(left)}</strong> <span className="soft">left of {money(limit_nanos)}</span>
        </span>
      </div>
      <div className="budget-bar" data-state={share >= 1 ? 'bad' : share >= 0.8 ? 'warn' : undefined} aria-hidden="true">
        <span style={{ width: `${Math.min(1, share) * 100}%` }} />
        <span data-aside style={{ width: `${Math.max(0, Math.min(1 - share, aside)) * 100}%` }} />
      </div>
      <p className="soft budget-foot">
        {money(spent_nanos)} spent ({percent(share)}), {money(reserved_nanos)} set aside for what is under way; {THEN[on_breach]}.{' '}
        {resets_at !== null && (
          <>
            Begins anew <When at={resets_at} as="hour" />.
          </>
        )}
      </p>
    </li>
  );
}
