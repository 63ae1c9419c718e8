import type { Incoming } from '../../exchange/ports.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { type DecisionView, tryRequest } from '../contract.ts';
import { canonicalPath } from '../doors.ts';
import { read, type Step } from './call.ts';
import { asRequest, decisionOf, foretell } from './routing.ts';

/** Why an exchange went where it went, whoever asked. */
export function explainExchange({ parts, id }: Step): Promise<DecisionView> {
  return decisionOf(parts.scene.routing, undefined, id);
}

/** Where a request would go, as if the holder of a key had asked. Sends nothing, reserves nothing, remembers nothing. */
export async function tryRoute({ parts, call }: Step): Promise<DecisionView> {
  const { doors, accounts, scene } = parts;
  const { request, door: at = doors.first, key, headers: given } = read(tryRequest, call.body);
  const door = doors.door(canonicalPath(at));
  if (!door) throw new GatewayError('not-found', `door: there is no ${at} here; doors: ${doors.list()}`, { field: 'door' });
  const caller = key === undefined ? undefined : accounts.directory.callers().find(({ id }) => id === key);
  if (key !== undefined && !caller)
    throw new GatewayError('invalid', `key: no key that opens something has the id "${key}"; GET /admin/api/keys lists all`, {
      field: 'key',
    });
  const headers = { ...given, 'content-type': 'application/json' };
  const incoming: Incoming = {
    id: scene.routing.around.newId(),
    ...door,
    path: at,
    query: new URLSearchParams(),
    headers,
    rawHeaders: Object.entries(headers).flat(),
    body: Buffer.from(JSON.stringify(asRequest(request))),
    startedAt: performance.now(),
    caller,
  };
  return foretell(scene.routing, incoming);
}
