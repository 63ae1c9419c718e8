import type { Stage } from '../stage.ts';
import { access } from './access.ts';
import { Money, type MoneyParts } from './money.ts';

/** Freehold's own policies in the order in which an exchange passes them: who may ask for what, then what it may cost. */
export function ownStages(money: MoneyParts): Stage[] {
  return [access, new Money(money)];
}
