import type { ErrorKind } from './errors.ts';

/** HTTP statuses whose meaning does not depend on who answers (RFC 9110 §15, RFC 6585), and 529, with which model servers say that they are full. */
const KINDS: ReadonlyMap<number, ErrorKind> = new Map([
  [401, 'upstream-auth'],
  [402, 'upstream-auth'],
  [403, 'upstream-auth'],
  [404, 'not-found'],
  [408, 'timeout'],
  [413, 'too-large'],
  [429, 'rate'],
  [503, 'overload'],
  [504, 'timeout'],
  [529, 'overload'],
]);

/** What a provider's status says by itself; undefined where its body has to say more. The client's key is not at stake when the provider's is refused. */
export function kindOfStatus(status: number | undefined): ErrorKind | undefined {
  return status === undefined ? undefined : KINDS.get(status);
}
