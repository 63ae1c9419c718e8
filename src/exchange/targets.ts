import { GatewayError } from '../protocol/errors.ts';
import type { Registry } from '../providers/registry.ts';
import { address, resolve } from '../providers/resolve.ts';
import type { Candidates } from './candidates.ts';
import type { Candidate } from './ports.ts';

/** What names mean, as targets that can be asked. */
export class Targets {
  readonly #registry: Pick<Registry, 'world' | 'miss'>;
  readonly #candidates: Candidates;
  readonly #named: () => readonly string[];

  /** @param named names by which rules give models; a name that leaves the choice means these too */
  constructor(registry: Pick<Registry, 'world' | 'miss'>, candidates: Candidates, named: () => readonly string[]) {
    this.#registry = registry;
    this.#candidates = candidates;
    this.#named = named;
  }

  /** Targets for a model's name, never empty. @throws GatewayError `not-found` or `unavailable` */
  of(model: string, forVectors: boolean): Candidate[] | Promise<Candidate[]> {
    try {
      return this.#known(model, forVectors);
    } catch (error) {
      if (error instanceof GatewayError && error.kind === 'not-found') return this.#afterLooking(model, forVectors);
      throw error;
    }
  }

  /** Addresses that a name means now; empty for one that nobody serves. */
  means(name: string): string[] {
    try {
      return resolve(name, this.#registry.world()).targets.map(address);
    } catch (error) {
      if (error instanceof GatewayError) return [];
      throw error;
    }
  }

  /** Whether a name leaves the whole choice, as `auto` does, and not one among some. */
  isOpen(name: string): boolean {
    return resolve(name, this.#registry.world()).choice ?? false;
  }

  /** Nobody lists the model: it may be new, so everyone is asked again (rate limited). */
  async #afterLooking(model: string, forVectors: boolean): Promise<Candidate[]> {
    await this.#registry.miss();
    return this.#known(model, forVectors);
  }

  #known(model: string, forVectors: boolean): Candidate[] {
    const world = this.#registry.world();
    const { targets, choice } = resolve(model, world, forVectors);
    const found = new Map(targets.map((served) => [address(served), served]));
    if (choice && !forVectors) {
      for (const name of this.#named()) {
        try {
          for (const served of resolve(name, world).targets) if (!found.has(address(served))) found.set(address(served), served);
        } catch (error) {
          // A rule's model that is down at the moment is no reason to refuse.
          if (!(error instanceof GatewayError)) throw error;
        }
      }
    }
    return [...found.values()].map((served) => this.#candidates.of(served));
  }
}
