import type { ListedModel } from '../../protocol/dialect.ts';
import { list, object, said, stringIn } from '../../protocol/json.ts';
import { count } from '../../protocol/usage.ts';

export const path = '/v1/models';

/** A `GET /v1/models` list. Servers of this dialect name the window each in their own way; an entry without an id is skipped. */
export function hear(body: unknown): ListedModel[] {
  return list(object(body)?.data).flatMap((entry): ListedModel[] => {
    const model = object(entry);
    const id = said(model?.id);
    if (!model || !id) return [];
    const window =
      count(model.max_model_len) ??
      count(model.context_length) ??
      count(model.context_window) ??
      count(model.max_context_length) ??
      count(object(model.meta)?.n_ctx_train);
    return [{ id, created: count(model.created), ownedBy: stringIn(model.owned_by), window, maxOutput: count(model.max_output_tokens) }];
  });
}

/** The list as the official package types it; window and output limit stand beside it where known. */
export function answer(models: readonly ListedModel[]): unknown {
  return { object: 'list', data: models.map(one) };
}

export function one(model: ListedModel): unknown {
  return {
    id: model.id,
    object: 'model',
    created: model.created ?? 0,
    owned_by: model.ownedBy ?? 'freehold',
    ...(model.window !== undefined && { context_window: model.window }),
    ...(model.maxOutput !== undefined && { max_output_tokens: model.maxOutput }),
  };
}
