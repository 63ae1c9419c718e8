import type { Breakers } from '../store/ports.ts';
import type { Resilience } from './resilience.ts';

/** How often nodes tell each other what they learned of targets. Milliseconds. */
const EVERY = 1000;
/** Clocks of machines differ, and a row may be written late: so much is read twice. Milliseconds. */
const OVERLAP = 5000;

/**
 * Makes what one node learns of a target's health known to all that share a store, with the time that is left. A store that does not answer
 * changes nothing: each node knows what it knows.
 * @returns how to end it
 */
export function shareHealth(resilience: Resilience, breakers: Breakers, every = EVERY): () => void {
  let told = resilience.now();
  let heard = told - OVERLAP;
  let isBusy = false;
  const exchange = async (): Promise<void> => {
    const now = resilience.now();
    const states = resilience.states(told);
    const rows = await breakers.since(heard);
    for (const row of rows) resilience.learn(row);
    for (const state of states) await breakers.put(state);
    told = now;
    heard = now - OVERLAP;
  };
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    exchange()
      .catch(() => undefined)
      .finally(() => {
        isBusy = false;
      });
  }, every).unref();
  return () => clearInterval(timer);
}
