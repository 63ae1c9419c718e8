import { licenceOf } from '../../catalog/licence.ts';
import { yardsticks } from '../../catalog/sellers.ts';
import { keptMeasurements } from '../../engines/measured.ts';
import type { Certificate, Standing } from '../../evals/evidence.ts';
import { invalid } from '../../protocol/errors.ts';
import type { Zone } from '../../protocol/zone.ts';
import type { Document } from '../../reports/document.ts';
import { htmlOf } from '../../reports/html.ts';
import { independenceOf } from '../../reports/independence.ts';
import { independencePage } from '../../reports/independence-page.ts';
import { markdownOf } from '../../reports/markdown.ts';
import { readUsage, type Span, type Usage } from '../../reports/read.ts';
import { type Alternative, savingsOf } from '../../reports/savings.ts';
import { holdOf, slicesOf } from '../../reports/slices.ts';
import type { Store } from '../../store/ports.ts';
import type { DocumentView, IndependenceView, MeasurementView, Proof, SavingsView } from '../contract.ts';
import { reportQuery } from '../contract.ts';
import { queryOf, read, type Step, storeOf } from './call.ts';
import { listStandings } from './evidence-reads.ts';
import { priceView } from './prices.ts';

const DAY = 86_400_000;
/** Days of a report that names none. */
const DAYS = 30;

/** `GET /admin/api/reports/independence` */
export async function getIndependence(step: Step): Promise<IndependenceView> {
  const { span, tasks } = asked(step);
  const usage = await usageOf(storeOf(step), span, tasks, step.parts.now());
  const { groups, trials } = usage;
  const all = [...groups, ...trials];
  const answered = groups.filter(({ of }) => of.outcome_class === 'ok');
  const failed = groups.filter(({ of }) => of.outcome_class !== 'ok');
  const sum = (of: typeof groups, field: 'exchanges' | 'cost_nanos' | 'unpriced' | 'baseline_nanos' | 'baselined' | 'estimated') =>
    of.reduce((total, group) => total + group[field], 0);
  const tokens = (of: typeof groups) => of.reduce((total, group) => total + group.input_tokens + group.output_tokens, 0);
  const zones = zonesOf(step);
  return independenceOf({
    ...usage.span,
    now: step.parts.now(),
    target: step.parts.scene.config().savings.target,
    whole: {
      exchanges: sum(all, 'exchanges'),
      tokens: tokens(all),
      cost_nanos: sum(all, 'cost_nanos'),
      unpriced: sum(all, 'unpriced'),
      baseline_nanos: sum(all, 'baseline_nanos'),
      baselined: sum(all, 'baselined'),
    },
    failed: { exchanges: sum(failed, 'exchanges'), tokens: tokens(failed), cost_nanos: sum(failed, 'cost_nanos') },
    trials: { exchanges: sum(trials, 'exchanges'), tokens: tokens(trials), cost_nanos: sum(trials, 'cost_nanos') },
    slices: slicesOf(answered, usage.tasks),
    days: usage.days,
    proofs: await proofsOf(step, zones),
    candidates: [...zones].flatMap(([address, zone]) => (zone === 'own' ? address : [])),
    estimated: sum(groups, 'estimated'),
    hasTasks: usage.tasks !== undefined,
  });
}

/** `GET /admin/api/reports/savings` */
export async function getSavings(step: Step): Promise<SavingsView> {
  const { span } = asked(step);
  const now = step.parts.now();
  const usage = await usageOf(storeOf(step), span, false, now);
  return savingsOf({ ...usage.span, now, groups: usage.groups, trials: usage.trials, alternatives: alternativesOf(step) });
}

/** `GET /admin/api/reports/independence/document`: both, for people. */
export async function getIndependenceDocument(step: Step): Promise<DocumentView> {
  return viewOf(independencePage(await getIndependence(step), await getSavings(step)));
}

/** A report with the files that it can be taken away as. */
export function viewOf(document: Document): DocumentView {
  return { document, html: htmlOf(document), markdown: markdownOf(document) };
}

/** `GET /admin/api/measurements` */
export async function listMeasurements({ parts: { folder } }: Step): Promise<{ measurements: MeasurementView[] }> {
  return { measurements: folder === undefined ? [] : keptMeasurements(folder) };
}

