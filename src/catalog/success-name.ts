import words from './success-words.json' with { type: 'json' };

/** What a model's name says of it. */
export interface ModelName {
  /** The same for all spellings of one model: family, tiers, version, size. */
  key: string;
  /** Words of the family, sorted: `coder qwen`. */
  family: readonly string[];
  /** Words that tell a model's rank in its family, sorted: `mini`, `opus`. */
  tiers: readonly string[];
  /** Sum of what its tiers say: below 0 smaller than its family, above larger. Undefined without such words. */
  tier?: number;
  version?: number;
  /** Billions of weights; of a mixture of experts the mean in proportion of all and those at work. */
  size?: number;
}

const TIERS: Readonly<Record<string, number>> = words.tiers;
const NOISE: ReadonlySet<string> = new Set(words.noise);

/** Quantisation, number format, context length and dates: they tell copies of one model apart, not models. */
const COPIES = [
  /(?:^|[-_.:/])(?:ud[-_])?i?q\d(?:_\w+)*(?:[-_]xl)?(?=$|[-_.:])/g,
  /(?:^|[-_.:])(?:fp\d+|bf16|int\d|nvfp4|mxfp4|awq|gptq|gguf|mlx|\d+bit)(?=$|[-_.:])/g,
  /20\d\d[-_]?\d\d[-_]?\d\d/g,
  /(?<=[-_])\d\d[-_]\d\d(?=$|[-_:])/g,
  /\b\d+k\b/g,
  /v\d+:\d+$/g,
];

const EXPERTS = /(\d+)x(\d+(?:\.\d+)?)b(?![a-z])/;
const SIZE = /(?<![a-z\d.])e?(\d+(?:\.\d+)?)b(?![a-z])/;
/** Millions, and thousands where no length of context is written like that: right behind the name. */
const SMALL = /(?<![a-z\d.])(\d+)m(?![a-z])|(?<=[a-z])(\d{3})k(?![a-z])/;
const ACTIVE = /(?<![a-z])a(\d+(?:\.\d+)?)b(?![a-z])/;

/**
 * Reads a model's name: `us.vendor.some-model-4-5-20250929-v1:0`, `org/Some-Coder-32B-Instruct-GGUF`, `some-coder:7b-q4_K_M`.
 * Names follow no standard, so this is a reading by habit; what it does not know becomes a word of the family.
 */
export function readName(model: string): ModelName {
  // Names are short; what is longer is no name, and expressions over it could take long.
  let text = model.slice(-200).toLowerCase();
  text = text.slice(text.lastIndexOf('/') + 1).replace(/\.gguf$/, '');
  // Clouds put a region and the maker before the name.
  text = text.replace(/^(?:[a-z]+\.)+(?=[a-z])/, '').replace(/(\d)p(\d)/g, '$1.$2');
  for (const copy of COPIES) text = text.replace(copy, '');
  const size = sizeOf(text);
  text = text.replace(EXPERTS, '').replace(ACTIVE, '').replace(SIZE, '').replace(SMALL, '');
  const family = new Set<string>();
  const tiers = new Set<string>();
  for (const [word] of text.matchAll(/[a-z]+/g)) {
    if (Object.hasOwn(TIERS, word)) tiers.add(word);
    else if (!NOISE.has(word)) family.add(word);
  }
  const version = versionOf(text);
  const sorted = { family: [...family].sort(), tiers: [...tiers].sort() };
  const key = [
    ...sorted.family,
    ...sorted.tiers,
    version === undefined ? '' : `@${version}`,
    size === undefined ? '' : `#${Number(size.toPrecision(3))}`,
  ]
    .filter(Boolean)
    .join(' ');
  return { key, ...sorted, ...(tiers.size && { tier: sorted.tiers.reduce((sum, word) => sum + TIERS[word]!, 0) }), version, size };
}

function sizeOf(text: string): number | undefined {
  const experts = EXPERTS.exec(text);
  // Two experts at work are the habit; a mixture answers about as well as a plain model of the geometric mean.
  if (experts) return Number(experts[2]) * Math.sqrt(2 * Number(experts[1]));
  const all = SIZE.exec(text);
  if (!all) return smallSize(text);
  const active = ACTIVE.exec(text);
  return active ? Math.sqrt(Number(all[1]) * Number(active[1])) : Number(all[1]);
}

function smallSize(text: string): number | undefined {
  const [, millions, thousands] = SMALL.exec(text) ?? [];
  if (millions) return Number(millions) / 1e3;
  return thousands ? Number(thousands) / 1e6 : undefined;
}

/** The first number of the name, with the one right behind it as its decimals: `4-5` and `4.5` are the same. */
function versionOf(text: string): number | undefined {
  const found = /(?<![\d.])(\d{1,2})(?:[-_.](\d{1,2})(?![\d]))?(?!\d)/.exec(text);
  if (!found) return undefined;
  return Number(found[2] === undefined ? found[1] : `${found[1]}.${found[2]}`);
}
