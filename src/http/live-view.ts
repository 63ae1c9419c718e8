import type { AttemptRecord, ExchangeRecord, Running } from '../exchange/record.ts';
import { toRow } from '../exchange/row.ts';
import type { LiveExchange } from './contract.ts';

/** Models whose bytes a token are remembered. */
const MOST = 500;

/** How much the newest answer weighs among those before it. */
const WEIGHT = 0.2;

/** Bytes that a model's answers take per token on the wire, learned from answers that came to their end. */
export class Density {
  readonly #bytes = new Map<string, number>();

  learn({ attempts, stream, outcome }: ExchangeRecord): void {
    const last = attempts.at(-1);
    const tokens = last?.usage?.output;
    if (!last?.bytesIn || !tokens || !stream || outcome !== 'ok') return;
    const address = addressOf(last);
    const before = this.#bytes.get(address);
    const now = last.bytesIn / tokens;
    this.#bytes.delete(address);
    this.#bytes.set(address, before === undefined ? now : before + WEIGHT * (now - before));
    if (this.#bytes.size > MOST) this.#bytes.delete(this.#bytes.keys().next().value!);
  }

  /** Undefined where nothing was learned. */
  of(attempt: AttemptRecord): number | undefined {
    return this.#bytes.get(addressOf(attempt));
  }
}

/** An exchange under way. Pure. @param now Unix milliseconds */
export function liveView({ record, flights }: Running, density: Density, now: number): LiveExchange {
  const last = record.attempts.at(-1);
  const bytes = Math.max(0, ...[...flights].map(({ bytesIn }) => bytesIn));
  const total = Math.max(0, now - record.at);
  const begun = record.firstTokenMs;
  const perToken = last && record.stream && begun !== undefined ? density.of(last) : undefined;
  const tokens = perToken === undefined ? null : Math.round(bytes / perToken);
  return {
    ...named(record),
    state: begun === undefined ? 'waiting' : 'answering',
    provider: last?.provider ?? null,
    model: last?.model ?? null,
    zone: last?.zone ?? null,
    attempts: record.attempts.length,
    first_token_ms: begun ?? null,
    total_ms: total,
    bytes_in: bytes,
    output_tokens: tokens,
    tokens_per_second: speed(tokens, begun, total),
    cost_nanos: null,
    outcome: null,
    outcome_class: null,
    status: null,
  };
}

/** An exchange that is over. Pure. */
export function endedView(record: ExchangeRecord): LiveExchange {
  const row = toRow(record, '');
  return {
    ...named(record),
    state: 'ended',
    provider: row.provider,
    model: row.model,
    zone: row.zone,
    attempts: record.attempts.length,
    first_token_ms: row.first_token_ms,
    total_ms: row.total_ms,
    bytes_in: row.bytes_in ?? 0,
    output_tokens: row.output_tokens,
    tokens_per_second: record.stream ? speed(row.output_tokens, record.firstTokenMs, row.total_ms) : null,
    cost_nanos: row.cost_nanos,
    outcome: row.outcome,
    outcome_class: row.outcome_class,
    status: row.status,
  };
}

type Named = Pick<LiveExchange, 'id' | 'at' | 'key' | 'team' | 'client' | 'dialect' | 'task' | 'asked' | 'stream'>;

function named({ id, at, caller, client, dialect, task, asked, stream }: ExchangeRecord): Named {
  return {
    id,
    at,
    key: caller?.id ?? null,
    team: caller?.team ?? null,
    client: client ?? null,
    dialect,
    task: task?.class ?? null,
    asked: asked.slice(0, 200),
    stream,
  };
}

function addressOf({ provider, model }: AttemptRecord): string {
  return `${provider}/${model}`;
}

/** Tokens a second since content began; null where that is too short a time to tell. */
function speed(tokens: number | null, begun: number | undefined, total: number): number | null {
  if (tokens === null || begun === undefined || total - begun < 50) return null;
  return (tokens / (total - begun)) * 1000;
}
