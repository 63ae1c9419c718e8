import { type Bar, type Block, count, type Document, day, days, dollars, many, percent } from './document.ts';
import { savingsBlocks } from './savings-page.ts';
import type { IndependenceView, SavingsView, Standing } from './schema.ts';
import { HOLDS, type Hold, type Measure } from './slices.ts';

const HOLD_NAMES: Readonly<Record<Hold, string>> = {
  own: 'own models',
  leased: 'rented hardware',
  open_elsewhere: 'open weights at a vendor',
  closed: 'closed models',
};

const STANDING_NAMES: Readonly<Record<Standing, string>> = {
  served: 'served by own models',
  leased: 'on rented hardware',
  proven: 'proven replaceable',
  unexamined: 'not examined',
  none: 'no acceptable substitute',
};
const STANDINGS: readonly Standing[] = ['served', 'leased', 'proven', 'unexamined', 'none'];

const MEASURE_NAMES: Readonly<Record<Measure, string>> = {
  importance: 'tasks by importance',
  tasks: 'tasks',
  money: 'money (at the asked models’ prices)',
  tokens: 'tokens',
  requests: 'requests',
};
const MEASURED: Readonly<Record<Measure, string>> = {
  importance: 'each task weighed by its importance',
  tasks: 'counted in tasks',
  money: 'measured in money, at the prices of the models that were asked for',
  tokens: 'measured in tokens',
  requests: 'counted in requests',
};

/** The soberest first: what counts tiny calls like large ones comes last. */
const ORDER: readonly Measure[] = ['importance', 'money', 'tokens', 'tasks', 'requests'];

/** The report on independence and what it saved, for people. Pure. */
export function independencePage(view: IndependenceView, savings: SavingsView): Document {
  const { from, to, generated_at, answered } = view;
  const blocks = answered.requests ? filled(view, savings) : [{ kind: 'text', text: 'No request was answered in this span.' } as const];
  return { title: 'Independence', subtitle: `${days(from, to)}, made ${day(generated_at)} by Freehold`, blocks };
}

function filled(view: IndependenceView, savings: SavingsView): Block[] {
  const { answered, shares, target, warnings, classes, teams, not_answered, total } = view;
  const known = ORDER.filter((measure) => shares[measure] !== null);
  return [
    { kind: 'text', text: verdict(view) },
    {
      kind: 'bars',
      title: `Who answered, by each measure. The line is at ${percent(target)}.`,
      legend: HOLDS.map((hold) => HOLD_NAMES[hold]),
      tones: ['own', 'leased', 'none', 'vendor'],
      bars: known.map((measure) => holdBar(view, measure)),
      line: target,
    },
    ...(warnings.length ? [{ kind: 'heading', text: 'Read with care' } as const, { kind: 'list', items: warnings } as const] : []),
    { kind: 'heading', text: 'What could be your own' },
    {
      kind: 'bars',
      title: 'Served by own models today, apart from what is proven to be replaceable and what is not.',
      legend: STANDINGS.map((standing) => STANDING_NAMES[standing]),
      tones: ['own', 'leased', 'proven', 'none', 'vendor'],
      bars: known.map((measure) => standingBar(view.standings, answered[measure], measure, MEASURE_NAMES[measure])),
      line: target,
    },
    { kind: 'heading', text: 'What to do next' },
    ...steps(view),
    { kind: 'heading', text: 'By class of work' },
    groupTable('class', classes),
    { kind: 'heading', text: 'By team' },
    groupTable('team', teams),
    { kind: 'heading', text: 'Vendors' },
    ...vendors(view),
    { kind: 'heading', text: `When ${percent(target)} is reached` },
    ...outlook(view),
    ...savingsBlocks(savings),
    { kind: 'heading', text: 'Where the figures come from' },
    {
      kind: 'list',
      items: [
        `The ledger holds ${count(total.exchanges)} requests with ${count(total.tokens)} tokens and ${dollars(total.cost_nanos)} paid in these days; ${count(not_answered.exchanges)} of them ended without an answer and count in no share.${view.trials.exchanges ? ` ${many(view.trials.exchanges, 'request')} (${dollars(view.trials.cost_nanos)}) were Freehold’s own trials of models and count in none either.` : ''}`,
        'A task is a conversation, however many requests it took; its importance is that of its weightiest request. A task that several had a hand in is split by their tokens.',
        ...(view.undivided === null ? [] : [`Own models did ${percent(view.undivided)} of all tasks from beginning to end.`]),
      ],
    },
  ];
}

function verdict({ shares, target, forecast, standings, answered }: IndependenceView): string {
  const measure = ORDER.find((one) => shares[one] !== null)!;
  const share = shares[measure]!;
  const proven = answered[measure] ? standings.proven[measure] / answered[measure] : 0;
  const words = [`Own models do ${percent(share)} of the work, ${MEASURED[measure]}.`];
  if (proven > 0) words.push(`Another ${percent(proven)} is proven to be replaceable by open weights.`);
  words.push(
    share >= target
      ? `That is above the line of ${percent(target)}.`
      : forecast.state === 'ahead' && forecast.at !== null
        ? `At this pace ${percent(target)} is reached about ${day(forecast.at)}.`
        : `The line is ${percent(target)}.`,
  );
  return words.join(' ');
}

