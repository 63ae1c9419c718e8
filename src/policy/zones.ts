import { z } from 'zod';
import { GatewayError } from '../protocol/errors.ts';
import { fits } from '../protocol/pattern.ts';
import { isWithin, ZONES, type Zone } from '../protocol/zone.ts';
import type { Caller } from './caller.ts';
import { type Glob, glob } from './glob.ts';

const zone = z.enum(ZONES);

const pattern = z
  .string()
  .trim()
  .min(1)
  .superRefine((text, context) => {
    try {
      glob(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  });

const ruleSchema = z
  .strictObject({
    name: z
      .string()
      .trim()
      .min(1)
      .optional()
      .meta({ description: 'What the rule is called in errors and records; by default what it says.' }),
    repo: pattern.optional().meta({
      description:
        'A repository, e.g. github.com/acme/secret-*. Looked for in git remotes and addresses that the request holds, and in the header x-freehold-repository.',
    }),
    path: pattern.optional().meta({
      description: 'A file or folder, e.g. **/crypto/**. Looked for in the working directory and in all paths that the request holds.',
    }),
    header: z
      .record(z.string().toLowerCase(), z.string())
      .optional()
      .meta({ description: 'Headers of the client’s request, by name; in a value * stands for any text.' }),
    key: z.string().optional().meta({ description: 'The key’s name or id; * stands for any text.' }),
    team: z.string().optional().meta({ description: 'The team of the key; * stands for any text.' }),
    project: z.string().optional().meta({ description: 'The project of the key; * stands for any text.' }),
    zone: zone.meta({ description: 'The farthest zone that a request of this kind may reach.' }),
  })
  .refine(({ name: _, zone: __, ...conditions }) => Object.keys(conditions).length > 0, {
    message:
      'says of nothing that it holds; give it a repo, path, header, key, team or project. What holds for everything is zones.default',
  });

/** The part `zones` of the configuration. */
export const zonesSchema = z.strictObject({
  default: zone.default('vendor').meta({
    description:
      'The farthest zone for requests of which no rule speaks; with rules on repositories, also for those about a repository that no rule names.',
  }),
  rules: z
    .array(ruleSchema)
    .default([])
    .meta({ description: 'All of a rule’s conditions must hold; of several rules the strictest counts.' }),
});

export type ZoneSettings = z.output<typeof zonesSchema>;

/** A pattern to look for in what a request holds. */
export interface Mark {
  kind: 'repo' | 'path';
  glob: Glob;
}

/** What a request tells of where it comes from. */
export interface Signs {
  /** The repositories that it is about, e.g. `github.com/acme/app`: git remotes and what the client declared. */
  repositories: readonly string[];
  /** Which of `Zoning.marks` were met, by their place in the list: also in passing. */
  marks: ReadonlySet<number>;
}

/** How far a request may go, and who says so. */
export interface Limit {
  zone: Zone;
  /** For errors, records and the journal, e.g. `rule "secret"`. */
  rule: string;
}

/** Who asks, as far as rules want to know. */
export interface Asking {
  caller?: Caller;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

interface Rule {
  limit: Limit;
  settings: ZoneSettings['rules'][number];
  /** Place in the list of marks. */
  repo: number | undefined;
  path: number | undefined;
}

/** Asks for a nearer zone than the key allows. */
export const ZONE_HEADER = 'x-freehold-zone';
/** Names the repository, for tools that do not. */
export const REPOSITORY_HEADER = 'x-freehold-repository';

/** The rules of a configuration. Pure. */
export class Zoning {
  /** What must be looked for in requests; empty where no rule wants it. */
  readonly marks: readonly Mark[];
  readonly #rules: readonly Rule[];
  readonly #fallback: Limit;
  readonly #hasRepositories: boolean;

  constructor(settings: ZoneSettings) {
    const marks: Mark[] = [];
    const mark = (kind: Mark['kind'], text: string | undefined) =>
      text === undefined ? undefined : marks.push({ kind, glob: glob(text) }) - 1;
    this.#rules = settings.rules.map((one, at) => ({
      limit: { zone: one.zone, rule: `rule "${one.name ?? tell(one)}" (zones.rules[${at}])` },
      settings: one,
      repo: mark('repo', one.repo),
      path: mark('path', one.path),
    }));
    this.marks = marks;
    this.#hasRepositories = this.#rules.some(({ repo }) => repo !== undefined);
    this.#fallback = { zone: settings.default, rule: 'zones.default' };
  }

  /**
   * The limit that key and header set, before anything of the request is read.
   * @throws GatewayError `invalid` for a header that names no zone, `forbidden` for one beyond the key's
   */
  asked({ caller, headers }: Asking): Limit | undefined {
    const wish = headers[ZONE_HEADER];
    const own = caller?.zone && { zone: caller.zone, rule: `key "${caller.name}"` };
    if (wish === undefined) return own;
    const zone = ZONES.find((one) => one === wish);
    if (!zone) throw new GatewayError('invalid', `${ZONE_HEADER}: must be one of ${ZONES.join(', ')}`, { field: ZONE_HEADER });
    if (own && !isWithin(zone, own.zone))
      throw new GatewayError(
        'forbidden',
        `${ZONE_HEADER} asks for zone "${zone}", and the key "${caller.name}" may reach "${own.zone}" at most`,
        {
          field: ZONE_HEADER,
        },
      );
    return { zone, rule: `header ${ZONE_HEADER}` };
  }

  /** The limit that the rules set for what a request tells. */
  told(asking: Asking, signs: Signs): Limit {
    if (this.#rules.length === 0) return this.#fallback;
    const met = this.#rules.filter((rule) => holds(rule, this.marks, asking, signs));
    const limits = met.map(({ limit }) => limit);
    const unknown = signs.repositories.some((repository) => !this.#isNamed(repository));
    const silent = this.#hasRepositories && signs.repositories.length === 0 && !met.some(({ repo }) => repo !== undefined);
    if (limits.length === 0 || unknown || silent) limits.push(this.#fallback);
    return limits.reduce(nearer);
  }

  #isNamed(repository: string): boolean {
    return this.marks.some(({ kind, glob: one }) => kind === 'repo' && fitsRepository(one, repository));
  }
}

/** The stricter of two limits; of equal ones the first. */
export function nearer(a: Limit, b: Limit): Limit {
  return isWithin(a.zone, b.zone) ? a : b;
}

/** Whether an address lies in a repository of this pattern: `github.com/acme/*` also holds `github.com/acme/app/issues`. */
export function fitsRepository({ fits: isFit, length }: Glob, repository: string): boolean {
  if (!Number.isFinite(length)) return isFit(repository);
  return isFit(repository.split('/').slice(0, length).join('/'));
}

function holds({ settings, repo, path, limit }: Rule, marks: readonly Mark[], { caller, headers }: Asking, signs: Signs): boolean {
  const { header = {}, key, team, project } = settings;
  if (repo !== undefined && !isMet(repo, limit, marks[repo]!.glob, signs)) return false;
  if (path !== undefined && !signs.marks.has(path)) return false;
  if (key !== undefined && !(caller && (fits(key, caller.id) || fits(key, caller.name)))) return false;
  if (team !== undefined && !(caller?.team !== undefined && fits(team, caller.team))) return false;
  if (project !== undefined && !(caller?.project !== undefined && fits(project, caller.project))) return false;
  return Object.entries(header).every(([name, value]) => [headers[name] ?? []].flat().some((one) => fits(value, one)));
}

/** A rule that keeps at home is met by every mention of its repository; one that lets out only by a request that is about it. */
function isMet(mark: number, { zone: allowed }: Limit, pattern: Glob, { marks, repositories }: Signs): boolean {
  if (repositories.some((repository) => fitsRepository(pattern, repository))) return true;
  return allowed !== 'vendor' && marks.has(mark);
}

function tell({ repo, path, header, key, team, project }: ZoneSettings['rules'][number]): string {
  const parts = { repo, path, key, team, project, ...header };
  return Object.entries(parts)
    .flatMap(([name, value]) => (value === undefined ? [] : `${name} ${value}`))
    .join(', ');
}