function asked(step: Step): { span: Span; tasks: boolean | undefined } {
  const { from, to = step.parts.now(), tasks } = read(reportQuery, queryOf(step));
  const span = { from: from ?? to - DAYS * DAY, to };
  if (span.from >= span.to) throw invalid('from', 'must be before to');
  return { span, tasks };
}

/** How long what was read is good for another look, in milliseconds: a page asks for both reports, and again. */
const FRESH = 30_000;
/** Spans that are remembered for a store. */
const MOST_SPANS = 8;

const known = new WeakMap<Store, Map<string, { at: number; usage: Promise<Usage> }>>();

/** What reports are made of; who asks for the same while it is read waits for the same reading. */
function usageOf(store: Store, { from, to }: Span, tasks: boolean | undefined, now: number): Promise<Usage> {
  const spans = known.get(store) ?? new Map<string, { at: number; usage: Promise<Usage> }>();
  known.set(store, spans);
  const nameOf = (counted: boolean | undefined) => `${Math.floor(from / DAY)} ${Math.ceil(to / DAY)} ${counted}`;
  const name = nameOf(tasks);
  // Who needs no tasks takes what was read with them.
  for (const known of tasks === false ? [name, nameOf(undefined), nameOf(true)] : [name]) {
    const found = spans.get(known);
    if (found && now - found.at < FRESH) return found.usage;
  }
  const usage = readUsage(store.reports, { from, to }, tasks);
  usage.catch(() => spans.delete(name));
  spans.delete(name);
  spans.set(name, { at: now, usage });
  for (const oldest of spans.keys()) if (spans.size > MOST_SPANS) spans.delete(oldest);
  return usage;
}

/** Zones of what is served now, by address. */
function zonesOf({ parts: { scene } }: Step): Map<string, Zone> {
  return new Map(scene.registry.world().models.map(({ provider, model, zone }) => [`${provider}/${model}`, zone]));
}

/**
 * What is known of models that are, or could be, our own: at home, on rented hardware, or with weights that a company may run itself.
 * Certificates that count, and where there is none what cases said so far.
 */
async function proofsOf(step: Step, zones: ReadonlyMap<string, Zone>): Promise<Map<string, Proof[]>> {
  const { verdicts } = step.parts;
  const isOurs = ({ candidate: { address } }: Standing | Certificate) => {
    const model = address.slice(address.indexOf('/') + 1);
    return holdOf(zones.get(address) ?? 'vendor', model) !== 'closed' && licenceOf(model)?.selfHosting !== false;
  };
  const certificates = verdicts.all().flatMap(({ certificate, withdrawn }) => {
    const isStanding = verdicts.certificate(certificate.candidate.address, certificate.task)?.id === certificate.id;
    return isStanding && !withdrawn ? certificate : [];
  });
  const { standings } = await listStandings(step);
  const open = standings.filter(({ task, candidate }) => !verdicts.certificate(candidate.address, task));
  const found = new Map<string, Proof[]>();
  for (const one of [...certificates, ...open].filter(isOurs)) {
    const { task, candidate, reference, candidate_score, reference_score, at } = one;
    // Without a certificate nothing is proven, whatever the cases of a run came to.
    const outcome: Proof['outcome'] = 'id' in one ? one.outcome : 'undecided';
    const more = 'more' in one ? (one.more ?? null) : null;
    const proof = { candidate: candidate.address, reference: reference.address, outcome, candidate_score, reference_score, at, more };
    found.set(task, [...(found.get(task) ?? []), proof]);
  }
  return found;
}

/** What the configuration has for sale, and what is well known. */
function alternativesOf({ parts: { scene } }: Step): Alternative[] {
  const served = scene.registry.world().models.flatMap((model): Alternative[] => {
    const { address, price } = priceView(scene.candidates.of(model));
    const open = holdOf(model.zone, model.model) !== 'closed';
    return price ? [{ model: address, seller: model.provider, open, price }] : [];
  });
  const listed = yardsticks().map(({ name, vendor, open, price }) => ({ model: name, seller: vendor, open, price }));
  const isServed = (name: string) => served.some(({ model }) => model.endsWith(`/${name}`));
  return [...served, ...listed.filter(({ model }) => !isServed(model))];
}
