import { z } from 'zod';
import { name } from './fields.ts';

/** Fields as LiteLLM's proxy takes them (docs.litellm.ai/docs/proxy/virtual_keys). Others are told in `ignored`. */
export const aliasRequest = z.looseObject({
  key_alias: name.nullable().optional(),
  max_budget: z.number().nonnegative().nullable().optional(),
  budget_duration: z.string().nullable().optional(),
  models: z.array(z.string()).nullable().optional(),
  tpm_limit: z.int().positive().nullable().optional(),
  rpm_limit: z.int().positive().nullable().optional(),
  max_parallel_requests: z.int().positive().nullable().optional(),
  duration: z.string().nullable().optional(),
  team_id: name.nullable().optional(),
  blocked: z.boolean().nullable().optional(),
  metadata: z.record(z.string(), z.unknown()).nullable().optional(),
});

export const aliasDeletion = z.looseObject({
  keys: z.array(z.string()).nullable().optional(),
  key_aliases: z.array(z.string()).nullable().optional(),
});
