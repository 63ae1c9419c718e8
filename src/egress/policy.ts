import { z } from 'zod';
import type { Zone } from '../protocol/zone.ts';
import { patternRule } from './detectors/own.ts';
import type { Finding, Kind } from './finding.ts';

/**
 * What happens to a request in which something was found, least strict first: it leaves as it is; it leaves and the record says so; it
 * leaves with placeholders; models of ours only; nobody gets it.
 */
export const ACTIONS = ['allow', 'note', 'redact', 'own', 'block'] as const;
export type Action = (typeof ACTIONS)[number];

const action = z.enum(ACTIONS);

const byZone = z.strictObject({
  own: action.optional().meta({ description: 'Towards hardware you hold.' }),
  leased: action.optional().meta({ description: 'Towards a rented box whose weights and disk you control.' }),
  vendor: action.optional().meta({ description: "Towards somebody's API." }),
});

type ByZone = z.output<typeof byZone>;

const actionsSchema = z.union([
  action
    .transform((one): ByZone => ({ leased: one, vendor: one }))
    .meta({ description: 'The same for everything beyond your own hardware.' }),
  byZone,
]);

const name = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'is no name for a rule: small letters, digits and hyphens, 40 at most');

/** The part `egress` of the configuration. */
export const egressSchema = z
  .strictObject({
    detect: z.boolean().default(true).meta({ description: 'Whether requests beyond your own hardware are read for what may not leave.' }),
    actions: z.record(name, actionsSchema).default({}).meta({
      description:
        'What to do about findings, by rule or by kind (secret, personal, words): allow, note, redact, own (models of your own only) or block; one for all, or one for each zone. A rule goes before its kind. "unread" is for requests that could not be read, and may be own or block only.',
    }),
    words: z
      .record(name, z.array(z.string().trim().min(2).max(200)).min(1))
      .default({})
      .meta({ description: 'Lists of words of your own that are looked for, by a name of your choice. Whole words, in any case.' }),
    patterns: z.record(name, z.string().min(2).max(1000).superRefine(linear)).default({}).meta({
      description:
        'Expressions of your own, by a name of your choice, in RE2 syntax (no look-around, no back references), so that no text makes them slow.',
    }),
    budget_ms: z
      .number()
      .positive()
      .max(60_000)
      .default(2000)
      .meta({ description: 'How long reading one request may take. Beyond that it counts as unread.' }),
    limit_mib: z
      .number()
      .positive()
      .max(1024)
      .default(64)
      .meta({ description: 'Most text of one request that is read, in MiB. Beyond that it counts as unread.' }),
  })
  .superRefine(({ actions, words, patterns }, context) => {
    const unread = actions['unread'];
    for (const zone of ['leased', 'vendor'] as const)
      if (unread?.[zone] && unread[zone] !== 'own' && unread[zone] !== 'block')
        context.addIssue({
          code: 'custom',
          path: ['actions', 'unread'],
          message: 'may be own or block: what could not be read may hold anything',
        });
    for (const twice of Object.keys(words).filter((one) => one in patterns))
      context.addIssue({
        code: 'custom',
        path: ['patterns', twice],
        message: `is also the name of a list of words; give one of them another name`,
      });
  })
  .transform(({ budget_ms, limit_mib, ...rest }) => ({ ...rest, budgetMs: budget_ms, limitLength: Math.floor(limit_mib * 1024 * 1024) }));

export type EgressSettings = z.output<typeof egressSchema>;

