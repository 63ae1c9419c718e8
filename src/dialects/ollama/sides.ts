import type { Call, ListedModel, Side } from '../../protocol/dialect.ts';
import { GatewayError, invalid } from '../../protocol/errors.ts';
import { type Json, object, said } from '../../protocol/json.ts';
import { answerModels, capabilitiesOf, dateOf, detailsOf, FAMILY, MODELS_PATH, tagged } from './models.ts';

/** The version of the server whose requests and answers are spoken here. Coding agents want 0.13.4 at least. */
const VERSION = '0.34.0';

/** What a client of these doors takes a window to be that nobody names. Tokens. */
const USUAL_WINDOW = 32_768;

/** `POST /api/show`: what is known of one model, by its listed name with or without its tag, or by its own name where one provider has it. */
function show({ body }: Call, models: readonly ListedModel[]): { status: number; body: unknown } {
  const asked = said(object(body)?.['model']) ?? said(object(body)?.['name']);
  if (!asked) throw invalid('model', 'is missing; name the model to show');
  const name = tagged(asked);
  const bearers = models.filter((model) => tagged(model.id).endsWith(`/${name}`));
  const model = models.find((one) => tagged(one.id) === name) ?? (bearers.length === 1 ? bearers[0] : undefined);
  if (!model)
    throw new GatewayError('not-found', `model '${asked}' not found; GET ${MODELS_PATH} lists all`, {
      field: 'model',
      code: 'model_not_found',
    });
  return { status: 200, body: shown(model, asked) };
}

function shown(model: ListedModel, asked: string): Json {
  return {
    modelfile: '',
    parameters: '',
    template: '',
    details: detailsOf(),
    model_info: {
      'general.architecture': FAMILY,
      'general.basename': asked.replace(/:latest$/, ''),
      [`${FAMILY}.context_length`]: model.window ?? USUAL_WINDOW,
    },
    capabilities: capabilitiesOf(model),
    modified_at: dateOf(model),
  };
}

/** Questions that would change what is served: that is for whoever runs it, not for who calls it. */
function refused(method: Side['method'], path: string, what: string): Side {
  return {
    method,
    path,
    answer: () => {
      throw new GatewayError('forbidden', `${path}: ${what} is not done over this door; change the configuration, or use "freehold pull"`);
    },
  };
}

/** The small questions of clients: what there is, what it can do, and what is refused. */
export const sides: readonly Side[] = [
  { method: 'GET', path: '/api/version', answer: () => ({ status: 200, body: { version: VERSION } }) },
  { method: 'GET', path: MODELS_PATH, answer: (_, models) => ({ status: 200, body: answerModels(models) }) },
  { method: 'POST', path: '/api/show', answer: show },
  // What is loaded is the providers' own affair, and they tell it to nobody who asks here.
  { method: 'GET', path: '/api/ps', answer: () => ({ status: 200, body: { models: [] } }) },
  refused('POST', '/api/pull', 'downloading a model'),
  refused('POST', '/api/push', 'uploading a model'),
  refused('POST', '/api/create', 'making a model'),
  refused('POST', '/api/copy', 'copying a model'),
  refused('POST', '/api/blobs/*', 'uploading weights'),
  refused('DELETE', '/api/delete', 'deleting a model'),
];
