import type { ListedModel } from '../../protocol/dialect.ts';
import { isSilent, type Json, list, object, said } from '../../protocol/json.ts';
import { count } from '../../protocol/usage.ts';

/**
 * A list of models: `{data:[…]}`, `{models:[…]}` or the bare list. Entries without an id are left out. Engines name the window
 * differently; what a model was loaded with comes before what it was trained for.
 */
export function hearModels(body: unknown): ListedModel[] {
  const given = object(body);
  const entries = Array.isArray(body)
    ? (body as unknown[])
    : Array.isArray(given?.['data'])
      ? list(given['data'])
      : list(given?.['models']);
  return entries.flatMap((value) => {
    const entry = object(value);
    const id = said(entry?.['id']) ?? said(entry?.['name']);
    return entry && id ? [modelOf(id, entry)] : [];
  });
}

function modelOf(id: string, entry: Json): ListedModel {
  const meta = object(entry['meta']);
  const top = object(entry['top_provider']);
  const model: ListedModel = { id };
  const set = <K extends keyof ListedModel>(key: K, ...values: readonly (ListedModel[K] | undefined)[]) => {
    const value = values.find((candidate) => candidate !== undefined);
    if (value !== undefined) model[key] = value;
  };
  set('created', count(entry['created']));
  set('ownedBy', said(entry['owned_by']));
  set(
    'window',
    tokens(entry['max_model_len']),
    tokens(entry['loaded_context_length']),
    tokens(meta?.['n_ctx']),
    tokens(top?.['context_length']),
    tokens(entry['context_length']),
    tokens(entry['context_window']),
    tokens(entry['max_context_length']),
    tokens(meta?.['n_ctx_train']),
  );
  set('maxOutput', tokens(top?.['max_completion_tokens']), tokens(entry['max_completion_tokens']), tokens(entry['max_output_tokens']));
  const abilities = object(entry['capabilities']);
  const takes = object(entry['architecture'])?.['input_modalities'];
  const knows = entry['supported_parameters'];
  set('vision', flag(abilities?.['vision']), has(takes, 'image'), entry['type'] === 'vlm' ? true : undefined);
  if (entry['type'] === 'embedding' || entry['type'] === 'embeddings') model.embeds = true;
  set(
    'tools',
    flag(abilities?.['function_calling']),
    flag(abilities?.['tools']),
    has(knows, 'tools'),
    has(entry['capabilities'], 'tool_use'),
  );
  set('reasoning', flag(abilities?.['reasoning']), has(knows, 'reasoning'));
  return model;
}

/** A size in tokens; zero and null are "unknown". */
function tokens(value: unknown): number | undefined {
  return count(value) || undefined;
}

function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** Whether a list names an ability; undefined when there is no such list. */
function has(value: unknown, ability: string): boolean | undefined {
  return Array.isArray(value) && !isSilent(value) ? value.includes(ability) : undefined;
}

/** The list as this dialect's clients read it, with the window where it is known. */
export function answerModels(models: readonly ListedModel[]): unknown {
  return { object: 'list', data: models.map(entryOf) };
}

/** One model, as it stands in the list. */
export function answerModel(model: ListedModel): unknown {
  return entryOf(model);
}

/** Abilities as several gateways write them; those that nobody told are left out. */
function entryOf({ id, created = 0, ownedBy = 'freehold', window, maxOutput, vision, tools, reasoning }: ListedModel): Json {
  const entry: Json = { id, object: 'model', created, owned_by: ownedBy };
  if (window !== undefined) entry['context_window'] = window;
  if (maxOutput !== undefined) entry['max_output_tokens'] = maxOutput;
  const able = Object.entries({ vision, function_calling: tools, reasoning }).filter(([, value]) => value !== undefined);
  if (able.length) entry['capabilities'] = Object.fromEntries(able);
  return entry;
}
