import { asGatewayError, type GatewayError } from '../protocol/errors.ts';
import { Asked } from './asked.ts';
import type { Incoming } from './ports.ts';
import type { ExchangeRecord } from './record.ts';
import type { Admission, Stage } from './stage.ts';
import type { Surroundings } from './surroundings.ts';

/** What would become of a request: the record so far, and the error that it would be refused with. */
interface Rehearsal {
  record: ExchangeRecord;
  refused?: GatewayError;
}

/**
 * Takes a request past the stages that decide where it goes, and sends nothing. Reserves no money, and remembers no conversation.
 * @param stages those that decide, in order
 */
export async function rehearse(
  incoming: Incoming,
  { plan, now }: Pick<Surroundings, 'plan' | 'now'>,
  stages: readonly Stage[],
): Promise<Rehearsal> {
  const { id, dialect, caller } = incoming;
  const record: ExchangeRecord = {
    id,
    at: now(),
    dialect: dialect.name,
    asked: '',
    stream: false,
    caller,
    attempts: [],
    status: 200,
    outcome: 'ok',
    notes: [],
    totalMs: 0,
  };
  try {
    const asked = new Asked(incoming);
    record.asked = asked.model;
    const resolved = await plan(asked.model, incoming.embeddings !== undefined);
    const admission: Admission = { incoming, asked, record, resolved, plan: resolved, ceiling: 'vendor', headers: [] };
    for (const stage of stages) await stage.admit?.(admission);
    const [first] = admission.plan;
    if (first) record.attempts.push({ provider: first.provider, model: first.target.model, zone: first.zone });
    return { record };
  } catch (thrown) {
    return { record, refused: asGatewayError(thrown) };
  }
}
