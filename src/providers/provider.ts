import { z } from 'zod';
import { ZONES } from '../protocol/zone.ts';
import { authSchema, credentialsSchema } from './auth.ts';
import { camel } from './camel.ts';
import { QUIRKS } from './quirks.ts';
import { parseBase } from './url.ts';

/** Names stand before the slash of `provider/model` and in headers, so they hold neither slashes nor spaces. */
export const providerName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'a name starts with a letter or digit and holds letters, digits, "-", "_" and "." only');

const seconds = z.number().positive().max(86_400);

const clocks = {
  connect_seconds: seconds.meta({ description: 'How long opening the connection may take.' }),
  first_byte_seconds: seconds.meta({ description: 'How long the first byte of an answer may take; a cold local model needs minutes.' }),
  idle_seconds: seconds.meta({ description: 'How long a stream may stay silent, counted in bytes from the provider only.' }),
  total_seconds: seconds.meta({ description: 'How long a whole call may take.' }),
};

/** The clocks of a call to a provider, each with its default. */
export const timeoutsSchema = z
  .strictObject({
    connect_seconds: clocks.connect_seconds.default(10),
    first_byte_seconds: clocks.first_byte_seconds.default(600),
    idle_seconds: clocks.idle_seconds.default(300),
    total_seconds: clocks.total_seconds.default(3600),
  })
  .transform(camel);

const dollars = z.number().nonnegative();

const rates = {
  input: dollars.meta({ description: 'Dollars per million tokens read.' }),
  output: dollars.meta({ description: 'Dollars per million tokens written.' }),
  cache_read: dollars.optional().meta({ description: 'Dollars per million tokens read from the provider’s prompt cache.' }),
  cache_write: dollars
    .optional()
    .meta({ description: 'Dollars per million tokens written to the provider’s prompt cache for five minutes.' }),
  cache_write_1h: dollars.optional().meta({ description: 'The same for one hour.' }),
  reasoning: dollars
    .optional()
    .meta({ description: 'Dollars per million tokens of thoughts, where they cost other than the rest of the answer.' }),
};

const tierSchema = z
  .strictObject({
    above: z.int().positive().meta({ description: 'Tokens in the prompt beyond which these rates hold for the whole request.' }),
    ...rates,
  })
  .transform(camel);

const priceSchema = z
  .strictObject({
    ...rates,
    image: dollars.optional().meta({ description: 'Dollars per picture, where pictures are not counted as tokens.' }),
    tiers: z.array(tierSchema).optional().meta({ description: 'Other rates for long prompts.' }),
  })
  .transform(camel);

const quirksSchema = z.array(z.enum(Object.keys(QUIRKS)));

const modelSchema = z
  .strictObject({
    context: z.int().positive().optional().meta({ description: 'The window in tokens, prompt and answer together.' }),
    max_output: z.int().positive().optional().meta({ description: 'Most tokens the model can write.' }),
    price: priceSchema.optional().meta({ description: 'What it costs; without it, it counts as unpriced, never as free.' }),
    quirks: quirksSchema
      .optional()
      .meta({ description: 'Adjustments for this model alone, on top of the provider’s and of what Freehold knows by its name.' }),
  })
  .transform(camel);

const modelsSchema = z.union([
  z.array(z.string().min(1)).meta({ description: 'Names only.' }),
  z.record(z.string().min(1), modelSchema.nullable()).meta({ description: 'Names with facts; a name without facts may stay empty.' }),
]);

const zoneSchema = z.enum(ZONES);

/** What a server of yours takes at once. */
const loadSchema = z
  .strictObject({
    concurrency: z.int().positive().max(10_000).meta({ description: 'Requests at the same time.' }),
    queue: z
      .int()
      .nonnegative()
      .max(100_000)
      .default(64)
      .meta({ description: 'Requests that may wait; whoever comes then goes to the next target, or gets a 503 with Retry-After.' }),
    wait_seconds: z.number().nonnegative().max(86_400).default(60).meta({ description: 'How long a request may wait.' }),
    models: z
      .int()
      .positive()
      .max(1000)
      .default(1)
      .meta({ description: 'Models that fit into its memory together: requests for those that are loaded go first.' }),
  })
  .transform(({ concurrency, queue, wait_seconds, models }) => ({ concurrency, queue, models, waitMs: wait_seconds * 1000 }));

