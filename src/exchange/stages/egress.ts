import { Placeholders } from '../../egress/placeholders.ts';
import { type Places, repositoryOf } from '../../egress/places.ts';
import { type Decision, decide, type EgressNote } from '../../egress/policy.ts';
import { read } from '../../egress/read.ts';
import { redact } from '../../egress/redact.ts';
import { PartRestorer } from '../../egress/restore.ts';
import { holdsAll } from '../../egress/text.ts';
import { type Limit, nearer, REPOSITORY_HEADER } from '../../policy/zones.ts';
import { GatewayError, withinDepth } from '../../protocol/errors.ts';
import { parseExact } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import { isWithin, type Zone } from '../../protocol/zone.ts';
import { Asked, parse } from '../asked.ts';
import type { Candidate } from '../ports.ts';
import type { Admission, Leaving, Rewriting, Stage } from '../stage.ts';
import { AsideReader, dropSecretHeaders } from './egress-aside.ts';
import type { EgressRules } from './egress-rules.ts';
import { Sessions } from './sessions.ts';

export interface EgressParts {
  /** Of the current configuration. */
  rules(): EgressRules;
  /** From which placeholders are made; at least 16 random bytes. */
  key: Uint8Array;
  /** Milliseconds. */
  clock(): number;
}

/** What is known of one exchange beyond `own`. */
interface State {
  body: unknown;
  /** Every string of the client's bytes is in `body`. */
  whole: boolean;
  decisions: Map<Zone, Decision>;
  /** What was left out beside the body. */
  notes: Note[];
  /** What is asked instead, by zone. */
  asked: Map<Zone, { asked: Asked; placeholders: Placeholders | undefined }>;
}

/**
 * How far a request may go, and what of it. Nothing is read for targets at home. For all others the strictest of key, header, rules and
 * findings holds; whatever could not be read counts as the worst.
 */
export class Egress implements Stage {
  readonly name = 'egress';
  readonly rereads = true;
  readonly #parts: EgressParts;
  readonly #states = new WeakMap<Admission, State>();
  readonly #sessions = new Sessions();
  readonly #asides = new AsideReader();

  constructor(parts: EgressParts) {
    this.#parts = parts;
  }

  /** @throws GatewayError `forbidden` naming the rule, when no target is near enough; `invalid` for a header that names no zone */
  admit(admission: Admission): undefined {
    return withinDepth(() => this.#admit(admission));
  }

  #admit(admission: Admission): undefined {
    const rules = this.#parts.rules();
    const { incoming, record } = admission;
    const asking = { caller: incoming.caller, headers: incoming.headers };
    const session = this.#sessions.of(incoming);
    let limit = rules.zoning.asked(asking) ?? FREE;
    if (admission.ceiling !== 'vendor')
      limit = strict(limit, { zone: admission.ceiling, rule: 'the zone of the answer that it continues' });
    const kept = session === undefined ? undefined : this.#sessions.limit(session);
    if (kept) limit = strict(limit, kept);
    const isFar = () => admission.plan.some(({ zone }) => zone !== 'own' && isWithin(zone, limit.zone));
    let parsed: Parsed | undefined;
    if (rules.finder === undefined || isFar()) {
      if (rules.finder) parsed = parsedOf(admission);
      const places = parsed && rules.finder?.find(parsed.body);
      const repositories = repositoriesOf(incoming.headers[REPOSITORY_HEADER], places);
      record.repository = repositories[0];
      const told = rules.zoning.told(asking, { repositories, marks: places?.met ?? NONE });
      if (session && told.rule !== 'zones.default') this.#sessions.keep(session, told);
      limit = strict(limit, told);
    }
    narrow(admission, limit);
    if (rules.settings.detect && isFar()) limit = this.#judge(admission, rules, parsed ?? parsedOf(admission), limit, session);
    narrow(admission, limit);
    record.ceiling = admission.ceiling;
    // What was barred for another reason is barred at the socket too.
    admission.ceiling = admission.plan.reduce<Zone>((far, { zone }) => (isWithin(zone, far) ? far : zone), 'own');
    record.ceilingRule = limit.rule;
    return undefined;
  }

