import { type SelectQueryBuilder, sql } from 'kysely';
import type { Engine } from '../engine.ts';
import { StoreError } from '../fault.ts';
import type { Content, ExchangeRow, Filter, ListedExchange, Page, PageQuery } from '../ports.ts';
import { EXCHANGE, type Schema } from '../schema.ts';

/** How many rows a page looks at, at most, to find those that all filters let pass. */
const LOOKED_AT = 2000;

const MOST = 500;

/** Filters in the order of how few rows each usually leaves: the first one given is read along its index. */
const FILTERS = [
  'session',
  'key',
  'repository',
  'project',
  'team',
  'model',
  'task',
  'provider',
  'client',
  'outcome_class',
  'zone',
] as const satisfies readonly (keyof Filter)[];

const LISTED = EXCHANGE.map(([name]) => name).filter(
  (name) => !(['plan', 'attempts', 'notes', 'findings'] as string[]).includes(name),
) as (keyof ListedExchange)[];

interface Position {
  at: number;
  id: string;
}

export async function exchangeOf({ db }: Engine, id: string): Promise<ExchangeRow | undefined> {
  return db.selectFrom('exchanges').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function contentOf({ db }: Engine, id: string): Promise<Content | undefined> {
  return db.selectFrom('contents').select(['request', 'answer']).where('exchange', '=', id).executeTakeFirst();
}

/** @throws StoreError `refused` for a cursor that is none */
export async function pageOf({ db }: Engine, query: PageQuery): Promise<Page> {
  const limit = Math.min(MOST, Math.max(1, Math.floor(query.limit)));
  const [first, ...others] = FILTERS.filter((name) => query[name] !== undefined);
  // Most exchanges succeed, so there is no index on that: it is read along the time and sifted like the others.
  const isIndexed = first !== undefined && query[first] !== 'ok';
  const sifted = isIndexed || first === undefined ? others : [first, ...others];
  let along = within(db.selectFrom('exchanges').select(LISTED), query);
  if (isIndexed) along = along.where(first, '=', query[first]!);
  if (isIndexed && first === 'outcome_class') along = along.where(sql<boolean>`outcome_class <> 'ok'`);
  const ordered = along.orderBy('at', 'desc').orderBy('id', 'desc');
  if (sifted.length === 0) {
    const rows = (await ordered.limit(limit).execute()) as ListedExchange[];
    return { rows, next: rows.length === limit ? print(rows.at(-1)!) : undefined };
  }
  let passing = db.selectFrom(ordered.limit(LOOKED_AT).as('looked_at')).selectAll();
  for (const name of sifted) passing = passing.where(name, '=', query[name]!);
  const rows = (await passing.limit(limit).execute()) as ListedExchange[];
  if (rows.length === limit) return { rows, next: print(rows.at(-1)!) };
  const last = (await ordered
    .clearSelect()
    .select(['at', 'id'])
    .offset(LOOKED_AT - 1)
    .limit(1)
    .executeTakeFirst()) as Position | undefined;
  return { rows, next: last && print(last) };
}

type Selecting = SelectQueryBuilder<Schema, 'exchanges', Pick<ExchangeRow, keyof ListedExchange>>;

function within(rows: Selecting, { from, to, cursor }: PageQuery): Selecting {
  let bounded = rows;
  if (from !== undefined) bounded = bounded.where('at', '>=', from);
  if (to !== undefined) bounded = bounded.where('at', '<', to);
  if (cursor === undefined) return bounded;
  const { at, id } = parse(cursor);
  // Said in two steps so that the index on the time bounds the read.
  return bounded.where('at', '<=', at).where((eb) => eb.or([eb('at', '<', at), eb('id', '<', id)]));
}

function print({ at, id }: Position): string {
  return `${at}.${id}`;
}

function parse(cursor: string): Position {
  const [, at, id] = /^(\d{1,15})\.(.+)$/s.exec(cursor) ?? [];
  if (at === undefined || id === undefined) throw new StoreError('refused', 'cursor: take it from the page before, as it is');
  return { at: Number(at), id };
}
