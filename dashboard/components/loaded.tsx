import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { ApiError } from '../api/client.ts';
import { Waiting } from './page.tsx';
import { Problem } from './problem.tsx';

interface Props<T> {
  query: UseQueryResult<T, ApiError>;
  /** Lines to hold free while it loads. */
  lines?: number;
  children: (data: T) => ReactNode;
}

/** The three states of a question: under way, failed, answered. An older answer stays while a newer one cannot be had. */
export function Loaded<T>({ query, lines, children }: Props<T>) {
  if (query.data !== undefined) return <div aria-busy={query.isPlaceholderData || undefined}>{children(query.data)}</div>;
  if (query.isError) return <Problem error={query.error} again={() => query.refetch()} />;
  return <Waiting lines={lines} />;
}
