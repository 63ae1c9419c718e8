import type { GroupView, KeyView } from '../../../src/http/contract.ts';
import { count } from '../../components/format.ts';

export type Rules = KeyView['rules'];
type Budget = NonNullable<Rules['budget']>[number];

/** Rules as a form holds them: texts, empty for no rule. */
export interface RuleForm {
  zone: string;
  /** Patterns, separated by commas. */
  models: string;
  tasks: string;
  budget: { usd: string; per: Budget['per']; on_breach: Budget['on_breach'] }[];
  requests_per_minute: string;
  tokens_per_minute: string;
  parallel: string;
  disabled: boolean;
}

export function formOf(rules: GroupView['rules'] = null): RuleForm {
  const {
    zone = '',
    models = [],
    tasks = [],
    budget = [],
    requests_per_minute,
    tokens_per_minute,
    parallel,
    disabled = false,
  } = rules ?? {};
  const text = (value: number | undefined) => (value === undefined ? '' : String(value));
  return {
    zone,
    models: models.join(', '),
    tasks: tasks.join(', '),
    budget: budget.map(({ usd, per, on_breach }) => ({ usd: String(usd), per, on_breach })),
    requests_per_minute: text(requests_per_minute),
    tokens_per_minute: text(tokens_per_minute),
    parallel: text(parallel),
    disabled,
  };
}

/** What the form says, as the admin API takes it; null where there is no rule. @param before keeps what a form does not show of a budget */
export function bodyOf(form: RuleForm, before: Rules = {}): Record<string, unknown> {
  const list = (text: string) => {
    const parts = text.split(/[,\s]+/).filter(Boolean);
    return parts.length ? parts : null;
  };
  const number = (text: string) => (text.trim() === '' ? null : Number(text));
  const budget = form.budget
    .filter(({ usd }) => usd.trim() !== '')
    .map(({ usd, per, on_breach }) => {
      const same = before.budget?.find((one) => one.per === per);
      return { usd: Number(usd), per, on_breach, ...(same?.unpriced && { unpriced: same.unpriced }) };
    });
  return {
    zone: form.zone || null,
    models: list(form.models),
    tasks: list(form.tasks),
    budget: budget.length ? budget : null,
    requests_per_minute: number(form.requests_per_minute),
    tokens_per_minute: number(form.tokens_per_minute),
    parallel: number(form.parallel),
    disabled: form.disabled || null,
  };
}

/** Rules in a few words; what is not said is allowed. */
export function told(rules: Rules): string {
  const { zone, models, tasks, budget = [], requests_per_minute, tokens_per_minute, parallel } = rules;
  const parts = [
    zone && `at most ${zone}`,
    models && `models ${models.join(' ')}`,
    tasks && `work ${tasks.join(' ')}`,
    ...budget.map(({ usd, per, on_breach }) => `$${usd}/${per}${on_breach === 'block' ? '' : `, then ${on_breach}`}`),
    requests_per_minute && `${count(requests_per_minute)} requests/min`,
    tokens_per_minute && `${count(tokens_per_minute)} tokens/min`,
    parallel && `${count(parallel)} at once`,
  ].filter(Boolean);
  return parts.length ? parts.join('; ') : 'everything';
}
