import shipped from './success.json' with { type: 'json' };
import { factsByName } from './success-facts.ts';
import { type ModelName, readName } from './success-name.ts';

/** How a belief was come by, best first: results of this very model, of its relatives, of what is known of it, or of all models. */
export type Ground = 'model' | 'family' | 'traits' | 'nothing';

/** What may be expected of a model at a class of work before anybody has looked: a Beta distribution by its mean and its weight. */
export interface Prior {
  /** Chance of success, 0 to 1. Levels differ between classes of work by how strict their graders are; within a class models compare. */
  mean: number;
  /** Pseudo-observations that it is worth; small where it is guessed. */
  weight: number;
  ground: Ground;
  /** In words, e.g. `swe-bench-bash-only-1, 500 cases` or `like qwen2.5-coder-32b`. */
  source: string;
}

/** What is known of a model. Nothing but the name is needed; the rest is looked up by it where it is missing. */
export interface ModelTraits {
  /** The provider's own name for it. */
  name: string;
  /** Its weights can be downloaded. */
  open?: boolean;
  /** ISO date. */
  released?: string;
  /** List price of its answers, US dollars per million tokens. */
  outputPrice?: number;
}

/** An estimate in log-odds, with its variance. */
export interface Estimate {
  mean: number;
  variance: number;
}

/** Which prompt-independent facts stand for ability, each with its typical value, used where it is unknown. */
export const TRAITS = ['size', 'tier', 'price', 'age', 'open'] as const;
export type Trait = (typeof TRAITS)[number];

/** The table, written by `npm run bench:routing -- --train`. All in log-odds: success = offset + slope × ability + what is peculiar to the class. */
export interface SuccessTable {
  date: string;
  sources: Readonly<Record<string, { source: string; date: string; licence: string }>>;
  works: Readonly<Record<string, { offset: number; slope: number; noise: number; standIn?: string }>>;
  traits: { base: number; variance: number } & Readonly<Record<Trait, { typical: number; effect: number }>>;
  /** Variance of a model's ability when only a relative's is known. */
  relatives: number;
  models: Readonly<Record<string, ModelRow>>;
}

interface ModelRow {
  name: string;
  ability: Estimate;
  /** Years after 2024 began. */
  age?: number;
  /** Benchmarks and cases. */
  from: string;
  /** What is peculiar to it at a class of work. */
  works: Readonly<Record<string, Estimate>>;
}

/** A table made ready for look-ups. */
export interface Priors {
  of(model: ModelTraits, work: string): Prior;
}

/** A belief is worth something even where nothing is known, and never more than an evaluation on one's own tasks soon outweighs. */
const WEIGHT = { least: 1, guessed: 10, most: 60 } as const;

/** A model that nobody lists and whose name tells nothing may be anything: leaderboards hold what somebody was proud of. */
const UNHEARD_OF = 4;

/**
 * Reads a table of expected success. Exact model → nearest relative → size, tier, price, age and openness → all models.
 * @throws RangeError for a class of work that the table does not have
 */
export function priorsFrom(table: SuccessTable): Priors {
  const relatives = Object.values(table.models).map((row) => ({ ...row, read: readName(row.name) }));
  const remembered = new Map<string, Found>();
  const find = (model: ModelTraits): Found => {
    const name = readName(model.name);
    const known = Object.hasOwn(table.models, name.key) ? table.models[name.key] : undefined;
    return known
      ? { ability: known.ability, ground: 'model', source: known.from, works: known.works }
      : guess(name, model, table, relatives);
  };
  return {
    of(model, work) {
      const kind = Object.hasOwn(table.works, work) ? table.works[work] : undefined;
      if (!kind) throw new RangeError(`no expectations for "${work}"; the table has ${Object.keys(table.works).join(', ')}`);
      const about = `${model.name}\n${model.released}\n${model.outputPrice}\n${model.open}`;
      const found = remembered.get(about) ?? find(model);
      if (remembered.size < REMEMBERED) remembered.set(about, found);
      const peculiar = found.works?.[work] ?? { mean: 0, variance: kind.noise };
      const odds = kind.offset + kind.slope * found.ability.mean + peculiar.mean;
      const variance = kind.slope ** 2 * found.ability.variance + peculiar.variance;
      const source = `${found.source}${kind.standIn ? ` (stands in: ${kind.standIn})` : ''}`;
      return { ...asBeta(odds, variance, found.ground === 'model' ? WEIGHT.most : WEIGHT.guessed), ground: found.ground, source };
    },
  };
}

/** Names that are read once only; clients may invent more, which are then read each time. */
const REMEMBERED = 2000;

