import type { Accounts } from '../../accounts/accounts.ts';
import { Register } from '../../accounts/register.ts';
import { JournalReader } from '../../egress/journal/reader.ts';
import type { VerdictBook } from '../../evals/book.ts';
import type { EgressDesk } from '../../exchange/stages/egress-desk.ts';
import type { Live } from '../../live/live.ts';
import type { Dialect } from '../../protocol/dialect.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { type Store, StoreError } from '../../store/ports.ts';
import { Doors } from '../doors.ts';
import type { AdminAnswer, AdminCall, AdminParts, Handler } from './call.ts';
import { ROOT, ROUTES } from './routes.ts';
import type { Scene } from './scene.ts';

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
    const found = find(call.method, call.path);
    if (!found) throw missing(call.path);
    try {
      const body = await found.handler({ call, parts: this.#parts, id: found.id });
      return { status: CREATES.has(`${call.method} ${call.path}`) ? 201 : 200, body };
    } catch (error) {
      throw error instanceof StoreError ? ofStore(error) : error;
    }
  }
}

interface Standing {
  accounts: Accounts;
  /** Where things are kept; absent when nothing is. */
  ledger: { store: Store; place: { folder: string; journal: string; secret: Buffer }; node: string } | undefined;
  egress: Pick<EgressDesk, 'audit' | 'reasons'>;
  verdicts: VerdictBook;
  live: Live;
  dialects: readonly Dialect[];
  scene: Scene;
}

/** The admin API over what a gateway keeps and what it serves. */
export function adminOver({ accounts, ledger, egress, verdicts, live, dialects, scene }: Standing): Admin {
  const { audit } = egress;
  const register = ledger && new Register(ledger.store.keys, accounts.directory, ledger.place.secret, Date.now);
  return new Admin({
    accounts,
    store: ledger?.store,
    register,
    audit: audit && ((deed) => audit.write(deed)),
    journalProblems: () => egress.reasons,
    verdicts,
    live,
    journals: ledger && new JournalReader(ledger.place.journal, ledger.place.secret, Date.now),
    scene,
    doors: new Doors(dialects),
    folder: ledger?.place.folder,
    node: ledger?.node,
    now: Date.now,
  });
}

/** Routes that answer 201. */
const CREATES: ReadonlySet<string> = new Set([`POST ${ROOT}/keys`, `POST ${ROOT}/swaps`]);

const KNOWN = Object.entries(ROUTES).map(([route, handler]) => {
  const [method, path] = route.split(' ') as [string, string];
  const parts = path.split('/');
  return { method, path, parts, star: parts.indexOf('*'), handler };
});

/** Routes that a path may mean; one that names more of it before its `*`, or all of it, comes first. */
function matching(path: string): typeof KNOWN {
  const parts = path.split('/');
  const fits = KNOWN.filter(
    (one) => one.parts.length === parts.length && one.parts.every((part, at) => part === '*' || part === parts[at]),
  );
  const named = ({ star }: { star: number }) => (star < 0 ? parts.length : star);
  return fits.sort((a, b) => named(b) - named(a));
}

/** What is behind a path, and the name in it. @throws GatewayError */
function find(method: string, path: string): { handler: Handler; id: string } | undefined {
  const route = matching(path).find((one) => one.method === method);
  if (!route) return undefined;
  try {
    return { handler: route.handler, id: decodeURIComponent(path.split('/')[route.star] ?? '') };
  } catch {
    throw new GatewayError('invalid', 'the path holds a % that begins no escape', { field: 'path' });
  }
}

function missing(path: string): GatewayError {
  const methods = [...new Set(matching(path).map(({ method }) => method))];
  if (methods.length) return new GatewayError('method', `${path} takes ${methods.join(', ')}`);
  const known = [...new Set(KNOWN.map((one) => one.path))].join(', ');
  return new GatewayError('not-found', `there is no ${path} here; there are ${known}`);
}

const STATUS: Partial<Record<StoreError['fault'], number>> = { conflict: 409, refused: 400 };

function ofStore(error: StoreError): GatewayError {
  const status = STATUS[error.fault];
  if (status) return new GatewayError('invalid', error.message, { status, cause: error });
  return new GatewayError('unavailable', `the store does not answer: ${error.message}`, { retryAfter: 5, cause: error });
}
