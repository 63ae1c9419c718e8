import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Several rounds of one figure: the middle one, and the lowest and highest. */
const spread = z.object({ median: z.number(), low: z.number(), high: z.number() });
export type Spread = z.output<typeof spread>;

/** What `freehold engine bench` found on one machine for one model. Rates in tokens a second, times in milliseconds. */
export const measurementSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  /** Unix milliseconds. */
  at: z.number(),
  /** `provider/model`. */
  address: z.string(),
  machine: z.object({ processor: z.string(), cores: z.number(), memory_bytes: z.number(), cards: z.array(z.string()) }),
  rounds: z.number(),
  /** Reading of prompts, one at a time. */
  prefill: z.array(z.object({ prompt_tokens: z.number(), per_second: spread, first_token_ms: spread })),
  /** Answers, so many at the same time: all together, each for itself, and until the first token. */
  load: z.array(
    z.object({
      parallel: z.number(),
      prompt_tokens: z.number(),
      output_per_second: spread,
      each_per_second: spread,
      first_token_ms: spread,
      /** Prompt and answer tokens of all together. */
      total_per_second: spread,
    }),
  ),
  /** Whole machine or its processors and cards, as the source says; null where nothing could be read. */
  watts: z.object({ idle: z.number(), working: z.number(), source: z.string() }).nullable(),
  /** Of the engine's own process; null for servers that Freehold does not run. */
  memory_bytes: z.number().nullable(),
  /** Tokens were counted here, because the server reported none. */
  estimated: z.boolean(),
  /** What was left out or odd, in sentences. */
  notes: z.array(z.string()),
});
export type Measurement = z.output<typeof measurementSchema>;

const FOLDER = 'measurements';

/** Keeps a measurement in the data folder; whole or not at all. @returns the file */
export function keepMeasurement(data: string, measurement: Measurement): string {
  const folder = join(data, FOLDER);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${measurement.id}.json`);
  const draft = `${file}.${randomBytes(4).toString('hex')}.part`;
  writeFileSync(draft, `${JSON.stringify(measurement, null, 2)}\n`);
  renameSync(draft, file);
  return file;
}

/** What was measured, the newest first. A file that cannot be read is left out. */
export function keptMeasurements(data: string): Measurement[] {
  const folder = join(data, FOLDER);
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
  return names.flatMap((name) => read(join(folder, name))).sort((a, b) => b.at - a.at);
}

function read(file: string): Measurement[] {
  try {
    const found = measurementSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return found.success ? [found.data] : [];
  } catch {
    return [];
  }
}
