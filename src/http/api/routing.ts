import { z } from 'zod';
import type { Incoming } from '../../exchange/ports.ts';
import type { DecisionRecord } from '../../exchange/record.ts';
import { rehearse } from '../../exchange/rehearse.ts';
import type { AnsweredExchange } from '../../exchange/stages/answered.ts';
import { type RecentExchange, recentOf } from '../../exchange/stages/recent.ts';
import type { Caller } from '../../policy/caller.ts';
import { explain } from '../../policy/explain.ts';
import { GatewayError, invalid } from '../../protocol/errors.ts';
import type { Store } from '../../store/ports.ts';
import type { Task } from '../../tasks/task.ts';
import type { DecisionView } from '../contract.ts';
import { read } from './call.ts';
import type { RoutingApiParts } from './scene.ts';

const FEEDBACK = '/v1/feedback';
const EXPLAIN = '/v1/route/explain';
const DECISION = /^\/v1\/exchanges\/([0-9A-Za-z_-]{1,100})\/decision$/;

/** What is done with a path: by whom it may be asked. */
export function isRoutingPath(path: string): boolean {
  return path === FEEDBACK || path === EXPLAIN || DECISION.test(path);
}

const feedback = z
  .strictObject({
    exchange: z.string().trim().min(1).max(100),
    rating: z.enum(['good', 'bad']).optional(),
    score: z.number().min(0).max(1).optional(),
    reason: z.string().max(2000).optional(),
  })
  .refine(({ rating, score }) => (rating === undefined) !== (score === undefined), {
    path: ['rating'],
    message: 'give either rating (good or bad) or score (0 to 1)',
  });

/** A request to one of these routes. */
export interface RoutingCall {
  method: string;
  path: string;
  caller: Caller | undefined;
  /** Parsed JSON of a POST. */
  body(): Promise<unknown>;
  /** The request whose route is asked for, as its door would take it. @throws GatewayError `not-found` for no door */
  incoming(): Promise<Incoming>;
}

/** @throws GatewayError */
export async function answerRouting(parts: RoutingApiParts, call: RoutingCall): Promise<unknown> {
  const { method, path } = call;
  const id = DECISION.exec(path)?.[1];
  if (id !== undefined) {
    if (method !== 'GET') throw new GatewayError('method', `${path} takes GET`);
    return decisionOf(parts, call.caller, id);
  }
  if (method !== 'POST') throw new GatewayError('method', `${path} takes POST`);
  if (path === FEEDBACK) return rate(parts, call.caller, await call.body());
  return foretell(parts, await call.incoming());
}

/** Where a request would go. */
export async function foretell({ around, stages }: RoutingApiParts, incoming: Incoming): Promise<DecisionView> {
  const { record, refused } = await rehearse(incoming, around, stages);
  return viewOf(recentOf(record), refused);
}

/** One caller's word on one exchange of its own. */
async function rate({ desk, store }: RoutingApiParts, caller: Caller | undefined, body: unknown): Promise<unknown> {
  const { exchange: id, rating, score = rating === 'good' ? 1 : 0, reason } = read(feedback, body);
  const owner = caller?.id ?? '';
  const exchange = desk.answered.get(id) ?? (store && (await fromStore(store, owner, id)));
  if (!exchange || (exchange.owner !== owner && caller)) throw unknown(id);
  desk.answered.rate(id, exchange, score);
  const value = JSON.stringify({ score, reason, at: Date.now(), task: exchange.task, model: exchange.model });
  await store?.documents.put([{ collection: 'feedback', owner, id, value, expires_at: null }]);
  return { object: 'feedback', exchange: id, score, task: exchange.task, model: exchange.model };
}

/** An exchange that is too old to be in memory. */
async function fromStore(store: Store, owner: string, id: string): Promise<AnsweredExchange | undefined> {
  const [row, said] = await Promise.all([store.exchanges.get(id), store.documents.get('feedback', owner, id)]);
  if (!row?.task || row.provider === null || row.model === null) return undefined;
  const before = said && (JSON.parse(said.value) as { score: number }).score;
  return { owner: row.key ?? '', task: row.task, model: `${row.provider}/${row.model}`, score: before, signals: [] };
}

/** Why an exchange went where it went; a caller is told of its own ones only. @throws GatewayError `not-found` */
export async function decisionOf({ desk, store }: RoutingApiParts, caller: Caller | undefined, id: string): Promise<DecisionView> {
  const recent = desk.recent.get(id);
  if (recent && (!caller || recent.caller === caller.id)) return { ...viewOf(recent), signals: desk.answered.get(id)?.signals ?? [] };
  const row = await store?.exchanges.get(id);
  if (!row || (caller && row.key !== caller.id)) throw unknown(id);
  if (row.plan === null) return { exchange: id, asked: row.asked, answered: addressIn(row), verdicts: [], flips: [], why: PINNED };
  const { task, ...decision } = JSON.parse(row.plan) as DecisionRecord & { task?: Task };
  return { exchange: id, asked: row.asked, answered: addressIn(row), ...told(decision, task) };
}

function addressIn({ provider, model }: { provider: string | null; model: string | null }): string | undefined {
  return provider === null ? undefined : `${provider}/${model}`;
}

const PINNED = 'there was nothing to decide: the name means one model';

function viewOf({ id, asked, answered, task, decision }: RecentExchange, refused?: GatewayError): DecisionView {
  return {
    exchange: id,
    asked,
    answered,
    ...(decision ? told(decision, task) : { task, verdicts: [], flips: [], why: PINNED }),
    ...(refused && { why: refused.message, refused: refused.kind }),
  };
}

/** A decision, made again from what was recorded. */
function told({ input, plan, rule }: DecisionRecord, task: Task | undefined): Omit<DecisionView, 'exchange' | 'asked'> {
  const { chosen, otherwise, verdicts, flips } = explain(input);
  return {
    task,
    mode: plan.mode,
    rule,
    swap: plan.swap,
    chosen,
    otherwise,
    why: plan.steps[0]?.reason,
    escalateTo: plan.escalateTo,
    verdicts,
    flips,
    isReproduced: chosen === plan.steps[0]?.address,
  };
}

function unknown(id: string): GatewayError {
  return new GatewayError('not-found', `exchange: no exchange of yours has the id "${id}"; it stands in the header x-freehold-request-id`, {
    field: 'exchange',
  });
}

/** A text as a request, for those who have but a question. @throws GatewayError `invalid` */
export function asRequest(body: unknown): unknown {
  if (typeof body === 'string') return { model: 'auto', messages: [{ role: 'user', content: body }] };
  if (body === null || typeof body !== 'object') throw invalid('body', 'must be a request as a door takes it, or a text');
  return body;
}
