import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { CERTIFICATES, STANDINGS } from '../../src/evals/book.ts';
import { type DocumentView, type IndependenceView, independenceView, savingsView } from '../../src/http/contract.ts';
import { exchangeRow } from '../../src/store/contract/rows.ts';
import { openStore } from '../../src/store/open.ts';
import type { DocumentRow, ExchangeRow } from '../../src/store/ports.ts';
import { post } from '../fake/call.ts';
import { startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json } from '../fake/upstream.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const DAY = 86_400_000;
const TODAY = Math.floor(Date.now() / DAY) * DAY;

/** A gateway over a ledger that holds these rows. */
async function over(rows: readonly ExchangeRow[], documents: readonly DocumentRow[] = []): Promise<(path: string) => Promise<unknown>> {
  const data = mkdtempSync(join(tmpdir(), 'freehold-reports-'));
  stops.push(() => rmSync(data, { recursive: true, force: true }));
  const store = await openStore({ file: join(data, 'ledger.sqlite') });
  await store.exchanges.insertMissing(rows.map((row) => ({ row })));
  await store.documents.put(documents);
  await store.close();
  const { gateway, url } = await startGateway({ data, providers: {} });
  stops.push(() => gateway.close());
  return async (path) => (await fetch(`${url}/admin/api/reports/${path}`)).json();
}

const text = (...values: string[]) => fc.constantFrom(...values, null);
const counts = fc.option(fc.nat(1e7), { nil: null });
const made = fc.record({
  at: fc.nat(5 * DAY - 1),
  session: text('a', 'b', 'c'),
  team: text('core', 'web'),
  task: text('review', 'testing'),
  provider: text('box', 'far'),
  model: text('small', 'gpt-oss-120b', 'claude-opus-5'),
  zone: fc.constantFrom('own', 'leased', 'vendor', null),
  outcome_class: fc.constantFrom('ok', 'ok', 'ok', 'provider', 'cancelled'),
  input_tokens: counts,
  cache_read_tokens: counts,
  output_tokens: counts,
  cost_nanos: counts,
  baseline_nanos: counts,
  importance: fc.constantFrom(null, 1, 3),
  client: fc.constantFrom('agent', 'agent', 'freehold-eval', 'freehold-shadow', null),
  escalated: fc.constantFrom(0, 0, 1),
});

