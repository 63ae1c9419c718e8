import { isInForce, type Swap, type SwapsInForce, swapSchema } from '../policy/swap.ts';
import type { Documents } from '../store/ports.ts';

/** Where swaps are kept. */
const SWAPS = { collection: 'swaps', owner: '' } as const;

/** Documents a page. */
const PAGE = 500;

/** How often other nodes' changes are looked for, in milliseconds: a rollback is to hold everywhere within seconds. */
const READ_EVERY = 2000;

const NONE: readonly Swap[] = [];

/** The swaps, at hand for every decision, and the same for all nodes that share a store. */
export class SwapBook implements SwapsInForce {
  #documents: Documents | undefined;
  #swaps = new Map<string, Swap>();
  /** Those in force, by the model whose place is taken. */
  #inForce = new Map<string, readonly Swap[]>();
  #reading: NodeJS.Timeout | undefined;
  /** Certificates that do not count for the router as long as the swap that stands on them is not full. */
  #heldBack: ReadonlySet<string> = new Set();
  /** Since when those have been in force that came into force here. */
  readonly #since = new Map<string, number>();
  #isAlone = true;
  /** Those that hold for nobody here until they are changed, with their last change. */
  readonly #suspended = new Map<string, number>();
  /** Changed here while the store was being read. */
  readonly #fresh = new Set<string>();
  /** Changes are made one after the other. */
  #changing: Promise<unknown> = Promise.resolve();

  /** Takes over what is kept, and from then on what any node changes. @param alone no other process answers beside this one @throws StoreError */
  async open(documents: Documents, alone: boolean): Promise<void> {
    this.#documents = documents;
    this.#isAlone = alone;
    await this.refresh();
    this.#reading = setInterval(() => void this.refresh().catch(() => undefined), READ_EVERY).unref();
  }

  close(): void {
    clearInterval(this.#reading);
  }

  /** Whether any changes who answers. */
  get isIdle(): boolean {
    return this.#inForce.size === 0;
  }

  /** Those in force in the place of a model. */
  of(address: string): readonly Swap[] {
    return this.#inForce.get(address) ?? NONE;
  }

  /** Whether a certificate is held back: a swap stands on it that is not full, so that most conversations stay where they were. */
  holdsBack(certificate: string): boolean {
    return this.#heldBack.has(certificate);
  }

  /** Newest first. */
  all(): Swap[] {
    return [...this.#swaps.values()].sort((a, b) => b.created_at - a.created_at || (a.id < b.id ? -1 : 1));
  }

  get(id: string): Swap | undefined {
    return this.#swaps.get(id);
  }

  since(id: string): number | undefined {
    return this.#isAlone ? this.#since.get(id) : undefined;
  }

  /** Keeps a new one. @throws StoreError */
  async put(swap: Swap): Promise<void> {
    await this.#documents?.put([{ ...SWAPS, id: swap.id, value: JSON.stringify(swap), expires_at: null }]);
    this.#fresh.add(swap.id);
    const before = this.#swaps.get(swap.id);
    if (!isInForce(swap)) this.#since.delete(swap.id);
    else if (!before || !isInForce(before)) this.#since.set(swap.id, swap.changed_at);
    this.#take(new Map(this.#swaps).set(swap.id, swap));
  }

  /**
   * Changes one as it stands in the store now.
   * @param change the swap after it; undefined to leave it as it is. Settles before the change is kept
   * @returns the swap as it is then; undefined when there is none @throws StoreError, and what `change` throws
   */
  change(id: string, change: (swap: Swap) => Promise<Swap | undefined>): Promise<Swap | undefined> {
    const changed = this.#changing.then(async () => {
      const row = await this.#documents?.get(SWAPS.collection, SWAPS.owner, id);
      const swap = row ? readSwap(row.value) : this.#swaps.get(id);
      if (!swap) return undefined;
      const next = await change(swap);
      if (next) await this.put(next);
      return next ?? swap;
    });
    this.#changing = changed.catch(() => undefined);
    return changed;
  }

  /** From now on it holds for nobody here, whatever becomes of the store; until it is changed. */
  suspend({ id, changed_at }: Swap): void {
    this.#suspended.set(id, changed_at);
    this.#take(this.#swaps);
  }

  /** Reads what is kept. @throws StoreError */
  async refresh(): Promise<void> {
    if (!this.#documents) return;
    this.#fresh.clear();
    const found = new Map<string, Swap>();
    for (let after: string | undefined = ''; after !== undefined; ) {
      const rows = await this.#documents.page({ ...SWAPS, after, limit: PAGE });
      for (const row of rows) {
        const swap = readSwap(row.value);
        if (swap) found.set(row.id, swap);
      }
      after = rows.length === PAGE ? rows.at(-1)!.id : undefined;
    }
    for (const id of this.#fresh) found.set(id, this.#swaps.get(id)!);
    this.#take(found);
  }

  #take(swaps: Map<string, Swap>): void {
    this.#swaps = swaps;
    for (const [id, at] of this.#suspended) if (swaps.get(id)?.changed_at !== at) this.#suspended.delete(id);
    const inForce = [...swaps.values()].filter((swap) => isInForce(swap) && !this.#suspended.has(swap.id));
    this.#inForce = Map.groupBy(inForce, ({ from }) => from);
    this.#heldBack = heldBack([...swaps.values()]);
  }
}

/** Of several swaps that stand on one certificate the newest says whether it counts. */
function heldBack(swaps: readonly Swap[]): Set<string> {
  const held = new Set<string>();
  for (const { certificates, state } of swaps.toSorted((a, b) => a.created_at - b.created_at))
    for (const id of certificates) {
      if (state === 'full') held.delete(id);
      else held.add(id);
    }
  return held;
}

/** What a later version wrote does not bind this one. */
function readSwap(value: string): Swap | undefined {
  return swapSchema.safeParse(JSON.parse(value)).data;
}
