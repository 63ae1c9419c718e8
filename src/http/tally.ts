/**
 * Counters and histograms that cost a few additions on the hot path; the text is made when someone scrapes.
 * (A general metrics library hashes the labels of every observation: measured at 5 µs an exchange, a tenth of a whole relay.)
 * Format: https://prometheus.io/docs/instrumenting/exposition_formats/
 */

/** Label values in the order of the family's label names. */
type Labels = readonly string[];

/** Most label sets a family keeps; what comes later is counted under `other`, so that names made up by clients cannot fill the memory. */
const MOST_SERIES = 1000;

abstract class Family<Series> {
  readonly #name: string;
  readonly #help: string;
  readonly #type: string;
  readonly #labels: readonly string[];
  readonly #series = new Map<string, { labels: Labels; series: Series }>();
  #last: { labels: Labels; series: Series } | undefined;

  constructor(name: string, help: string, type: string, labels: readonly string[]) {
    this.#name = name;
    this.#help = help;
    this.#type = type;
    this.#labels = labels;
  }

  protected abstract fresh(): Series;
  protected abstract lines(name: string, series: Series, labels: (more?: string) => string): string[];

  protected of(labels: Labels): Series {
    // Exchanges in a row mostly bear the same labels.
    if (this.#last && same(this.#last.labels, labels)) return this.#last.series;
    const key = labels.join('\0');
    let entry = this.#series.get(key);
    if (!entry) {
      if (this.#series.size >= MOST_SERIES && labels.some((label) => label !== 'other')) return this.of(labels.map(() => 'other'));
      entry = { labels, series: this.fresh() };
      this.#series.set(key, entry);
    }
    this.#last = entry;
    return entry.series;
  }

  print(): string {
    const lines = [`# HELP ${this.#name} ${this.#help}`, `# TYPE ${this.#name} ${this.#type}`];
    for (const { labels, series } of this.#series.values()) {
      const pairs = this.#labels.map((name, at) => `${name}="${escaped(labels[at] ?? '')}"`);
      const print = (more?: string) => {
        const all = more ? [...pairs, more] : pairs;
        return all.length ? `{${all.join(',')}}` : '';
      };
      lines.push(...this.lines(this.#name, series, print));
    }
    return `${lines.join('\n')}\n`;
  }
}

function same(a: Labels, b: Labels): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return a.length === b.length;
}

function escaped(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}

export class Counter extends Family<{ value: number }> {
  constructor(name: string, help: string, labels: readonly string[] = []) {
    super(name, help, 'counter', labels);
  }

  add(labels: Labels, amount = 1): void {
    this.of(labels).value += amount;
  }

  protected fresh(): { value: number } {
    return { value: 0 };
  }

  protected lines(name: string, series: { value: number }, labels: () => string): string[] {
    return [`${name}${labels()} ${series.value}`];
  }
}

export class Gauge extends Family<{ value: number }> {
  constructor(name: string, help: string, labels: readonly string[] = []) {
    super(name, help, 'gauge', labels);
  }

  set(labels: Labels, value: number): void {
    this.of(labels).value = value;
  }

  protected fresh(): { value: number } {
    return { value: 0 };
  }

  protected lines(name: string, series: { value: number }, labels: () => string): string[] {
    return [`${name}${labels()} ${series.value}`];
  }
}

interface Buckets {
  counts: Float64Array;
  sum: number;
  count: number;
}

export class Histogram extends Family<Buckets> {
  readonly #bounds: readonly number[];

  /** @param bounds upper bounds of the buckets, ascending, in the unit of the name */
  constructor(name: string, help: string, bounds: readonly number[], labels: readonly string[] = []) {
    super(name, help, 'histogram', labels);
    this.#bounds = bounds;
  }

  observe(labels: Labels, value: number): void {
    const buckets = this.of(labels);
    let at = 0;
    while (at < this.#bounds.length && value > this.#bounds[at]!) at++;
    buckets.counts[at]!++;
    buckets.sum += value;
    buckets.count++;
  }

  protected fresh(): Buckets {
    return { counts: new Float64Array(this.#bounds.length + 1), sum: 0, count: 0 };
  }

  protected lines(name: string, { counts, sum, count }: Buckets, labels: (more?: string) => string): string[] {
    let below = 0;
    const lines = this.#bounds.map((bound, at) => {
      below += counts[at]!;
      return `${name}_bucket${labels(`le="${bound}"`)} ${below}`;
    });
    return [
      ...lines,
      `${name}_bucket${labels('le="+Inf"')} ${count}`,
      `${name}_sum${labels()} ${sum}`,
      `${name}_count${labels()} ${count}`,
    ];
  }
}
