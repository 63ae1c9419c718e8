import { z } from 'zod';

const named = z.string().trim().min(1);

/** The section `savings` of the configuration. */
export const savingsSchema = z
  .strictObject({
    baseline: z
      .union([named, z.record(z.string().min(1), named)])
      .optional()
      .meta({
        description:
          'What is paid is compared with what the model that the client asked for would have cost. A name here (provider/model of this file, or a model’s public name) stands in where that name has no price, as with auto. A map of patterns to such names comes before the asked model’s own price: {"gpt-*": "vendor/model"}.',
      }),
    target: z
      .number()
      .gt(0)
      .lte(1)
      .default(0.8)
      .meta({ description: 'The share of the work that is to be answered by models of your own: the line in the report on independence.' }),
  })
  .transform(({ baseline, target }): SavingsSettings => {
    if (typeof baseline === 'string') return { patterns: {}, otherwise: baseline, target };
    return { patterns: baseline ?? {}, target };
  });

/** What spending is compared with. */
export interface SavingsSettings {
  /** Patterns of asked names, and the model whose price counts for them. */
  patterns: Readonly<Record<string, string>>;
  /** The model whose price counts where the asked one has none. */
  otherwise?: string;
  /** Share of the work, 0 to 1, that models of one's own are to answer. */
  target: number;
}
