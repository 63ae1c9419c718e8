import { limitsOf } from '../../accounts/rules.ts';
import { type Limit, windowOf } from '../../policy/meter.ts';
import { spanOf } from '../../policy/period.ts';
import { type BudgetList, type BudgetView, budgetsQuery, type PriceView } from '../contract.ts';
import { queryOf, read, type Step } from './call.ts';
import { priceView } from './prices.ts';

/** Every budget in its present span: what is spent, set aside and left, by account. */
export async function listBudgets(step: Step): Promise<BudgetList> {
  const { account, after = '', limit: most } = read(budgetsQuery, queryOf(step));
  const named = allBudgets(step.parts.accounts)
    .map((limit) => ({ limit, name: nameOf(limit) }))
    .filter(({ limit, name }) => name > after && (account === undefined || limit.account === account))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const shown = named.slice(0, most);
  const budgets = await statesOf(
    shown.map(({ limit }) => limit),
    step.parts,
  );
  return { budgets, next: named.length > most ? shown.at(-1)!.name : null };
}

function nameOf({ account, period, amount, breach }: Limit): string {
  return `${account} ${period} ${amount} ${breach}`;
}

/** Most budgets that are measured at once. */
const MEASURED = 200;

/** Budgets in their present spans, for measurements. @throws StoreError */
export function budgetStates(parts: Money): Promise<BudgetView[]> {
  return statesOf(allBudgets(parts.accounts).slice(0, MEASURED), parts);
}

/** What knows of budgets. */
type Money = Pick<Step['parts'], 'accounts' | 'store' | 'now'>;

function allBudgets(accounts: Money['accounts']): Limit[] {
  const { general, directory } = accounts;
  // A team has its budget also before it has a key.
  const ofGroups = (['team', 'project'] as const).flatMap((kind) =>
    directory.groups(kind).flatMap(({ id, rules }) => (rules ? limitsOf(`${kind}:${id}`, rules) : [])),
  );
  const limits = [...general.map(({ limit }) => limit), ...directory.callers().flatMap(({ limits: own = [] }) => own), ...ofGroups];
  return [...new Map(limits.filter(({ unit }) => unit === 'nanos').map((limit) => [nameOf(limit), limit])).values()];
}

/** @throws StoreError */
async function statesOf(limits: readonly Limit[], { accounts, store, now }: Money): Promise<BudgetView[]> {
  const at = now();
  const spans = limits.map((limit) => ({ account: limit.account, window: windowOf(limit, at) }));
  const stored = store && (await store.budgets.read(spans));
  return limits.map((limit, index) => {
    const { used, held } = accounts.meter.state(limit, at);
    const { end } = spanOf(limit.period, at);
    const known = stored?.[index];
    return {
      account: limit.account,
      period: limit.period,
      on_breach: limit.breach,
      limit_nanos: limit.amount,
      spent_nanos: known?.spent_nanos ?? used,
      reserved_nanos: held,
      leased_nanos: known?.leased_nanos ?? held,
      resets_at: Number.isFinite(end) ? end : null,
    };
  });
}

/** What each model costs and who says so. */
export async function listPrices({ parts: { scene } }: Step): Promise<{ prices: PriceView[] }> {
  return { prices: scene.registry.world().models.map((served) => priceView(scene.candidates.of(served))) };
}
