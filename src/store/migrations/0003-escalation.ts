import type { Migration } from '../migrate.ts';

const ROLL_UPS = ['people', 'work', 'team', 'all'].flatMap((name) => [`${name}_hour`, `${name}_day`]);

/** Exchanges that went to a better model because the one before did not do, and what they cost. */
export const escalation: Migration = {
  number: 3,
  name: 'escalation',
  statements: ({ int }) => [
    `ALTER TABLE exchanges ADD COLUMN escalated ${int} NOT NULL DEFAULT 0`,
    ...ROLL_UPS.flatMap((table) => [
      `ALTER TABLE ${table} ADD COLUMN escalated ${int} NOT NULL DEFAULT 0`,
      `ALTER TABLE ${table} ADD COLUMN escalated_nanos ${int} NOT NULL DEFAULT 0`,
    ]),
  ],
};
