import type { AttemptRecord } from '../../exchange/record.ts';
import { GatewayError } from '../../protocol/errors.ts';
import type { Content, ListedExchange, Store } from '../../store/ports.ts';
import { contentsQuery } from '../contract.ts';
import { queryOf, read, type Step, storeOf, toldBy } from './call.ts';

type Author = Pick<AttemptRecord, 'provider' | 'model' | 'zone'>;

interface Contents {
  contents: (ListedExchange & { content: Content; authors: Author[] })[];
  /** Exchanges that were looked at. */
  read: number;
  next: string | null;
}

/**
 * A page of what was asked and answered, newest first; that somebody read it is on record. Only while contents are kept: who switched that
 * off wants nobody to read them. @throws GatewayError `forbidden` otherwise
 */
export async function listContents(step: Step): Promise<Contents> {
  const store = keepingStore(step);
  const query = read(contentsQuery, queryOf(step));
  const { rows, next = null } = await store.exchanges.page(query);
  const { from, to, task, repository } = query;
  await toldBy(step)({ action: 'contents.read', object: 'exchanges', facts: { from, to, task, repository, rows: rows.length } });
  const contents: Contents['contents'] = [];
  for (const row of rows) {
    const content = await store.exchanges.content(row.id);
    if (!content) continue;
    const attempts = (await store.exchanges.get(row.id))?.attempts ?? '[]';
    contents.push({ ...row, content, authors: authorsOf(JSON.parse(attempts) as AttemptRecord[]) });
  }
  return { contents, read: rows.length, next };
}

/** What was asked and answered in one exchange, on the same terms. @throws GatewayError `forbidden`, `not-found` */
export async function getContent(step: Step): Promise<Content> {
  const content = await keepingStore(step).exchanges.content(step.id);
  if (!content)
    throw new GatewayError('not-found', `no content of an exchange "${step.id}" is kept; it may be older than store.content_days`, {
      field: 'id',
    });
  await toldBy(step)({ action: 'contents.read', object: step.id });
  return content;
}

/** @throws GatewayError `forbidden` where contents are not kept, whatever was kept before */
function keepingStore(step: Step): Store {
  const store = storeOf(step);
  if (step.parts.scene.config().store.keepContent) return store;
  throw new GatewayError('forbidden', 'contents are not kept here, and not given out: set store.content to true');
}

/** Who wrote the answer: more than one where it broke off and another went on with it. */
function authorsOf(attempts: readonly AttemptRecord[]): Author[] {
  const wrote = attempts.filter(({ error, firstTokenMs }) => error === undefined || firstTokenMs !== undefined);
  const authors = wrote.map(({ provider, model, zone }): [string, Author] => [`${provider}/${model}`, { provider, model, zone }]);
  return [...new Map(authors).values()];
}
