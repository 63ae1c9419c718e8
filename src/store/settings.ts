import { z } from 'zod';

const DAY = 86_400_000;

/** The section `store` of the configuration. */
export const storeSchema = z
  .strictObject({
    url: z
      .string()
      .trim()
      .regex(/^postgres(?:ql)?:\/\//, 'is no PostgreSQL address; write postgres://USER:PASSWORD@HOST:5432/DATABASE')
      .optional()
      .meta({
        description:
          'A PostgreSQL server (15 or newer) that several gateways share, postgres://USER:PASSWORD@HOST:5432/DATABASE. By default the variable DATABASE_URL where it names one, else a SQLite file in the data folder.',
      }),
    exchanges_days: z
      .number()
      .positive()
      .max(36_500)
      .default(90)
      .meta({ description: 'How long the record of each exchange is kept. Sums by day stay for ever.' }),
    content: z.boolean().default(false).meta({
      description:
        'Whether what is asked and answered is kept as well, word for word, in a table of its own. Off by default: it holds whatever people send, secrets too.',
    }),
    content_days: z.number().positive().max(36_500).default(14).meta({ description: 'How long contents are kept, where they are.' }),
    hours_days: z.number().positive().max(36_500).default(14).meta({ description: 'How long sums by hour are kept.' }),
    keys_live_on_minutes: z
      .number()
      .nonnegative()
      .max(1440)
      .default(30)
      .meta({ description: 'For how long known keys are still good while the store does not answer. After that requests get a 503.' }),
  })
  .transform(({ url, exchanges_days, content, content_days, hours_days, keys_live_on_minutes }) => ({
    url,
    keepExchanges: exchanges_days * DAY,
    keepContent: content,
    keepContentFor: content_days * DAY,
    keepHours: hours_days * DAY,
    keysLiveOn: keys_live_on_minutes * 60_000,
  }));

/** Durations in milliseconds. */
export type StoreSettings = z.output<typeof storeSchema>;
