import type { ListedModel } from '../protocol/dialect.ts';
import { AUTO, address, type World } from './resolve.ts';

/** What clients see when they ask which models there are: the choice left to Freehold, the names of the file, and all that is served. */
export function listing(world: World): ListedModel[] {
  const served = world.models.map((model): ListedModel => {
    const { provider: ownedBy, window, maxOutput, created, embeds, vision, tools, reasoning } = model;
    return { id: address(model), ownedBy, window, maxOutput, created, embeds, vision, tools, reasoning };
  });
  const aliases = Object.keys(world.aliases).filter((alias) => !alias.includes('*'));
  return [...[AUTO, ...aliases].map((id) => ({ id, ownedBy: 'freehold' })), ...served];
}
