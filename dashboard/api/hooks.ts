import { type UseMutationResult, type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { SessionView } from '../../src/http/contract.ts';
import { type ApiError, ask, type Query, SESSION } from './client.ts';

interface Options {
  /** Milliseconds after which it is asked again while the page is open. */
  every?: number;
  /** False: not asked for now. */
  enabled?: boolean;
}

/**
 * What the admin API answers to a GET. While other values of the query load, the last answer stays.
 * @param path below /admin/api, e.g. `/keys`
 */
export function useApi<T>(path: string, query: Query = {}, { every, enabled }: Options = {}): UseQueryResult<T, ApiError> {
  return useQuery<T, ApiError>({
    queryKey: [path, query],
    queryFn: ({ signal }) => ask<T>('GET', path, { query, signal }),
    placeholderData: (last, of) => (of?.queryKey[0] === path ? last : undefined),
    refetchInterval: every,
    enabled,
  });
}

/** A change to be sent: `change.mutate({ path, body })`. When it is done, everything under the paths named is asked for anew. */
export function useChange<T = unknown>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  refreshes: readonly string[],
): UseMutationResult<T, ApiError, { path: string; body?: unknown }> {
  const client = useQueryClient();
  return useMutation<T, ApiError, { path: string; body?: unknown }>({
    mutationFn: ({ path, body }) => ask<T>(method, path, { body }),
    onSuccess: () =>
      client.invalidateQueries({ predicate: ({ queryKey: [path] }) => refreshes.some((from) => String(path).startsWith(from)) }),
  });
}

/** Who is signed in, and what it would take. */
export function useSession(): UseQueryResult<SessionView, ApiError> {
  return useQuery<SessionView, ApiError>({
    queryKey: SESSION,
    queryFn: ({ signal }) => ask<SessionView>('GET', '/session', { signal }),
    refetchInterval: (query) => (query.state.status === 'error' ? 2_000 : false),
    staleTime: 60_000,
  });
}
