import type { SwapView } from '../http/contract.ts';
import { type AdminClient, type AdminFlags, withAdmin } from './admin.ts';
import { type Shell, say } from './shell.ts';
import { changeText, figuresText, type Swap, told } from './swap-follow.ts';

export interface SwapVerbFlags extends AdminFlags {
  why?: string;
}

/** States from which nothing comes back by itself. */
const OVER: ReadonlySet<Swap['state']> = new Set(['undone', 'rolled-back']);

/** `freehold swap list`: every swap, newest first. */
export async function swapList(shell: Shell, flags: AdminFlags): Promise<number> {
  const swaps = await withAdmin(shell, flags, allSwaps);
  if (flags.json) say(shell, JSON.stringify(swaps));
  else if (swaps.length === 0) say(shell, 'No model is in the place of another. "freehold swap OLD NEW" begins with a plan.');
  else for (const swap of swaps) say(shell, told(shell, swap));
  return 0;
}

/** `freehold swap status [ID]`: one swap with all that befell it; the last by default. */
export async function swapStatus(shell: Shell, id: string | undefined, flags: AdminFlags): Promise<number> {
  const found = await withAdmin(shell, flags, async (client) => {
    const { id: meant } = await meantSwap(client, id, () => true);
    return client.ask<SwapView>('GET', `/admin/api/swaps/${encodeURIComponent(meant)}`);
  });
  if (flags.json) say(shell, JSON.stringify(found));
  else {
    say(shell, told(shell, found));
    for (const change of found.history) say(shell, changeText(change));
    const figures = figuresText(shell, found);
    if (figures) say(shell, figures);
    if (found.certificates.length) say(shell, `  stands on ${found.certificates.join(', ')}`);
  }
  return OVER.has(found.state) ? 1 : 0;
}

/** `freehold swap undo|approve|promote [ID]`: the last swap that it can be done to by default. */
export async function swapDeed(
  shell: Shell,
  deed: 'approve' | 'promote' | 'undo',
  id: string | undefined,
  flags: SwapVerbFlags,
): Promise<number> {
  const done = await withAdmin(shell, flags, async (client) => {
    const meant = await meantSwap(client, id, ({ state }) => (deed === 'approve' ? state === 'waiting' : !OVER.has(state)));
    return client.ask<Swap>(
      'POST',
      `/admin/api/swaps/${encodeURIComponent(meant.id)}/${deed}`,
      flags.why === undefined ? {} : { why: flags.why },
    );
  });
  if (flags.json) say(shell, JSON.stringify(done));
  else {
    say(shell, told(shell, done));
    if (OVER.has(done.state))
      say(shell, `${done.from} answers again${done.tasks ? ` for ${done.tasks.join(', ')}` : ''}, from the next request on.`);
  }
  return 0;
}

async function allSwaps(client: AdminClient): Promise<Swap[]> {
  return (await client.ask<{ swaps: Swap[] }>('GET', '/admin/api/swaps')).swaps;
}

/** The swap that a person means: an id or the beginning of one, else the newest that fits. @throws Error naming the choices */
async function meantSwap(client: AdminClient, id: string | undefined, fits: (swap: Swap) => boolean): Promise<Swap> {
  const swaps = await allSwaps(client);
  if (id === undefined) {
    const last = swaps.find(fits);
    if (last) return last;
    throw new Error(swaps.length ? 'There is no swap that this can be done to; "freehold swap list" shows all.' : 'There is no swap.');
  }
  const found = swaps.filter((swap) => swap.id.startsWith(id));
  if (found.length === 1) return found[0]!;
  const known = (found.length ? found : swaps).map((swap) => swap.id).join(', ');
  throw new Error(`${found.length ? 'Several swaps begin' : 'No swap begins'} with "${id}"; there are ${known || 'none'}.`);
}
