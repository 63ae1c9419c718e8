/** The dependency rule as data: who may import whom, and why. `docs/architecture.md` shows it to people; this file is what is executed. */
export interface Row {
  /** Folder or file of src. */
  part: string;
  /** Folders or files of src that it may import; `*` is all. Its own folder is always allowed. */
  may: readonly string[];
  /** Of these it may import types only: the things themselves are handed in. */
  types?: readonly string[];
  /** Packages; `node:` stands for what Node brings. Type-only imports of packages count too. */
  packages: readonly string[];
  why: string;
}

const SCHEMA = 'zod';
const NODE = 'node:';

export const TABLE: readonly Row[] = [
  { part: 'protocol', may: [], packages: [], why: 'the ground: it must run anywhere and know nobody' },
  { part: 'wire', may: ['protocol'], packages: [NODE, SCHEMA], why: 'bytes and frames; knows no dialect' },
  { part: 'policy', may: ['protocol'], packages: [SCHEMA], why: 'pure: clock, random and I/O are arguments' },
  { part: 'tasks', may: ['protocol'], packages: [SCHEMA], why: 'pure: features in, class out' },
  { part: 'providers', may: ['protocol'], packages: [NODE, SCHEMA], why: 'data on endpoints; a new one is a row, not code' },
  { part: 'catalog', may: ['protocol'], packages: [NODE, SCHEMA], why: 'facts on models, each with source and date' },
  { part: 'egress', may: ['protocol'], packages: [NODE, SCHEMA, 're2js'], why: 'judges what leaves without knowing who asks or answers' },
  {
    part: 'accounts',
    may: ['protocol', 'policy', 'catalog', 'store/ports.ts'],
    packages: [NODE, SCHEMA],
    why: 'who may ask for what, and what it may cost',
  },
  { part: 'responses', may: ['protocol'], packages: [NODE, SCHEMA], why: 'keeps answers for their clients; drivers stay behind its port' },
  { part: 'store', may: ['protocol'], packages: [NODE, SCHEMA, 'kysely', 'pg'], why: 'keeps exchanges; drivers stay behind its ports' },
  {
    part: 'dialects',
    may: ['protocol', 'wire'],
    packages: [],
    why: 'a dialect knows the middle only, never another dialect or a provider',
  },
  {
    part: 'upstream',
    may: ['protocol', 'wire'],
    packages: [NODE, 'undici', '@smithy/signature-v4'],
    why: 'the only outbound sockets, and what they say of us',
  },
  {
    part: 'exchange',
    may: ['protocol', 'wire', 'policy', 'tasks', 'providers', 'catalog', 'egress', 'accounts', 'store/ports.ts', 'responses/ports.ts'],
    types: ['upstream'],
    packages: [NODE, SCHEMA],
    why: 'the conductor: dialects, upstream, clock and random are handed in, so tests conduct without sockets',
  },
  {
    part: 'engines',
    may: ['protocol', 'catalog', 'upstream', 'wire'],
    packages: [NODE, SCHEMA, 'node-llama-cpp'],
    why: 'models we run; the child writes frames itself, hence wire',
  },
  {
    part: 'evals',
    may: ['protocol', 'exchange', 'policy', 'tasks', 'catalog', 'egress', 'store/ports.ts'],
    packages: [NODE, SCHEMA, 'yaml'],
    why: 'suites are YAML; what was recorded is redacted before it becomes a case; runs read exchanges by the ports',
  },
  ...['work', 'drills', 'reports'].map((part) => ({
    part,
    may: ['protocol', 'exchange', 'policy', 'tasks', 'catalog', 'store/ports.ts'],
    packages: [NODE, SCHEMA],
    why: 'readers and drivers of exchanges; they never reach behind the store',
  })),
  {
    part: 'live',
    may: ['protocol', 'exchange', 'policy', 'tasks', 'catalog', 'egress', 'evals', 'store/ports.ts', 'responses/ports.ts'],
    packages: [NODE, SCHEMA, 'yaml'],
    why: 'what traffic says of models: it hears of exchanges and asks by the exchange',
  },
  {
    part: 'telemetry',
    may: ['protocol', 'catalog', 'exchange'],
    packages: [SCHEMA, '@opentelemetry/api', '@opentelemetry/otlp-exporter-base', '@opentelemetry/otlp-transformer'].concat(
      '@opentelemetry/resources',
      '@opentelemetry/sdk-metrics',
      '@opentelemetry/sdk-trace',
    ),
    why: 'exchanges that are over as spans and measurements; the way out is handed in',
  },
  {
    part: 'config',
    may: [
      'telemetry/schema.ts',
      'live/settings.ts',
      'protocol',
      'policy',
      'tasks',
      'providers',
      'catalog',
      'egress',
      'accounts',
      'store',
      'responses',
      'engines',
    ],
    packages: [NODE, SCHEMA, 'yaml'],
    why: "joins the parts' own schemas; loads and reloads them",
  },
  {
    part: 'http',
    may: [
      'protocol',
      'wire',
      'policy',
      'tasks',
      'providers',
      'catalog',
      'egress',
      'store/ports.ts',
      'accounts',
      'responses/ports.ts',
      'upstream',
      'exchange',
      'engines',
    ].concat('live', 'evals', 'work', 'drills', 'reports', 'config', 'telemetry'),
    packages: [NODE, SCHEMA, 'prom-client'],
    why: 'routes and the admin API; dialects come as a list from the gateway',
  },
  {
    part: 'ledger.ts',
    may: ['config', 'exchange', 'store', 'egress', 'protocol'],
    packages: [NODE],
    why: 'opens what is kept and writes down each exchange; the gateway holds it',
  },
  { part: 'gateway', may: ['*'], packages: [NODE], why: 'what the composition root is too short for: parts of several kinds, joined' },
  { part: 'gateway.ts', may: ['*'], packages: [NODE], why: 'the composition root: the only file that knows everyone' },
  {
    part: 'demo',
    may: ['gateway.ts', 'ledger.ts', 'config', 'store', 'exchange', 'policy', 'tasks', 'catalog', 'egress/journal', 'evals', 'protocol'],
    packages: [NODE],
    why: 'a simulated world around a real gateway; the simulated providers listen, and ask nobody',
  },
  {
    part: 'connect',
    may: [],
    packages: [NODE, SCHEMA, 'jsonc-parser', 'smol-toml', 'yaml'],
    why: 'coding tools as data, and edits of their files that can be undone; knows no gateway',
  },
  {
    part: 'cli',
    may: ['connect', 'demo', 'tasks', 'gateway.ts', 'config', 'http/contract.ts', 'engines', 'providers', 'catalog', 'protocol'].concat(
      'egress/journal',
      'store/place.ts',
      'evals',
      'reports',
      'telemetry/settings.ts',
    ),
    packages: [NODE, 'commander', '@clack/prompts', 'yaml'],
    why: 'one file a command; configurations are YAML; pull needs engines, models and check need the data on models and providers',
  },
  {
    part: 'index.ts',
    may: ['gateway.ts', 'config', 'http/contract.ts', 'protocol'],
    packages: [],
    why: 'what a library user may import',
  },
];

