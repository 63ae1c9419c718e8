import type { ErrorKind } from '../../protocol/errors.ts';
import { type Json, object, said } from '../../protocol/json.ts';
import type { FinishReason } from '../../protocol/part.ts';
import { count, type Usage } from '../../protocol/usage.ts';

/** What engines say when a model stops, in our words. What is not here is `other`. */
const REASONS: ReadonlyMap<string, FinishReason> = new Map<string, FinishReason>([
  ['stop', 'stop'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['complete', 'stop'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['max_output_tokens', 'length'],
  ['model_length', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_calls', 'tool-calls'],
  ['tool_call', 'tool-calls'],
  ['tool_use', 'tool-calls'],
  ['function_call', 'tool-calls'],
  ['function_calls', 'tool-calls'],
  ['content_filter', 'filter'],
  ['safety', 'filter'],
  ['sensitive', 'filter'],
  ['refusal', 'refusal'],
]);

/** Reasons that are failures: the answer broke off, whatever came before. */
const FAILURES: ReadonlyMap<string, ErrorKind> = new Map<string, ErrorKind>([
  ['error', 'upstream'],
  ['network_error', 'network'],
  ['insufficient_system_resource', 'overload'],
  ['abort', 'truncated'],
  ['aborted', 'truncated'],
  ['cancelled', 'truncated'],
]);

export interface Stop {
  reason: FinishReason;
  raw: string;
  stop?: string;
  failure?: ErrorKind;
}

/** Why this choice ended; undefined while it goes on (null, '' and, from some engines, the word "null"). */
export function stopOf(choice: Json): Stop | undefined {
  const raw = said(choice['finish_reason']);
  if (raw === undefined || raw === 'null') return undefined;
  const key = raw.toLowerCase();
  const reason = REASONS.get(key) ?? 'other';
  const stopped: Stop = { reason, raw };
  // A number is the id of an end-of-text token, and some engines repeat the reason in this field.
  const sequence = said(choice['stop_reason']) ?? said(choice['matched_stop']);
  if (reason === 'stop' && sequence !== undefined && !REASONS.has(sequence.toLowerCase())) stopped.stop = sequence;
  const failure = FAILURES.get(key);
  if (failure) stopped.failure = failure;
  return stopped;
}

/** The usage object as it comes in many spellings; undefined when it says nothing. */
export function usageOf(value: unknown): Usage | undefined {
  const given = object(value);
  if (!given) return undefined;
  const input = count(given['prompt_tokens']) ?? count(given['input_tokens']);
  const output = count(given['completion_tokens']) ?? count(given['output_tokens']);
  if (input === undefined && output === undefined) return undefined;
  const read = object(given['prompt_tokens_details']) ?? object(given['input_tokens_details']);
  const written = object(given['completion_tokens_details']) ?? object(given['output_tokens_details']);
  const usage: Usage = {};
  const set = (key: 'input' | 'output' | 'cacheRead' | 'cacheWrite' | 'reasoning', tokens: number | undefined) => {
    if (tokens !== undefined) usage[key] = tokens;
  };
  const reasoning = count(written?.['reasoning_tokens']) ?? count(given['reasoning_tokens']);
  set('input', input);
  // Providers that count thoughts beside the answer show it in their total.
  const isBeside = reasoning && count(given['total_tokens']) === (input ?? 0) + (output ?? 0) + reasoning;
  set('output', isBeside ? (output ?? 0) + reasoning : output);
  set('cacheRead', count(read?.['cached_tokens']) ?? count(given['cached_tokens']) ?? count(given['prompt_cache_hit_tokens']));
  set('cacheWrite', count(read?.['cache_write_tokens']) ?? count(read?.['cache_creation_tokens']));
  set('reasoning', reasoning);
  return usage;
}
