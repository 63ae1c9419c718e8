import type { TcoView } from '../http/contract.ts';
import { tcoPage } from '../reports/tco-page.ts';
import { type AdminFlags, withAdmin } from './admin.ts';
import { momentOf } from './egress.ts';
import { print, write } from './report.ts';
import { type Shell, say } from './shell.ts';

export interface TcoFlags extends AdminFlags {
  since?: string;
  until?: string;
  scope?: string;
  model?: string;
  against?: string;
  prefill?: string;
  decode?: string;
  purchase?: string;
  rent?: string;
  boxes?: string;
  life?: string;
  resale?: string;
  wattsIdle?: string;
  wattsWorking?: string;
  kwh?: string;
  cooling?: string;
  staffHours?: string;
  staffRate?: string;
  other?: string;
  html?: string;
  markdown?: string;
}

/** The options as the admin API names them. */
const FIELDS: Readonly<Partial<Record<keyof TcoFlags, string>>> = {
  scope: 'scope',
  model: 'model',
  against: 'against',
  prefill: 'prefill',
  decode: 'decode',
  purchase: 'purchase_usd',
  rent: 'rent_usd_month',
  boxes: 'boxes',
  life: 'life_years',
  resale: 'resale_share',
  wattsIdle: 'watts_idle',
  wattsWorking: 'watts_working',
  kwh: 'usd_kwh',
  cooling: 'cooling',
  staffHours: 'staff_hours_month',
  staffRate: 'staff_usd_hour',
  other: 'other_usd_month',
};

/** `freehold tco`: what boxes of one's own cost against APIs, for this team's work. */
export function tco(shell: Shell, flags: TcoFlags): Promise<number> {
  return withAdmin(shell, flags, async (client) => {
    const now = Date.now();
    const from = momentOf(flags.since, '--since', now);
    const to = momentOf(flags.until, '--until', now);
    const query = new URLSearchParams();
    for (const [flag, field] of Object.entries(FIELDS)) {
      const value = flags[flag as keyof TcoFlags];
      if (typeof value === 'string') query.set(field, value);
    }
    if (from !== undefined) query.set('from', String(from));
    if (to !== undefined) query.set('to', String(to));
    const view = await client.ask<TcoView>('GET', `/admin/api/reports/tco?${query}`);
    const page = tcoPage(view);
    const isWritten = write(shell, page, flags);
    if (flags.json) say(shell, JSON.stringify(view));
    else if (!isWritten) print(shell, page);
    return 0;
  });
}
