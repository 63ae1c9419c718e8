import { expect, it } from 'vitest';
import type { Intent, Outcome, Told } from '../egress/journal/egress.ts';
import { recoveredEntries } from './recovered.ts';

const INTENT: Intent = {
  exchange: 'x',
  attempt: 1,
  arrived: 1000,
  key: 'k1',
  team: 'core',
  dialect: 'd',
  asked: 'auto',
  stream: true,
  provider: 'far',
  model: 'm',
  zone: 'vendor',
  origin: 'https://far.example',
  rule: 'zones.default',
  bytes: 10,
  digest: 'd',
  reservedNanos: 500,
  budgets: [{ account: 'total', window: 'day 1' }],
};
const OUTCOME: Outcome = {
  exchange: 'x',
  attempt: 1,
  sent: true,
  status: 200,
  out: 10,
  in: 20,
  usage: { input: 3, output: 4 },
  costNanos: 70,
  ended: 1500,
};

function one(...told: Told[]) {
  const [entry] = recoveredEntries(new Map([['x', told]]), 'node');
  return entry!;
}

it('an exchange that ended is as it ended', () => {
  const { row, charges, must } = one({ intent: INTENT, outcome: OUTCOME });
  expect(row).toMatchObject({
    id: 'x',
    at: 1000,
    key: 'k1',
    team: 'core',
    provider: 'far',
    zone: 'vendor',
    stream: 1,
    outcome: 'ok',
    status: 200,
    partial: 0,
  });
  expect(row).toMatchObject({ input_tokens: 3, output_tokens: 4, cost_nanos: 70, bytes_out: 10, bytes_in: 20, total_ms: 500 });
  expect([charges, must]).toEqual([[{ account: 'total', window: 'day 1', nanos: 70 }], true]);
});

it('one that was interrupted costs what was set aside', () => {
  const { row, charges } = one({ intent: INTENT });
  expect(row).toMatchObject({ outcome: 'interrupted', outcome_class: 'interrupted', partial: 1, cost_nanos: 500, estimated: 1 });
  expect(charges).toEqual([{ account: 'total', window: 'day 1', nanos: 500 }]);
});

it('what nobody can price stays unpriced, never free', () => {
  const { row, charges } = one({ intent: { ...INTENT, reservedNanos: undefined, budgets: undefined } });
  expect([row.cost_nanos, charges]).toEqual([null, undefined]);
  expect(one({ intent: INTENT, outcome: { ...OUTCOME, costNanos: undefined, unpriced: true } }).row.cost_nanos).toBeNull();
});

it('several attempts are one exchange, and add up', () => {
  const second = { ...INTENT, attempt: 2, provider: 'other' };
  const failed: Outcome = { ...OUTCOME, status: 503, error: 'overload', usage: undefined, costNanos: 0 };
  const { row, charges } = one({ intent: INTENT, outcome: failed }, { intent: second });
  expect(row).toMatchObject({ provider: 'other', outcome: 'interrupted', cost_nanos: 500 });
  expect(charges).toEqual([{ account: 'total', window: 'day 1', nanos: 500 }]);
  expect(JSON.parse(row.attempts)).toHaveLength(2);
});

it('a failure keeps its class; one that an earlier start wrote down is still an interruption', () => {
  expect(one({ intent: INTENT, outcome: { ...OUTCOME, error: 'rate', status: 429 } }).row).toMatchObject({
    outcome: 'rate',
    outcome_class: 'provider',
    status: 429,
  });
  expect(one({ intent: INTENT, outcome: { ...OUTCOME, error: 'interrupted', status: undefined } }).row).toMatchObject({
    outcome: 'interrupted',
    partial: 1,
  });
});
