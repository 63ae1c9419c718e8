import { Button, NativeSelect, NumberInput, TextInput } from '@mantine/core';
import type { RuleForm } from './rules.ts';

interface Props {
  form: RuleForm;
  onChange(form: RuleForm): void;
  /** The field that the gateway refused, and why. */
  fault?: { field: string; message: string };
}

const ZONES = [
  { value: '', label: 'as rules say' },
  { value: 'own', label: 'own: hardware you hold' },
  { value: 'leased', label: 'leased: rented for you alone' },
  { value: 'vendor', label: 'vendor: somebody’s API' },
];
const PERIODS = ['day', 'week', 'month', 'lifetime'] as const;
const BREACHES = [
  { value: 'block', label: 'then refuse' },
  { value: 'own', label: 'then own models only' },
  { value: 'alert', label: 'then go on and tell' },
];

/** What whoever asks may do. An empty field is no rule. */
export function RuleFields({ form, onChange, fault }: Props) {
  const set = <K extends keyof RuleForm>(name: K, value: RuleForm[K]) => onChange({ ...form, [name]: value });
  const error = (name: string) => (fault?.field.split('.')[0] === name ? fault.message : undefined);
  const amount = (name: 'requests_per_minute' | 'tokens_per_minute' | 'parallel', label: string) => (
    <NumberInput
      label={label}
      placeholder="no limit"
      min={1}
      allowDecimal={false}
      hideControls
      thousandSeparator
      value={form[name] === '' ? '' : Number(form[name])}
      onChange={(value) => set(name, String(value))}
      error={error(name)}
    />
  );
  return (
    <>
      <NativeSelect
        label="Farthest zone"
        data={ZONES}
        value={form.zone}
        onChange={(event) => set('zone', event.currentTarget.value)}
        error={error('zone')}
      />
      <TextInput
        label="Models"
        description="Names or patterns, separated by commas; * stands for any text."
        placeholder="all"
        value={form.models}
        onChange={(event) => set('models', event.currentTarget.value)}
        error={error('models')}
      />
      <TextInput
        label="Work"
        description="Classes such as documentation, testing."
        placeholder="all"
        value={form.tasks}
        onChange={(event) => set('tasks', event.currentTarget.value)}
        error={error('tasks')}
      />
      <fieldset className="fieldset">
        <legend>Budgets</legend>
        {form.budget.map((budget, at) => {
          const change = (part: Partial<typeof budget>) =>
            set(
              'budget',
              form.budget.map((one, place) => (place === at ? { ...one, ...part } : one)),
            );
          return (
            <div className="budget-row" key={at}>
              <NumberInput
                aria-label="US dollars"
                prefix="$"
                placeholder="$20"
                min={0}
                hideControls
                value={budget.usd === '' ? '' : Number(budget.usd)}
                onChange={(value) => change({ usd: String(value) })}
              />
              <NativeSelect
                aria-label="Counted anew each"
                data={PERIODS.map((value) => ({ value, label: value === 'lifetime' ? 'for ever' : `a ${value}` }))}
                value={budget.per}
                onChange={(event) => change({ per: event.currentTarget.value as (typeof PERIODS)[number] })}
              />
              <NativeSelect
                aria-label="When it does not suffice"
                data={BREACHES}
                value={budget.on_breach}
                onChange={(event) => change({ on_breach: event.currentTarget.value as typeof budget.on_breach })}
              />
              <Button
                variant="default"
                aria-label={`Take budget ${at + 1} away`}
                onClick={() =>
                  set(
                    'budget',
                    form.budget.filter((_, place) => place !== at),
                  )
                }
              >
                ×
              </Button>
            </div>
          );
        })}
        {error('budget') && <p className="field-error">{error('budget')}</p>}
        <Button variant="default" size="xs" onClick={() => set('budget', [...form.budget, { usd: '', per: 'day', on_breach: 'block' }])}>
          Add a budget
        </Button>
      </fieldset>
      <div className="field-row">
        {amount('requests_per_minute', 'Requests a minute')}
        {amount('tokens_per_minute', 'Tokens a minute')}
        {amount('parallel', 'At the same time')}
      </div>
    </>
  );
}
