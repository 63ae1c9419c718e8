import { z } from 'zod';
import { glob } from './glob.ts';
import { MODES } from './plan.ts';

const text = z.string().trim().min(1);
const texts = z.union([text.transform((one) => [one]), z.array(text).min(1)]);

const place = text.superRefine((pattern, context) => {
  try {
    glob(pattern);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
  }
});

const rangeSchema = z
  .strictObject({
    above: z.number().nonnegative().optional().meta({ description: 'More than this.' }),
    below: z.number().positive().optional().meta({ description: 'Less than this.' }),
  })
  .refine(({ above, below }) => above !== undefined || below !== undefined, 'says nothing; give it above, below or both')
  .refine(({ above = 0, below = Number.POSITIVE_INFINITY }) => above < below, 'holds no number: above must be less than below');

const whenSchema = z.strictObject({
  task: texts.optional().meta({ description: 'Classes of work, e.g. bug_fix; one of them.' }),
  complexity: rangeSchema
    .refine(({ above = 0 }) => above < 1, 'never holds: complexity goes from 0 to 1')
    .optional()
    .meta({ description: 'From 0 (a word changed) to 1 (hard for anybody).' }),
  key: texts.optional().meta({ description: 'Names or ids of keys, one of them; * stands for any text.' }),
  team: texts.optional().meta({ description: 'Teams of keys, one of them; * stands for any text.' }),
  repo: place.optional().meta({ description: 'A repository that the request is about, e.g. github.com/acme/*.' }),
  path: place.optional().meta({ description: 'A file or folder that the request names, e.g. **/auth/**.' }),
  tokens: rangeSchema.optional().meta({ description: 'Tokens of the prompt.' }),
  tools: z.boolean().optional().meta({ description: 'Whether the request brings tools.' }),
});

const modeSchema = z.enum(MODES);

const weightySchema = z.strictObject({
  path: place.meta({ description: 'A file, a folder or a branch that the request names, e.g. **/payments/** or release/*.' }),
  importance: z
    .number()
    .min(1)
    .max(10)
    .meta({ description: 'What such work weighs: 1 is ordinary, 10 the most. Important work is given to better models.' }),
});

const ruleSchema = z
  .strictObject({
    name: text.optional().meta({ description: 'What the rule is called in explanations; by default its place in the list.' }),
    when: whenSchema
      .default({})
      .meta({ description: 'All of it must hold. Without it, the rule holds for everything that no rule before it took.' }),
    models: z
      .union([
        z.array(text).min(1).meta({ description: 'In the order in which to try them.' }),
        z.record(text, z.number().positive()).meta({ description: 'With weights: each conversation is given one by chance, for good.' }),
      ])
      .optional()
      .meta({ description: 'The models that answer, and no others: provider/model, a model’s name, or an alias.' }),
    mode: modeSchema.optional().meta({ description: 'How to choose, for requests of this kind.' }),
  })
  .refine(({ models, mode }) => models !== undefined || mode !== undefined, 'does nothing; give it models or a mode')
  .refine(({ models, mode }) => models === undefined || mode === undefined, 'contradicts itself: with models of its own it needs no mode')
  .refine(({ models }) => models === undefined || Array.isArray(models) || Object.keys(models).length > 0, 'names no models');

/** What is done about a conversation that goes nowhere. */
const ACTS = ['note', 'warn', 'move-up', 'stop'] as const;
const act = z.enum(ACTS);

const watch = (most: number, fallback: (typeof ACTS)[number], what: string, why: string) =>
  z
    .strictObject({
      most: z.int().min(2).default(most).meta({ description: what }),
      act: act.default(fallback).meta({
        description: 'note it in the record, warn in a header, move-up to a better model, or stop with an error.',
      }),
    })
    .prefault({})
    .meta({ description: why });

/** The part `routing` of the configuration. */
export const routingSchema = z
  .strictObject({
    mode: modeSchema.default('cheapest-good-enough').meta({
      description:
        'How a model is chosen where a name leaves the choice: cheapest-good-enough; own-first, also when others are somewhat better; balanced between success, cost and time; best, whatever it costs. The header x-freehold-mode asks for another one.',
    }),
    worth_usd: z
      .number()
      .positive()
      .default(0.1)
      .meta({ description: 'For balanced: what one ordinary task done well is worth, in US dollars.' }),
    second_usd: z
      .number()
      .nonnegative()
      .default(0.0005)
      .meta({ description: 'For balanced: what a second of waiting costs, in US dollars.' }),
    rules: z.array(ruleSchema).default([]).meta({
      description:
        'For names that leave the choice, e.g. auto. The first rule that holds counts; a model that is asked for by its own name is always given.',
    }),
    licences_agreed: z.array(z.string().trim().min(1)).default([]).meta({
      description:
        'Models (* for any text) whose weights you may run by an agreement with their maker. Without one, models under a non-production or research licence are not chosen on own or rented hardware; asked for by name they are given.',
    }),
    importance: z.array(weightySchema).default([]).meta({
      description:
        'Paths and branches whose work weighs more, beside those that look like security or a release. May only raise, as may the header x-freehold-importance.',
    }),
    sessions: z
      .strictObject({
        idle_minutes: z.number().positive().default(120).meta({ description: 'After how long of silence a conversation is forgotten.' }),
        most: z.int().positive().default(10_000).meta({ description: 'How many conversations are remembered.' }),
      })
      .transform(({ idle_minutes: idleMinutes, most }) => ({ idleMinutes, most }))
      .prefault({})
      .meta({ description: 'Conversations stay on their model, and move up when their tests fail or their tools complain.' }),
    loops: z
      .strictObject({
        repeats: watch(
          4,
          'move-up',
          'How often in a row the same call, or the same short cycle of calls, may be made with the same results.',
          'The same over and over.',
        ),
        turns: watch(200, 'warn', 'How many answers in a row a model may give before a person speaks again.', 'Work without end.'),
        spending: z
          .strictObject({
            usd: z.number().positive().meta({ description: 'What one conversation may cost, in US dollars.' }),
            act: act.default('stop').meta({ description: 'As above.' }),
          })
          .optional()
          .meta({ description: 'Absent: no limit for a conversation.' }),
      })
      .prefault({})
      .meta({ description: 'What is done about conversations that go nowhere.' }),
  })
  .transform(({ worth_usd: worthUsd, second_usd: secondUsd, licences_agreed: licencesAgreed, ...others }) => ({
    worthUsd,
    secondUsd,
    licencesAgreed,
    ...others,
  }));

export type RoutingSettings = z.output<typeof routingSchema>;
export type RoutingRule = RoutingSettings['rules'][number];
export type LoopSettings = RoutingSettings['loops'];
export type Act = (typeof ACTS)[number];
