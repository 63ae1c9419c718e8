import { hash, randomBytes } from 'node:crypto';
import { decide, type EgressSettings, type Reading } from '../../egress/policy.ts';
import { read } from '../../egress/read.ts';
import type { Note } from '../../protocol/note.ts';
import type { Zone } from '../../protocol/zone.ts';
import { toUpstream } from '../../wire/http.ts';
import type { Admission } from '../stage.ts';
import type { EgressRules } from './egress-rules.ts';

/** Names in the object that is read. */
const [HEADERS, QUERY] = ['headers', 'query'];

/** Requests whose aside is remembered. */
const MOST = 2000;
const CLEAN: Reading = { findings: [] };

/**
 * Reads what may leave beside the body. Tools send the same headers with every request, so those in which nothing was found are known again
 * by a keyed hash, for as long as the rules stay.
 */
export class AsideReader {
  readonly #key = randomBytes(16).toString('hex');
  readonly #clean = new WeakMap<EgressRules, Set<string>>();

  /** @param clock in milliseconds */
  read({ incoming, plan }: Admission, rules: EgressRules, clock: () => number): Reading {
    const headers = toUpstream(incoming.rawHeaders, {}, {});
    const models = [...new Set(plan.map(({ target }) => target.model))];
    const id = hash('sha256', `${this.#key}${JSON.stringify([headers, models])}${incoming.query}`, 'base64');
    let clean = this.#clean.get(rules);
    if (clean?.has(id)) return CLEAN;
    const reading = read(rules.scanner, asideOf(headers, incoming.query, models), rules.settings, clock);
    if (reading.failure !== undefined || reading.findings.length) return reading;
    if (!clean || clean.size >= MOST) {
      clean = new Set();
      this.#clean.set(rules, clean);
    }
    clean.add(id);
    return reading;
  }
}

/** Headers and query that are forwarded, and the models' names, which clients may make up. @param forwarded flat list */
function asideOf(forwarded: readonly string[], asked: URLSearchParams, models: readonly string[]): unknown {
  const headers: Record<string, string[]> = {};
  for (let at = 0; at + 1 < forwarded.length; at += 2) {
    const name = forwarded[at]!;
    headers[name] ??= [];
    headers[name].push(forwarded[at + 1]!);
  }
  const query = Object.fromEntries([...asked.keys()].filter((name) => name !== 'key').map((name) => [name, asked.getAll(name)]));
  return { [HEADERS!]: headers, [QUERY!]: query, model: models };
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