function linear(expression: string, context: z.RefinementCtx): void {
  try {
    patternRule('check', expression);
  } catch (error) {
    context.addIssue({
      code: 'custom',
      message: `is not an expression that can be used: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
}

/** A rule for what could not be read. */
const UNREAD = 'unread';
const PRIVATE_KEY = 'private-key';

/** What holds where the configuration says nothing; docs/detectors.md argues each. */
const DEFAULTS: Readonly<Record<Kind | typeof UNREAD | typeof PRIVATE_KEY, Readonly<Record<Zone, Action>>>> = {
  secret: { own: 'allow', leased: 'note', vendor: 'redact' },
  'private-key': { own: 'allow', leased: 'note', vendor: 'block' },
  personal: { own: 'allow', leased: 'note', vendor: 'note' },
  words: { own: 'allow', leased: 'note', vendor: 'own' },
  unread: { own: 'allow', leased: 'own', vendor: 'block' },
};

/** What reading a request came to: what was found, or why it could not be read. */
export type Reading = { findings: readonly Finding[]; failure?: undefined } | { findings: readonly Finding[]; failure: string };

/** How often a rule was met, for the record. Never what was found. */
export interface EgressNote {
  rule: string;
  kind: Kind | typeof UNREAD;
  action: Action;
  count: number;
}

/** What may happen with a request towards one zone. */
export interface Decision {
  action: Action;
  /** To be replaced before it leaves, when it may leave. */
  redactions: Finding[];
  notes: EgressNote[];
  /** For the error or the record: which rules, how often, and the setting that says so. Empty where everything is allowed. */
  reason: string;
}

/**
 * What one rule asks for towards a zone: the configuration's word on the rule; else its word on the kind or the kind's default, and a
 * default that is the rule's own where that is stricter.
 */
export function actionFor(rule: string, kind: Kind | typeof UNREAD, zone: Zone, actions: EgressSettings['actions']): Action {
  const particular = actions[rule]?.[zone];
  if (particular) return particular;
  const general = actions[kind]?.[zone] ?? DEFAULTS[kind][zone];
  return rule === PRIVATE_KEY ? stricter(general, DEFAULTS[PRIVATE_KEY][zone]) : general;
}

const stricter = (a: Action, b: Action): Action => (ACTIONS.indexOf(a) > ACTIONS.indexOf(b) ? a : b);

/**
 * What may happen with a request towards a zone: the strictest of what its findings ask for. Pure. A request that could not be read
 * counts as one that holds anything.
 */
export function decide(reading: Reading, zone: Zone, settings: Pick<EgressSettings, 'actions'>): Decision {
  const notes = new Map<string, EgressNote>();
  const redactions: Finding[] = [];
  const splits = new Set<number>();
  let strictest: Action = 'allow';
  const count = (rule: string, kind: Kind | typeof UNREAD, asked: Action, again: boolean): void => {
    strictest = stricter(strictest, asked);
    if (asked === 'allow' || again) return;
    const known = notes.get(rule);
    if (known) known.count++;
    else notes.set(rule, { rule, kind, action: asked, count: 1 });
  };
  if (reading.failure !== undefined) count(UNREAD, UNREAD, actionFor(UNREAD, UNREAD, zone, settings.actions), false);
  for (const finding of reading.findings) {
    const asked = actionFor(finding.rule, finding.kind, zone, settings.actions);
    const again = finding.split !== undefined && splits.has(finding.split);
    if (finding.split !== undefined) splits.add(finding.split);
    count(finding.rule, finding.kind, asked, again);
    if (asked === 'redact') redactions.push(finding);
  }
  return {
    action: strictest,
    redactions,
    notes: [...notes.values()],
    reason: reasonOf(strictest, [...notes.values()], zone, reading.failure),
  };
}

const SAYS: Readonly<Record<Action, string>> = {
  allow: '',
  note: 'noted',
  redact: 'replaced by placeholders',
  own: 'for models of your own only',
  block: 'may not leave',
};

function reasonOf(strictest: Action, notes: readonly EgressNote[], zone: Zone, failure: string | undefined): string {
  if (strictest === 'allow') return '';
  const rules = notes.filter(({ action }) => action === strictest);
  const what = rules.map(({ rule, count }) =>
    rule === UNREAD ? `the request could not be read (${failure})` : `${rule}${count > 1 ? ` × ${count}` : ''}`,
  );
  return `${what.join(', ')}: ${SAYS[strictest]} towards ${zone} (egress.actions.${rules[0]!.rule})`;
}
