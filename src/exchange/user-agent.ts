/** Tool families told apart; who invents more of them counts as `other`. */
const MOST = 64;

/**
 * Families of tools by their User-Agent header. They are a dimension of sums, so versions are left out and their number is bounded.
 * RFC 9110, 10.1.5: the first product names the tool.
 */
export class Families {
  readonly #seen = new Set<string>();

  /** E.g. `claude-cli` for `claude-cli/2.0.1 (external, cli)`; undefined when the header says nothing. */
  of(header: string | string[] | undefined): string | undefined {
    const product = typeof header === 'string' ? /^\s*([^\s/()]{1,40})/.exec(header)?.[1] : undefined;
    const family = product?.toLowerCase().replace(/[^a-z0-9._-]+/g, '-');
    if (!family) return undefined;
    if (!this.#seen.has(family)) {
      if (this.#seen.size >= MOST) return 'other';
      this.#seen.add(family);
    }
    return family;
  }
}
