import { fits } from '../protocol/pattern.ts';
import table from './licences.json' with { type: 'json' };

/** What is known of the licence of a model's weights. */
export interface Licence {
  licence: string;
  /** A company may run the weights itself; null: that depends on terms, e.g. on its size. */
  selfHosting: boolean | null;
}

/** The licence of open weights by the model's name, in whatever spelling a server gives it; undefined when the table knows none. */
export function licenceOf(model: string): Licence | undefined {
  const name = model.toLowerCase().replaceAll('_', '-');
  return table.rows.find(({ models }) => models.some((pattern) => fits(pattern, name)));
}

/**
 * Why weights may not be run on own or rented hardware. What nobody knows does not bar.
 * @param agreed patterns of models for which the team has an agreement
 */
export function unlicensed(model: string, agreed: readonly string[]): string | undefined {
  const found = licenceOf(model);
  if (found?.selfHosting !== false || agreed.some((pattern) => fits(pattern.toLowerCase(), model.toLowerCase()))) return undefined;
  return `its weights are under the ${found.licence}, which asks for an agreement; name it under routing.licences_agreed when you have one`;
}
