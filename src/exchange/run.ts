import { asGatewayError, ERRORS, GatewayError } from '../protocol/errors.ts';
import { needsHelp } from '../protocol/help.ts';
import { Asked } from './asked.ts';
import { madeFor, overhead, type Passage, Refused } from './attempt.ts';
import { embed, UNABLE } from './embed.ts';
import { Outlet, ownHeaders } from './outlet.ts';
import type { Candidate, Client, Incoming } from './ports.ts';
import { recall } from './recall.ts';
import type { AttemptRecord, ExchangeRecord } from './record.ts';
import { brokenOff, relay } from './relay.ts';
import type { Admission, Admitted, Rewriting } from './stage.ts';
import type { Surroundings } from './surroundings.ts';
import { translate } from './translate.ts';

/**
 * One exchange, from the client's bytes to the client's answer. Never throws: whatever happens is answered in the client's dialect and
 * recorded once. A 2xx that ends cleanly is complete.
 */
export async function run(incoming: Incoming, client: Client, around: Surroundings): Promise<void> {
  const record: ExchangeRecord = {
    id: incoming.id,
    at: around.now(),
    dialect: incoming.dialect.name,
    asked: '',
    stream: false,
    client: incoming.client,
    caller: incoming.caller,
    attempts: [],
    status: 200,
    outcome: 'ok',
    notes: [],
    totalMs: 0,
  };
  let passage: Passage | undefined;
  const admitted: Admitted[] = [];
  const headers = (): string[] => {
    const spent = passage ? overhead(passage) : 0;
    record.overheadMs ??= spent;
    return ownHeaders(incoming.id, passage?.candidate, record.notes, spent).concat(passage?.admission.headers ?? []);
  };
  const outlet = new Outlet(client, incoming.dialect, headers);
  try {
    const recalling = recall(incoming, around.answers, around.now, record);
    const keeping = recalling && (await recalling);
    const asked = new Asked(incoming);
    record.asked = asked.model;
    record.stream = asked.stream;
    const planned = around.plan(asked.model, incoming.embeddings !== undefined);
    const plan = planned instanceof Promise ? await planned : planned;
    const admission: Admission = { incoming, asked, record, resolved: plan, plan, ceiling: incoming.ceiling ?? 'vendor', headers: [] };
    const { notes } = record;
    passage = { incoming, admission, asked, client, outlet, around, record, notes, clearances: [], sentAt: 0, headAt: 0, accepted: false };
    passage.keeping = keeping;
    const current = passage;
    client.onGone(() => current.flight?.abort());
    const contentType = () => incoming.dialect.answer(asked.prompt(), madeFor(current)).contentType;
    if (asked.stream) outlet.keepAlive(around.keepalive, contentType);
    for (const stage of around.stages) {
      const answer = stage.admit?.(admission);
      const holds = answer instanceof Promise ? await answer : answer;
      if (holds) admitted.push(holds);
    }
    await tryEach(passage, admission.plan);
  } catch (thrown) {
    fail(asGatewayError(thrown), thrown, { incoming, client, outlet, record, passage });
  } finally {
    outlet.close();
    record.totalMs = performance.now() - incoming.startedAt;
    for (const holds of admitted) holds.over(record);
    around.record(record);
  }
}

/** Tries targets in order until one answers. Only before the client has seen anything of the answer. */
async function tryEach(passage: Passage, plan: Candidate[]): Promise<void> {
  let first: GatewayError | undefined;
  for (const [at, candidate] of plan.entries()) {
    for (let resets = 0; ; resets++) {
      try {
        await attempt(passage, candidate);
        return;
      } catch (thrown) {
        const error = asGatewayError(thrown);
        if (passage.client.gone) throw error;
        passage.around.observe(candidate.provider, error);
        if (begun(passage)) throw thrown;
        // A kept-alive connection that the provider closed at that very moment: the same request on a fresh one.
        if (resets === 0 && error.kind === 'network' && STALE.has(error.code ?? '')) continue;
        // Only now that the provider refused it: looking for them in every body would cost every request.
        if (resets === 0 && error.kind === 'invalid' && passage.record.path === 'relay' && passage.asked.mendCharacters()) continue;
        // What all targets said is best told by the first; unforeseen errors are ours and end it here.
        first ??= error;
        const isUnable = passage.incoming.embeddings !== undefined && UNABLE.has(error.kind);
        const isBarred = ERRORS[error.kind].by === 'policy';
        const elsewhere = error.retryable || PASSING.has(error.kind) || isUnable || isBarred;
        if (!elsewhere || at === plan.length - 1) throw thrown instanceof Error && error.kind === 'internal' ? thrown : first;
        break;
      }
    }
  }
}

/** What a provider says of itself, though it sounds as if the client were to blame: our key, its list of models. */
const PASSING: ReadonlySet<string> = new Set(['upstream-auth', 'not-found']);

const STALE = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** The client has seen content, so no other target may answer any more. Keepalives are not content. */
function begun(passage: Passage): boolean {
  return passage.outlet.opened && passage.record.firstTokenMs !== undefined;
}

