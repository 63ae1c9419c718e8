import { byDistance } from '../protocol/zone.ts';
import { FOR_VECTORS, NOT_FOR_CHAT } from './families.ts';
import { address, plainName, type ServedModel, type World, type WorldProvider } from './world.ts';

/** Names as they are listed, and without their marks; what is asked is looked for among the first, then among the second. */
class Names<T> {
  readonly #exact = new Map<string, T[]>();
  readonly #plain = new Map<string, T[]>();

  add(name: string, value: T): void {
    push(this.#exact, name, value);
    push(this.#plain, plainName(name), value);
  }

  find(name: string): readonly T[] {
    return this.#exact.get(name) ?? this.#plain.get(plainName(name)) ?? [];
  }

  keys(): string[] {
    return [...this.#exact.keys()];
  }
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}

export interface Index {
  addresses: Names<ServedModel>;
  /** Bare names. */
  names: Names<ServedModel>;
  providers: Map<string, WorldProvider>;
  auto: ServedModel[];
  /** What `auto` tries for vectors. */
  vectors: ServedModel[];
}

/** Worlds live for minutes and are asked thousands of times: what is looked up is built once for each. */
const indexes = new WeakMap<World, Index>();

/** The look-up tables of a world. */
export function indexOf(world: World): Index {
  let index = indexes.get(world);
  if (!index) {
    index = {
      addresses: new Names(),
      names: new Names(),
      providers: new Map(world.providers.map((one) => [one.name, one])),
      auto: choose(world, isForChat, MOST_OF_ONE),
      vectors: choose(world, isForVectors, 1),
    };
    for (const model of world.models) {
      index.addresses.add(address(model), model);
      index.names.add(model.model, model);
    }
    indexes.set(world, index);
  }
  return index;
}

/** What the file names is what its owner wants; of a provider's own list we take what converses. */
export function isForChat(model: ServedModel): boolean {
  return model.listed === 'config' || !(model.embeds || NOT_FOR_CHAT.test(model.model));
}

export function isForVectors(model: ServedModel): boolean {
  return model.embeds ?? FOR_VECTORS.test(model.model);
}

/** Models that `auto` may choose from: of one provider, and in all. A vendor's list has hundreds. */
const MOST_OF_ONE = 12;
const MOST = 32;

/** What `auto` may choose from: healthy ones first, then each provider's first model before its others, then nearest zone, then config order. */
function choose(world: World, isMeant: (model: ServedModel) => boolean, mostOfOne: number): ServedModel[] {
  const counts = new Map<string, number>();
  const found: { model: ServedModel; place: number }[] = [];
  for (const model of world.models) {
    const place = counts.get(model.provider) ?? 0;
    if (place >= mostOfOne || !isMeant(model)) continue;
    counts.set(model.provider, place + 1);
    found.push({ model, place });
  }
  found.sort(
    (a, b) =>
      Number(b.model.healthy) - Number(a.model.healthy) ||
      Number(a.place > 0) - Number(b.place > 0) ||
      byDistance(a.model.zone, b.model.zone),
  );
  return found.slice(0, MOST).map(({ model }) => model);
}
