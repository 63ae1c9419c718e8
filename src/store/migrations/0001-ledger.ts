import type { Migration } from '../migrate.ts';

const EXCHANGES = (int: string, real: string) => `
  id TEXT NOT NULL, at ${int} NOT NULL, node TEXT NOT NULL,
  key TEXT, team TEXT, project TEXT, session TEXT, repository TEXT, client TEXT, dialect TEXT NOT NULL,
  task TEXT, complexity ${real}, importance ${real}, asked TEXT NOT NULL, stream ${int} NOT NULL,
  provider TEXT, model TEXT, zone TEXT, ceiling TEXT,
  input_tokens ${int}, cache_read_tokens ${int}, cache_write_tokens ${int}, cache_write_1h_tokens ${int},
  output_tokens ${int}, reasoning_tokens ${int}, estimated ${int} NOT NULL,
  cost_nanos ${int}, price_source TEXT, baseline_nanos ${int},
  first_token_ms ${real}, total_ms ${real} NOT NULL, overhead_ms ${real},
  outcome TEXT NOT NULL, outcome_class TEXT NOT NULL, status ${int} NOT NULL, partial ${int} NOT NULL,
  bytes_out ${int}, bytes_in ${int},
  plan TEXT, attempts TEXT NOT NULL, notes TEXT, findings TEXT`;

const TOTALS = (int: string, real: string, dimensions: string) => `
  start ${int} NOT NULL,
  ${dimensions.replaceAll(',', ' TEXT NOT NULL,')} TEXT NOT NULL,
  exchanges ${int} NOT NULL,
  input_tokens ${int} NOT NULL, cache_read_tokens ${int} NOT NULL, cache_write_tokens ${int} NOT NULL, cache_write_1h_tokens ${int} NOT NULL,
  output_tokens ${int} NOT NULL, reasoning_tokens ${int} NOT NULL, estimated ${int} NOT NULL,
  cost_nanos ${int} NOT NULL, unpriced ${int} NOT NULL, partial ${int} NOT NULL,
  baseline_nanos ${int} NOT NULL, baselined_cost_nanos ${int} NOT NULL, baselined ${int} NOT NULL,
  importance ${real} NOT NULL, bytes_out ${int} NOT NULL, bytes_in ${int} NOT NULL,
  PRIMARY KEY (start, ${dimensions})`;

const ROLL_UPS = {
  people: 'key, team, project, client, outcome_class',
  work: 'task, provider, model, zone, outcome_class',
  team: 'team, task, provider, model, zone, outcome_class',
  all: 'key, team, project, client, task, provider, model, zone, outcome_class',
};

const LATENCY = (int: string, dimensions: string) => `
  measure TEXT NOT NULL, start ${int} NOT NULL, ${dimensions.replaceAll(',', ' TEXT NOT NULL,')} TEXT NOT NULL,
  bucket ${int} NOT NULL, count ${int} NOT NULL,
  PRIMARY KEY (measure, start, ${dimensions}, bucket)`;

/**
 * Each filter of a page has an index that ends in `at`, so that a page is read in its order. Most rows lack a session or a failure, hence
 * the partial ones.
 */
const INDEXES = [
  'CREATE INDEX exchanges_at ON exchanges (at)',
  ...['key', 'team', 'project', 'session', 'repository', 'client', 'task', 'provider', 'model', 'zone'].map(
    (column) => `CREATE INDEX exchanges_${column} ON exchanges (${column}, at) WHERE ${column} IS NOT NULL`,
  ),
  `CREATE INDEX exchanges_outcome ON exchanges (outcome_class, at) WHERE outcome_class <> 'ok'`,
];

export const ledger: Migration = {
  number: 1,
  name: 'ledger',
  statements: ({ int, real, end, endClustered, uniqueExchange, endExchanges }) => [
    `CREATE TABLE exchanges (${EXCHANGES(int, real)}, ${uniqueExchange}) ${endExchanges}`,
    ...INDEXES,
    `CREATE TABLE contents (exchange TEXT PRIMARY KEY, at ${int} NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL) ${end}`,
    'CREATE INDEX contents_at ON contents (at)',
    ...Object.entries(ROLL_UPS).flatMap(([name, dimensions]) =>
      ['hour', 'day'].map((grain) => `CREATE TABLE ${name}_${grain} (${TOTALS(int, real, dimensions)}) ${endClustered}`),
    ),
    // What one key or one project did is read from the widest table, along these.
    ...['key', 'project'].flatMap((column) =>
      ['hour', 'day'].map((grain) => `CREATE INDEX all_${grain}_${column} ON all_${grain} (${column}, start)`),
    ),
    ...['hour', 'day'].flatMap((grain) => [
      `CREATE TABLE latency_model_${grain} (${LATENCY(int, 'provider, model')}) ${endClustered}`,
      `CREATE TABLE latency_work_${grain} (${LATENCY(int, 'task, provider, model')}) ${endClustered}`,
    ]),
    `CREATE TABLE keys (
       id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, prefix TEXT NOT NULL, name TEXT NOT NULL, team TEXT, project TEXT, rules TEXT NOT NULL,
       created_at ${int} NOT NULL, expires_at ${int}, revoked_at ${int}, version ${int} NOT NULL) ${end}`,
    'CREATE INDEX keys_version ON keys (version)',
    `CREATE TABLE groups (
       kind TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, team TEXT, rules TEXT NOT NULL,
       created_at ${int} NOT NULL, removed_at ${int}, version ${int} NOT NULL, PRIMARY KEY (kind, id)) ${end}`,
    'CREATE INDEX groups_version ON groups (version)',
    `CREATE TABLE budgets (account TEXT NOT NULL, "window" TEXT NOT NULL, spent_nanos ${int} NOT NULL, PRIMARY KEY (account, "window")) ${end}`,
    `CREATE TABLE leases (
       node TEXT NOT NULL, account TEXT NOT NULL, "window" TEXT NOT NULL, held_nanos ${int} NOT NULL, expires_at ${int} NOT NULL,
       PRIMARY KEY (account, "window", node)) ${end}`,
    'CREATE INDEX leases_node ON leases (node)',
    `CREATE TABLE jobs (
       id TEXT PRIMARY KEY, kind TEXT NOT NULL, payload TEXT NOT NULL, state TEXT NOT NULL, run_at ${int} NOT NULL,
       attempts ${int} NOT NULL, max_attempts ${int} NOT NULL, lease_until ${int}, node TEXT, result TEXT, error TEXT,
       created_at ${int} NOT NULL, finished_at ${int}) ${end}`,
    'CREATE INDEX jobs_due ON jobs (kind, state, run_at)',
    `CREATE TABLE documents (
       collection TEXT NOT NULL, owner TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, expires_at ${int},
       PRIMARY KEY (collection, owner, id)) ${end}`,
    'CREATE INDEX documents_expiry ON documents (expires_at) WHERE expires_at IS NOT NULL',
    `CREATE TABLE breakers (
       target TEXT PRIMARY KEY, state TEXT NOT NULL, until ${int}, failures ${int} NOT NULL, changed_at ${int} NOT NULL) ${end}`,
    `CREATE TABLE counters (name TEXT PRIMARY KEY, value ${int} NOT NULL) ${end}`,
    `INSERT INTO counters (name, value) VALUES ('keys', 0)`,
  ],
};