function holdBar({ holds, answered }: IndependenceView, measure: Measure): Bar {
  const parts = HOLDS.map((hold) => (answered[measure] ? holds[hold][measure] / answered[measure] : 0));
  return {
    label: MEASURE_NAMES[measure].replace(/ \(.*/, ''),
    parts,
    note: `${percent(parts[0]!)} of ${amount(measure, answered[measure])}`,
  };
}

function standingBar(standings: IndependenceView['standings'], whole: number, measure: Measure, label: string): Bar {
  const parts = STANDINGS.map((standing) => (whole ? standings[standing][measure] / whole : 0));
  const reachable = parts[0]! + parts[2]!;
  return { label: label.replace(/ \(.*/, ''), parts, note: `${percent(reachable)} today or proven` };
}

function groupTable(head: string, groups: IndependenceView['teams']): Block {
  // Tasks say little where their importance is known.
  const measures = ORDER.filter((measure) => measure !== 'tasks' && groups.some(({ shares }) => shares[measure] !== null));
  const proven = (group: IndependenceView['teams'][number]) =>
    percent(group.all.tokens ? group.standings.proven.tokens / group.all.tokens : null);
  const none = (group: IndependenceView['teams'][number]) =>
    percent(group.all.tokens ? group.standings.none.tokens / group.all.tokens : null);
  return {
    kind: 'table',
    rows: [
      [head, 'requests', 'tokens', 'paid', ...measures.map((measure) => `own by ${measure}`), 'proven', 'no substitute'],
      ...groups.map((group) => [
        group.name || '(none)',
        count(group.all.requests),
        count(group.all.tokens),
        dollars(group.cost_nanos),
        ...measures.map((measure) => percent(group.shares[measure])),
        proven(group),
        none(group),
      ]),
    ],
    right: Array.from({ length: 5 + measures.length }, (_, at) => at + 1),
  };
}

function steps({ next }: IndependenceView): Block[] {
  if (next.length === 0) return [{ kind: 'text', text: 'Nothing: no vendor answered anything.' }];
  return next.flatMap(({ task, from, cost_nanos, amounts, standing, why, command }, at): Block[] => [
    {
      kind: 'text',
      text: `${at + 1}. ${task || 'work of no known class'}, answered by ${from} (${dollars(cost_nanos)} paid, ${count(amounts.tokens)} tokens): ${STANDING_NAMES[standing]}; ${why}.`,
    },
    { kind: 'command', text: command },
  ]);
}

function vendors({ concentration: { money, tokens } }: IndependenceView): Block[] {
  const by = money.suppliers.length ? money : tokens;
  if (by.hhi === null) return [{ kind: 'text', text: 'No vendor answered anything.' }];
  const unit = by === money ? 'of what was paid' : 'of the tokens';
  const few =
    by.suppliers.length === 1
      ? `All that left went to ${by.suppliers[0]!.name}.`
      : `${by.suppliers[0]!.name} has ${percent(by.suppliers[0]!.share)} ${unit}. By size that is as if there were ${by.effective!.toFixed(1)} equal vendors (HHI ${by.hhi.toFixed(2)}).`;
  const shareOf = (name: string) => percent(tokens.suppliers.find((one) => one.name === name)?.share ?? 0);
  return [
    { kind: 'text', text: few },
    {
      kind: 'table',
      rows: [
        ['vendor', 'paid', 'share', 'share of tokens'],
        ...by.suppliers.map(({ name, amount, share }) => [
          name,
          by === money ? dollars(amount) : '–',
          by === money ? percent(share) : '–',
          shareOf(name),
        ]),
      ],
      right: [1, 2, 3],
    },
  ];
}

function outlook({ forecast, days: course, target }: IndependenceView): Block[] {
  const { state, reason, at, from, to, now, per_month, measure, assumptions } = forecast;
  const range =
    from === null
      ? 'later than two years from now, or never'
      : `between ${day(from)} and ${to === null ? 'some day more than two years from now, or never' : day(to)}`;
  const sentences = {
    reached: `Reached: ${reason}.`,
    ahead: `About ${at === null ? '' : day(at)}; four times in five ${range}, by ${reason}.`,
    'not-on-the-way': `Not foreseeable: ${reason}.${from === null ? '' : ` With luck after ${day(from)}.`}`,
    unknown: `Not foreseeable: ${reason}.`,
  };
  const pace = per_month === null ? '' : ` The share changes by ${(per_month * 100).toFixed(1)} points a month.`;
  return [
    { kind: 'text', text: `${sentences[state]}${now === null ? '' : ` The last week is at ${percent(now)}, by ${measure}.`}${pace}` },
    {
      kind: 'course',
      title: `Share of own models by ${measure}, each day`,
      unit: '%',
      of: 'day',
      points: course.flatMap(({ at: start, own, whole }) => (whole > 0 ? { at: start, value: (100 * own) / whole } : [])),
      line: 100 * target,
    },
    ...(state === 'ahead' || state === 'not-on-the-way' ? [{ kind: 'list', items: assumptions } as const] : []),
  ];
}

function amount(measure: Measure, of: number): string {
  return measure === 'money' ? dollars(of) : count(of);
}