async function attempt(passage: Passage, candidate: Candidate): Promise<void> {
  const { incoming, record, around } = passage;
  passage.candidate = candidate;
  record.notes.length = 0;
  record.firstTokenMs = undefined;
  record.usage = undefined;
  passage.sentAt = passage.headAt = 0;
  passage.accepted = false;
  const tried: AttemptRecord = { provider: candidate.provider, model: candidate.target.model, zone: candidate.zone };
  record.attempts.push(tried);
  passage.attempt = tried;
  try {
    const prepared = prepare(passage, candidate);
    if (prepared) await prepared;
    const { asked, restore } = passage;
    const { dialect, target } = candidate;
    const asIs = !restore && !needsHelp(target.quirks, asked.body) && !incoming.dialect.reshapes?.(incoming.path, target);
    const same = dialect === incoming.dialect && asIs && !asked.holdsForeignState;
    record.path = same ? 'relay' : 'translate';
    if (incoming.embeddings) await embed(passage, candidate, incoming.embeddings);
    else await (same ? relay(passage, candidate) : translate(passage, candidate));
    if (record.outcome === 'ok') around.observe(candidate.provider, undefined);
    else tried.error = record.outcome;
  } catch (thrown) {
    tried.error = passage.client.gone ? 'cancelled' : asGatewayError(thrown).kind;
    throw thrown;
  } finally {
    if (record.usage) tried.usage = record.usage;
    const flight = passage.sentAt > 0 ? passage.flight : undefined;
    tried.bytesOut = flight?.bytesOut ?? 0;
    tried.bytesIn = flight?.bytesIn ?? 0;
    const end = { error: tried.error, usage: record.usage, sent: passage.sentAt > 0, accepted: passage.accepted, flight };
    for (const clearance of passage.clearances.splice(0)) clearance.settle(end);
  }
}

/** Lets every stage rewrite what this candidate is asked. A promise only when one of them must wait. @throws GatewayError */
function prepare(passage: Passage, candidate: Candidate): Promise<void> | undefined {
  const { around, admission } = passage;
  passage.asked = admission.asked;
  passage.restore = undefined;
  const use = (rewriting: Rewriting | undefined): void => {
    if (!rewriting) return;
    const { asked, restore } = rewriting;
    const after = passage.restore;
    passage.asked = asked;
    passage.restore = restore && after ? (parts) => after(restore(parts)) : (restore ?? after);
  };
  const next = (at: number): Promise<void> | undefined => {
    for (let i = at; i < around.stages.length; i++) {
      const rewriting = around.stages[i]!.prepare?.(admission, candidate);
      if (rewriting instanceof Promise)
        return rewriting.then((made) => {
          use(made);
          return next(i + 1);
        });
      use(rewriting);
    }
    return undefined;
  };
  return next(0);
}

interface Failing {
  incoming: Incoming;
  client: Client;
  outlet: Outlet;
  record: ExchangeRecord;
  passage: Passage | undefined;
}

/**
 * What a provider does not have is no mistake of the client, whom we told that it is here: some tools stop for good on one 404, and all of
 * them survive a 502.
 */
function ofProvider(error: GatewayError, candidate: Candidate | undefined): GatewayError {
  if (error.kind !== 'not-found' || !candidate) return error;
  const { provider, target } = candidate;
  const message = `the provider "${provider}" does not know the model "${target.model}": ${error.message}`;
  return new GatewayError('upstream', message, { code: error.code, cause: error });
}

/** Answers a failure: with its status while nothing was sent, inside the stream after that. */
function fail(failed: GatewayError, thrown: unknown, { incoming, client, outlet, record, passage }: Failing): void {
  let error = ofProvider(failed, passage?.candidate);
  record.outcome = client.gone ? 'cancelled' : error.kind;
  record.status = client.gone ? 499 : error.status;
  if (error.kind === 'internal') record.cause = thrown;
  if (client.gone) {
    client.cut();
    return;
  }
  if (client.headSent) {
    const isTold = record.stream && passage && !(incoming.dialect.cutsBrokenStreams && error.retryable);
    if (isTold) outlet.end(brokenOff(passage!, { type: 'fault', error }));
    else outlet.cut();
    return;
  }
  if (error instanceof Refused && error.dialect === incoming.dialect.name && error.kind !== 'upstream-auth') {
    const better = error.kind === 'invalid' ? passage?.asked.complaint() : undefined;
    if (!better) {
      record.status = error.refusal.status;
      outlet.whole(error.refusal.status, withRetryAfter(error.refusal.headers, error, error.refusal.status), error.refusal.body);
      return;
    }
    error = better;
  }
  const answer = incoming.dialect.fault.answer(error, incoming.id);
  record.status = answer.status;
  outlet.whole(
    answer.status,
    withRetryAfter(['content-type', 'application/json'], error, answer.status),
    Buffer.from(JSON.stringify(answer.body)),
  );
}

/** A rate limit always says when to come back, in whole seconds: one client gives up at once without it. */
function withRetryAfter(headers: string[], { retryAfter }: GatewayError, status: number): string[] {
  const seconds = retryAfter ?? (status === 429 ? 1 : undefined);
  if (seconds === undefined) return headers;
  const kept = headers.filter((_, i) => headers[i - (i % 2)]!.toLowerCase() !== 'retry-after');
  return [...kept, 'retry-after', String(seconds)];
}
