import type { Documents } from '../store/ports.ts';
import { type Certificate, type Kept, keptSchema } from './evidence.ts';

/** Where certificates are kept. */
export const CERTIFICATES = { collection: 'certificates', owner: '' } as const;

/** Where runs are kept, and what each case of a run came to: apart, because lists show many runs. */
export const RUNS = { collection: 'runs', owner: '' } as const;
export const RUN_GRADES = { collection: 'run-grades', owner: '' } as const;

/** Where is kept what is known without proof, by class of work and address. */
export const STANDINGS = { collection: 'standings', owner: '' } as const;

/** Documents a page. */
const PAGE = 500;

/** How often other nodes' certificates are looked for, in milliseconds. */
const READ_EVERY = 10_000;

type Proven = 'good-enough' | 'not-good-enough';

/** The certificates that count, at hand for every decision. */
export class VerdictBook {
  #documents: Documents | undefined;
  #kept = new Map<string, Kept>();
  /** By class of work and address. */
  #standing = new Map<string, Certificate>();
  #reading: NodeJS.Timeout | undefined;

  /** Takes over what is kept, and from then on what any node adds. @throws StoreError */
  async open(documents: Documents): Promise<void> {
    this.#documents = documents;
    await this.refresh();
    this.#reading = setInterval(() => void this.refresh().catch(() => undefined), READ_EVERY).unref();
  }

  close(): void {
    clearInterval(this.#reading);
  }

  /** What is proven of a model at a class of work; undefined while nothing is. */
  of(address: string, task: string): Proven | undefined {
    const found = this.#standing.get(`${task} ${address}`);
    return found && (found.outcome === 'good enough' ? 'good-enough' : 'not-good-enough');
  }

  /** The certificate that counts. */
  certificate(address: string, task: string): Certificate | undefined {
    return this.#standing.get(`${task} ${address}`);
  }

  /** Every certificate, newest first, also those that no longer count. */
  all(): Kept[] {
    return [...this.#kept.values()].sort((a, b) => b.certificate.at - a.certificate.at);
  }

  /** Keeps one; whoever calls has verified it. @throws StoreError */
  async put(kept: Kept): Promise<void> {
    await this.#documents?.put([{ ...CERTIFICATES, id: kept.certificate.id, value: JSON.stringify(kept), expires_at: null }]);
    this.#take(new Map(this.#kept).set(kept.certificate.id, kept));
  }

  /** It no longer counts, and stays on record. @returns false when there is none that counts @throws StoreError */
  async withdraw(id: string, withdrawn: NonNullable<Kept['withdrawn']>): Promise<boolean> {
    const kept = this.#kept.get(id);
    if (!kept || kept.withdrawn) return false;
    await this.put({ ...kept, withdrawn });
    return true;
  }

  /** Reads what is kept. @throws StoreError */
  async refresh(): Promise<void> {
    if (!this.#documents) return;
    const found = new Map<string, Kept>();
    for (let after: string | undefined = ''; after !== undefined; ) {
      const rows = await this.#documents.page({ ...CERTIFICATES, after, limit: PAGE });
      for (const row of rows) {
        // What a later version wrote does not bind this one.
        const read = keptSchema.safeParse(JSON.parse(row.value));
        if (read.success) found.set(row.id, read.data);
      }
      after = rows.length === PAGE ? rows.at(-1)!.id : undefined;
    }
    this.#take(found);
  }

  /**
   * Of several on the same model and work, the newest that was not withdrawn counts. Who takes "good enough" back takes back what said so
   * before as well: a model that has fallen does not stand again on an older proof.
   */
  #take(kept: Map<string, Kept>): void {
    const standing = new Map<string, Certificate>();
    const fallen = new Map<string, number>();
    for (const { certificate, withdrawn } of kept.values()) {
      if (!withdrawn || certificate.outcome !== 'good enough') continue;
      fallen.set(nameOf(certificate), Math.max(certificate.at, fallen.get(nameOf(certificate)) ?? 0));
    }
    for (const { certificate, withdrawn } of kept.values()) {
      if (withdrawn) continue;
      const name = nameOf(certificate);
      if (certificate.outcome === 'good enough' && certificate.at <= (fallen.get(name) ?? -1)) continue;
      const known = standing.get(name);
      if (!known || known.at < certificate.at) standing.set(name, certificate);
    }
    this.#kept = kept;
    this.#standing = standing;
  }
}

const nameOf = ({ task, candidate }: Certificate): string => `${task} ${candidate.address}`;
