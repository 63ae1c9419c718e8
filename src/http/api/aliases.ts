import { readRules } from '../../accounts/directory.ts';
import type { BudgetRule, Rules } from '../../accounts/rules.ts';
import { NANOS } from '../../catalog/price.ts';
import { windowOf } from '../../policy/meter.ts';
import { GatewayError, invalid } from '../../protocol/errors.ts';
import type { KeyRow } from '../../store/ports.ts';
import { aliasDeletion, aliasRequest } from '../contract.ts';
import { durationOf, queryOf, read, registerOf, type Step, toldBy } from './call.ts';

/**
 * `/key/generate`, `/key/info` and `/key/delete` as scripts written for LiteLLM's proxy send them
 * (https://docs.litellm.ai/docs/proxy/virtual_keys). What has no counterpart here is told in `ignored`, not refused.
 */

/** Spans in which a budget of theirs is counted anew, as ours; ours begin with the calendar. */
const PERIODS: Readonly<Record<string, BudgetRule['per']>> = {
  '1d': 'day',
  '24h': 'day',
  daily: 'day',
  '7d': 'week',
  '1w': 'week',
  weekly: 'week',
  '30d': 'month',
  '1mo': 'month',
  monthly: 'month',
};

/** Names that stand for every model. */
const ALL_MODELS = new Set(['all-proxy-models', 'all-team-models', '*']);

const KNOWN = new Set(Object.keys(aliasRequest.shape));

export async function generate(step: Step): Promise<unknown> {
  const asked = read(aliasRequest, step.call.body);
  const { key_alias, duration, team_id } = asked;
  const expiresAt = duration ? step.parts.now() + durationOf(duration.replace(/(\d)mo$/, '$10d').replace(/min$/, 'm'), 'duration') : null;
  const facts = { name: key_alias ?? 'key', team: team_id ?? null, project: null, rules: rulesOf(asked), expiresAt };
  const { row, key } = await registerOf(step).create(facts, toldBy(step));
  const ignored = Object.keys(asked).filter((field) => !KNOWN.has(field));
  return { key, ...infoOf(row, 0), ...(ignored.length > 0 && { ignored }) };
}

function rulesOf(asked: ReturnType<typeof readRequest>): Rules {
  const { models, max_budget, budget_duration, tpm_limit, rpm_limit, max_parallel_requests, blocked, metadata } = asked;
  const patterns = (models ?? []).some((model) => ALL_MODELS.has(model)) ? [] : (models ?? []);
  const rules: Rules = {};
  if (patterns.length) rules.models = patterns;
  if (max_budget !== null && max_budget !== undefined)
    rules.budget = [{ usd: max_budget, per: budget_duration ? periodOf(budget_duration) : 'lifetime', on_breach: 'block' }];
  if (tpm_limit) rules.tokens_per_minute = tpm_limit;
  if (rpm_limit) rules.requests_per_minute = rpm_limit;
  if (max_parallel_requests) rules.parallel = max_parallel_requests;
  if (blocked) rules.disabled = true;
  if (metadata && Object.keys(metadata).length) rules.metadata = metadata;
  return rules;
}

function readRequest(value: unknown) {
  return read(aliasRequest, value);
}

function periodOf(duration: string): BudgetRule['per'] {
  const period = Object.hasOwn(PERIODS, duration) ? PERIODS[duration] : undefined;
  if (!period) throw invalid('budget_duration', `"${duration}" is no span that budgets have here; write 1d, 7d or 30d, or leave it out`);
  return period;
}

export async function info(step: Step): Promise<unknown> {
  const { key } = queryOf(step);
  if (!key) throw invalid('key', 'is missing; send ?key= with a key or its id');
  const row = find(step, key);
  return { key, info: infoOf(row, await spentBy(step, row)) };
}

export async function remove(step: Step): Promise<unknown> {
  const { keys, key_aliases } = read(aliasDeletion, step.call.body);
  const named = [...(keys ?? []), ...(key_aliases ?? [])];
  if (named.length === 0) throw invalid('keys', 'is missing; send a list of keys or their ids, or key_aliases');
  const rows = [
    ...(keys ?? []).map((key) => find(step, key)),
    ...(key_aliases ?? []).map((alias) => {
      const row = step.parts.accounts.directory.rows().find(({ name, revoked_at }) => name === alias && revoked_at === null);
      if (!row) throw new GatewayError('not-found', `there is no key called "${alias}"`, { field: 'key_aliases' });
      return row;
    }),
  ];
  for (const { id } of rows) await registerOf(step).revoke(id, toldBy(step));
  return { deleted_keys: named };
}

/** By the key itself or by its id. */
function find({ parts: { accounts } }: Step, key: string): KeyRow {
  const { directory } = accounts;
  const row = directory.row(directory.idOf(key) ?? key);
  // The text may be a key that was mistyped, so it is not repeated.
  if (!row) throw new GatewayError('not-found', 'there is no such key', { field: 'key' });
  return row;
}

/** US dollars in the present span of its first budget; without one nothing is counted by key here. */
async function spentBy({ parts: { store, now } }: Step, { id, rules }: KeyRow): Promise<number> {
  const [budget] = readRules(rules)?.budget ?? [];
  if (!budget || !store) return 0;
  const limit = { account: `key:${id}`, unit: 'nanos', period: budget.per, amount: 0, breach: 'block' } as const;
  const [state] = await store.budgets.read([{ account: limit.account, window: windowOf(limit, now()) }]);
  return (state?.spent_nanos ?? 0) / NANOS;
}

function infoOf(row: KeyRow, spend: number): Record<string, unknown> {
  const rules = readRules(row.rules) ?? {};
  const [budget] = rules.budget ?? [];
  return {
    token: row.id,
    key_name: `${row.prefix}...`,
    key_alias: row.name,
    spend,
    expires: row.expires_at === null ? null : new Date(row.expires_at).toISOString(),
    models: rules.models ?? [],
    team_id: row.team,
    max_budget: budget?.usd ?? null,
    budget_duration: budget && budget.per !== 'lifetime' ? { day: '1d', week: '7d', month: '30d' }[budget.per] : null,
    tpm_limit: rules.tokens_per_minute ?? null,
    rpm_limit: rules.requests_per_minute ?? null,
    max_parallel_requests: rules.parallel ?? null,
    blocked: row.revoked_at !== null || rules.disabled === true,
    metadata: rules.metadata ?? {},
  };
}
