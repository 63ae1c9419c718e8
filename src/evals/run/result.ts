import { z } from 'zod';
import type { ListPrice } from '../../catalog/price.ts';
import type { ErrorKind } from '../../protocol/errors.ts';
import type { Usage } from '../../protocol/usage.ts';
import { TASKS } from '../../tasks/task.ts';
import { runPlanSchema } from './plan.ts';

/** Who takes part in a run, and what is known of it before it is asked. */
export interface Entrant {
  /** `provider/model`, as the gateway resolves it. */
  address: string;
  /** What tells its weights from others of that name, where that is known. */
  version?: string;
  /** US dollars per million tokens; `free` costs the same whether it answers or not; undefined: nobody knows. */
  price?: ListPrice | 'free';
  /** Requests at the same time, of all models of its provider together. */
  atOnce: number;
  /** Tokens it writes at most, and those it holds in all. */
  maxOutput?: number;
  window?: number;
}

/** One question to one model. */
export interface Asking {
  model: string;
  prompt: string;
  /** Tokens. */
  maxTokens: number;
  temperature?: number;
  seed?: number;
}

/** A whole answer. */
export interface Answered {
  text: string;
  /** The model as its provider named it. */
  reported?: string;
  usage?: Usage;
  /** Milliseconds until the first text, and in all. */
  firstTokenMs?: number;
  ms: number;
  /** It reached the most tokens that it may have. */
  isCut?: boolean;
}

/** Asks a model as an ordinary client of a gateway. @throws GatewayError when there is no whole answer */
export type AskModel = (asking: Asking, signal: AbortSignal) => Promise<Answered>;

const tokens = z.number().nonnegative();

/** What one answer came to, without its text. */
export const resultSchema = z.object({
  /** Suite and case. */
  case: z.string(),
  task: z.enum(TASKS),
  model: z.string(),
  /** Which of the answers to this case, from 0. */
  repeat: z.int().nonnegative(),
  /** 0 to 1; absent where there is no grade. */
  score: z.number().min(0).max(1).optional(),
  pass: z.boolean().optional(),
  /** Why it is not all right. */
  reasons: z.array(z.string()),
  /** Grades that came from running something, and those that were an opinion. */
  executed: z.int().nonnegative(),
  judged: z.int().nonnegative(),
  /** For the agreement of both: whether what ran passed, and whether the judge was content. */
  ran: z.boolean().optional(),
  opinion: z.boolean().optional(),
  /** A tool is not on this machine: it neither passed nor failed. */
  skipped: z.string().optional(),
  /** There is no answer. It is no wrong one. */
  error: z.object({ kind: z.string(), message: z.string() }).optional(),
  /** Nano-dollars; null: nobody knows. */
  cost_nanos: z.int().nonnegative().nullable(),
  ms: z.number().nonnegative(),
  first_token_ms: z.number().nonnegative().optional(),
  input_tokens: tokens.optional(),
  output_tokens: tokens.optional(),
  reported: z.string().optional(),
  cut: z.boolean().optional(),
  /** The answer was there from an earlier run, and cost nothing now. */
  cached: z.boolean().optional(),
});
export type Result = z.output<typeof resultSchema>;

/** A run and what it came to so far. */
export const runResultSchema = z.object({
  plan: runPlanSchema,
  /** Cases in the order in which they were asked. */
  cases: z.array(z.object({ key: z.string(), task: z.enum(TASKS) })),
  results: z.array(resultSchema),
  /** What was paid for, judges and failures included. Nano-dollars. */
  spent_nanos: z.int().nonnegative(),
  /** `stopped`: by a person or a crash; it can go on. */
  ended: z.enum(['complete', 'budget', 'stopped']),
  /** Versions of models by address, where known. */
  versions: z.record(z.string(), z.string()),
  /** Models that were asked for opinions. */
  judges: z.array(z.string()),
});
export type RunResult = z.output<typeof runResultSchema>;

/** Errors after which a model is asked nothing more in a run: every further question would end alike. */
export const FINAL: ReadonlySet<ErrorKind> = new Set<ErrorKind>(['auth', 'forbidden', 'not-found', 'budget', 'upstream-auth']);
