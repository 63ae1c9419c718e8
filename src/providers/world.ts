import type { Zone } from '../protocol/zone.ts';
import type { Aliases } from './alias.ts';
import type { Price } from './provider.ts';

/** A model that can be asked. */
export interface ServedModel {
  provider: string;
  /** The provider's own name for it. */
  model: string;
  zone: Zone;
  /** Tokens, prompt and answer together. */
  window?: number;
  /** Tokens. */
  maxOutput?: number;
  price?: Price;
  healthy: boolean;
  quirks?: ReadonlySet<string>;
  /** It makes vectors and holds no conversation. */
  embeds?: boolean;
  /** What else its provider tells of it: as a listing has them. */
  created?: number;
  loaded?: number;
  vision?: boolean;
  tools?: boolean;
  reasoning?: boolean;
  /** Who says it is there: the file, the provider's own list, or only the client that asked for it. */
  listed: 'config' | 'discovered' | 'asked';
}

export interface WorldProvider {
  name: string;
  zone: Zone;
  healthy: boolean;
  /** Its list of models is known: a name that is not on it does not exist there. */
  complete: boolean;
  /** Why it is not healthy, for people. */
  reason?: string;
  /** The provider's own; a model's come on top. */
  quirks?: readonly string[];
}

/** Everything that can be asked at one moment. Immutable: a change makes a new world. */
export interface World {
  /** In config order. */
  providers: readonly WorldProvider[];
  /** In config order of their providers, then in the order of the provider's list. */
  models: readonly ServedModel[];
  aliases: Aliases;
}

/** A model's full name. */
export function address(model: { provider: string; model: string }): string {
  return `${model.provider}/${model.model}`;
}

/** `name` without what tools hang on it: Claude Code's window mark `[1m]` and the default tag `:latest`. */
export function plainName(name: string): string {
  return name.replace(/\[[^\]]*\]$/, '').replace(/:latest$/, '');
}