const httpUrl = z.string().superRefine((text, context) => {
  try {
    parseBase(text, 'url');
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message.replace(/^url: /, '') });
  }
});

const headersSchema = z.record(
  z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'is not a header name'),
  z
    .string()
    .transform((value) => value.trim())
    .pipe(z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'holds characters that no header may hold')),
);

const place = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9][A-Za-z0-9:._-]*$/, 'holds characters that no such name has');

const providerFields = z.strictObject({
  use: z.string().optional().meta({
    description:
      'Its name in the catalogue (docs/providers.md), which then says dialect, url, zone and quirks, and in which variables its key is.',
  }),
  dialect: z.string().meta({ description: 'The wire protocol it speaks. Needed without use.' }),
  url: httpUrl.meta({
    description:
      'Where it is, with or without its version segment. Upstream hosts come from here alone, never from a request. Needed without use.',
  }),
  key: z
    .string()
    .transform((key) => key.trim() || undefined)
    .optional()
    .meta({ description: 'Its API key; best as a reference to an environment variable, so that the file holds no secret.' }),
  zone: zoneSchema.meta({
    description:
      'How far it is from home: own (hardware you hold), leased (a rented box whose disk you control), vendor (somebody’s API). Needed without use.',
  }),
  auth: authSchema.optional().meta({
    description:
      'How the key is shown, where that is not the dialect’s own way: bearer or api-key name a header; aws-sigv4 signs each request, google fetches a token for a service account, and both show a key as a bearer where there is one.',
  }),
  credentials: credentialsSchema.transform(camel).optional().meta({ description: 'What aws-sigv4 and google need in place of a key.' }),
  region: place.optional().meta({ description: 'Where its servers are, where its address or its signatures say so.' }),
  project: place.optional().meta({ description: 'The project that pays, where its address says so.' }),
  service: place.optional().meta({ description: 'For aws-sigv4: the service for which requests are signed.' }),
  resource: place.optional().meta({ description: 'The name of your resource, where its address says so.' }),
  listing: httpUrl.optional().meta({ description: 'The whole URL of its list of models, where that is not at its url.' }),
  headers: headersSchema.optional().meta({ description: 'Headers sent with every call, e.g. an organisation id.' }),
  models: modelsSchema
    .optional()
    .meta({ description: 'What it serves, in order of preference. Without it, the provider is asked for its list.' }),
  quirks: quirksSchema.optional().meta({ description: 'Adjustments it needs, by name; they are listed below.' }),
  load: loadSchema.optional().meta({
    description:
      'How much the server takes at once, where it is yours: the rest waits here, fairly by key. Without it everything goes out at once.',
  }),
  timeouts: z
    .strictObject(clocks)
    .partial()
    .transform(camel)
    .optional()
    .meta({ description: 'Clocks of its own in place of the general ones.' }),
});

/** One provider as the file describes it. The dialect's name is checked by the loader, which is handed the list. */
export const providerSchema = providerFields.transform(
  ({ models, ...rest }): ProviderConfig => (models ? { ...rest, models: modelMap(models) } : rest),
);

/** A list of names and a map of facts mean the same to the code. */
function modelMap(models: z.output<typeof modelsSchema>): Record<string, ModelFacts> {
  const entries = Array.isArray(models)
    ? models.map((name) => [name, {}] as const)
    : Object.entries(models).map(([name, facts]) => [name, facts ?? {}] as const);
  return Object.fromEntries(entries);
}

export type Timeouts = z.output<typeof timeoutsSchema>;
/** Dollars per million tokens. */
export type Price = z.output<typeof priceSchema>;
/** What the file says of a model: `context` and `maxOutput` in tokens. */
export type ModelFacts = z.output<typeof modelSchema>;
/** One provider, checked, keys trimmed. `models` is absent where the provider is asked for its list. */
export type ProviderConfig = Omit<z.output<typeof providerFields>, 'models'> & { models?: Record<string, ModelFacts> };
