import { NANOS } from '../catalog/price.ts';
import type { Comparison } from '../evals/run/compare.ts';
import type { RunProgress } from '../evals/run/progress.ts';
import type { ClassRow, RunSummary } from '../evals/run/summary.ts';
import { duration } from './progress.ts';
import { paint, type Shell, table } from './shell.ts';

/** Where a bar of the width of a score stands on a terminal. */
const BAR = 20;

/** A run in words and tables, as people read it. */
export function summaryText({ stdout }: Shell, summary: RunSummary): string {
  const { plan, rows, verdicts, ended, judges, opinions } = summary;
  const bold = (text: string) => paint(stdout, 'bold', text);
  const suites = plan.suites.map(({ name, version }) => `${name} ${version}`).join(', ');
  const lines = [
    `${bold(`Run ${plan.id}`)}  ${suites}; reference ${plan.reference}; good enough ${marginText(plan.margin)}${plan.count === 'pass' ? ', counting passes' : ''}`,
  ];
  for (const [task, own] of Map.groupBy(rows, (row) => row.task)) {
    const head = ['model', 'score', '', '95 %', 'passed', 'cost', 'a case', 'tokens', 'verdict'].map(bold);
    const body = own.map((row) => {
      const verdict = verdicts.find((one) => one.task === task && one.candidate === row.model);
      return [...cells(row), verdict ? outcomeText(stdout, verdict.outcome) : 'reference'];
    });
    lines.push('', bold(task), table([head, ...body], [1, 4, 5, 6, 7]));
    for (const one of verdicts.filter((verdict) => verdict.task === task)) {
      const { candidate, reason, pairs, e, against, failed, skipped } = one;
      const missing = [failed && `${failed} without an answer`, skipped && `${skipped} that cannot be judged here`]
        .filter(Boolean)
        .join(', ');
      lines.push(
        `  ${candidate}: ${reason} ${pairs} pairs, e ${number(e)} for and ${number(against)} against${missing ? `; ${missing}` : ''}.`,
      );
    }
  }
  lines.push('');
  const cut = [...Map.groupBy(rows, ({ model }) => model)].map(([model, own]) => ({
    model,
    count: own.reduce((sum, row) => sum + row.cut, 0),
  }));
  for (const { model, count } of cut)
    if (count)
      lines.push(
        `${count} answers of ${model} were cut at the most tokens they could have; --max-tokens gives them more than ${plan.maxTokens}.`,
      );
  for (const { model, message, count } of summary.errors ?? []) lines.push(`${count} questions to ${model} have no answer: ${message}`);
  const unknown = rows.some(({ cost_nanos }) => cost_nanos === null);
  lines.push(`Spent ${dollars(summary.spent_nanos)}${unknown ? ', and what nobody knows the price of' : ''}. ${ENDS[ended](plan)}`);
  if (judges.length) lines.push(`Opinions by ${judges.join(', ')}${opinions ? opinionText(opinions) : ''}.`);
  return lines.join('\n');
}

/** After a failed run nobody is asked for an opinion, so what can be told is how often it shares a success. */
function opinionText({ answers, share }: NonNullable<RunSummary['opinions']>): string {
  return `: of ${answers} answers that passed when they were run, it was content with ${percent(share)}`;
}

const ENDS: Record<RunSummary['ended'], (plan: RunSummary['plan']) => string> = {
  complete: ({ untilDecided }) => (untilDecided ? 'Cases were asked until outcomes stood, or all were.' : 'Every case was asked.'),
  budget: ({ id }) => `The budget is used up: the rest was not asked. To go on with another: freehold eval run --resume ${id} --budget USD`,
  stopped: ({ id }) => `It was stopped. To go on: freehold eval run --resume ${id}`,
};

function cells({
  model,
  cases,
  failed,
  passed,
  score,
  interval,
  cost_nanos,
  cached,
  median_ms,
  input_tokens,
  output_tokens,
}: ClassRow): string[] {
  const known = cost_nanos === null ? 'unpriced' : dollars(cost_nanos);
  return [
    model,
    cases ? percent(score) : '–',
    cases ? bar(interval, score) : '',
    cases ? `${percent(interval[0])} to ${percent(interval[1])}` : '',
    `${passed} of ${cases}${failed ? ` (${failed} failed)` : ''}`,
    cached ? `${known} (${cached} kept)` : known,
    median_ms ? `${(median_ms / 1000).toFixed(1)} s` : '–',
    `${input_tokens} in, ${output_tokens} out`,
  ];
}

