import { decide, type EgressSettings, type Reading } from '../../egress/policy.ts';
import type { Note } from '../../protocol/note.ts';
import type { Zone } from '../../protocol/zone.ts';
import { toUpstream } from '../../wire/http.ts';
import type { Admission } from '../stage.ts';

/** Names in the object that `asideOf` makes. */
const [HEADERS, QUERY] = ['headers', 'query'];

/** What may leave beside the body: headers and query that are forwarded, and the models' names, which clients may make up. */
export function asideOf({ incoming, plan }: Admission): unknown {
  const forwarded = toUpstream(incoming.rawHeaders, {}, {});
  const headers: Record<string, string[]> = {};
  for (let at = 0; at + 1 < forwarded.length; at += 2) {
    const name = forwarded[at]!;
    headers[name] ??= [];
    headers[name].push(forwarded[at + 1]!);
  }
  const query = Object.fromEntries(
    [...incoming.query.keys()].filter((name) => name !== 'key').map((name) => [name, incoming.query.getAll(name)]),
  );
  return { [HEADERS!]: headers, [QUERY!]: query, model: [...new Set(plan.map(({ target }) => target.model))] };
}

/**
 * Takes headers and parameters in which something was found out of what is forwarded: they cannot hold placeholders that anyone restores.
 * @returns why the zone may not have the request at all, where leaving out does not help
 */
export function dropSecretHeaders(
  { incoming }: Admission,
  aside: Reading,
  zone: Zone,
  settings: Pick<EgressSettings, 'actions'>,
  notes: Note[],
): string | undefined {
  const { action, reason } = decide(aside, zone, settings);
  if (action === 'allow' || action === 'note') return undefined;
  if (aside.failure !== undefined) return reason;
  const strict = aside.findings.filter((finding) => {
    const { action: asked } = decide({ findings: [finding] }, zone, settings);
    return asked !== 'allow' && asked !== 'note';
  });
  for (const { path, rule } of strict) {
    const [part, name] = path as [string, string | undefined];
    if (name === undefined || (part !== HEADERS && part !== QUERY)) return `model: ${reason}`;
    if (part === HEADERS) incoming.rawHeaders = without(incoming.rawHeaders, name);
    else incoming.query.delete(name);
    notes.push({ path: `${part}.${part === HEADERS ? name : '*'}`, action: 'dropped', why: `${rule}, which may not leave` });
  }
  return undefined;
}

function without(raw: readonly string[], name: string): string[] {
  return raw.filter((_, at) => raw[at - (at % 2)]!.toLowerCase() !== name);
}
