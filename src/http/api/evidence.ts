import { RUN_GRADES, RUNS, STANDINGS } from '../../evals/book.ts';
import { problemsOf } from '../../evals/certificate.ts';
import type { Kept, Standing } from '../../evals/evidence.ts';
import { GatewayError, invalid } from '../../protocol/errors.ts';
import { newCertificate, newRun, newStandings, withdrawal } from '../contract.ts';
import { read, type Step, storeOf, toldBy } from './call.ts';

/** Keeps a run's summary and what each case came to. */
export async function putRun(step: Step): Promise<{ id: string }> {
  const { documents } = storeOf(step);
  const { summary, grades } = read(newRun, step.call.body);
  const { id, models, reference } = summary.plan;
  const facts = { models: models.join(', ').slice(0, 500), reference, ended: summary.ended, spent_nanos: summary.spent_nanos };
  await toldBy(step)({ action: 'evidence.run', object: id, facts, after: summary });
  await documents.put([
    { ...RUNS, id, value: JSON.stringify(summary), expires_at: null },
    { ...RUN_GRADES, id, value: JSON.stringify(grades), expires_at: null },
  ]);
  return { id };
}

/** Keeps what is known of models before there is proof. */
export async function putStandings(step: Step): Promise<{ standings: number }> {
  const { documents } = storeOf(step);
  const { standings } = read(newStandings, step.call.body);
  await toldBy(step)({ action: 'evidence.standings', object: 'standings', facts: { count: standings.length }, after: standings });
  await documents.put(standings.map((one) => ({ ...STANDINGS, id: standingId(one), value: JSON.stringify(one), expires_at: null })));
  return { standings: standings.length };
}

const standingId = ({ task, candidate }: Standing): string => `${task} ${candidate.address}`;

/**
 * Keeps a certificate that a trusted key signed; the router heeds it from then on. One that is there already stays as it is, also when it was
 * withdrawn. @throws GatewayError `invalid` saying what is wrong with it
 */
export async function putCertificate(step: Step): Promise<Kept> {
  const { call, parts } = step;
  storeOf(step);
  const problems = problemsOf(call.body, [
    ...(parts.journals ? [parts.journals.facts.publicKey] : []),
    ...parts.scene.config().evaluation.trustedKeys,
  ]);
  if (problems.length)
    throw invalid('certificate', `${problems.join('; ')}. Keys are trusted that stand in evaluation.trusted_keys, and this folder's own`);
  // As it came: a member of a later version is signed too.
  const signed = call.body as Kept;
  const { certificate } = read(newCertificate, signed);
  const there = parts.verdicts.all().find((kept) => kept.certificate.id === certificate.id);
  if (there) return there;
  const { id, task, candidate, outcome } = certificate;
  await toldBy(step)({ action: 'evidence.certificate', object: id, facts: { task, candidate: candidate.address, outcome }, after: signed });
  const kept: Kept = { certificate: signed.certificate, key: signed.key, signature: signed.signature };
  await parts.verdicts.put(kept);
  return kept;
}

/** From now on it no longer counts. @throws GatewayError `not-found` when there is none that does */
export async function withdrawCertificate(step: Step): Promise<{ id: string; withdrawn: NonNullable<Kept['withdrawn']> }> {
  const { call, parts, id } = step;
  storeOf(step);
  const { why } = read(withdrawal, call.body);
  const kept = parts.verdicts.all().find(({ certificate }) => certificate.id === id);
  if (!kept || kept.withdrawn)
    throw new GatewayError('not-found', `no certificate "${id}" counts here${kept ? ': it was withdrawn before' : ''}`, { field: 'id' });
  const withdrawn = { at: parts.now(), why, by: call.actor };
  await toldBy(step)({ action: 'evidence.withdraw', object: id, facts: { why }, before: kept.certificate });
  await parts.verdicts.withdraw(id, withdrawn);
  return { id, withdrawn };
}
