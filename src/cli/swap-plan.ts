import type { ComparisonView } from '../http/contract.ts';
import { dollars, marginText, percent } from './eval-tables.ts';
import { tokens } from './models.ts';
import { paint, type Shell, table } from './shell.ts';

type Side = ComparisonView['from'];

/** From this share of the time on, requests wait longer than they take. */
const BUSY = 0.7;
const DAY = 86_400_000;

/** What would be otherwise with one model in the place of another, for people. */
export function planText(shell: Shell, view: ComparisonView): string {
  const { from, to, tasks } = view;
  const bold = (text: string) => paint(shell.stdout, 'bold', text);
  const rows: [string, string, string][] = [
    ['runs in zone', from.model.zone, to.model.zone],
    ['licence', licenceOf(from), licenceOf(to)],
    ['window', windowOf(from), windowOf(to)],
    [
      'longest answer',
      from.model.price.max_output === null ? '?' : tokens(from.model.price.max_output),
      to.model.price.max_output === null ? '?' : tokens(to.model.price.max_output),
    ],
    ...(['tools', 'vision', 'reasoning'] as const).map((what): [string, string, string] => [what, known(from, what), known(to, what)]),
    ['$ in / out per 1M', priceOf(from), priceOf(to)],
    ['first content', timesOf(from.latency.first_token), timesOf(to.latency.first_token)],
    ['whole answer', timesOf(from.latency.total), timesOf(to.latency.total)],
    ['tokens a second', speedOf(from), speedOf(to)],
    ['health', healthOf(from), healthOf(to)],
  ];
  const lines = [table([['', from.model.address, to.model.address].map(bold), ...rows.filter(([, a, b]) => a !== '?' || b !== '?')])];
  lines.push('', ...consequences(view).map((one) => `- ${one}`));
  if (tasks.length === 0)
    lines.push('', `No work of ${from.model.address} was told apart lately, so there is no class to compare on; name one with --task.`);
  else lines.push('', evidenceText(shell, view));
  return lines.join('\n');
}

/** What follows from the figures, a sentence each. Pure. */
export function consequences({ from, to, traffic, queue, span }: ComparisonView): string[] {
  const said: string[] = [];
  if (from.model.zone !== 'own' && to.model.zone === 'own') said.push('What goes there now leaves your hardware no more.');
  if (from.model.zone === 'own' && to.model.zone !== 'own')
    said.push(
      `Prompts would leave your hardware, for zone ${to.model.zone}; egress rules and keys may forbid some, which stay with ${from.model.address}.`,
    );
  if (to.model.licence?.barred) said.push(`It is barred: ${to.model.licence.barred}.`);
  const [before, after] = [from.model.price.window, to.model.price.window];
  if (before && after && after < before)
    said.push(`Prompts of more than ${tokens(after)} tokens do not fit any more; they stay with ${from.model.address}.`);
  for (const what of ['tools', 'vision'] as const)
    if (from.model.abilities[what] && to.model.abilities[what] === false)
      said.push(`It has no ${what}: what needs that stays with ${from.model.address}.`);
  const kept = new Set(from.lost.map(({ feature }) => feature));
  for (const { feature, action, why } of to.lost) if (!kept.has(feature)) said.push(`${feature}: ${action} (${why}).`);
  if (traffic?.unclassified)
    said.push(
      `${traffic.unclassified} ${traffic.unclassified === 1 ? 'exchange' : 'exchanges'} named ${from.model.address} outright, so that their work was not told apart; with a swap it is, and those of its classes go along.`,
    );
  if (traffic?.exchanges) said.push(moneyOf(traffic, (span.to - span.from) / DAY));
  if (queue) said.push(queueOf(queue));
  return said;
}

function moneyOf(traffic: NonNullable<ComparisonView['traffic']>, days: number): string {
  const { exchanges, input_tokens, output_tokens, cost_nanos, unpriced, cost_at_to_nanos } = traffic;
  const now = `${exchanges} exchanges of the last ${Math.round(days)} days (${tokens(input_tokens)} tokens in, ${tokens(output_tokens)} out) cost ${dollars(cost_nanos)}${unpriced ? ` and ${unpriced} that nobody knows the price of` : ''}`;
  if (cost_at_to_nanos === null) return `${now}; what they would have cost, nobody knows: give it a price.`;
  return `${now}; they would have cost ${dollars(cost_at_to_nanos)}${cost_at_to_nanos === 0 ? ', on hardware that costs the same whether it answers or not' : ''}.`;
}

function queueOf({ utilisation, exchanges, output_tokens, tokens_per_second, at_once }: NonNullable<ComparisonView['queue']>): string {
  const hour = `The busiest hour of the last three days had ${exchanges} exchanges with ${tokens(output_tokens)} tokens of answers`;
  if (utilisation === null || tokens_per_second === null) return `${hour}; how fast it answers is not known yet.`;
  const what = `${hour}: at ${tokens_per_second.toFixed(0)} tokens a second${at_once > 1 ? `, ${at_once} at a time,` : ''} it would be busy for ${percent(utilisation)} of it`;
  if (utilisation > 1) return `${what}. It cannot keep up.`;
  return `${what}.${utilisation >= BUSY ? ' Requests would wait longer than they take.' : ''}`;
}

/** What is proven, and what is only expected. */
function evidenceText({ stdout }: Shell, { from, evidence }: ComparisonView): string {
  const rows = evidence.map(({ task, from_mean, to_mean, certificate, standing }) => [
    task,
    percent(from_mean),
    percent(to_mean),
    certificate
      ? `${certificate.outcome}${certificate.reference === from.model.address ? '' : ` against ${certificate.reference}`}, ${marginText(certificate.margin)} (${certificate.id}, ${new Date(certificate.at).toISOString().slice(0, 10)})`
      : standing
        ? `${standing.outcome}, ${standing.pairs} pairs${standing.more === undefined ? '' : `, about ${standing.more} more`}`
        : 'nothing yet',
  ]);
  return table([['work', 'expected of old', 'of new', 'proven of new'].map((one) => paint(stdout, 'bold', one)), ...rows], [1, 2]);
}

const windowOf = ({ model: { price } }: Side): string => (price.window === null ? '?' : tokens(price.window));
const licenceOf = ({ model }: Side): string => (model.zone === 'vendor' ? "the vendor's terms" : (model.licence?.name ?? '?'));
const timesOf = (of: Side['latency']['total']): string => (of ? `${seconds(of.p50)}, p95 ${seconds(of.p95)}` : '?');
const seconds = (ms: number): string => (ms < 1000 ? `${Math.ceil(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
const speedOf = ({ model: { speed } }: Side): string => (speed?.tokens_per_second ? speed.tokens_per_second.toFixed(0) : '?');

function known({ model: { abilities } }: Side, what: 'tools' | 'vision' | 'reasoning'): string {
  const says = abilities[what];
  return says === null ? '?' : says ? 'yes' : 'no';
}

function priceOf({ model: { price } }: Side): string {
  if (price.kind === 'time') return 'by time';
  return price.price ? `${price.price.input} / ${price.price.output}` : 'unpriced';
}

function healthOf({ model: { healthy, reason } }: Side): string {
  return healthy ? 'ok' : (reason ?? 'down');
}
