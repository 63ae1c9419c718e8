import type { ErrorKind } from '../../protocol/errors.ts';

/**
 * As what a failure may be understood after one trip through a dialect's own error shape: itself, or the class of errors that makes
 * the same people do the same thing. A dialect that has a name for a kind keeps it; this table is what all of them can.
 */
export const KEPT: Readonly<Record<ErrorKind, readonly ErrorKind[]>> = {
  invalid: ['invalid'],
  unsupported: ['unsupported', 'invalid'],
  // Heard by a gateway, a refused key is a provider's refusal of ours.
  auth: ['upstream-auth'],
  forbidden: ['upstream-auth', 'forbidden'],
  'not-found': ['not-found'],
  method: ['method', 'invalid'],
  'too-large': ['too-large', 'invalid'],
  context: ['context'],
  filter: ['filter', 'invalid'],
  rate: ['rate'],
  budget: ['budget', 'rate', 'upstream-auth'],
  overload: ['overload'],
  unavailable: ['unavailable', 'overload', 'upstream'],
  'upstream-auth': ['upstream-auth', 'upstream'],
  upstream: ['upstream'],
  network: ['network', 'upstream'],
  timeout: ['timeout', 'upstream'],
  truncated: ['truncated', 'upstream'],
  malformed: ['malformed', 'upstream'],
  cancelled: ['cancelled', 'invalid', 'upstream'],
  internal: ['internal', 'upstream'],
};
