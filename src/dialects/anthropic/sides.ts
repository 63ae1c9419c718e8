import type { Call, Side } from '../../protocol/dialect.ts';
import { estimatePrompt } from '../../protocol/estimate.ts';
import { accept } from './accept.ts';

/**
 * Token counting (https://platform.claude.com/docs/en/api/messages/count_tokens), estimated here: agents send it in bursts and for every
 * model, and would guess without an answer. `estimated` says that nobody counted.
 * @throws GatewayError `invalid` naming the field, as for a message
 */
function countTokens(call: Call): { status: number; body: unknown } {
  return { status: 200, body: { input_tokens: estimatePrompt(accept(call)), estimated: true } };
}

export const sides: readonly Side[] = [{ method: 'POST', path: '/v1/messages/count_tokens', answer: countTokens }];