  prepare(admission: Admission, candidate: Candidate): Rewriting | undefined {
    if (candidate.zone === 'own') return undefined;
    const state = this.#states.get(admission);
    if (!state) return undefined;
    const decision = state.decisions.get(candidate.zone);
    // A zone that was not judged was not in the plan; nothing may appear in it afterwards.
    if (!decision) throw new GatewayError('forbidden', `nothing was decided for zone "${candidate.zone}"; ask again`);
    admission.record.notes.push(...state.notes);
    if (decision.redactions.length === 0 && state.whole) return undefined;
    const { asked, placeholders } = withinDepth(() => this.#instead(admission, state, candidate.zone, decision));
    if (!placeholders) return { asked };
    const restorer = new PartRestorer(placeholders);
    return { asked, restore: (parts) => parts.flatMap((part) => restorer.push(part)) };
  }

  /** The very bytes once more: whatever was built from the client's own request instead of what was prepared does not leave. */
  clear({ admission, candidate, attempt, body }: Leaving): undefined {
    const state = this.#states.get(admission);
    const placeholders = state?.asked.get(candidate.zone)?.placeholders;
    if (!state || !placeholders) return undefined;
    attempt.redacted = countsOf(state.decisions.get(candidate.zone)!.notes);
    for (const value of placeholders.values)
      if (value.length >= TELLING && (body.includes(value) || body.includes(JSON.stringify(value).slice(1, -1))))
        throw new GatewayError('forbidden', 'a stage behind the detectors put back what they had replaced; nothing was sent', {
          code: 'egress_forbidden',
        });
    return undefined;
  }

  /** Reads the request and takes away the targets that may not have it. @throws GatewayError `forbidden` for what nobody may have */
  #judge(admission: Admission, rules: EgressRules, parsed: Parsed, before: Limit, session: string | undefined): Limit {
    const { clock } = this.#parts;
    const { scanner, settings } = rules;
    const reading = read(scanner, parsed.body, settings, clock);
    const aside = this.#asides.read(admission, rules, clock);
    const state: State = { ...parsed, decisions: new Map(), notes: [], asked: new Map() };
    let limit = before;
    const barred: string[] = [];
    for (const zone of zonesOf(admission)) {
      const decision = decide(reading, zone, settings);
      const beside = dropSecretHeaders(admission, aside, zone, settings, state.notes);
      state.decisions.set(zone, decision);
      if (beside) barred.push(beside);
      if (decision.action === 'own') {
        const found: Limit = { zone: 'own', rule: decision.reason };
        if (session) this.#sessions.keep(session, found);
        limit = nearer(limit, found);
      }
      if (decision.action === 'block' && reading.failure === undefined) throw refused(admission, decision, decision.reason);
      if (decision.action === 'block' || beside) {
        admission.plan = admission.plan.filter((candidate) => candidate.zone !== zone);
        if (decision.action === 'block') barred.push(decision.reason);
      }
      if (decision.notes.length)
        admission.record.findings = decision.notes.map(({ rule, kind, count, action }) => ({ rule, kind, count, action }));
    }
    if (admission.plan.length === 0) throw refused(admission, undefined, barred.join('; '));
    this.#states.set(admission, state);
    return limit;
  }

  #instead(
    admission: Admission,
    state: State,
    zone: Zone,
    { redactions }: Decision,
  ): { asked: Asked; placeholders: Placeholders | undefined } {
    let made = state.asked.get(zone);
    if (!made) {
      const { incoming } = admission;
      const placeholders = redactions.length ? new Placeholders(this.#parts.key, incoming.caller?.id) : undefined;
      const body = placeholders ? redact(state.body, redactions, placeholders) : state.body;
      made = { asked: new Asked({ ...incoming, body: Buffer.from(JSON.stringify(body)) }), placeholders };
      state.asked.set(zone, made);
    }
    return made;
  }
}

/** Shorter values may stand in a body by chance. Characters. */
const TELLING = 8;
const NONE: ReadonlySet<number> = new Set();
const NOWHERE: readonly string[] = [];
/** Before any rule spoke. */
const FREE: Limit = { zone: 'vendor', rule: 'no rule' };

/** The stricter of two limits. Of equal ones the first, unless no rule spoke before. */
function strict(first: Limit, other: Limit): Limit {
  return first === FREE ? other : nearer(first, other);
}

interface Parsed {
  body: unknown;
  whole: boolean;
}

/** @throws GatewayError `invalid` for what is no JSON: what cannot be read does not leave */
function parsedOf({ asked }: Admission): Parsed {
  let raw = '';
  const body = parse(asked.body, (text) => {
    raw = text;
    return parseExact(text);
  });
  return { body, whole: holdsAll(raw, body) };
}

/** The zones beyond home that the plan reaches, the farthest last. */
function zonesOf({ plan }: Admission): Zone[] {
  return (['leased', 'vendor'] as const).filter((zone) => plan.some((candidate) => candidate.zone === zone));
}

/** Takes away targets that lie farther. @throws GatewayError when none is left */
function narrow(admission: Admission, { zone, rule }: Limit): void {
  if (!isWithin(admission.ceiling, zone)) admission.ceiling = zone;
  const { plan } = admission;
  if (plan.every((candidate) => isWithin(candidate.zone, zone))) return;
  admission.plan = plan.filter((candidate) => isWithin(candidate.zone, zone));
  if (admission.plan.length) return;
  const served = [...new Set(plan.map((candidate) => `"${candidate.zone}"`))].join(' and ');
  throw new GatewayError(
    'forbidden',
    `this request may go as far as zone "${zone}" (${rule}), and "${admission.asked.model}" is served in zone ${served} only; ask for a model that is nearer, or have the rule changed`,
    { code: 'zone_forbidden' },
  );
}

/** Names rules and settings, never what was found. */
function refused({ asked }: Admission, decision: Decision | undefined, reason: string): GatewayError {
  const mend = decision
    ? 'take it out of the conversation, or have the setting changed'
    : `and "${asked.model}" is served nowhere nearer; ask for a model of your own`;
  return new GatewayError('forbidden', `${reason}; ${mend}`, { code: 'egress_forbidden' });
}

function repositoriesOf(declared: string | string[] | undefined, places: Places | undefined): readonly string[] {
  if (declared === undefined) return places?.repositories ?? NOWHERE;
  const named = [declared ?? []].flat().filter((one) => one.length < 1024);
  return [...new Set([...named.map(repositoryOf), ...(places?.repositories ?? [])])];
}

function countsOf(notes: readonly EgressNote[]): Record<string, number> {
  return Object.fromEntries(notes.filter(({ action }) => action === 'redact').map(({ rule, count }) => [rule, count]));
}
