import { type Hardware, hardwareView } from '../catalog/hardware.ts';
import { type Block, count, type Document, day, days, percent } from './document.ts';
import type { TcoView } from './tco-schema.ts';

type Alternative = TcoView['alternatives'][number];

/** Whether it pays, in a plain sentence. Pure. */
export function verdictOf({ load, today, alternatives }: Pick<TcoView, 'load' | 'today' | 'alternatives'>): string {
  if (load.tokens_month === 0)
    return 'There was no work in this span, so nothing can be said of today’s load; the table shows what it would cost at others.';
  const best = alternatives.find(({ role }) => role === 'same') ?? alternatives[0];
  const own = `At today’s load (${count(load.tokens_month)} tokens a month, ${loadOf(load.utilisation)} of the box) a million tokens costs ${usd(today.usd_per_million)} on your own hardware`;
  if (!best) return `${own}. No price is known to compare with.`;
  const told = (one: Alternative) => `${usd(one.usd_per_million)} for ${one.model} at ${one.seller}`;
  const dearest = alternatives.filter(({ role }) => role === 'frontier').sort((a, b) => b.cost_month_usd - a.cost_month_usd)[0];
  const more = load.wanted > load.utilisation ? ' What the box cannot take in its full hours is counted as bought there.' : '';
  if (best.pays) return `${own}, against ${told(best)}: it pays.${more}`;
  const others =
    dearest && dearest !== best ? ` Against ${told(dearest)} it ${dearest.pays ? 'does' : `does not either; ${from(dearest)}`}.` : '';
  return `${own}, against ${told(best)}: it does NOT pay; ${from(best)}.${others}${more}`;
}

/** From which load on it pays. */
function from({ break_even_tokens_month, break_even_load }: Alternative): string {
  return break_even_tokens_month === null
    ? 'it never would at that price, even if the box were full'
    : `it would from ${count(break_even_tokens_month)} tokens a month on, ${loadOf(break_even_load)} of the box`;
}

/** A load as people read it: small ones are told apart. */
function loadOf(share: number | null): string {
  return share !== null && share > 0 && share < 0.1 ? `${(100 * share).toPrecision(2)}%` : percent(share);
}

/** What boxes of one's own cost, for people. Pure. */
export function tcoPage(view: TcoView): Document {
  const { from, to, generated_at, model, measured_at, rates, load, month, today, loads, alternatives, latency, assumed, notes, verdict } =
    view;
  const measured = measured_at === null ? 'as given' : `as measured on ${day(measured_at)}${model === null ? '' : ` with ${model}`}`;
  const blocks: Block[] = [
    { kind: 'text', text: verdict },
    { kind: 'heading', text: 'A month of your own hardware' },
    {
      kind: 'table',
      rows: [
        ['', 'a month'],
        ['hardware, written off or rented', usd(month.box_usd)],
        ['power', usd(month.power_usd)],
        ['people', usd(month.staff_usd)],
        ['other', usd(month.other_usd)],
        ['all', usd(month.cost_usd)],
      ],
      right: [1],
    },
    { kind: 'heading', text: 'At other loads' },
    {
      kind: 'table',
      rows: [
        ['load', 'tokens a month', 'cost a month', 'a million tokens'],
        [`today, ${loadOf(today.load)}`, count(Math.round(today.tokens_month)), usd(today.cost_month_usd), usd(today.usd_per_million)],
        ...loads.map((one) => [percent(one.load), count(Math.round(one.tokens_month)), usd(one.cost_month_usd), usd(one.usd_per_million)]),
      ],
      right: [1, 2, 3],
    },
    { kind: 'heading', text: 'The same tokens at an API' },
    alternatives.length
      ? alternativesTable(alternatives)
      : { kind: 'text', text: 'No price is known to compare with; name a model with --against.' },
    { kind: 'heading', text: 'How full the box would be' },
    {
      kind: 'text',
      text: `The work of ${count(load.hours)} hours, ${view.scope === 'all' ? 'whoever answered it' : 'as own models answered it'}, wants ${loadOf(load.wanted)} of it on average and ${loadOf(load.peak)} in the fullest hour; it is full in ${percent(load.full_hours)} of the hours.`,
    },
    {
      kind: 'course',
      title: 'Load by hour of the day, UTC (0 to 23)',
      unit: '%',
      of: 'hour',
      points: load.by_hour.map((share, hour) => ({ at: hour * 3_600_000, value: 100 * share })),
    },
    { kind: 'heading', text: 'How fast' },
    {
      kind: 'text',
      text: `Reads ${Math.round(rates.prefill)} and writes ${Math.round(rates.decode)} tokens a second when it is full, ${measured}.`,
    },
    ...latencyBlocks(latency),
    { kind: 'heading', text: 'What was supposed' },
    { kind: 'list', items: [...notes, ...(assumed.length ? [`By default, because nobody said otherwise: ${assumed.join(', ')}.`] : [])] },
  ];
  return { title: 'Total cost of ownership', subtitle: `${days(from, to)}, made ${day(generated_at)} by Freehold`, blocks };
}

function alternativesTable(alternatives: readonly Alternative[]): Block {
  return {
    kind: 'table',
    rows: [
      ['model', 'sold by', 'a month there', 'a month with the box', 'a million tokens', 'pays', 'from load', 'paid back in'],
      ...alternatives.map((one) => [
        `${one.model}${one.role === 'same' ? ' (the same)' : ''}`,
        one.seller,
        usd(one.cost_month_usd),
        usd(one.own_month_usd),
        usd(one.usd_per_million),
        one.pays ? 'yes' : 'no',
        one.break_even_load === null ? 'never' : loadOf(one.break_even_load),
        one.break_even_months === null ? '–' : `${one.break_even_months.toFixed(1)} months`,
      ]),
    ],
    right: [2, 3, 4, 6, 7],
  };
}

function latencyBlocks({ box, vendors }: TcoView['latency']): Block[] {
  const rows = [
    ...box.map((one) => [`own, ${one.parallel} at once`, Math.round(one.first_token_ms).toString(), one.each_per_second.toPrecision(3)]),
    ...vendors.map((one) => [`${one.name} (${count(one.answers)} answers)`, Math.round(one.first_token_ms).toString(), '–']),
  ];
  if (rows.length === 0) return [];
  return [{ kind: 'table', rows: [['', 'first token, ms', 'tokens a second'], ...rows], right: [1, 2] }];
}

/** Fields of the hardware that stand in by default, as text. */
export function assumedIn(hardware: Hardware, defaults: Readonly<Record<string, number>>, said: readonly string[]): string[] {
  const values = hardwareView(hardware);
  return Object.entries(defaults).flatMap(([name, value]) => (values[name] === value && !said.includes(name) ? [`${name} ${value}`] : []));
}

function usd(amount: number | null): string {
  if (amount === null) return '–';
  if (amount === 0) return '$0';
  return amount < 0.01
    ? `$${amount.toPrecision(2)}`
    : amount < 1000
      ? `$${amount.toFixed(2)}`
      : `$${Math.round(amount).toLocaleString('en')}`;
}
