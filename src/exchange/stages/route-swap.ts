import { type Contender, keptOut, type Plan, type PlanInput, type Replacement } from '../../policy/plan.ts';
import type { Session } from '../../policy/session.ts';
import { type Affected, holds, isAbout, isInForce, type Swap, type SwapsInForce } from '../../policy/swap.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { fits } from '../../protocol/pattern.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Task } from '../../tasks/task.ts';
import { MACHINES } from '../machines.ts';
import type { Candidate } from '../ports.ts';
import type { ExchangeRecord } from '../record.ts';
import type { Admission } from '../stage.ts';
import { addressOf } from './contenders.ts';

const NONE: readonly Swap[] = [];

/** Swaps in force that a request may be about, by what its name means. Nothing is made where there are none. */
export function swapsAbout(resolved: readonly Candidate[], inForce: SwapsInForce): readonly Swap[] {
  if (inForce.isIdle) return NONE;
  let found = NONE;
  for (const candidate of resolved) {
    const some = inForce.of(addressOf(candidate));
    if (some.length) found = [...found, ...some];
  }
  return found;
}

/**
 * What evaluation asks for, where swaps are in force: that model itself, else a model would be compared with whoever stands in its place.
 * @returns the addresses that its name means; undefined for everybody else
 */
export function meantOnly(
  admission: Admission,
  { swaps, meant }: { swaps: SwapsInForce; meant(name: string): ReadonlySet<string> },
): ReadonlySet<string> | undefined {
  const { client } = admission.incoming;
  if (swaps.isIdle || client === undefined || !MACHINES.includes(client)) return undefined;
  const own = meant(admission.asked.model);
  admission.plan = admission.plan.filter((candidate) => own.has(addressOf(candidate)));
  return own;
}

/** A conversation that was brought to a model by a swap that is no more is with the old one again. */
export function returned(session: Session<Task>, inForce: SwapsInForce): void {
  const swap = session.swap === undefined ? undefined : inForce.get(session.swap);
  if (session.swap === undefined || (swap && isInForce(swap))) return;
  session.swap = undefined;
  if (swap) session.model = swap.from;
}

/** What swaps make of one request. */
export interface Swapping {
  /** Those that its name may be about. */
  swaps: readonly Swap[];
  /** What the name means without them, by address. */
  meant: ReadonlySet<string>;
  /** The one model that it means, where it means one. */
  named: string | undefined;
}

/** @param meant what the name means without swaps */
export function swappingOf(swaps: readonly Swap[], meant: ReadonlySet<string>): Swapping {
  const [only] = meant;
  return { swaps, meant, named: meant.size === 1 ? only : undefined };
}

interface Turn {
  session: Session<Task> | undefined;
  /** 0 to below 1, the same for all of a conversation. */
  chance: number;
  task: Task;
  /** Why the conversation should move to a better model. */
  cause: string | undefined;
  isOlder(swap: Swap): boolean;
}

/** Puts the swaps that hold for a conversation into what the plan is made of. */
export function swapInto(input: PlanInput, { swaps, meant, named }: Swapping, { incoming, asked }: Admission, turn: Turn): void {
  const { session, chance, task, cause } = turn;
  const affected: Omit<Affected, 'isOlder'> = { task: task.class, chance, model: session?.model, swap: session?.swap };
  // Who is to be left for a better one does not come back in by the swap.
  const left = cause === undefined ? undefined : session?.swap;
  const held = swaps.filter((swap) => swap.id !== left && holds(swap, { ...affected, isOlder: turn.isOlder(swap) }));
  input.swaps = held.map(({ id, from, to }): Replacement => ({ swap: id, from, to }));
  if (named !== undefined) input.named = named;
  for (const contender of input.contenders) {
    const { address } = contender;
    if (address === named) ungate(contender);
    if (meant.has(address)) continue;
    contender.standsIn = true;
    if (!isAllowed(address, incoming.caller?.models, asked.model, swaps))
      contender.barred ??= { gate: 'access', why: 'the key does not allow it' };
    // It is where another would be: that one's place is what the conversation holds.
    const mine = swaps.find(({ id }) => id === session?.swap);
    if (input.incumbent === address && mine?.to === address) input.incumbent = mine.from;
  }
}

/** Whoever asks for a model by name gets it, whatever is thought of it; only where it may not go counts. */
function ungate(contender: Contender): void {
  for (const gate of ['window', 'tools', 'vision', 'json', 'ailing'] as const) delete contender[gate];
  contender.health = 'closed';
  if (contender.barred && contender.barred.gate !== 'access' && contender.barred.gate !== 'zone') delete contender.barred;
}

/** A key that names models names those that may stand in, too, unless it names what was asked for by an alias. */
function isAllowed(address: string, allowed: readonly (readonly string[])[] | undefined, asked: string, swaps: readonly Swap[]): boolean {
  const bare = (one: string) => one.slice(one.indexOf('/') + 1);
  const isAlias = swaps.every(({ from }) => asked !== from && asked !== bare(from));
  const names = [address, bare(address), ...(isAlias ? [asked] : [])];
  return allowed?.every((patterns) => patterns.some((pattern) => names.some((name) => fits(pattern, name)))) ?? true;
}

/** Of which swap an exchange is a case, and with which model; undefined where the new one could not have answered. */
export function armOf(input: PlanInput, { swap, steps: [first] }: Plan, { swaps }: Swapping, turn: Turn): ExchangeRecord['swap'] {
  const { session, task, cause } = turn;
  const named = (one: Swap, arm: 'old' | 'new') => ({ id: one.id, from: one.from, to: one.to, arm });
  const by = swap && swaps.find(({ id }) => id === swap.swap);
  if (by) return named(by, 'new');
  const mine = swaps.find(({ id, to }) => id === session?.swap && to === first?.address);
  if (mine) return named(mine, 'new');
  const spared = swaps.find((one) => one.from === first?.address && isAbout(one, task.class));
  const other = spared && input.contenders.find(({ address }) => address === spared.to);
  if (!spared || !other || cause !== undefined) return undefined;
  const kept = keptOut(other, input.work);
  // A model that is left alone because its calls fail has failed this one too.
  if (kept && kept.gate !== 'health') return undefined;
  if (input.swaps?.some((one) => one.swap === spared.id)) return kept ? { ...named(spared, 'new'), ill: true } : undefined;
  return named(spared, 'old');
}

/** The only model that was asked for may not answer, and nobody stands in for it. */
export function nobodyNamed({ asked }: Admission, { excluded }: Plan, named: string): GatewayError {
  const why = excluded.find(({ address }) => address === named)?.why ?? 'it is not allowed';
  return new GatewayError(
    'forbidden',
    `"${asked.model}" may not answer this: ${why}; ask for a model that is nearer, or have the rule changed`,
    {
      code: 'zone_forbidden',
    },
  );
}

/** Whether a conversation had begun before a swap came: it has answers in it, and this process never heard of it. @param idle milliseconds @param now unix milliseconds */
export function isOlder(prompt: Prompt, hasName: boolean, swap: Swap, inForce: SwapsInForce, idle: number, now: number): boolean {
  const since = inForce.since(swap.id);
  if (since === undefined || now - since > idle || !(hasName || prompt.tools.length)) return false;
  return prompt.turns.some(({ role }) => role === 'assistant');
}
