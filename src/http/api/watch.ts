import { WATCH, watchStateSchema } from '../../evals/watch/state.ts';
import { MACHINES } from '../../exchange/machines.ts';
import { type WatchView, watchChange } from '../contract.ts';
import { read, type Step, storeOf, toldBy } from './call.ts';

/** Exchanges among which the last one of a person is looked for. */
const LOOKED_AT = 100;

/** What the watch remembers, and whether there is time for a trial. */
export async function getWatch(step: Step): Promise<WatchView> {
  const { documents, exchanges } = storeOf(step);
  const { collection, owner, id } = WATCH;
  const row = await documents.get(collection, owner, id);
  const { rows } = await exchanges.page({ limit: LOOKED_AT });
  const last = rows.find(({ client }) => client === null || !MACHINES.includes(client));
  // Where only machines were at work lately, the last person's exchange is older than all of those.
  const ended = last ? last.at + last.total_ms : (rows.at(-1)?.at ?? null);
  return {
    // What a later version wrote may not be readable here.
    state: (row && watchStateSchema.safeParse(JSON.parse(row.value)).data) ?? null,
    busy: {
      others: step.parts.scene.running().filter((client) => !MACHINES.includes(client)).length,
      last_at: ended === null ? null : Math.round(ended),
    },
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
