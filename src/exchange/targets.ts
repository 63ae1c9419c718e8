import type { SwapsInForce } from '../policy/swap.ts';
import { GatewayError } from '../protocol/errors.ts';
import type { Registry } from '../providers/registry.ts';
import { address, resolve, type ServedModel } from '../providers/resolve.ts';
import type { Candidates } from './candidates.ts';
import type { Candidate } from './ports.ts';

/** What names mean, as targets that can be asked. */
export class Targets {
  readonly #registry: Pick<Registry, 'world' | 'miss'>;
  readonly #candidates: Candidates;
  readonly #named: () => readonly string[];
  readonly #swaps: SwapsInForce;

  /** @param named names by which rules give models; a name that leaves the choice means these too */
  constructor(registry: Pick<Registry, 'world' | 'miss'>, candidates: Candidates, named: () => readonly string[], swaps: SwapsInForce) {
    this.#registry = registry;
    this.#candidates = candidates;
    this.#named = named;
    this.#swaps = swaps;
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

  /** The one target that a name means now; undefined where it means none or several. */
  served(name: string): Candidate | undefined {
    try {
      const [served, second] = resolve(name, this.#registry.world()).targets;
      return served && !second ? this.#candidates.of(served) : undefined;
    } catch (error) {
      if (error instanceof GatewayError) return undefined;
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

  /** What a name means without those that stand in for others by a swap: their addresses. @throws GatewayError */
  meant(model: string): ReadonlySet<string> {
    return new Set(this.#served(model, false).keys());
  }

  #known(model: string, forVectors: boolean): Candidate[] {
    const { targets, choice } = resolve(model, this.#registry.world(), forVectors);
    const [only] = targets;
    // Most requests name one model, and nothing more has to be asked then.
    if (only && targets.length === 1 && !choice && (forVectors || this.#swaps.isIdle)) return [this.#candidates.of(only)];
    const found = this.#served(model, forVectors);
    // Vectors of two models cannot be compared: nobody stands in for another there.
    if (!forVectors && !this.#swaps.isIdle) this.#standIns(found);
    return [...found.values()].map((served) => this.#candidates.of(served));
  }

  /** Adds who may take the place of one of them; what is added while it goes is looked at too. */
  #standIns(found: Map<string, ServedModel>): void {
    for (const from of found.keys())
      for (const { to } of this.#swaps.of(from)) {
        if (found.has(to)) continue;
        try {
          for (const served of resolve(to, this.#registry.world()).targets) found.set(address(served), served);
        } catch (error) {
          // The old model answers while the new one is not served.
          if (!(error instanceof GatewayError)) throw error;
        }
      }
  }

  #served(model: string, forVectors: boolean): Map<string, ServedModel> {
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
    return found;
  }
}
