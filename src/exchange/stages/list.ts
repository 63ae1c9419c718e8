import type { Stage } from '../stage.ts';
import { access } from './access.ts';
import type { EgressDesk } from './egress-desk.ts';
import { Money, type MoneyParts } from './money.ts';

/** Freehold's own policies in the order in which an exchange passes them: who may ask for what, how far it may go, what it may cost, and that it is on record. */
export function ownStages(money: MoneyParts, { egress, recording }: EgressDesk): Stage[] {
  return [access, egress, new Money(money), ...recording];
}
