import { type Estimate, expected, type ModelTraits, nearestTo, type SuccessTable, TRAITS, traitsOf } from '../../src/catalog/success.ts';
import { readName } from '../../src/catalog/success-name.ts';
import { solve } from './linear.ts';
import type { Observation } from './observe.ts';

/** One result in log-odds. */
interface Cell {
  key: string;
  benchmark: string;
  works: Observation['works'];
  odds: number;
  /** Of the counting alone. */
  variance: number;
  cases: number;
}

interface Model extends Estimate {
  name: string;
  traits: ReturnType<typeof traitsOf>;
}

interface Line {
  offset: number;
  slope: number;
  /** Variance of what ability does not tell, beside the counting. */
  misfit: number;
}

type Fitted = Omit<SuccessTable, 'date' | 'sources'>;

const ROUNDS = 60;
/** Before any data: a benchmark tells models apart as well as the average one, give or take a half. */
const SLOPE = { mean: 0.8, variance: 0.15 } as const;
/** How far one's own tasks lie from a benchmark of their class, as a variance in log-odds: a guess, about five points in a hundred. */
const TRANSFER = 0.05;
/** Weight of "no effect" for traits, in models. */
const RIDGE = 4;

/**
 * Fits success = offset + slope × ability + what is peculiar to a class of work, in log-odds: the two-parameter model of item response
 * theory (Birnbaum 1968) on shares instead of single answers, by alternating least squares. A model's ability starts from its traits, so
 * that few results move it little.
 * @param facts what the catalogue knows of a model
 */
export function fit(observations: readonly Observation[], facts: (name: string) => ModelTraits): Fitted {
  const cells = observations.map(cellOf);
  const models = new Map<string, Model>();
  for (const { model } of observations) {
    const name = readName(model);
    if (!models.has(name.key)) models.set(name.key, { name: model, mean: 0, variance: 1, traits: traitsOf(name, facts(model)) });
  }
  const byModel = Map.groupBy(cells, ({ key }) => key);
  const byBenchmark = Map.groupBy(cells, ({ benchmark }) => benchmark);
  const lines = new Map<string, Line>([...byBenchmark.keys()].map((name) => [name, { offset: 0, slope: SLOPE.mean, misfit: 0.2 }]));
  let traits = noTraits([...models.values()]);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [benchmark, its] of byBenchmark) lines.set(benchmark, lineOf(its, models, lines.get(benchmark)!.misfit));
    for (const [key, its] of byModel)
      Object.assign(models.get(key)!, abilityOf(its, lines, expected(models.get(key)!.traits, traits), traits.variance));
    const centre = mean([...models.values()].map((model) => model.mean));
    const spread = Math.sqrt(mean([...models.values()].map((model) => (model.mean - centre) ** 2))) || 1;
    // Ability and slope are known only as a product: ability is what has a mean of 0 and a deviation of 1.
    for (const model of models.values())
      Object.assign(model, { mean: (model.mean - centre) / spread, variance: model.variance / spread ** 2 });
    for (const line of lines.values()) Object.assign(line, { offset: line.offset + line.slope * centre, slope: line.slope * spread });
    traits = traitsFrom([...models.values()]);
    const overall = misfitOf(cells, models, lines);
    for (const [benchmark, its] of byBenchmark) lines.get(benchmark)!.misfit = misfitOf(its, models, lines, overall);
  }
  return assemble(cells, models, lines, traits);
}

function cellOf({ model, benchmark, works, mean: share, cases }: Observation): Cell {
  const smooth = (share * cases + 0.5) / (cases + 1);
  return {
    key: readName(model).key,
    benchmark,
    works,
    odds: Math.log(smooth / (1 - smooth)),
    variance: 1 / (cases * smooth * (1 - smooth)),
    cases,
  };
}

function lineOf(cells: readonly Cell[], models: ReadonlyMap<string, Model>, misfit: number): Line {
  const rows = cells.map(({ key, odds, variance }) => ({ ability: models.get(key)!.mean, odds, weight: 1 / (variance + misfit) }));
  const total = sum(rows.map(({ weight }) => weight));
  const ability = sum(rows.map((row) => row.weight * row.ability)) / total;
  const odds = sum(rows.map((row) => row.weight * row.odds)) / total;
  const spread = sum(rows.map((row) => row.weight * (row.ability - ability) ** 2));
  const together = sum(rows.map((row) => row.weight * (row.ability - ability) * (row.odds - odds)));
  const slope = Math.max(0.2, (together + SLOPE.mean / SLOPE.variance) / (spread + 1 / SLOPE.variance));
  return { offset: odds - slope * ability, slope, misfit };
}

function abilityOf(cells: readonly Cell[], lines: ReadonlyMap<string, Line>, start: number, variance: number): Estimate {
  let precision = 1 / variance;
  let pull = start / variance;
  for (const cell of cells) {
    const { offset, slope, misfit } = lines.get(cell.benchmark)!;
    const weight = 1 / (cell.variance + misfit);
    precision += weight * slope ** 2;
    pull += weight * slope * (cell.odds - offset);
  }
  return { mean: pull / precision, variance: 1 / precision };
}

function residual({ key, benchmark, odds }: Cell, models: ReadonlyMap<string, Model>, lines: ReadonlyMap<string, Line>): number {
  const { offset, slope } = lines.get(benchmark)!;
  return odds - offset - slope * models.get(key)!.mean;
}

