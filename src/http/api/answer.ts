import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../../protocol/errors.ts';
import { readBody } from '../body.ts';
import { SESSION_PATH, type Sessions } from '../session.ts';
import type { Settings } from '../settings.ts';
import type { Admin } from './admin.ts';
import type { AdminAnswer } from './call.ts';

/** Most that is sent to the admin API. Bytes. */
const LIMIT = 1024 * 1024;

/** The same for who has not shown yet that it may. */
const SESSION_LIMIT = 4096;

/** One request to the admin API, from its headers to its answer. @throws GatewayError */
export async function answerAdmin(
  admin: Admin,
  request: IncomingMessage,
  { settings, sessions, path, query }: { settings: Settings; sessions: Sessions; path: string; query: URLSearchParams },
): Promise<AdminAnswer> {
  const isSession = path === SESSION_PATH;
  const actor = isSession ? '' : sessions.actor(settings, request);
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '');
  const bytes = await readBody(request, isSession ? SESSION_LIMIT : LIMIT);
  const body = bytes.length ? parsed(bytes, request.headers['content-type']) : undefined;
  if (isSession) return { status: 200, ...(await sessions.answer(settings, request, body)) };
  return admin.handle({ method, path, query, body, actor, from: request.socket.remoteAddress });
}

/** @throws GatewayError `invalid` */
function parsed(bytes: Buffer, type: string | undefined): unknown {
  // A form on a web page can send any text, but not this type.
  if (!/^application\/json\b/i.test(type ?? ''))
    throw new GatewayError('invalid', 'content-type: must be application/json', { status: 415, field: 'content-type' });
  try {
    return JSON.parse(bytes.toString());
  } catch (cause) {
    throw new GatewayError('invalid', `body: is no JSON (${(cause as Error).message})`, { field: 'body', cause });
  }
}
