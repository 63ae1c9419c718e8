import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { LIVE_PATH } from '../live.ts';
import { SESSION_PATH } from '../session.ts';
import { ROOT, ROUTES } from './routes.ts';

/** Answered beside the table: a stream, and cookies. */
const BESIDE = [`GET ${LIVE_PATH}`, ...['GET', 'POST', 'DELETE'].map((method) => `${method} ${SESSION_PATH}`)];

it('docs/admin-api.md has a row for every route, and for nothing else', () => {
  const page = readFileSync(new URL('../../../docs/admin-api.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(GET|POST|PUT|PATCH|DELETE) (\/[^`]*)` \| \S/gm)].map(([, method, path]) => {
    const plain = path!.replace(/\/[A-Z]+(?=\/|$)/g, '/*');
    return `${method} ${plain.startsWith('/key/') ? '' : ROOT}${plain}`;
  });
  expect(rows.toSorted()).toEqual([...Object.keys(ROUTES), ...BESIDE].toSorted());
});
