import type { Call, ListedModel, Side } from '../../protocol/dialect.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { estimatePrompt } from '../../protocol/estimate.ts';
import { isObject } from '../../protocol/json.ts';
import { accept } from './accept.ts';
import { answerModel, answerModels, nameIn } from './models.ts';
import { decoded } from './paths.ts';

/**
 * Token counting (https://ai.google.dev/api/tokens), estimated here: Gemini CLI asks in the middle of a turn. The request stands in
 * `generateContentRequest`, or its contents alone. `estimated` says that nobody counted.
 * @throws GatewayError `invalid` naming the field, as for an answer
 */
function countTokens(call: Call): { status: number; body: unknown } {
  const inner = isObject(call.body) ? (call.body.generateContentRequest ?? call.body.generate_content_request) : undefined;
  const totalTokens = estimatePrompt(accept({ ...call, body: inner ?? call.body }));
  return { status: 200, body: { totalTokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: totalTokens }], estimated: true } };
}

function listed(call: Call, models: readonly ListedModel[]): { status: number; body: unknown } {
  const id = decoded(nameIn(call.path) ?? '');
  const model = models.find((one) => one.id === id);
  if (model) return { status: 200, body: answerModel(model) };
  throw new GatewayError('not-found', `no model is called "${id}"; GET /v1beta/models lists all`, {
    field: 'model',
    code: 'model_not_found',
  });
}

/** Answered here, whatever model is meant. The listing under /v1 is every dialect's and stands elsewhere. */
export const sides: readonly Side[] = [
  { method: 'POST', path: '/v1beta/*:countTokens', answer: countTokens },
  { method: 'POST', path: '/v1/*:countTokens', answer: countTokens },
  { method: 'GET', path: '/v1beta/models', answer: (_, models) => ({ status: 200, body: answerModels(models) }) },
  { method: 'GET', path: '/v1beta/models/*', answer: listed },
];
