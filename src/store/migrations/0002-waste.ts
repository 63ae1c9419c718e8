import type { Migration } from '../migrate.ts';

const ROLL_UPS = ['people', 'work', 'team', 'all'].flatMap((name) => [`${name}_hour`, `${name}_day`]);

/** Money spent on attempts that gave no answer. */
export const waste: Migration = {
  number: 2,
  name: 'waste',
  statements: ({ int }) => [
    `ALTER TABLE exchanges ADD COLUMN wasted_nanos ${int}`,
    ...ROLL_UPS.map((table) => `ALTER TABLE ${table} ADD COLUMN wasted_nanos ${int} NOT NULL DEFAULT 0`),
  ],
};