describe('reports tie to the ledger', () => {
  it('to the cent and token, and every grouping adds up to the whole', async () => {
    // Each lies in days of its own, so that one ledger holds them all.
    const worlds = fc.array(fc.array(made, { minLength: 1, maxLength: 60 }), { minLength: 8, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(worlds, async (all) => {
        const ledger = all.map((overs, at) => overs.map((one) => rowOf(one, TODAY - 10 * DAY * (at + 1))));
        const ask = await over(ledger.flat());
        for (const [at, rows] of ledger.entries())
          await ties(rows, (path) => ask(`${path}?from=${TODAY - 10 * DAY * (at + 1)}&to=${TODAY - 10 * DAY * at}`));
      }),
      { numRuns: 1 },
    );
  });
});

type Made = typeof made extends fc.Arbitrary<infer T> ? T : never;

function rowOf(one: Made, from: number): ExchangeRow {
  const session = one.session && `${one.session} ${from}`;
  const over = { ...one, at: from + one.at, session, wasted_nanos: one.cost_nanos && one.cost_nanos % 7 };
  return exchangeRow(over as Partial<ExchangeRow>);
}

/** Whether both reports say what the rows say. */
async function ties(rows: readonly ExchangeRow[], get: (path: string) => Promise<unknown>): Promise<void> {
  const sum = (of: readonly ExchangeRow[], field: 'cost_nanos' | 'baseline_nanos' | 'wasted_nanos' | 'input_tokens' | 'output_tokens') =>
    of.reduce((total, row) => total + (row[field] ?? 0), 0);
  const tokens = (of: readonly ExchangeRow[]) => sum(of, 'input_tokens') + sum(of, 'output_tokens');
  const compared = rows.filter((row) => row.cost_nanos !== null && row.baseline_nanos !== null);
  const trials = rows.filter(({ client }) => client?.startsWith('freehold-'));
  const people = rows.filter((row) => !trials.includes(row));
  const answered = people.filter((row) => row.outcome_class === 'ok');
  const valued = compared.filter((row) => answered.includes(row));

  const report = independenceView.parse(await get('independence'));
  expect(report.total).toEqual({
    exchanges: rows.length,
    tokens: tokens(rows),
    cost_nanos: sum(rows, 'cost_nanos'),
    unpriced: rows.filter((row) => row.cost_nanos === null).length,
    baseline_nanos: sum(compared, 'baseline_nanos'),
    baselined: compared.length,
  });
  const conversations = new Map<string, number>();
  for (const { session, id, importance } of answered)
    conversations.set(session ?? id, Math.max(conversations.get(session ?? id) ?? 0, importance ?? 1));
  const whole = {
    requests: answered.length,
    tokens: tokens(answered),
    money: sum(valued, 'baseline_nanos'),
    tasks: conversations.size,
    importance: [...conversations.values()].reduce((total, weight) => total + weight, 0),
  };
  const adds = (parts: readonly IndependenceView['answered'][]) => {
    for (const [measure, amount] of Object.entries(whole))
      expect(parts.reduce((total, part) => total + part[measure as 'tokens'], 0)).toBeCloseTo(amount, 6);
  };
  adds([report.answered]);
  adds(Object.values(report.holds));
  adds(Object.values(report.standings));
  adds(report.classes.map(({ all }) => all));
  adds(report.teams.map(({ all }) => all));
  adds(report.teams.flatMap(({ standings }) => Object.values(standings)));
  const inside = report.days.filter(({ at }) => at >= report.from && at < report.to);
  expect(inside.reduce((total, day) => total + day.whole, 0)).toBe(whole[report.forecast.measure]);
  expect(report.not_answered.exchanges + answered.length).toBe(people.length);
  expect(report.trials).toEqual({ exchanges: trials.length, tokens: tokens(trials), cost_nanos: sum(trials, 'cost_nanos') });
  expect(report.classes.reduce((total, group) => total + group.cost_nanos, 0) + report.not_answered.cost_nanos).toBe(
    sum(people, 'cost_nanos'),
  );

  const savings = savingsView.parse(await get('savings'));
  const total = {
    name: '',
    exchanges: rows.length,
    cost_nanos: sum(rows, 'cost_nanos'),
    unpriced: rows.filter((row) => row.cost_nanos === null).length,
    baselined: compared.length,
    compared_nanos: sum(compared, 'cost_nanos'),
    baseline_nanos: sum(compared, 'baseline_nanos'),
    saved_nanos: sum(compared, 'baseline_nanos') - sum(compared, 'cost_nanos'),
    wasted_nanos: sum(rows, 'wasted_nanos'),
    escalated: rows.filter(({ escalated }) => escalated).length,
    escalated_nanos: sum(
      rows.filter(({ escalated }) => escalated),
      'cost_nanos',
    ),
  };
  expect(savings.total).toEqual(total);
  for (const groups of Object.values(savings.by))
    for (const field of [
      'exchanges',
      'cost_nanos',
      'unpriced',
      'baselined',
      'baseline_nanos',
      'saved_nanos',
      'wasted_nanos',
      'escalated',
      'escalated_nanos',
    ] as const)
      expect(groups.reduce((all, group) => all + group[field], 0)).toBe(total[field]);
  expect(savings.unbaselined).toBe(people.filter((row) => !compared.includes(row)).length);
  expect(savings.trials).toEqual({ exchanges: trials.length, cost_nanos: sum(trials, 'cost_nanos') });
}

it('what is proven, what is refuted and what was begun come from the evidence that is kept', async () => {
  const rows = ['review', 'testing', 'refactoring', 'bug_fix'].map((task) =>
    exchangeRow({ at: TODAY, task, provider: 'far', model: 'claude-opus-5', zone: 'vendor', cost_nanos: 7 }),
  );
  const reference = { address: 'far/claude-opus-5' };
  const pair = {
    reference,
    basis: { kind: 'traffic', from: 0, to: 1 },
    margin: { keep: 0.95 },
    pairs: 50,
    candidate_score: 0.9,
    reference_score: 0.9,
    e: 30,
    at: 1,
  };
  const certificate = (task: string, outcome: string, address = 'box/qwen3-coder-30b-a3b-instruct') => {
    const id = `certificate-${task}`.replace('_', '-');
    const of = { ...pair, version: 1, id, task, outcome, candidate: { address }, alpha: 0.05, candidates: 1, interval: [0.8, 0.95] };
    const value = { certificate: { ...of, executed: 50, judged: 0, freehold: '0' }, key: 'k', signature: 's' };
    return { collection: CERTIFICATES.collection, owner: '', id, value: JSON.stringify(value), expires_at: null };
  };
  const begun = {
    ...pair,
    task: 'refactoring',
    candidate: { address: 'box/gpt-oss-20b' },
    outcome: 'undecided',
    reason: '',
    against: 0.1,
    more: 12,
  };
  const ask = await over(rows, [
    certificate('review', 'good enough'),
    certificate('testing', 'not good enough'),
    // A vendor's model makes nobody independent, however good it is.
    certificate('bug_fix', 'good enough', 'near/gpt-5.5'),
    { collection: STANDINGS.collection, owner: '', id: 'x', value: JSON.stringify(begun), expires_at: null },
  ]);
  const { classes, next } = independenceView.parse(await ask('independence'));
  const standing = Object.fromEntries(
    classes.map(({ name, standings }) => [name, Object.entries(standings).find(([, of]) => of.requests)![0]]),
  );
  expect(standing).toEqual({ review: 'proven', testing: 'none', refactoring: 'unexamined', bug_fix: 'unexamined' });
  expect(next.map(({ task, to }) => [task, to])).toEqual([
    ['review', 'box/qwen3-coder-30b-a3b-instruct'],
    ['refactoring', 'box/gpt-oss-20b'],
    ['bug_fix', null],
    ['testing', null],
  ]);
  expect(next[0]!.command).toBe('freehold swap far/claude-opus-5 box/qwen3-coder-30b-a3b-instruct --task review');
});

it('a gateway that answered says what it saved, by the price of the asked model', async () => {
  const data = mkdtempSync(join(tmpdir(), 'freehold-reports-'));
  const up = await FakeUpstream.start(json(200, chat.whole('ok')));
  const models = { small: null, sold: { price: { input: 1, output: 2 } } };
  const providers = {
    box: { dialect: 'openai-chat', url: up.url, zone: 'own', models: ['small'] },
    far: { dialect: 'openai-chat', url: up.url.replace('127.0.0.1', 'localhost'), zone: 'vendor', models },
  };
  const { gateway, url } = await startGateway({ data, providers, aliases: { 'claude-*': 'box/small' } });
  stops.push(
    () => rmSync(data, { recursive: true, force: true }),
    () => up.stop(),
    () => gateway.close(),
  );
  const ask = (model: string) => post(`${url}/v1/chat/completions`, { model, messages: [{ role: 'user', content: `${model}?` }] });
  for (const model of ['claude-opus-5', 'far/sold', 'far/small', 'auto']) expect((await ask(model)).status).toBe(200);
  const savings = async () => savingsView.parse(await (await fetch(`${url}/admin/api/reports/savings?from=${TODAY - DAY}`)).json());
  await expect.poll(async () => (await fetch(`${url}/admin/api/health`)).json()).toMatchObject({ store: { written: 4 } });
  const { total, unbaselined, elsewhere, notes } = await savings();
  const usage = { input: 5, output: 2 };
  const sold = usage.input * 1000 + usage.output * 2000;
  const opus = usage.input * 5000 + usage.output * 25_000;
  expect(total).toMatchObject({
    exchanges: 4,
    unpriced: 1,
    baselined: 2,
    cost_nanos: sold,
    baseline_nanos: opus + sold,
    saved_nanos: opus,
  });
  expect(unbaselined).toBe(2);
  expect(notes.join()).toContain('savings.baseline');
  expect(elsewhere.find(({ model }) => model === 'claude-opus-5')?.nanos).toBe(4 * opus);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain(`freehold_baseline_dollars_total ${(opus + sold) / 1e9}`);
  expect(metrics).toContain(`freehold_compared_dollars_total ${sold / 1e9}`);
  const { document, html, markdown } = (await (
    await fetch(`${url}/admin/api/reports/independence/document?from=${TODAY - DAY}`)
  ).json()) as DocumentView;
  expect([document.title, html.slice(0, 15), markdown.slice(0, 14)]).toEqual(['Independence', '<!doctype html>', '# Independence']);
  const wrong = await fetch(`${url}/admin/api/reports/savings?from=5&to=4`);
  expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('from: must be before to')]);
});
