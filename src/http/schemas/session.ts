import { z } from 'zod';
import { moment } from './fields.ts';

export const sessionView = z.object({
  /** `admin`: by key or session. `local`: on this machine, where there is no admin key. Null: nobody is signed in. */
  by: z.enum(['admin', 'local']).nullable(),
  /** What it takes to be let in; null when nothing is missing. */
  needs: z.enum(['key', 'this-machine']).nullable(),
  /** When the session ends. */
  expires_at: moment.nullable(),
});

export type SessionView = z.output<typeof sessionView>;