interface Found {
  ability: Estimate;
  ground: Ground;
  source: string;
  works?: ModelRow['works'];
}

interface Relative extends ModelRow {
  read: ModelName;
}

/**
 * A normal distribution of log-odds as a Beta distribution. Mean by MacKay's approximation of the logistic-normal integral
 * (Neural Computation 4(5), 1992); weight so that both have the same variance to first order.
 */
function asBeta(odds: number, variance: number, most: number): { mean: number; weight: number } {
  const mean = 1 / (1 + Math.exp(-odds / Math.sqrt(1 + (Math.PI * variance) / 8)));
  const weight = 1 / (mean * (1 - mean) * variance) - 1;
  return { mean, weight: Math.min(most, Math.max(WEIGHT.least, weight)) };
}

function guess(name: ModelName, model: ModelTraits, table: SuccessTable, relatives: readonly Relative[]): Found {
  const listed = factsByName(model.name);
  const values = traitsOf(name, {
    name: model.name,
    open: model.open ?? listed?.open,
    released: model.released ?? listed?.released,
    outputPrice: model.outputPrice ?? listed?.outputPrice,
  });
  const { traits } = table;
  const nearest = nearestTo(name, relatives);
  if (nearest) {
    // A smaller sister is weaker, a younger one better.
    const { one, far } = nearest;
    const bigger = name.size && one.read.size ? traits.size.effect * Math.log2(name.size / one.read.size) : 0;
    const younger = values.age !== undefined && one.age !== undefined ? traits.age.effect * (values.age - one.age) : 0;
    const variance = Math.min(traits.variance, table.relatives * (1 + far)) + one.ability.variance;
    return { ability: { mean: one.ability.mean + bigger + younger, variance }, ground: 'family', source: `like ${one.name}` };
  }
  const knows = TRAITS.filter((trait) => values[trait] !== undefined);
  const mean = expected(values, traits);
  if (!knows.length)
    return {
      ability: { mean, variance: traits.variance * UNHEARD_OF },
      ground: 'nothing',
      source: 'all models; nothing is known of this one',
    };
  return { ability: { mean, variance: traits.variance }, ground: 'traits', source: `its ${knows.join(', ')}` };
}

/** The nearest relative and how far it is, undefined when a model has none. Ties go to the one that comes first. */
export function nearestTo<R extends { read: ModelName }>(name: ModelName, relatives: readonly R[]): { one: R; far: number } | undefined {
  let best: { one: R; far: number } | undefined;
  for (const one of relatives) {
    const far = distance(name, one.read);
    if (far < (best?.far ?? Number.POSITIVE_INFINITY)) best = { one, far };
  }
  return best;
}

/** What traits tell of a model's ability, in log-odds. */
export function expected(values: Readonly<Partial<Record<Trait, number>>>, traits: SuccessTable['traits']): number {
  return TRAITS.reduce(
    (sum, trait) => sum + traits[trait].effect * ((values[trait] ?? traits[trait].typical) - traits[trait].typical),
    traits.base,
  );
}

/** Traits as numbers: size in doublings of a billion weights, price in doublings of a dollar, age in years after 2024 began. */
export function traitsOf(name: ModelName, model: ModelTraits): Partial<Record<Trait, number>> {
  const { released, outputPrice, open } = model;
  return {
    size: name.size && Math.log2(name.size),
    tier: name.tier,
    price: outputPrice ? Math.log2(outputPrice) : undefined,
    age: released ? (Date.parse(released) - Date.parse('2024-01-01')) / (365.25 * 24 * 3600 * 1000) : undefined,
    open: open === undefined ? undefined : Number(open),
  };
}

/** How far two models of a family are apart, in steps of a version, half doublings of size, and words; infinite where they are no relatives. */
function distance(a: ModelName, b: ModelName): number {
  const shared = a.family.filter((word) => b.family.includes(word)).length;
  const alike = shared / (a.family.length + b.family.length - shared);
  if (!(alike >= 0.5) || a.tiers.join() !== b.tiers.join()) return Number.POSITIVE_INFINITY;
  const versions = a.version === b.version ? 0 : Math.abs((a.version ?? 0) - (b.version ?? 0)) || 1;
  const sizes = a.size && b.size ? Math.abs(Math.log2(a.size / b.size)) / 2 : Number(a.size !== b.size);
  return Math.min(versions, 3) + sizes + OTHER_WORDS * (1 - alike);
}

/** A specialised sister (`coder`) is farther than the next version. */
const OTHER_WORDS = 4;

/** The table that comes with Freehold. */
export const PRIORS: Priors = priorsFrom(shipped);
