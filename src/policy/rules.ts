import { fits } from '../protocol/pattern.ts';
import type { Caller } from './caller.ts';
import { glob } from './glob.ts';
import type { Mode } from './plan.ts';
import type { RoutingRule } from './routing.ts';
import { fitsRepository, type Mark } from './zones.ts';

/** What rules ask of a request. */
export interface Facts {
  task: string;
  /** 0 to 1. */
  complexity: number;
  /** Of the prompt. */
  tokens: number;
  tools: boolean;
  caller?: Caller;
  /** E.g. `github.com/acme/app`. */
  repositories: readonly string[];
  /** Which of `RuleBook.marks` were met, by their place in the list. */
  marks: ReadonlySet<number>;
}

/** What a rule says. */
export interface Ruling {
  rule: string;
  mode?: Mode;
  /** Names of models as the file has them, in order. */
  models?: readonly string[];
}

interface Rule {
  name: string;
  settings: RoutingRule;
  repo: number | undefined;
  path: number | undefined;
}

/** The rules of a configuration. Pure. */
export class RuleBook {
  /** What must be looked for in requests; empty where no rule wants it. */
  readonly marks: readonly Mark[];
  /** Every name that a rule gives models by. */
  readonly names: readonly string[];
  readonly #rules: readonly Rule[];

  constructor(rules: readonly RoutingRule[]) {
    const marks: Mark[] = [];
    const mark = (kind: Mark['kind'], text: string | undefined) =>
      text === undefined ? undefined : marks.push({ kind, glob: glob(text) }) - 1;
    this.#rules = rules.map((settings, at) => ({
      name: settings.name === undefined ? `routing.rules[${at}]` : `rule "${settings.name}"`,
      settings,
      repo: mark('repo', settings.when.repo),
      path: mark('path', settings.when.path),
    }));
    this.marks = marks;
    this.names = [...new Set(rules.flatMap(({ models }) => namesIn(models)))];
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** The first rule that holds. @param chance 0 to below 1, the same for all of a conversation: picks among weighted models */
  ruling(facts: Facts, chance: number): Ruling | undefined {
    const rule = this.#rules.find((one) => this.#holds(one, facts));
    if (!rule) return undefined;
    const { mode, models } = rule.settings;
    if (mode) return { rule: rule.name, mode };
    return { rule: rule.name, models: Array.isArray(models) ? models : drawn(models ?? {}, chance) };
  }

  #holds({ settings: { when }, repo, path }: Rule, { caller, ...facts }: Facts): boolean {
    const { task, complexity, key, team, tokens, tools } = when;
    if (task && !task.includes(facts.task)) return false;
    if (complexity && !isIn(complexity, facts.complexity)) return false;
    if (tokens && !isIn(tokens, facts.tokens)) return false;
    if (tools !== undefined && tools !== facts.tools) return false;
    if (key && !(caller && key.some((one) => fits(one, caller.id) || fits(one, caller.name)))) return false;
    if (team && !(caller?.team !== undefined && team.some((one) => fits(one, caller.team!)))) return false;
    if (path !== undefined && !facts.marks.has(path)) return false;
    return repo === undefined || facts.marks.has(repo) || facts.repositories.some((one) => fitsRepository(this.marks[repo]!.glob, one));
  }
}

/** The names that a rule gives. */
export function namesIn(models: RoutingRule['models']): string[] {
  return Array.isArray(models) ? models : Object.keys(models ?? {});
}

function isIn(
  { above = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY }: { above?: number; below?: number },
  value: number,
): boolean {
  return value > above && value < below;
}

/** One by chance, with the others behind it by weight, should it fail. */
function drawn(weights: Readonly<Record<string, number>>, chance: number): string[] {
  const entries = Object.entries(weights);
  let left = chance * entries.reduce((sum, [, weight]) => sum + weight, 0);
  const at = entries.findIndex(([, weight]) => {
    left -= weight;
    return left < 0;
  });
  const others = entries.filter((_, n) => n !== at).sort((a, b) => b[1] - a[1]);
  return [entries[at], ...others].flatMap((entry) => (entry ? [entry[0]] : []));
}
