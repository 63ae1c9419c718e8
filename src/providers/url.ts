import { invalid } from '../protocol/errors.ts';

/** A version segment as APIs write it: `v1`, `v4`, `v1beta`, `v2alpha1`. */
const VERSION = /^v\d+[a-z0-9]*$/i;

/**
 * A provider's URL as configured, checked. Only http and https; no user or password in it.
 * @param field the setting it stands in, for the error
 * @throws GatewayError `invalid` with the mend; never repeats the URL, which may hold a secret
 */
export function parseBase(base: string, field: string): URL {
  const url = URL.canParse(base.trim()) ? new URL(base.trim()) : undefined;
  if (!url) throw invalid(field, 'is not a URL; write it like http://127.0.0.1:8000/v1');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw invalid(field, 'must start with http:// or https://');
  if (url.username || url.password) throw invalid(field, 'must not hold a user or password; put the secret under key:');
  if (url.hash) throw invalid(field, 'must not hold a # part; leave it out');
  return url;
}

/**
 * The whole URL of `path` at a provider. `base` may end in a version segment or not, in slashes or not: the version is never doubled,
 * since a base that names its own version anywhere (`/v1`, `/api/paas/v4`, `/v1beta/openai`) replaces the path's.
 * A query of the base is kept; an `api-version` there is a version too (Azure, GitHub Models), in place of one in the path.
 * @param path starts with a slash, e.g. `/v1/chat/completions`, perhaps with a query of its own
 */
export function join(base: string, path: string): string {
  const url = parseBase(base, 'url');
  const segments = url.pathname.split('/').filter(Boolean);
  const cut = path.indexOf('?');
  const [first, ...others] = (cut < 0 ? path : path.slice(0, cut)).split('/').filter(Boolean);
  const own =
    first === undefined
      ? []
      : VERSION.test(first) && (url.searchParams.has('api-version') || segments.some((segment) => VERSION.test(segment)))
        ? others
        : [first, ...others];
  const query = [url.search.slice(1), cut < 0 ? '' : path.slice(cut + 1)].filter(Boolean).join('&');
  return `${url.origin}/${[...segments, ...own].join('/')}${query ? `?${query}` : ''}`;
}
