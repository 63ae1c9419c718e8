import type { ListedModel } from '../../protocol/dialect.ts';
import { isObject, type Json, stringIn } from '../../protocol/json.ts';
import { count } from '../../protocol/usage.ts';

/** The API pages by 50 unless told otherwise; 1000 is its most. */
export const MODELS_PATH = '/v1beta/models?pageSize=1000';

const PREFIX = 'models/';
const METHODS = ['generateContent', 'streamGenerateContent', 'countTokens'];
/** What models can that make vectors. */
const VECTORS = ['embedContent', 'batchEmbedContents'];

/** `GET /v1beta/models` of a provider (https://ai.google.dev/api/models): those that answer prompts or make vectors. */
export function hearModels(body: unknown): ListedModel[] {
  if (!isObject(body) || !Array.isArray(body.models)) return [];
  return body.models.flatMap((item: unknown): ListedModel[] => {
    if (!isObject(item) || typeof item.name !== 'string' || item.name === '' || item.name === PREFIX) return [];
    const methods: unknown = item.supportedGenerationMethods ?? item.supportedActions;
    const model: ListedModel = { id: item.name.startsWith(PREFIX) ? item.name.slice(PREFIX.length) : item.name };
    if (Array.isArray(methods) && methods.length && !methods.includes(METHODS[0])) {
      if (!VECTORS.some((method) => methods.includes(method))) return [];
      model.embeds = true;
    }
    const window = count(item.inputTokenLimit);
    const maxOutput = count(item.outputTokenLimit);
    if (window) model.window = window;
    if (maxOutput) model.maxOutput = maxOutput;
    if (typeof item.thinking === 'boolean') model.reasoning = item.thinking;
    return [model];
  });
}

/** One model as clients read it. The version is demanded by the API's own description and means nothing here. */
export function answerModel(model: ListedModel): Json {
  const written: Json = {
    name: PREFIX + model.id,
    version: '1',
    displayName: model.id,
    supportedGenerationMethods: model.embeds ? VECTORS : METHODS,
  };
  if (model.window !== undefined) written.inputTokenLimit = model.window;
  if (model.maxOutput !== undefined) written.outputTokenLimit = model.maxOutput;
  if (model.reasoning !== undefined) written.thinking = model.reasoning;
  return written;
}

/** All models as one page. */
export function answerModels(models: readonly ListedModel[]): unknown {
  return { models: models.map(answerModel) };
}

/** The id in a path such as `/v1beta/models/up/fake`, still encoded. */
export function nameIn(path: string): string | undefined {
  return stringIn(/\/models\/(.+)$/s.exec(path)?.[1]);
}
