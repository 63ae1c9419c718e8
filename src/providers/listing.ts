import type { ListedModel } from '../protocol/dialect.ts';
import { AUTO, address, resolve, type World } from './resolve.ts';

/** What clients see when they ask which models there are: the choice left to Freehold, the names of the file, and all that is served. */
export function listing(world: World): ListedModel[] {
  const served = world.models.map((model): ListedModel => {
    const { provider: ownedBy, window, maxOutput, created, embeds, vision, tools, reasoning } = model;
    return { id: address(model), ownedBy, window, maxOutput, created, embeds, vision, tools, reasoning };
  });
  const byId = new Map(served.map((model) => [model.id, model]));
  const aliases = Object.keys(world.aliases).filter((alias) => !alias.includes('*'));
  return [...[AUTO, ...aliases].map((id) => ({ ...byId.get(first(id, world)), id, ownedBy: 'freehold' })), ...served];
}

/** The address of the model that would answer under a name first: its window and abilities are the name's. */
function first(name: string, world: World): string {
  try {
    return address(resolve(name, world).targets[0]!);
  } catch {
    // Nothing answers under it now.
    return '';
  }
}
