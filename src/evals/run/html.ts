import { NANOS } from '../../catalog/price.ts';
import type { Signed } from '../evidence.ts';
import type { CaseGrades, ClassRow, RunSummary } from './summary.ts';

/**
 * A run as one page that needs nothing else: no script, no font, no picture from anywhere. Every text from outside is escaped.
 * @param certificates those that were signed for it
 */
export function reportHtml(summary: RunSummary, grades: CaseGrades, certificates: readonly Signed[]): string {
  const { plan, rows, verdicts, ended, judges, spent_nanos, at } = summary;
  const title = `Evaluation ${plan.id}`;
  const tasks = [...new Set(rows.map(({ task }) => task))];
  const sections = tasks.map((task) => {
    const own = rows.filter((row) => row.task === task);
    const said = verdicts.filter((one) => one.task === task);
    const body = own.map((row) => rowHtml(row, said.find(({ candidate }) => candidate === row.model)?.outcome ?? 'reference'));
    const reasons = said.map(
      ({ candidate, reason, pairs, e, against, failed, skipped }) =>
        `<li><b>${text(candidate)}</b>: ${text(reason)} ${pairs} pairs; evidence ${short(e)} for, ${short(against)} against${failed ? `; ${failed} cases without an answer` : ''}${skipped ? `; ${skipped} that could not be judged there` : ''}.</li>`,
    );
    return `<section><h2>${text(task)}</h2>
<div class="wide"><table><thead><tr><th scope="col">Model</th><th scope="col" class="n">Score</th><th scope="col">95 % interval</th><th scope="col" class="n">Passed</th><th scope="col" class="n">Cost</th><th scope="col" class="n">Median time</th><th scope="col" class="n">Tokens in / out</th><th scope="col">Verdict</th></tr></thead>
<tbody>${body.join('\n')}</tbody></table></div>
<ul>${reasons.join('')}</ul>
${failuresHtml(grades.filter((one) => one.task === task && one.pass !== true))}</section>`;
  });
  const errors = (summary.errors ?? []).map(
    ({ model, message, count }) => `<li>${count} questions to ${text(model)} have no answer: ${text(message)}</li>`,
  );
  const facts: [string, string][] = [
    ['Suites', plan.suites.map(({ name, version, hash }) => `${name} ${version} (${hash.slice(0, 12)})`).join(', ')],
    ['Reference', plan.reference],
    [
      'Good enough',
      'keep' in plan.margin
        ? `keeps ${hundredths(plan.margin.keep)} % of its score`
        : `loses at most ${hundredths(plan.margin.lose)} points of 100`,
    ],
    [
      'Chance of a wrong certificate',
      `at most ${hundredths(plan.alpha)} %${plan.models.length > 2 ? `, over ${plan.models.length - 1} candidates` : ''}`,
    ],
    ['Answers a case', String(plan.repeat)],
    ['Seed', String(plan.seed)],
    ['Spent', dollars(spent_nanos) + (plan.budgetNanos === undefined ? '' : ` of ${dollars(plan.budgetNanos)}`)],
    ['Ended', { complete: 'every case was asked', budget: 'the budget was used up', stopped: 'it was stopped' }[ended]],
    ['Judges', judges.join(', ') || 'none: everything was run or read by a program'],
    ['Freehold', plan.freehold],
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${text(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${text(title)}</h1><p>${text(new Date(at).toISOString().slice(0, 16).replace('T', ' '))} UTC</p>
<dl>${facts.map(([name, value]) => `<dt>${text(name)}</dt><dd>${text(value)}</dd>`).join('')}</dl>
${sections.join('\n')}
${errors.length ? `<section><h2>Without an answer</h2><ul>${errors.join('')}</ul></section>` : ''}
${certificatesHtml(certificates)}
</main></body></html>
`;
}

function rowHtml(row: ClassRow, outcome: string): string {
  const { model, cases, passed, failed, score, interval, cost_nanos, cached, median_ms, input_tokens, output_tokens } = row;
  const kind = { 'good enough': 'good', 'not good enough': 'bad', reference: 'reference' }[outcome] ?? 'open';
  const cost = cost_nanos === null ? 'unpriced' : dollars(cost_nanos);
  return `<tr><th scope="row">${text(model)}</th><td class="n">${cases ? percent(score) : '–'}</td><td>${barSvg(interval, score, cases)}</td><td class="n">${passed} of ${cases}${failed ? `, ${failed} failed` : ''}</td><td class="n">${cost}${cached ? ` (${cached} kept)` : ''}</td><td class="n">${median_ms ? `${(median_ms / 1000).toFixed(1)} s` : '–'}</td><td class="n">${input_tokens} / ${output_tokens}</td><td><span class="${kind}">${text(outcome)}</span></td></tr>`;
}

/** Pixels. */
const WIDTH = 200;

function barSvg([low, high]: readonly [number, number], score: number, cases: number): string {
  if (cases === 0) return 'no grades';
  const at = (share: number) => (10 + share * (WIDTH - 20)).toFixed(1);
  const label = `${percent(score)}, between ${percent(low)} and ${percent(high)}`;
  return `<svg role="img" aria-label="${label}" viewBox="0 0 ${WIDTH} 20" width="${WIDTH}" height="20"><line class="axis" x1="10" y1="10" x2="${WIDTH - 10}" y2="10"/><line class="span" x1="${at(low)}" y1="10" x2="${at(high)}" y2="10"/><circle cx="${at(score)}" cy="10" r="4"/></svg><span class="range">${percent(low)} to ${percent(high)}</span>`;
}

function failuresHtml(failures: CaseGrades): string {
  if (failures.length === 0) return '';
  const body = failures.map(
    ({ case: key, model, score, why }) =>
      `<tr><th scope="row">${text(key)}</th><td>${text(model)}</td><td class="n">${score === null ? 'no grade' : percent(score)}</td><td>${text(why ?? '')}</td></tr>`,
  );
  return `<details><summary>${failures.length} answers that did not pass</summary><div class="wide"><table><thead><tr><th scope="col">Case</th><th scope="col">Model</th><th scope="col" class="n">Score</th><th scope="col">Why</th></tr></thead><tbody>${body.join('\n')}</tbody></table></div></details>`;
}

function certificatesHtml(certificates: readonly Signed[]): string {
  if (certificates.length === 0) return '<section><h2>Certificates</h2><p>None: nothing is proven yet.</p></section>';
  const items = certificates.map(
    ({ certificate: { id, task, candidate, outcome, pairs, e }, key }) =>
      `<li><b>${text(candidate.address)}</b> at ${text(task)}: ${text(outcome)}, ${pairs} pairs, evidence ${short(e)} <small>${text(id)}, signed by ${text(key)}</small></li>`,
  );
  return `<section><h2>Certificates</h2><ul>${items.join('\n')}</ul></section>`;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text from outside as the text of a page. */
const text = (value: string): string => value.replace(/[&<>"']/g, (sign) => ESCAPES[sign]!);

const percent = (share: number): string => `${(100 * share).toFixed(share > 0 && share < 1 ? 1 : 0)} %`;
const hundredths = (share: number): number => Number((100 * share).toFixed(2));
const dollars = (nanos: number): string => `$${(nanos / NANOS).toFixed(nanos > 0 && nanos < NANOS / 100 ? 6 : 2)}`;
const short = (value: number): string => (value >= 1000 ? value.toExponential(1) : value.toFixed(2));

const STYLE = `
:root{color-scheme:light dark;--ink:#1c2024;--paper:#fff;--line:#d5d9de;--soft:#5b6570;--mark:#1d5fbf;--good:#17693a;--bad:#a3201c;--open:#805400}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaed;--paper:#15181b;--line:#3a4149;--soft:#a5aeb8;--mark:#7fb2ff;--good:#6fd196;--bad:#ff9089;--open:#e3b45a}}
@media print{:root{--ink:#000;--paper:#fff;--line:#aaa;--soft:#444;--mark:#000;--good:#000;--bad:#000;--open:#000}details{display:block}section{break-inside:avoid-page}}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:70rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}
dl{display:grid;grid-template-columns:minmax(6rem,max-content) minmax(50%,1fr);gap:.15rem 1rem}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
thead th{color:var(--soft);font-weight:500}tbody th{font-weight:500;min-width:8rem;overflow-wrap:anywhere}.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
svg .axis{stroke:var(--line);stroke-width:2}svg .span{stroke:var(--mark);stroke-width:4}svg circle{fill:var(--ink)}
.range{display:block;color:var(--soft);font-size:.8rem}.good{color:var(--good)}.bad{color:var(--bad)}.open{color:var(--open)}.reference{color:var(--soft)}small{color:var(--soft)}
`;
