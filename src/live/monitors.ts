import { z } from 'zod';
import type { Alarm } from '../evals/stats/detector.ts';
import { Monitor } from '../evals/stats/monitor.ts';
import type { Documents } from '../store/ports.ts';

const keptSchema = z.object({
  version: z.literal(1),
  keep: z.number(),
  monitor: z.object({
    seen: z.int(),
    evidence: z.record(z.string(), z.array(z.number())),
    alarm: z.object({ at: z.int(), signal: z.string(), e: z.number() }).optional(),
  }),
});

const PLACE = { collection: 'live-monitors', owner: '' } as const;

/** Pairs until a model that just keeps the margin is taken for fallen by mistake, on average at least. */
const RUN_LENGTH = 5000;

/** Models that have another's place, watched for whether they still keep up with it. */
export class Monitors {
  readonly #watched = new Map<string, { since: number; monitor: Monitor }>();
  #documents: Documents | undefined;

  open(documents: Documents): void {
    this.#documents = documents;
    this.#watched.clear();
  }

  /**
   * One request that both answered, scores from 0 to 1.
   * @param swap whose new model is watched @param since when that came into force: what was seen before counts no more @param keep share of the old model's score
   * @returns the alarm, once it has fallen @throws StoreError
   */
  async add(swap: string, since: number, keep: number, scores: { candidate: number; incumbent: number }): Promise<Alarm | undefined> {
    const { monitor } = await this.#of(swap, since, keep);
    const alarm = monitor.add(scores.candidate, scores.incumbent);
    const value = JSON.stringify({ version: 1, keep, monitor });
    await this.#documents?.put([{ ...PLACE, id: `${swap} ${since}`, value, expires_at: null }]);
    return alarm;
  }

  async #of(swap: string, since: number, keep: number): Promise<{ since: number; monitor: Monitor }> {
    const known = this.#watched.get(swap);
    if (known?.since === since) return known;
    const row = await this.#documents?.get(PLACE.collection, PLACE.owner, `${swap} ${since}`);
    const read = row && keptSchema.safeParse(JSON.parse(row.value)).data;
    const margin = { keep: read?.keep ?? keep };
    const made = { since, monitor: read ? Monitor.fromJSON(margin, RUN_LENGTH, read.monitor) : new Monitor(margin, RUN_LENGTH) };
    this.#watched.set(swap, made);
    return made;
  }
}
