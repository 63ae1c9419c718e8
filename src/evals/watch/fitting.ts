import { readName } from '../../catalog/success-name.ts';

/** Open weights that are served nowhere here, and would run on this machine. */
export interface Fitting {
  /** As a seller names it. */
  name: string;
  /** Billions of weights. */
  billions: number;
  licence: string;
  /** Memory it would take with four bits a weight and a small window. Bytes. */
  needBytes: number;
  /** Expected success at the class that was asked about. */
  expected: number;
}

export interface FittingParts {
  /** Names of models whose weights can be downloaded. */
  open: Iterable<string>;
  /** The licence under which a company may run it; undefined: it may not, or nobody knows. */
  licence(name: string): string | undefined;
  expected(name: string): number;
  /** Memory for weights of so many bytes. */
  need(fileBytes: number): number;
  availableBytes: number;
  /** Names that are served already. */
  served: Iterable<string>;
}

/** With four bits a weight, and the layers that are kept finer (Q4_K_M): 4.85 bits on average. */
const BYTES_A_WEIGHT = 4.85 / 8;
/** The rest of the machine has work too. */
const USABLE = 0.75;

/** Open weights that fit, the most promising first; of several copies of one model one. Pure. */
export function fitting({ open, licence, expected, need, availableBytes, served }: FittingParts, most: number): Fitting[] {
  const there = new Set([...served].map((name) => readName(name).key));
  const found = new Map<string, Fitting>();
  for (const name of open) {
    const { key } = readName(name);
    const billions = weightsIn(name);
    const under = licence(name);
    if (billions === undefined || under === undefined || there.has(key) || found.has(key)) continue;
    const needBytes = need(billions * 1e9 * BYTES_A_WEIGHT);
    if (needBytes > availableBytes * USABLE) continue;
    found.set(key, { name, billions, licence: under, needBytes, expected: expected(name) });
  }
  return [...found.values()].sort((a, b) => b.expected - a.expected || a.needBytes - b.needBytes).slice(0, most);
}

/** All weights of a model by its name, in billions: of a mixture those at rest too, because all lie in memory. */
function weightsIn(name: string): number | undefined {
  const text = name.toLowerCase();
  const experts = /(\d+)x(\d+(?:\.\d+)?)b(?![a-z])/.exec(text);
  if (experts) return Number(experts[1]) * Number(experts[2]);
  const all = /(?<![a-z\d.])(\d+(?:\.\d+)?)b(?![a-z])/.exec(text);
  return all ? Number(all[1]) : undefined;
}
