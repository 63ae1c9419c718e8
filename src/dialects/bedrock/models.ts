import type { ListedModel } from '../../protocol/dialect.ts';
import { isObject, list, said } from '../../protocol/json.ts';

/** Newer models can be asked by their inference profile only, so these are listed. */
export const MODELS_PATH = '/inference-profiles';

/**
 * ListInferenceProfiles or ListFoundationModels of the control plane
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListInferenceProfiles.html): those that can be asked by their id.
 */
export function hearModels(body: unknown): ListedModel[] {
  if (!isObject(body)) return [];
  const profiles = list(body.inferenceProfileSummaries)
    .filter(isObject)
    .filter(({ status }) => status === undefined || status === 'ACTIVE')
    .map(({ inferenceProfileId }) => said(inferenceProfileId));
  const models = list(body.modelSummaries)
    .filter(isObject)
    .filter(({ outputModalities, inferenceTypesSupported }) => has(outputModalities, 'TEXT') && has(inferenceTypesSupported, 'ON_DEMAND'))
    .map(({ modelId }) => said(modelId));
  return [...profiles, ...models].flatMap((id) => (id === undefined ? [] : [{ id }]));
}

/** A list that is not there says nothing against it. */
function has(values: unknown, value: string): boolean {
  return !Array.isArray(values) || values.includes(value);
}
