import { setTimeout as sleep } from 'node:timers/promises';
import type { SwapArm, SwapList, SwapView } from '../http/contract.ts';
import type { AdminClient } from './admin.ts';
import { dollars, percent } from './eval-tables.ts';
import { paint, type Shell, say, table, tell } from './shell.ts';

export type Swap = SwapList['swaps'][number];

const EVERY = 1000;

/** A swap in a line. */
export function told({ stdout }: Shell, { id, from, to, tasks, state, share }: Swap): string {
  const whose = tasks === null ? 'all work' : tasks.join(', ');
  const how = state === 'canary' ? `canary, ${percent(share)} of the conversations` : state;
  const colour = state === 'full' ? 'green' : state === 'canary' || state === 'waiting' ? 'yellow' : 'dim';
  const next = state === 'waiting' ? `; "freehold swap approve ${id}" begins it` : '';
  return `${paint(stdout, 'bold', id)}  ${from} → ${to}  ${whose}  ${paint(stdout, colour, how)}${next}`;
}

interface Following {
  quiet?: boolean;
  signal: AbortSignal;
}

/** What is known of both arms of a swap; empty where nobody was answered yet. */
export function figuresText({ stdout }: Shell, { from, to, figures, standings }: SwapView): string {
  const head = ['', 'exchanges', 'failed', 'first content', 'an exchange', 'complaints'].map((one) => paint(stdout, 'bold', one));
  const arms: [string, SwapArm][] = [
    [from, figures.old],
    [to, figures.new],
  ];
  const asked = standings.map(
    ({ task, outcome, pairs, more }) =>
      `  Asked of both at ${task}: ${outcome}, ${pairs} pairs${more === undefined ? '' : `, about ${more} more`}`,
  );
  if (arms.every(([, { exchanges }]) => exchanges === 0)) return asked.join('\n');
  const rows = arms.map(([name, { exchanges, failed, first_content_ms, cost_nanos, priced, words, complaints }]) => [
    `  ${name}`,
    String(exchanges),
    String(failed),
    first_content_ms === null ? '' : `${Math.ceil(first_content_ms)} ms`,
    cost_nanos === null || priced === 0 ? '' : dollars(cost_nanos / priced),
    words ? `${complaints} of ${words} words` : '',
  ]);
  const { evidence, alarm_at } = figures;
  const alarm = `  Evidence that the new one does worse: ${evidence.toFixed(1)}; at ${alarm_at.toFixed(0)} the old one is put back.`;
  return [table([head, ...rows], [1, 2, 3, 4]), alarm, ...asked].join('\n');
}

/** Tells every change of a swap until it is full or over. The gateway carries it on by itself: whoever stops looking changes nothing. */
export async function follow(shell: Shell, admin: AdminClient, begun: Swap, { quiet, signal }: Following): Promise<Swap> {
  let last = begun;
  if (!quiet && last.state === 'canary')
    tell(shell, 'Following it; Ctrl-C stops looking, and the gateway goes on. "freehold swap status" shows it again.');
  while (last.state === 'canary' && !signal.aborted) {
    try {
      await sleep(EVERY, undefined, { signal });
    } catch {
      break;
    }
    const now = await admin.ask<Swap>('GET', `/admin/api/swaps/${encodeURIComponent(begun.id)}`);
    for (const change of now.history.slice(last.history.length)) if (!quiet) say(shell, changeText(change));
    last = now;
  }
  return last;
}

/** One change of a swap. */
export function changeText({ at, state, share, by, why }: Swap['history'][number]): string {
  return `  ${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}  ${state}${state === 'canary' ? ` ${percent(share)}` : ''}  ${by}: ${why}`;
}
