import type { ExchangeRow } from '../../src/store/ports.ts';

/** What a busy team looks like: few models, some dozens of keys, most work at a few tasks. */
const MODELS = [
  ['box', 'coder-30b', 'own'],
  ['box', 'small-4b', 'own'],
  ['lease', 'large-70b', 'leased'],
  ['north', 'frontier-1', 'vendor'],
  ['north', 'frontier-1-mini', 'vendor'],
  ['south', 'frontier-2', 'vendor'],
] as const;
const TASKS =
  'code_generation completion bug_fix refactoring review testing documentation explain_code explain_codebase architecture deep_reasoning agent_run quick_chat embedding'.split(
    ' ',
  );
const CLIENTS = ['claude-cli', 'codex_cli_rs', 'opencode', 'aider', 'continue', 'python-httpx'];

/** Random numbers from a seed (mulberry32), so that every run has the same rows. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Skewed to the first ones, as use is. */
function pick<T>(values: readonly T[], random: () => number): T {
  return values[Math.floor(random() ** 2 * values.length)]!;
}

const hex = (random: () => number) =>
  Math.floor(random() * 4_294_967_296)
    .toString(16)
    .padStart(8, '0');

/** One exchange at a time. */
export function madeRow(at: number, random: () => number): ExchangeRow {
  const [provider, model, zone] = pick(MODELS, random);
  const person = Math.floor(random() ** 2 * 40);
  const failed = random() < 0.04;
  const outcome = !failed ? 'ok' : random() < 0.5 ? 'cancelled' : random() < 0.7 ? 'overload' : 'budget';
  const input = Math.floor(500 + random() ** 3 * 100_000);
  const output = Math.floor(20 + random() ** 2 * 2000);
  const attempts = [
    { provider, model, zone, usage: { input, output, cacheRead: Math.floor(input * 0.8) }, bytesOut: input * 4, bytesIn: output * 30 },
  ];
  return {
    id: hex(random) + hex(random) + hex(random) + hex(random),
    at,
    node: 'node-1',
    key: `key-${person}`,
    team: `team-${person % 6}`,
    project: person % 3 ? `project-${person % 9}` : null,
    session: `${person}-${Math.floor(at / 3_600_000)}`,
    repository: `github.com/acme/repo-${person % 12}`,
    client: CLIENTS[person % CLIENTS.length]!,
    dialect: 'messages',
    task: pick(TASKS, random),
    complexity: 0.5,
    importance: 1,
    asked: 'frontier-1',
    stream: 1,
    provider,
    model,
    zone,
    ceiling: 'vendor',
    input_tokens: input,
    cache_read_tokens: Math.floor(input * 0.8),
    cache_write_tokens: 0,
    cache_write_1h_tokens: 0,
    output_tokens: output,
    reasoning_tokens: 0,
    estimated: 0,
    cost_nanos: zone === 'own' ? 0 : input * 300 + output * 15_000,
    price_source: 'catalogue',
    baseline_nanos: input * 300 + output * 15_000,
    wasted_nanos: 0,
    escalated: 0,
    first_token_ms: 80 + random() ** 4 * 4000,
    total_ms: 400 + random() ** 3 * 60_000,
    overhead_ms: 0.2 + random() * 0.4,
    outcome,
    outcome_class: outcome === 'overload' ? 'provider' : outcome === 'budget' ? 'policy' : outcome,
    status: outcome === 'ok' ? 200 : 503,
    partial: 0,
    bytes_out: input * 4,
    bytes_in: output * 30,
    plan: JSON.stringify(MODELS.map(([p, m], index) => ({ target: `${p}/${m}`, why: index ? 'dearer' : 'cheapest that is good enough' }))),
    attempts: JSON.stringify(attempts),
    notes: random() < 0.2 ? '[{"path":"top_k","action":"dropped","why":"the dialect has no such field"}]' : null,
    findings: random() < 0.02 ? '[{"rule":"secret.token","kind":"secret","count":1}]' : null,
  };
}