/** Mean squared residual beyond the counting's own, drawn towards that of all benchmarks as if five more cells had it. */
function misfitOf(cells: readonly Cell[], models: ReadonlyMap<string, Model>, lines: ReadonlyMap<string, Line>, overall?: number): number {
  const squares = cells.map((cell) => residual(cell, models, lines) ** 2 - cell.variance);
  if (overall !== undefined) squares.push(...Array.from({ length: 5 }, () => overall));
  return Math.max(0.02, mean(squares));
}

/** Ridge regression of ability on traits; what is unknown counts as typical. */
function traitsFrom(models: readonly Model[]): SuccessTable['traits'] {
  const typical = TRAITS.map((trait) => mean(models.flatMap(({ traits }) => traits[trait] ?? [])));
  const rows = models.map(({ traits }) => [1, ...TRAITS.map((trait, at) => (traits[trait] ?? typical[at]!) - typical[at]!)]);
  const effects = solve(
    rows,
    models.map((model) => model.mean),
    RIDGE,
  );
  const errors = models.map((model, at) => model.mean - sum(rows[at]!.map((value, column) => value * effects[column]!)));
  return {
    ...(Object.fromEntries(TRAITS.map((trait, at) => [trait, { typical: typical[at]!, effect: effects[at + 1]! }])) as Omit<
      SuccessTable['traits'],
      'base' | 'variance'
    >),
    base: effects[0]!,
    variance: mean(errors.map((error, at) => error ** 2 + models[at]!.variance)),
  };
}

const noTraits = (models: readonly Model[]): SuccessTable['traits'] => ({ ...traitsFrom(models), base: 0, variance: 1 });

function assemble(
  cells: readonly Cell[],
  models: ReadonlyMap<string, Model>,
  lines: ReadonlyMap<string, Line>,
  traits: SuccessTable['traits'],
): Fitted {
  const works = new Map([...byWork(cells)].map(([work, its]) => [work, levelOf(work, its, lines)] as const));
  const rows = [...Map.groupBy(cells, ({ key }) => key)].map(([key, its]) => {
    const { name, mean: ability, variance, traits: of } = models.get(key)!;
    const peculiar = [...byWork(its)].map(([work, some]) => [work, peculiarOf(work, some, ability, works.get(work)!, lines)] as const);
    const cases = sum(its.map((cell) => cell.cases));
    const from = `${[...new Set(its.map(({ benchmark }) => benchmark.split('/')[0]!))].join(', ')}; ${cases} cases`;
    const age = of.age === undefined ? undefined : { age: of.age };
    return [key, { name, ability: { mean: ability, variance }, ...age, from, works: Object.fromEntries(peculiar) }] as const;
  });
  return { works: Object.fromEntries(works), traits, relatives: relativesFrom(models, traits), models: Object.fromEntries(rows) };
}

/** Results by each class of work that they tell of. */
function byWork(cells: readonly Cell[]): Map<string, Cell[]> {
  const found = new Map<string, Cell[]>();
  for (const cell of cells) for (const work of Object.keys(cell.works)) found.set(work, [...(found.get(work) ?? []), cell]);
  return found;
}

/** A class's line: that of its benchmarks, by how much each tells of it. */
function levelOf(work: string, cells: readonly Cell[], lines: ReadonlyMap<string, Line>): SuccessTable['works'][string] {
  const own = [...new Map(cells.map(({ benchmark, works }) => [benchmark, works[work]!]))];
  const total = sum(own.map(([, bearing]) => bearing));
  const blend = (value: (line: Line) => number) => sum(own.map(([name, bearing]) => bearing * value(lines.get(name)!))) / total;
  return { offset: blend(({ offset }) => offset), slope: blend(({ slope }) => slope), noise: blend(({ misfit }) => misfit) + TRANSFER };
}

/** What a model's results at one class say beyond its ability. Each benchmark is put on the class's own level first. */
function peculiarOf(
  work: string,
  cells: readonly Cell[],
  ability: number,
  { slope, noise }: SuccessTable['works'][string],
  lines: ReadonlyMap<string, Line>,
): Estimate {
  const weights = cells.map(({ variance, works }) => works[work]! / (variance + TRANSFER));
  // The benchmark's level is taken off, its slope is not: how far models lie apart there is what the class is judged by.
  const gaps = cells.map(({ odds, benchmark }) => odds - lines.get(benchmark)!.offset - slope * ability);
  const precision = 1 / noise + sum(weights);
  return { mean: sum(gaps.map((gap, at) => gap * weights[at]!)) / precision, variance: 1 / precision + TRANSFER };
}

/** How far a model's ability is from that of its nearest relative, as the variance at distance 0. */
function relativesFrom(models: ReadonlyMap<string, Model>, traits: SuccessTable['traits']): number {
  const all = [...models.values()].map((model) => ({ ...model, read: readName(model.name) }));
  const gaps = all.flatMap((one) => {
    const near = nearestTo(
      one.read,
      all.filter((other) => other !== one),
    );
    if (!near) return [];
    const other = near.one;
    const bigger = one.read.size && other.read.size ? traits.size.effect * Math.log2(one.read.size / other.read.size) : 0;
    const younger =
      one.traits.age !== undefined && other.traits.age !== undefined ? traits.age.effect * (one.traits.age - other.traits.age) : 0;
    return (one.mean - other.mean - bigger - younger) ** 2 / (1 + near.far);
  });
  return gaps.length ? mean(gaps) : traits.variance;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => (values.length ? sum(values) / values.length : 0);
