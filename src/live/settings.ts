import { z } from 'zod';
import { swapStepSchema } from '../policy/swap.ts';
import { TASKS } from '../tasks/task.ts';

const model = z.string().trim().min(1);

const canarySchema = z
  .strictObject({
    steps: z
      .array(swapStepSchema)
      .min(1)
      .default([
        { share: 0.05, exchanges: 100, minutes: 60 },
        { share: 0.25, exchanges: 300, minutes: 240 },
      ])
      .meta({ description: 'The shares that a swap goes through by itself, one after the other; behind the last it is full.' }),
    errors: z.number().gt(0).lt(1).default(0.05).meta({
      description: 'How many more of its answers may fail than of the old model’s, as a share of all; more for long rolls it back.',
    }),
    slower: z
      .number()
      .gt(1)
      .max(16)
      .default(2)
      .meta({ description: 'How many times as long it may take until the first content; an answer that is not streamed, until its end.' }),
    dearer: z.number().gt(1).max(16).default(1.5).meta({ description: 'How many times as much an answer may cost.' }),
    complaints: z.number().gt(0).lt(1).default(0.1).meta({
      description: 'How many more of its answers may be asked again, undone, found wrong by tests or called bad, as a share of all.',
    }),
    run_length: z
      .int()
      .min(100)
      .default(10_000)
      .meta({ description: 'Exchanges until a model that just keeps these limits is rolled back by mistake, on average at least.' }),
  })
  .transform(({ run_length: runLength, ...others }) => ({ ...others, runLength }));

const shadowSchema = z
  .strictObject({
    candidates: z
      .partialRecord(z.enum(TASKS), z.array(model).min(1))
      .default({})
      .meta({ description: 'Models to try on real requests, by class of work. Without any nothing is asked twice.' }),
    share: z.number().gt(0).max(1).default(0.05).meta({ description: 'Which share of the requests a candidate is asked as well.' }),
    daily_usd: z
      .number()
      .positive()
      .default(1)
      .meta({ description: 'What this may cost a day, all candidates and the judge together, in US dollars.' }),
    concurrency: z.int().min(1).max(16).default(1).meta({ description: 'How many candidates are asked at the same time.' }),
    judge: model.optional().meta({
      description: 'A model that compares the answers where nothing can be checked: with its version, and of another family than both.',
    }),
    keep: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.95)
      .meta({ description: 'The share of the old model’s score that a candidate must keep to be good enough.' }),
  })
  .transform(({ daily_usd: dailyUsd, ...others }) => ({ ...others, dailyUsd }));

/** The part `evaluation` of the configuration. */
export const evaluationSchema = z
  .strictObject({
    trusted_keys: z
      .array(z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'is no public key; "freehold egress keys" prints one, of 43 letters'))
      .default([])
      .meta({
        description:
          'Public keys of other data folders whose certificates count here too; "freehold egress keys" prints the key of a folder.',
      }),
    approval: z
      .enum(['required', 'not-needed'])
      .default('required')
      .meta({ description: 'Whether a person is to approve a swap before it begins.' }),
    canary: canarySchema
      .prefault({})
      .meta({ description: 'How a new model takes the place of an old one, and what puts the old one back.' }),
    shadow: shadowSchema
      .prefault({})
      .meta({ description: 'Requests that a candidate is asked as well, after the answer is complete; nobody sees what it says.' }),
  })
  .transform(({ trusted_keys: trustedKeys, ...others }) => ({ ...others, trustedKeys }));

export type EvaluationSettings = z.output<typeof evaluationSchema>;
export type CanarySettings = EvaluationSettings['canary'];
export type ShadowSettings = EvaluationSettings['shadow'];
