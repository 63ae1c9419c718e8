import type { Accounts } from '../../accounts/accounts.ts';
import { Register } from '../../accounts/register.ts';
import type { Audit } from '../../egress/journal/audit.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { type Store, StoreError } from '../../store/ports.ts';
import type { PriceView } from '../contract.ts';
import * as aliases from './aliases.ts';
import { listBudgets, listPrices } from './budgets.ts';
import type { AdminAnswer, AdminCall, AdminParts, Handler } from './call.ts';
import * as keys from './keys.ts';
import { getExchange, getHealth, getUsage, listExchanges } from './reports.ts';

const ROOT = '/admin/api';

/** Every route: method and path, in which `*` stands for one name. */
const ROUTES: Readonly<Record<string, Handler>> = {
  [`GET ${ROOT}/keys`]: keys.listKeys,
  [`POST ${ROOT}/keys`]: keys.makeKey,
  [`GET ${ROOT}/keys/*`]: keys.getKey,
  [`PATCH ${ROOT}/keys/*`]: keys.changeKey,
  [`DELETE ${ROOT}/keys/*`]: keys.revokeKey,
  [`POST ${ROOT}/keys/*/rotate`]: keys.rotateKey,
  ...groupRoutes('team'),
  ...groupRoutes('project'),
  [`GET ${ROOT}/budgets`]: listBudgets,
  [`GET ${ROOT}/prices`]: listPrices,
  [`GET ${ROOT}/exchanges`]: listExchanges,
  [`GET ${ROOT}/exchanges/*`]: getExchange,
  [`GET ${ROOT}/usage`]: getUsage,
  [`GET ${ROOT}/health`]: getHealth,
  'POST /key/generate': aliases.generate,
  'GET /key/info': aliases.info,
  'POST /key/delete': aliases.remove,
};

function groupRoutes(kind: 'team' | 'project'): Record<string, Handler> {
  const path = `${ROOT}/${kind}s`;
  return {
    [`GET ${path}`]: (step) => keys.listGroups(kind, step),
    [`GET ${path}/*`]: (step) => keys.getGroup(kind, step),
    [`PUT ${path}/*`]: (step) => keys.putGroup(kind, step),
    [`DELETE ${path}/*`]: (step) => keys.removeGroup(kind, step),
  };
}

/** Whether a path is the admin API's: nothing there answers to a gateway key. */
export function isAdminPath(path: string): boolean {
  return path === ROOT || path.startsWith(`${ROOT}/`) || path.startsWith('/key/');
}

/** The admin API. Knows no HTTP: whoever calls has authorised before. */
export class Admin {
  readonly #parts: AdminParts;

  constructor(parts: AdminParts) {
    this.#parts = parts;
  }

  /** @throws GatewayError */
  async handle(call: AdminCall): Promise<AdminAnswer> {
    const { path, id } = split(call.path);
    const handler = ROUTES[`${call.method} ${path}`];
    if (!handler) throw missing(call.path, path);
    try {
      const body = await handler({ call, parts: this.#parts, id });
      return { status: call.method === 'POST' && path === `${ROOT}/keys` ? 201 : 200, body };
    } catch (error) {
      throw error instanceof StoreError ? ofStore(error) : error;
    }
  }
}

interface Standing {
  accounts: Accounts;
  /** Where things are kept; absent when nothing is. */
  ledger: { store: Store; place: { secret: Buffer }; node: string } | undefined;
  audit: Audit | undefined;
  prices(): PriceView[];
}

/** The admin API over what a gateway keeps. */
export function adminOver({ accounts, ledger, audit, prices }: Standing): Admin {
  const register = ledger && new Register(ledger.store.keys, accounts.directory, ledger.place.secret, Date.now);
  return new Admin({
    accounts,
    store: ledger?.store,
    register,
    audit: audit && ((deed) => audit.write(deed)),
    prices,
    node: ledger?.node,
    now: Date.now,
  });
}

/** The route's form of a path, and the name in it. @throws GatewayError */
function split(path: string): { path: string; id: string } {
  if (!path.startsWith(`${ROOT}/`)) return { path, id: '' };
  const [collection = '', raw, ...rest] = path.slice(ROOT.length + 1).split('/');
  if (raw === undefined) return { path, id: '' };
  try {
    return { path: [ROOT, collection, '*', ...rest].join('/'), id: decodeURIComponent(raw) };
  } catch {
    throw new GatewayError('invalid', 'the path holds a % that begins no escape', { field: 'path' });
  }
}

function missing(asked: string, path: string): GatewayError {
  const methods = Object.keys(ROUTES).flatMap((route) => (route.endsWith(` ${path}`) ? [route.split(' ')[0]!] : []));
  if (methods.length) return new GatewayError('method', `${asked} takes ${methods.join(', ')}`);
  const known = [...new Set(Object.keys(ROUTES).map((route) => route.split(' ')[1]!))].join(', ');
  return new GatewayError('not-found', `there is no ${asked} here; there are ${known}`);
}

const STATUS: Partial<Record<StoreError['fault'], number>> = { conflict: 409, refused: 400 };

function ofStore(error: StoreError): GatewayError {
  const status = STATUS[error.fault];
  if (status) return new GatewayError('invalid', error.message, { status, cause: error });
  return new GatewayError('unavailable', `the store does not answer: ${error.message}`, { retryAfter: 5, cause: error });
}
