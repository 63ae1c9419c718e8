import { NANOS } from '../catalog/price.ts';
import type { BudgetList, BudgetView } from '../http/contract.ts';
import { type AdminClient, type AdminFlags, withAdmin } from './admin.ts';
import { paint, type Shell, say, table } from './shell.ts';

/** `freehold budget`: every budget, what is spent of it and what is set aside. */
export function budget(shell: Shell, flags: AdminFlags & { account?: string }): Promise<number> {
  return withAdmin(shell, flags, async (client) => {
    const budgets = await budgetsOf(client, flags.account);
    if (flags.json) say(shell, JSON.stringify(budgets));
    else if (budgets.length === 0)
      say(shell, 'There are no budgets. Set them under budgets:, or for a key: freehold key limits KEY --budget 20/day');
    else say(shell, tableOfBudgets(shell, budgets));
    return 0;
  });
}

/** All budgets, or those of one account. */
export async function budgetsOf(client: AdminClient, account?: string): Promise<BudgetView[]> {
  const found: BudgetView[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const asked: string = new URLSearchParams({ limit: '500', after, ...(account !== undefined && { account }) }).toString();
    const { budgets, next }: BudgetList = await client.ask<BudgetList>('GET', `/admin/api/budgets?${asked}`);
    found.push(...budgets);
    after = next;
  }
  return found;
}

export function tableOfBudgets({ stdout }: Shell, budgets: readonly BudgetView[]): string {
  const head = ['account', 'a', 'spent', 'of', '', 'begins anew', 'then'].map((title) => paint(stdout, 'bold', title));
  const rows = budgets.map(({ account, period, on_breach, limit_nanos, spent_nanos, reserved_nanos, resets_at }) => [
    account,
    period,
    dollars(spent_nanos),
    dollars(limit_nanos),
    bar(spent_nanos / limit_nanos, reserved_nanos / limit_nanos),
    resets_at === null ? 'never' : `${new Date(resets_at).toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    on_breach,
  ]);
  return table([head, ...rows], [2, 3]);
}

const WIDTH = 20;

/** Spent, set aside and left, as shares of 1. A budget of nothing is full. */
function bar(spent: number, reserved: number): string {
  const cells = (share: number) => (Number.isFinite(share) ? Math.round(Math.min(1, share) * WIDTH) : WIDTH);
  const full = cells(spent);
  const aside = Math.max(0, cells(spent + reserved) - full);
  const percent = Number.isFinite(spent) ? `${Math.round(spent * 100)}%` : 'none';
  return `${'█'.repeat(full)}${'▒'.repeat(aside)}${'░'.repeat(WIDTH - full - aside)} ${percent}`;
}

function dollars(nanos: number): string {
  const usd = nanos / NANOS;
  return `$${usd > 0 && usd < 0.01 ? usd.toPrecision(2) : usd.toFixed(2)}`;
}
