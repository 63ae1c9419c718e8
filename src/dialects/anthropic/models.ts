import type { ListedModel } from '../../protocol/dialect.ts';
import type { Json } from '../../protocol/json.ts';
import { isObject, stringIn } from '../../protocol/json.ts';
import { count } from '../../protocol/usage.ts';

/** The API pages by 20 unless told otherwise; 1000 is its most. */
export const MODELS_PATH = '/v1/models?limit=1000';

/** `GET /v1/models` of a provider; what is not a model with an id is left out. */
export function hearModels(body: unknown): ListedModel[] {
  if (!isObject(body) || !Array.isArray(body.data)) return [];
  return body.data.flatMap((item: unknown): ListedModel[] => {
    if (!isObject(item) || typeof item.id !== 'string') return [];
    const model: ListedModel = { id: item.id };
    const created = Math.floor(Date.parse(stringIn(item.created_at) ?? '') / 1000);
    const able = isObject(item.capabilities) ? item.capabilities : {};
    if (created > 0) model.created = created;
    const window = count(item.max_input_tokens);
    const maxOutput = count(item.max_tokens);
    const vision = supported(able, 'image_input');
    const reasoning = supported(able, 'thinking');
    if (window) model.window = window;
    if (maxOutput) model.maxOutput = maxOutput;
    if (vision !== undefined) model.vision = vision;
    if (reasoning !== undefined) model.reasoning = reasoning;
    return [model];
  });
}

function supported(able: Json, name: string): boolean | undefined {
  const capability = able[name];
  return isObject(capability) && typeof capability.supported === 'boolean' ? capability.supported : undefined;
}

/** One model as clients read it; a date that is unknown becomes the epoch, as in the API. */
export function answerModel(model: ListedModel): Json {
  return {
    type: 'model',
    id: model.id,
    display_name: model.id,
    created_at: new Date((model.created ?? 0) * 1000).toISOString().replace('.000Z', 'Z'),
    max_input_tokens: model.window ?? null,
    max_tokens: model.maxOutput ?? null,
    ...abilitiesOf(model),
  };
}

/** Those that are known. */
function abilitiesOf({ vision, reasoning }: ListedModel): Json {
  const known = Object.entries({ image_input: vision, thinking: reasoning }).filter(([, value]) => value !== undefined);
  return known.length ? { capabilities: Object.fromEntries(known.map(([name, is]) => [name, { supported: is }])) } : {};
}

/** All models as one page. */
export function answerModels(models: readonly ListedModel[]): unknown {
  return {
    data: models.map(answerModel),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  };
}
