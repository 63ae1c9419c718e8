import { GatewayError } from '../protocol/errors.ts';
import { locate, wantsStream } from '../wire/json.ts';
import type { Finish } from './ports.ts';

/** How a provider is asked that wants the model in the path instead of the body: `*` stands for the model. */
interface ModelInPath {
  whole: string;
  stream: string;
  /** The member that stands in the body where the model stood. */
  instead: readonly [name: string, value: string];
}

/**
 * Moves a request's model from its body into its path. The body is edited in place where the model is found without parsing, so that a
 * large relayed body stays cheap.
 * @param at where a path of the dialect lies at the provider
 */
export function modelInPath(form: ModelInPath, at: (path: string) => { path: string }): Finish {
  const [name, value] = form.instead;
  return (request) => {
    if (request.method !== 'POST') return request;
    const bytes = Buffer.from(request.body);
    const path = (model: string) => at((wantsStream(bytes) ? form.stream : form.whole).replace('*', encodeURIComponent(model))).path;
    const span = bytes.includes(`"${name}"`) ? 'unsure' : locate(bytes, 'model');
    if (typeof span === 'object') {
      const key = bytes.lastIndexOf('"model"', span.start);
      const member = Buffer.from(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
      const body = Buffer.concat([bytes.subarray(0, key), member, bytes.subarray(span.end + 1)]);
      return { ...request, path: path(span.value), body };
    }
    const { model, ...others } = JSON.parse(bytes.toString('utf8')) as { model?: unknown };
    if (typeof model !== 'string') throw new GatewayError('invalid', 'model: is missing; it must be a string', { field: 'model' });
    return { ...request, path: path(model), body: JSON.stringify({ [name]: value, ...others }) };
  };
}