/** The interval as a line, with the score on it. */
function bar([low, high]: readonly [number, number], score: number): string {
  const at = (share: number) => Math.min(BAR - 1, Math.floor(share * BAR));
  return Array.from({ length: BAR }, (_, place) => (place === at(score) ? '●' : place >= at(low) && place <= at(high) ? '─' : '·')).join(
    '',
  );
}

function outcomeText(stream: Shell['stdout'], outcome: string): string {
  return paint(stream, outcome === 'good enough' ? 'green' : outcome === 'not good enough' ? 'red' : 'yellow', outcome);
}

export function marginText(margin: RunSummary['plan']['margin']): string {
  return 'keep' in margin ? `at ${number(100 * margin.keep)} % of its score` : `at ${number(100 * margin.lose)} points of 100 below it`;
}

/** Two runs side by side. */
export function comparisonText({ stdout }: Shell, { classes, changed, unmatched }: Comparison, most: number): string {
  const bold = (text: string) => paint(stdout, 'bold', text);
  if (classes.length === 0) return 'The runs have no model and case in common. Name who is to be compared: --models BEFORE,AFTER';
  const signed = (share: number) => `${share > 0 ? '+' : ''}${(100 * share).toFixed(1)}`;
  const head = ['task', 'model', 'cases', 'before', 'after', 'points', '95 %', 'broke', 'mended'].map(bold);
  const body = classes.map(({ task, before, after, cases, score, interval, broke, mended }) => [
    task,
    before === after ? after : `${before} → ${after}`,
    String(cases),
    percent(score.before),
    percent(score.after),
    signed(score.after - score.before),
    `${signed(interval[0])} to ${signed(interval[1])}`,
    String(broke),
    String(mended),
  ]);
  const lines = [table([head, ...body], [2, 3, 4, 5, 7, 8])];
  if (changed.length) {
    lines.push('', bold('What came out otherwise'));
    const shown = changed.slice(0, most).map(({ case: key, model, before, after, broke, mended, why }) => {
      const what = broke ? paint(stdout, 'red', 'broke') : mended ? paint(stdout, 'green', 'mended') : 'moved';
      return [what, key, model, `${percent(before)} → ${percent(after)}`, why ?? ''];
    });
    lines.push(table(shown));
    if (changed.length > most) lines.push(`and ${changed.length - most} others; --all shows them`);
  } else lines.push('', 'No case came out otherwise.');
  if (unmatched) lines.push('', `${unmatched} grades have no counterpart in the other run.`);
  return lines.join('\n');
}

/** How far a run has got, on one line. */
export function progressText({ done, total, cached, failed, spentNanos, budgetNanos, toComeNanos, etaSeconds }: RunProgress): string {
  const money = budgetNanos === undefined ? dollars(spentNanos) : `${dollars(spentNanos)} of ${dollars(budgetNanos)}`;
  return [
    `${String(Math.floor((100 * done) / Math.max(1, total))).padStart(3)}%  ${done} of ${total} answers`,
    cached ? `${cached} kept` : '',
    failed ? `${failed} failed` : '',
    toComeNanos ? `${money}, about ${dollars(toComeNanos)} to come` : money,
    etaSeconds && done < total ? `${duration(etaSeconds)} left` : '',
  ]
    .filter(Boolean)
    .join('  ');
}

/** Money for people: as many digits as it takes to see something. */
export function dollars(nanos: number): string {
  const usd = nanos / NANOS;
  return `$${usd > 0 && usd < 0.01 ? Number(usd.toPrecision(2)) : usd.toFixed(2)}`;
}

export const percent = (share: number): string => `${(100 * share).toFixed(share > 0 && share < 1 ? 1 : 0)} %`;

const number = (value: number): string => (value >= 1000 ? value.toPrecision(3) : String(Number(value.toFixed(value < 10 ? 2 : 1))));
