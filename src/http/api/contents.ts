import { GatewayError } from '../../protocol/errors.ts';
import type { Content, ListedExchange } from '../../store/ports.ts';
import { contentsQuery } from '../contract.ts';
import { queryOf, read, type Step, storeOf, toldBy } from './call.ts';

interface Contents {
  contents: (ListedExchange & { content: Content })[];
  /** Exchanges that were looked at. */
  read: number;
  next: string | null;
}

/**
 * A page of what was asked and answered, newest first; that somebody read it is on record. Only while contents are kept: who switched that
 * off wants nobody to read them. @throws GatewayError `forbidden` otherwise
 */
export async function listContents(step: Step): Promise<Contents> {
  const { parts } = step;
  const store = storeOf(step);
  if (!parts.scene.config().store.keepContent)
    throw new GatewayError('forbidden', 'contents are not kept here, and not given out: set store.content to true');
  const query = read(contentsQuery, queryOf(step));
  const { rows, next = null } = await store.exchanges.page(query);
  const { from, to, task, repository } = query;
  await toldBy(step)({ action: 'contents.read', object: 'exchanges', facts: { from, to, task, repository, rows: rows.length } });
  const contents: Contents['contents'] = [];
  for (const row of rows) {
    const content = await store.exchanges.content(row.id);
    if (content) contents.push({ ...row, content });
  }
  return { contents, read: rows.length, next };
}
