import { WATCH, watchStateSchema } from '../../evals/watch/state.ts';
import { MACHINES } from '../../exchange/machines.ts';
import { type WatchView, watchChange } from '../contract.ts';
import { read, type Step, storeOf, toldBy } from './call.ts';

/** Exchanges among which the last one of a person is looked for. */
const LOOKED_AT = 200;

/** What the watch remembers, and whether there is time for a trial. */
export async function getWatch(step: Step): Promise<WatchView> {
  const { documents, exchanges } = storeOf(step);
  const { collection, owner, id } = WATCH;
  const row = await documents.get(collection, owner, id);
  const { others, last_at } = step.parts.scene.people();
  // Other nodes' exchanges are in the store alone.
  const { rows } = await exchanges.page({ limit: LOOKED_AT });
  const last = rows.find(({ client }) => client === null || !MACHINES.includes(client));
  const ended = Math.max(last_at ?? 0, last ? last.at + last.total_ms : 0);
  return {
    // What a later version wrote may not be readable here.
    state: (row && watchStateSchema.safeParse(JSON.parse(row.value)).data) ?? null,
    busy: { others, last_at: ended > 0 ? Math.round(ended) : null },
  };
}

/** Keeps what the watch remembers; what it found out is on record as well. */
export async function putWatch(step: Step): Promise<{ events: number }> {
  const { documents } = storeOf(step);
  const { state, events } = read(watchChange, step.call.body);
  for (const { kind, task, model, text } of events)
    await toldBy(step)({ action: `watch.${kind}`, object: model, facts: { ...(task && { task }), text } });
  await documents.put([{ ...WATCH, value: JSON.stringify(state), expires_at: null }]);
  return { events: events.length };
}
