import {
  type ColumnDef,
  createSortedRowModel,
  rowSortingFeature,
  type SortingState,
  sortFns,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { Link } from 'wouter';
import { Icon } from './icon.tsx';

export interface Column<T> {
  id: string;
  header: string;
  cell(row: T): ReactNode;
  /** What to sort by; without it the column cannot be sorted. */
  sort?(row: T): number | string | null | undefined;
  /** Numbers stand at the end of their cell. */
  align?: 'end';
  /** Left out where the window is narrower: `phone` below 640 px, `tablet` below 1000 px, `desktop` below 1500 px. */
  hide?: 'phone' | 'tablet' | 'desktop';
  /** Takes the room that is left, and breaks lines. */
  grow?: boolean;
}

interface Props<T> {
  /** What the table is of, for those who do not see it. */
  caption: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  rowKey(row: T): string;
  /** Shown in place of the table when there is no row. */
  empty?: ReactNode;
  /** Where the first cell of a row leads. */
  href?(row: T): string;
  sortedBy?: { id: string; desc: boolean };
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel(), sortFns });

/** A table that sorts by its headers. It scrolls inside itself where the page is too narrow. */
export function DataTable<T>({ caption, rows, columns, rowKey, empty, href, sortedBy }: Props<T>) {
  const [sorting, setSorting] = useState<SortingState>(sortedBy ? [sortedBy] : []);
  const definitions = useMemo(
    () =>
      columns.map(
        ({ id, header, sort }): ColumnDef<typeof features, T & object> => ({
          id,
          header,
          accessorFn: sort ? (row) => sort(row) ?? undefined : () => undefined,
          enableSorting: sort !== undefined,
          sortUndefined: 'last',
          sortFn: 'basic',
        }),
      ),
    [columns],
  );
  const data = rows as (T & object)[];
  const table = useTable({
    features,
    data,
    columns: definitions,
    state: { sorting },
    onSortingChange: setSorting,
    getRowId: (row) => rowKey(row),
  });
  if (rows.length === 0 && empty !== undefined) return <>{empty}</>;
  const ofId = new Map(columns.map((column) => [column.id, column]));
  return (
    <Scrolling label={caption}>
      <table className="table">
        <caption className="unseen">{caption}</caption>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map(({ id, column }) => {
                const { align, hide, grow, header } = ofId.get(column.id)!;
                const sorted = column.getIsSorted();
                return (
                  <th
                    key={id}
                    scope="col"
                    data-align={align}
                    data-hide={hide}
                    data-grow={grow || undefined}
                    aria-sort={sorted ? (sorted === 'asc' ? 'ascending' : 'descending') : undefined}
                  >
                    {column.getCanSort() ? (
                      <button type="button" onClick={column.getToggleSortingHandler()}>
                        {header}
                        {sorted && <Icon name={sorted === 'asc' ? 'up' : 'down'} size={12} />}
                      </button>
                    ) : (
                      header
                    )}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id}>
              {columns.map(({ id, cell, align, hide, grow }, at) => {
                const content = cell(row.original);
                return (
                  <td key={id} data-align={align} data-hide={hide} data-grow={grow || undefined}>
                    {href && at === 0 ? (
                      <Link href={href(row.original)} className="row-link">
                        {content}
                      </Link>
                    ) : (
                      content
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

/** Scrolls sideways where it must; only then it can be reached by keyboard, so that it is no stop for nothing. */
function Scrolling({ label, children }: { label: string; children: ReactNode }) {
  const box = useRef<HTMLElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const watch = new ResizeObserver(() => setScrolls(element.scrollWidth > element.clientWidth));
    watch.observe(element);
    if (element.firstElementChild) watch.observe(element.firstElementChild);
    return () => watch.disconnect();
  }, []);
  return (
    <section ref={box} className="table-scroll" aria-label={label} tabIndex={scrolls ? 0 : undefined}>
      {children}
    </section>
  );
}
