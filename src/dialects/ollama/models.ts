import type { ListedModel } from '../../protocol/dialect.ts';
import { type Json, list, object, said } from '../../protocol/json.ts';
import { count } from '../../protocol/usage.ts';

/** Where a server lists what it holds. It tells no window there: that stands in `/api/show`, one question a model. */
export const MODELS_PATH = '/api/tags';

/** `GET /api/tags` of a provider; entries without a name are left out. */
export function hearModels(body: unknown): ListedModel[] {
  return list(object(body)?.['models']).flatMap((value): ListedModel[] => {
    const entry = object(value);
    const id = said(entry?.['model']) ?? said(entry?.['name']);
    if (!entry || !id) return [];
    const model: ListedModel = { id };
    const created = Math.floor(Date.parse(said(entry['modified_at']) ?? '') / 1000);
    if (created > 0) model.created = created;
    const window = count(object(entry['details'])?.['context_length']) ?? count(entry['context_length']);
    if (window) model.window = window;
    readAbilities(entry, model);
    return [model];
  });
}

/** What is in memory now (`GET /api/ps`), with the window that each model was loaded with. Tokens. */
export const loaded = {
  path: '/api/ps',
  hear(body: unknown): ReadonlyMap<string, number> {
    const windows = new Map<string, number>();
    for (const value of list(object(body)?.['models'])) {
      const entry = object(value);
      const id = said(entry?.['model']) ?? said(entry?.['name']);
      const window = count(entry?.['context_length']);
      if (id && window) windows.set(id, window);
    }
    return windows;
  },
};

/** A model's own page (`POST /api/show`): its window stands under the name of its architecture. */
export function detail(model: string): { path: string; body: unknown; hear(body: unknown): Partial<ListedModel> } {
  return { path: '/api/show', body: { model }, hear: hearDetail };
}

function hearDetail(body: unknown): Partial<ListedModel> {
  const page = object(body) ?? {};
  const facts: Partial<ListedModel> = {};
  const info = object(page['model_info']) ?? {};
  const architecture = said(info['general.architecture']);
  const key = architecture ? `${architecture}.context_length` : Object.keys(info).find((name) => name.endsWith('.context_length'));
  const window = count(key === undefined ? undefined : info[key]);
  if (window) facts.window = window;
  readAbilities(page, facts);
  return facts;
}

/** What a server says a model can do, where it says so. */
function readAbilities(entry: Json, model: Partial<ListedModel>): void {
  if (!Array.isArray(entry['capabilities'])) return;
  const able = list(entry['capabilities']);
  if (able.includes('embedding') && !able.includes('completion')) model.embeds = true;
  model.tools = able.includes('tools');
  model.vision = able.includes('vision');
  model.reasoning = able.includes('thinking');
}

/** A model's name with its tag: clients take a name without one for `:latest`, and some ask for it so. */
export function tagged(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1).includes(':') ? id : `${id}:latest`;
}

/** No digest is known here, but the command line prints the first twelve letters of one and breaks without. */
const NO_DIGEST = '0'.repeat(64);

/** One model as it stands in the list. A date that is unknown is the epoch, a size 0. */
export function answerModel(model: ListedModel): Json {
  const name = tagged(model.id);
  return {
    name,
    model: name,
    modified_at: dateOf(model),
    size: 0,
    digest: NO_DIGEST,
    details: detailsOf(),
    capabilities: capabilitiesOf(model),
  };
}

/** All models, as `/api/tags` lists them. */
export function answerModels(models: readonly ListedModel[]): unknown {
  return { models: models.map(answerModel) };
}

export function dateOf({ created = 0 }: ListedModel): string {
  return new Date(created * 1000).toISOString();
}

/** The family under which `/api/show` names a model's window: the true one is the provider's secret. */
export const FAMILY = 'freehold';

export function detailsOf(): Json {
  return { parent_model: '', format: '', family: FAMILY, families: [FAMILY], parameter_size: '', quantization_level: '' };
}

/** What a model can do. Clients skip a model without this list, and offer no tools to one that does not name them. */
export function capabilitiesOf({ tools, vision, reasoning, embeds }: ListedModel): string[] {
  if (embeds) return ['embedding'];
  const able = ['completion'];
  if (tools !== false) able.push('tools');
  if (vision) able.push('vision');
  if (reasoning) able.push('thinking');
  return able;
}
