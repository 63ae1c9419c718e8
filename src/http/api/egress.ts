import { basename } from 'node:path';
import type { Config } from '../../config/schema.ts';
import type { Check, JournalReader } from '../../egress/journal/reader.ts';
import type { Report, Sums } from '../../egress/journal/report.ts';
import { type Action, actionFor } from '../../egress/policy.ts';
import { GatewayError } from '../../protocol/errors.ts';
import type { Zone } from '../../protocol/zone.ts';
import { type CheckView, type EgressSums, type EgressView, egressQuery } from '../contract.ts';
import { queryOf, read, type Step } from './call.ts';

/** What left in a span, who let it, and what is looked for in it. */
export async function getEgress(step: Step): Promise<EgressView> {
  const { from = null, to = null } = read(egressQuery, queryOf(step));
  const { journals, scene } = step.parts;
  const { zones, egress } = scene.config();
  const left = journals && (await journals.report({ since: from ?? undefined, until: to ?? undefined }).catch(refuse));
  return {
    from,
    to,
    left: left ? leftView(left) : null,
    journal: journals ? { ...journalFacts(journals), problems: step.parts.journalProblems() } : null,
    ceilings: {
      default: zones.default,
      rules: zones.rules.map(({ name, zone, ...conditions }, at) => ({
        rule: name ?? `zones.rules[${at}]`,
        conditions: conditionsOf(conditions),
        zone,
      })),
    },
    detectors: {
      on: egress.detect,
      actions: actionsIn(egress.actions),
      own: [
        ...Object.entries(egress.words).map(([name, words]) => ({ name, kind: 'words' as const, size: words.length })),
        ...Object.keys(egress.patterns).map((name) => ({ name, kind: 'pattern' as const, size: 1 })),
      ],
    },
  };
}

const KINDS = ['secret', 'personal', 'words', 'unread'] as const;
const PRIVATE_KEY = 'private-key';

/** What happens to what a kind finds, and to what single rules find where they say so themselves. */
function actionsIn(actions: Config['egress']['actions']): EgressView['detectors']['actions'] {
  const of = (asked: (zone: Zone) => Action | null) => ({ own: asked('own'), leased: asked('leased'), vendor: asked('vendor') });
  const kinds = KINDS.map((kind) => ({ rule: kind, ...of((zone) => actionFor(kind, kind, zone, actions)) }));
  const key = { rule: PRIVATE_KEY, ...of((zone) => actionFor(PRIVATE_KEY, 'secret', zone, actions)) };
  const others = Object.keys(actions).filter((rule) => rule !== PRIVATE_KEY && !KINDS.some((kind) => kind === rule));
  return [...kinds, key, ...others.map((rule) => ({ rule, ...of((zone) => actions[rule]?.[zone] ?? null) }))];
}

function conditionsOf({ header, ...others }: Record<string, unknown>): Record<string, string> {
  const plain = Object.entries({ ...others, ...(header as object | undefined) });
  return Object.fromEntries(plain.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
}

/** Begins a check of all journals, or tells of the one that runs. It goes on in a thread; GET tells how far it is. */
export async function startCheck(step: Step): Promise<CheckView> {
  return checkView(readerOf(step).verify());
}

export async function getCheck(step: Step): Promise<CheckView> {
  return checkView(readerOf(step).check);
}

function readerOf({ parts: { journals } }: Step): JournalReader {
  if (!journals) throw new GatewayError('unavailable', 'no journal is kept here: set data: or FREEHOLD_DATA to a folder');
  return journals;
}

function refuse(cause: Error): never {
  throw new GatewayError('unavailable', `the journals cannot be read: ${cause.message}`, { retryAfter: 5, cause });
}

function journalFacts({ facts: { publicKey, ...facts } }: JournalReader) {
  return { public_key: publicKey, ...facts };
}

function leftView({ total, ...groups }: Report): NonNullable<EgressView['left']> {
  const { destinations, repositories, keys, rules } = groups;
  const listed = (all: Sums[]) => all.slice(0, MOST).map(sumsView);
  return {
    total: sumsView(total),
    destinations: listed(destinations),
    repositories: listed(repositories),
    keys: listed(keys),
    rules: listed(rules),
  };
}

/** Rows of one list. */
const MOST = 200;

function sumsView({ bytesOut, bytesIn, costNanos, ...others }: Sums): EgressSums {
  return { ...others, bytes_out: bytesOut, bytes_in: bytesIn, cost_nanos: costNanos };
}

function checkView(check: Check | undefined): CheckView {
  const { startedAt, endedAt, files = 0, checked = 0, sound, journals = [], failure } = check ?? {};
  return {
    state: stateOf(check),
    started_at: startedAt ?? null,
    ended_at: endedAt ?? null,
    files,
    checked: sound === undefined ? checked : files,
    journals: journals.map(({ stream, publicKey, files: segments, unsigned, problems }) => ({
      stream,
      public_key: publicKey ?? null,
      files: segments.length,
      lines: segments.reduce((sum, { lines }) => sum + lines, 0),
      checkpoints: segments.reduce((sum, { checkpoints }) => sum + checkpoints, 0),
      unsigned,
      problems: problems.map(({ file, line = null, kind, what }) => ({ file: basename(file), line, kind, what })),
    })),
    reason: failure ?? null,
  };
}

function stateOf(check: Check | undefined): CheckView['state'] {
  if (!check) return 'never';
  if (check.endedAt === undefined) return 'running';
  if (check.failure !== undefined) return 'failed';
  return check.sound ? 'sound' : 'broken';
}