/** Of Node's own socket modules these names open nothing outward. */
export const HARMLESS: Readonly<Record<string, ReadonlySet<string>>> = {
  'node:http': new Set(['createServer', 'Server', 'IncomingMessage', 'ServerResponse', 'STATUS_CODES', 'METHODS']),
  'node:https': new Set(['createServer', 'Server']),
  'node:net': new Set(['createServer', 'Server', 'isIP', 'isIPv4', 'isIPv6', 'BlockList', 'SocketAddress']),
  'node:tls': new Set(['createServer', 'rootCertificates']),
  'node:http2': new Set(['createServer', 'createSecureServer', 'constants']),
  'node:dgram': new Set(),
};

/** Folders that decide purely: clock and random are arguments. */
export const PURE: readonly string[] = ['protocol', 'dialects', 'policy', 'tasks'];

/** Names that draw everything into them. */
export const FORBIDDEN: readonly string[] = ['shared', 'utils', 'common', 'helpers', 'globals', 'types'];

/** Lines a file of logic may have. */
export const LINES = 300;

/** What may lie under src besides TypeScript: data. */
export const DATA: readonly string[] = ['.json', '.sse', '.ndjson', '.events', '.sql', '.txt', '.gguf', '.yaml', '.html'];

/** Who may open outbound sockets. The engine's child is a program of its own: it loads weights and listens. */
export const OPENS: readonly string[] = ['upstream', 'engines/child.ts'];
