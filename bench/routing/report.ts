import { average, type Forecast } from './cold.ts';
import type { Contest } from './contest.ts';
import type { Gap } from './gap.ts';
import type { Transfer } from './transfer.ts';

/** All that was measured. */
export interface Measured {
  contests: Contest[];
  pairs: { set: string; questions: number; weak: number; strong: number; results: Gap[] }[];
  transfers: Transfer[];
  cold: Forecast[];
}

const GROUNDS = { family: 'a relative’s results', traits: 'size, tier, price, age, openness', nothing: 'nothing' } as const;

/** The report as Markdown. The same figures give the same text. */
export function report({ contests, pairs, transfers, cold }: Measured): string {
  return [
    ...contests.map(contestTable),
    pairs.length ? pairTables(pairs) : '',
    transfers.length ? transferTable(transfers) : '',
    cold.length ? coldTable(cold) : '',
  ]
    .filter(Boolean)
    .join('\n\n');
}

function contestTable({ name, problems, models, reference, results, curve }: Contest): string {
  const rows = results.map(({ name: policy, quality, cost, seconds, against: { value, low, high } }) => {
    const mark = low > 0 ? ' **better**' : high < 0 ? ' worse' : '';
    const difference = policy === reference ? '' : `${signed(value)} (${signed(low)} to ${signed(high)})${mark}`;
    return `| ${policy} | ${quality.toFixed(2)} | ${cost.toFixed(2)} | ${seconds ? seconds.toFixed(1) : ''} | ${difference} |`;
  });
  return [
    `### ${name}: ${problems} problems, ${models} models`,
    '',
    `| policy | quality, % | cost, $ | seconds | points against the ${reference}, 95 % interval |`,
    '|---|---:|---:|---:|---|',
    ...rows,
    ...(curve.length ? ['', ...curveLines({ results, curve })] : []),
  ].join('\n');
}

function curveLines({ results, curve }: Pick<Contest, 'results' | 'curve'>): string[] {
  const single = results.find(({ name }) => name === 'best single')!;
  const table = results.find(({ name }) => name === 'class table')!;
  const points = curve.map(({ worth, quality, cost }) => `${worth} → ${quality.toFixed(2)} % for $${cost.toFixed(2)}`).join('; ');
  const at = (cost: number) => `${qualityAt(curve, cost).toFixed(2)} %`;
  const least = (quality: number) => {
    const found = costOf(curve, quality);
    return found === undefined ? 'is not reached' : `costs $${found.toFixed(2)}`;
  };
  return [
    `The router's curve (mode balanced, with outcomes), by what a task done well is worth in dollars: ${points}.`,
    '',
    `- **At equal cost.** For what the best single model costs ($${single.cost.toFixed(2)}, ${single.quality.toFixed(2)} %) the router reaches ${at(single.cost)}; for what the class table costs ($${table.cost.toFixed(2)}, ${table.quality.toFixed(2)} %), ${at(table.cost)}.`,
    `- **At 95 %.** 95 % of the best single model's quality ${least(0.95 * single.quality)} instead of $${single.cost.toFixed(2)}; 95 % of the class table's ${least(0.95 * table.quality)} instead of $${table.cost.toFixed(2)}.`,
  ];
}

/** The best quality that the curve reaches for a cost, straight between its points. */
export function qualityAt(curve: Contest['curve'], cost: number): number {
  const within = curve.filter((point) => point.cost <= cost);
  const best = Math.max(...within.map(({ quality }) => quality));
  const beyond = curve.find((point) => point.cost > cost);
  const last = within.at(-1);
  if (!last) return 0;
  if (!beyond) return best;
  return Math.max(best, last.quality + ((cost - last.cost) / (beyond.cost - last.cost)) * (beyond.quality - last.quality));
}

/** The least cost at which the curve reaches a quality, undefined when it never does. */
export function costOf(curve: Contest['curve'], quality: number): number | undefined {
  const at = curve.findIndex((point) => point.quality >= quality);
  const over = curve[at];
  const under = curve[at - 1];
  if (!over || !under || over.quality === under.quality) return over?.cost;
  return under.cost + ((quality - under.quality) / (over.quality - under.quality)) * (over.cost - under.cost);
}

function pairTables(pairs: Measured['pairs']): string {
  return pairs
    .map(({ set, questions, weak, strong, results }) =>
      [
        `### mixtral-8x7b or gpt-4-1106, ${set}: ${questions} questions, ${(100 * weak).toFixed(1)} % and ${(100 * strong).toFixed(1)} % right`,
        '',
        '| policy | APGR, 95 % interval | strong calls for half the gap | for 80 % |',
        '|---|---|---:|---:|',
        ...results.map(
          ({ name, apgr: { value, low, high }, cpt50, cpt80 }) =>
            `| ${name} | ${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)}) | ${(100 * cpt50).toFixed(1)} % | ${(100 * cpt80).toFixed(1)} % |`,
        ),
      ].join('\n'),
    )
    .join('\n\n');
}

function transferTable(transfers: readonly Transfer[]): string {
  return [
    '### Words learnt on mmlu, used elsewhere',
    '',
    '| kind | models | APGR of the words | of the prompt’s length |',
    '|---|---|---:|---:|',
    ...transfers.map(
      ({ kind, weak, strong, words, length }) => `| ${kind} | ${weak} or ${strong} | ${words.toFixed(3)} | ${length.toFixed(3)} |`,
    ),
  ].join('\n');
}

function coldTable(cold: readonly Forecast[]): string {
  const groups = [...Map.groupBy(cold, ({ ground }) => ground)].filter(([ground]) => ground !== 'model');
  return [
    `### A model that nobody has tried: ${cold.length} results of ${new Set(cold.map(({ model }) => model)).size} models, each forecast by a table made without it`,
    '',
    '| what is known | results | mean error, points | error of the benchmark’s average | squared surprise (1 is honest) |',
    '|---|---:|---:|---:|---:|',
    ...groups.map(([ground, rows]) => {
      const error = 100 * average(rows.map(({ expected, found }) => Math.abs(expected - found)));
      const plain = 100 * average(rows.map(({ average: mean, found }) => Math.abs(mean - found)));
      const surprise = average(rows.map((row) => row.surprise));
      return `| ${GROUNDS[ground as keyof typeof GROUNDS]} | ${rows.length} | ${error.toFixed(1)} | ${plain.toFixed(1)} | ${surprise.toFixed(2)} |`;
    }),
  ].join('\n');
}

const signed = (value: number): string => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(2)}`;
