import { QueryClient } from '@tanstack/react-query';
import type { SessionView } from '../../src/http/contract.ts';

const ROOT = '/admin/api';

/** Why a question had no answer. `status` 0: the gateway could not be reached. */
export class ApiError extends Error {
  readonly status: number;
  /** The field or setting that is at fault, where the gateway names one. */
  readonly field: string | undefined;

  constructor(message: string, status: number, field?: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.field = field;
  }
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The address of a route of the admin API. @param path below /admin/api, with its leading slash; empty and absent values are left out */
export function address(path: string, query: Query = {}): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString();
  return ROOT + path + (text ? `?${text}` : '');
}

/** Asks the admin API. @param path below /admin/api @returns its answer, parsed @throws ApiError */
export async function ask<T>(method: string, path: string, { query, body, signal }: Asking = {}): Promise<T> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  let response: Response;
  try {
    response = await fetch(address(path, query), { method, credentials: 'same-origin', signal, ...sent });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError('The gateway does not answer. It may be restarting; this page tries again by itself.', 0);
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer as T;
  if (response.status === 401) void queryClient.invalidateQueries({ queryKey: SESSION });
  const { message, field, param } = faultOf(answer);
  throw new ApiError(message ?? `The gateway answered with status ${response.status}.`, response.status, field ?? param);
}

interface Asking {
  query?: Query | undefined;
  /** Sent as JSON. */
  body?: unknown;
  signal?: AbortSignal;
}

function faultOf(answer: unknown): { message?: string; field?: string; param?: string } {
  const fault = typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : undefined;
  return typeof fault === 'object' && fault !== null ? fault : {};
}

/** Where the answer on who is signed in is kept. */
export const SESSION = ['session'] as const;

/** Takes over a session that has just begun or ended, and forgets what was answered to who was signed in before. */
export function changeSession(session: SessionView): void {
  queryClient.removeQueries({ predicate: ({ queryKey: [first] }) => first !== SESSION[0] });
  queryClient.setQueryData(SESSION, session);
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (tries, error) => tries < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status === 503),
      retryDelay: 1_000,
      refetchOnWindowFocus: true,
    },
  },
});
