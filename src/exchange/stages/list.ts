import type { Stage } from '../stage.ts';
import { access } from './access.ts';
import type { EgressDesk } from './egress-desk.ts';
import { Money, type MoneyParts } from './money.ts';
import type { RoutingDesk } from './routing-desk.ts';

/** Freehold's own policies in the order in which an exchange passes them: who may ask for what, how far it may go, what it may cost, who answers, and that it is on record. */
export function ownStages(money: MoneyParts, { egress, recording }: EgressDesk, routing: RoutingDesk): Stage[] {
  return [access, egress, new Money(money), routing.stage, ...recording];
}

/** Those that decide where a request goes, for a question what would happen. */
export function decidingStages({ egress }: EgressDesk, { rehearsal }: RoutingDesk): Stage[] {
  return [access, egress, rehearsal];
}
