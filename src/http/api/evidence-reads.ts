import { RUN_GRADES, RUNS, STANDINGS } from '../../evals/book.ts';
import { problemsOf } from '../../evals/certificate.ts';
import { type Kept, standingSchema } from '../../evals/evidence.ts';
import { caseGradesSchema, runSummarySchema } from '../../evals/run/summary.ts';
import { GatewayError } from '../../protocol/errors.ts';
import type { Documents } from '../../store/ports.ts';
import type { CertificateDetail, CertificateList, ListedCertificate, RunList, RunView, StandingList } from '../contract.ts';
import { type Step, storeOf } from './call.ts';

/** Most runs of a list; each holds a row for every model and class of work. */
const MOST_RUNS = 200;
/** Documents a page. */
const PAGE = 500;

/** The runs that are kept, newest first. */
export async function listRuns(step: Step): Promise<RunList> {
  const rows = await allOf(storeOf(step).documents, RUNS);
  // What a later version wrote may not be readable here.
  const runs = rows.flatMap((value) => runSummarySchema.safeParse(value).data ?? []).sort((a, b) => b.at - a.at);
  return { runs: runs.slice(0, MOST_RUNS), more: runs.length > MOST_RUNS };
}

/** One run, with what each case came to. */
export async function getRun(step: Step): Promise<RunView> {
  const { documents } = storeOf(step);
  const [summary, grades] = await Promise.all([RUNS, RUN_GRADES].map(({ collection, owner }) => documents.get(collection, owner, step.id)));
  const read = summary && runSummarySchema.safeParse(JSON.parse(summary.value)).data;
  if (!read) throw new GatewayError('not-found', `there is no run "${step.id}"; GET /admin/api/evidence/runs lists all`, { field: 'id' });
  return { summary: read, grades: (grades && caseGradesSchema.safeParse(JSON.parse(grades.value)).data) ?? [] };
}

/** What is known of models before there is proof, newest first. */
export async function listStandings(step: Step): Promise<StandingList> {
  const rows = await allOf(storeOf(step).documents, STANDINGS);
  return { standings: rows.flatMap((value) => standingSchema.safeParse(value).data ?? []).sort((a, b) => b.at - a.at) };
}

/** Every certificate, newest first. */
export async function listCertificates({ parts }: Step): Promise<CertificateList> {
  return { certificates: parts.verdicts.all().map((kept) => listed(kept, parts)) };
}

/** One certificate; its signature and its evidence are checked now. */
export async function getCertificate({ parts, id }: Step): Promise<CertificateDetail> {
  const kept = parts.verdicts.all().find(({ certificate }) => certificate.id === id);
  if (!kept)
    throw new GatewayError('not-found', `there is no certificate "${id}"; GET /admin/api/evidence/certificates lists all`, { field: 'id' });
  const own = parts.journals?.facts.publicKey;
  const isTrusted = parts.scene.config().evaluation.trustedKeys.includes(kept.key);
  return { ...listed(kept, parts), problems: problemsOf(kept), signer: kept.key === own ? 'own' : isTrusted ? 'trusted' : 'other' };
}

function listed(kept: Kept, { verdicts }: Step['parts']): ListedCertificate {
  const { id, candidate, task } = kept.certificate;
  return { ...kept, counts: verdicts.certificate(candidate.address, task)?.id === id };
}

/** All documents of a collection, parsed. @throws StoreError */
async function allOf(documents: Documents, of: { collection: string; owner: string }): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let after: string | undefined = ''; after !== undefined; ) {
    const rows = await documents.page({ ...of, after, limit: PAGE });
    found.push(...rows.map(({ value }) => JSON.parse(value) as unknown));
    after = rows.length === PAGE ? rows.at(-1)!.id : undefined;
  }
  return found;
}
