import table from './models.json' with { type: 'json' };
import { readName } from './success-name.ts';

/** What the catalogue knows of a model wherever it runs. */
export interface NamedFacts {
  open?: boolean;
  /** ISO date. */
  released?: string;
  /** US dollars per million tokens of its answers, the middle of all sellers. */
  outputPrice?: number;
}

interface Row {
  released?: string;
  open?: boolean;
  output?: number;
}

let index: Map<string, Row[]> | undefined;

/** What is known of a model by its name alone, whoever sells it: one's own copy of it is as old and as able. Undefined for unknown names. */
export function factsByName(name: string): NamedFacts | undefined {
  // Made when it is first asked for: most models are found without it.
  index ??= indexed();
  const rows = index.get(readName(name).key);
  if (!rows) return undefined;
  const prices = rows.flatMap(({ output }) => (output ? [output] : [])).sort((a, b) => a - b);
  return {
    open: rows.some(({ open }) => open),
    released: rows.flatMap(({ released }) => released ?? []).sort()[0],
    outputPrice: prices[prices.length >> 1],
  };
}

function indexed(): Map<string, Row[]> {
  const found = new Map<string, Row[]>();
  const providers: Readonly<Record<string, Readonly<Record<string, Row>>>> = table.providers;
  for (const models of Object.values(providers))
    for (const [name, row] of Object.entries(models)) {
      const { key } = readName(name);
      const known = found.get(key);
      if (known) known.push(row);
      else found.set(key, [row]);
    }
  return found;
}
