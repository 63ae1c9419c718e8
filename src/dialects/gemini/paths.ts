/**
 * The API names the model and the method in the path: `/v1beta/models/MODEL:METHOD` (https://ai.google.dev/api/generate-content). The
 * AI SDK leaves `models/` out when a name holds a slash, because tuned models have another word there.
 */
const PATH = /^(\/[^/]+\/)(?:models\/)?(.+):(\w+)$/s;

export const STREAM = 'streamGenerateContent';
export const WHOLE = 'generateContent';

/** Who is asked for what, e.g. `{model: 'up/fake', method: 'generateContent'}`. A name that is encoded wrongly stays as it is. */
export function addressee(path: string): { model: string; method: string } | undefined {
  const [, , name, method] = PATH.exec(path) ?? [];
  return name === undefined || method === undefined ? undefined : { model: decoded(name), method };
}

/** The same path with another model. */
export function readdress(path: string, model: string): string {
  return path.replace(PATH, (_, version: string, _name: string, method: string) => `${version}${resource(model)}:${method}`);
}

/** Where a request of ours goes. Events in place of one long list are asked for by `alt`. */
export function pathTo(model: string, stream: boolean): string {
  return pathOf(model, stream ? `${STREAM}?alt=sse` : WHOLE);
}

/** Where a method of a model lies. */
export function pathOf(model: string, method: string): string {
  return `/v1beta/${resource(model)}:${method}`;
}

/** The paths on which clients ask for a method. Newer SDKs use /v1 for what older ones ask of /v1beta. */
export function doorsTo(method: string): string[] {
  return ['/v1beta/models/*', '/v1/models/*', '/v1beta/*', '/v1/*'].map((path) => `${path}:${method}`);
}

/** A model as the API names it. Slashes stay: names like `org/model` are paths for servers that have them. */
export function resource(model: string): string {
  const name = model.split('/').map(encodeURIComponent).join('/');
  return model.startsWith('tunedModels/') ? name : `models/${name}`;
}

export function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
