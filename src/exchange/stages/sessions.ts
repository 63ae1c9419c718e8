import { namedIn } from '../../policy/session.ts';
import { type Limit, nearer } from '../../policy/zones.ts';
import type { Incoming } from '../ports.ts';

/** Most conversations remembered; the one not heard of for the longest is forgotten first. */
const MOST = 10_000;

/**
 * What was once to stay near stays there for the rest of its conversation: a tool that shortens its history may leave out the very file
 * that said so. In memory only.
 */
export class Sessions {
  readonly #limits = new Map<string, Limit>();

  /** What names the conversation, for one caller; undefined where the tool does not say. */
  of({ caller, headers }: Incoming): string | undefined {
    const name = namedIn(headers);
    return name === undefined ? undefined : `${caller?.id ?? ''} ${name}`;
  }

  limit(session: string): Limit | undefined {
    const limit = this.#limits.get(session);
    if (limit) {
      this.#limits.delete(session);
      this.#limits.set(session, limit);
    }
    return limit;
  }

  /** Only what keeps nearer than everything is worth remembering. */
  keep(session: string, limit: Limit): void {
    if (limit.zone === 'vendor') return;
    const known = this.#limits.get(session);
    this.#limits.delete(session);
    this.#limits.set(session, known ? nearer(known, limit) : limit);
    if (this.#limits.size > MOST)
      for (const oldest of this.#limits.keys()) {
        this.#limits.delete(oldest);
        break;
      }
  }
}
