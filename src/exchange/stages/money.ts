import type { Accounts } from '../../accounts/accounts.ts';
import type { TargetLimit } from '../../accounts/schema.ts';
import { boundOf, costOf, type ListPrice, NANOS } from '../../catalog/price.ts';
import { inputBound } from '../../policy/bound.ts';
import type { Amounts, Breach, Hold, Limit, Refusal, Short } from '../../policy/meter.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { fits } from '../../protocol/pattern.ts';
import type { Usage } from '../../protocol/usage.ts';
import type { Candidate } from '../ports.ts';
import type { ChargeRecord, ExchangeRecord } from '../record.ts';
import type { Admission, Admitted, AttemptEnd, Clearance, Leaving, Stage } from '../stage.ts';

/** What the money stage is given. */
export interface MoneyParts {
  accounts: Accounts;
  /** Unix milliseconds. */
  now(): number;
}

/** Tokens set aside for an answer whose length neither the request nor the model bounds. */
const LONGEST_ANSWER = 32_000;

/** Bytes of a provider's answer per token, at least: a streamed one has a frame of JSON around each. For answers without usage only. */
const BYTES_PER_TOKEN = { stream: 60, whole: 3 };

/**
 * Money and rates. Requests and concurrency are reserved once an exchange, tokens and dollars before every attempt: the most it can use is
 * set aside, and replaced by what it used. What failed costs nothing; what broke off costs what was seen.
 */
export class Money implements Stage {
  readonly name = 'money';
  readonly #parts: MoneyParts;
  /** The limits of the last caller at each target, and of those that hold for all. */
  readonly #known = new WeakMap<object, { own: readonly Limit[]; general: readonly TargetLimit[]; limits: readonly Limit[] }>();

  constructor(parts: MoneyParts) {
    this.#parts = parts;
  }

  admit({ incoming, record }: Admission): Admitted | undefined | Promise<Admitted | undefined> {
    const limits = this.#limits(incoming.caller?.limits, undefined);
    if (limits.length === 0) return undefined;
    const { accounts, now } = this.#parts;
    const { meter } = accounts;
    for (const limit of limits) {
      if (limit.unit !== 'nanos' || limit.breach !== 'block') continue;
      const used = Math.max(meter.used(limit, now()), accounts.exhausted(limit, now()) ?? 0);
      if (used >= limit.amount) throw refusal({ ...meter.breach(limit, 0, now()), used }, now());
    }
    const holding = this.#reserve(limits, { requests: 1, concurrent: 1 });
    const held = (hold: Hold): Admitted => ({ over: () => hold.settle({ requests: record.attempts.length ? 1 : 0 }) });
    return holding instanceof Promise ? holding.then(held) : held(holding);
  }

  clear(leaving: Leaving): Clearance | undefined | Promise<Clearance | undefined> {
    const { admission, candidate, attempt, body } = leaving;
    const { pricing, target } = candidate;
    const limits = this.#limits(admission.incoming.caller?.limits, candidate);
    if (pricing.kind === 'unpriced') {
      const budget = limits.find((limit) => isMoney(limit) && !limit.allowsUnpriced);
      if (budget) throw unpriced(candidate, budget);
    }
    if (candidate.zone === 'vendor' && this.#parts.accounts.store?.exchanges.hasRoom() === false)
      throw new GatewayError('unavailable', 'exchanges cannot be recorded at the moment, so nothing that costs money goes out; try again', {
        retryAfter: 5,
      });
    const input = inputBound(body);
    const price = pricing.kind === 'tokens' ? pricing.price : undefined;
    // What the answer may hold at most stands in the request, which is read for that only where a limit asks for it.
    if (!limits.some(({ unit }) => unit === 'tokens' || (unit === 'nanos' && price))) return settling(leaving, undefined, input);
    const output = answerBound(leaving) ?? target.maxOutput ?? LONGEST_ANSWER;
    const nanos = price ? boundOf(input, output, price) : 0;
    attempt.reservedNanos = nanos;
    const at = this.#parts.now();
    const holding = this.#reserve(limits, { nanos, tokens: input + output });
    const held = (hold: Hold): Clearance => {
      for (const breach of hold.alerts) admission.record.notes.push({ path: 'budget', action: 'changed', why: told(breach) });
      const windows = this.#windowsOf(limits, at);
      if (windows.length) attempt.budgets = windows;
      return settling(leaving, hold, input, windows);
    };
    return holding instanceof Promise ? holding.then(held) : held(holding);
  }

  /** Limits of the caller and those that hold for a target; without one, those that hold for all. */
  #limits(own: readonly Limit[] = NONE, candidate: Candidate | undefined): readonly Limit[] {
    const { general } = this.#parts.accounts;
    if (general.length === 0) return own;
    const place = candidate ?? this;
    const known = this.#known.get(place);
    if (known?.own === own && known.general === general) return known.limits;
    const held = general.filter(({ zone, models }) => {
      if (!candidate) return zone === undefined && models === undefined;
      if (zone !== undefined) return zone === candidate.zone;
      return models === undefined || fits(models, candidate.address);
    });
    const limits = held.length ? [...own, ...held.map(({ limit }) => limit)] : own;
    this.#known.set(place, { own, general, limits });
    return limits;
  }

  /** The budgets' spans at a moment, each once, though an account may have two budgets in one. */
  #windowsOf(limits: readonly Limit[], at: number): { account: string; window: string }[] {
    const spans: { account: string; window: string }[] = [];
    for (const limit of limits) {
      if (limit.unit !== 'nanos') continue;
      const { account } = limit;
      const window = this.#parts.accounts.meter.windowOf(limit, at);
      if (!isAmong(spans, account, window)) spans.push({ account, window });
    }
    return spans;
  }

  /** @throws GatewayError `budget` or `rate`, saying when to come back; `unavailable` when what is left cannot be known */
  #reserve(limits: readonly Limit[], most: Amounts): Hold | Promise<Hold> {
    const { accounts, now } = this.#parts;
    if (most.nanos && !accounts.hold() && limits.some(isMoney)) throw new GatewayError('unavailable', UNSURE, { retryAfter: 5 });
    const result = accounts.meter.reserve(limits, most, now());
    if ('alerts' in result) return result;
    const [breach] = result.breaches;
    if (breach) throw refusal(breach, now());
    return this.#reserveMore(limits, most, result);
  }

  /** Leases what is missing, until it suffices or nothing is left. */
  async #reserveMore(limits: readonly Limit[], most: Amounts, { shorts }: Refusal): Promise<Hold> {
    const { accounts, now } = this.#parts;
    const { meter } = accounts;
    for (let missing = shorts; ; ) {
      const granted = await accounts.lease(missing, now()).catch((cause: Error) => {
        if (missing.every(({ limit }) => limit.breach === 'alert')) return missing.map(() => false);
        throw new GatewayError('unavailable', `${UNSURE}: ${cause.message}`, { retryAfter: 5, cause });
      });
      const again = meter.reserve(limits, most, now(), granted.includes(false));
      if ('alerts' in again) return again;
      const [breach] = again.breaches;
      if (breach) throw refusal(breach, now());
      if (missing.some(({ limit }, at) => !granted[at] && limit.breach !== 'alert')) throw this.#exhausted(again.shorts, most);
      missing = again.shorts;
    }
  }

  #exhausted(shorts: readonly Short[], most: Amounts): GatewayError {
    const { accounts, now } = this.#parts;
    const { limit } = shorts.find(({ limit }) => accounts.exhausted(limit, now()) !== undefined) ?? shorts[0]!;
    const breach = accounts.meter.breach(limit, most[limit.unit] ?? 0, now());
    return refusal({ ...breach, used: Math.max(breach.used, accounts.exhausted(limit, now()) ?? 0) }, now());
  }
}

const NONE: readonly Limit[] = [];

function isAmong(spans: readonly { account: string; window: string }[], account: string, window: string): boolean {
  for (const span of spans) if (span.account === account && span.window === window) return true;
  return false;
}

const UNSURE = 'what is left of a budget cannot be known at the moment, because the store does not answer; try again';

function isMoney({ unit, breach }: Limit): boolean {
  return unit === 'nanos' && breach !== 'alert';
}

/** The length of answer that the request itself allows, in tokens. */
function answerBound({ asked, admission }: Leaving): number | undefined {
  if (admission.incoming.embeddings) return 0;
  return asked.prompt().maxTokens;
}

/** Replaces what was set aside by what was used, and writes the cost into the attempt's record. */
function settling(
  { candidate, attempt, admission: { record } }: Leaving,
  hold: Hold | undefined,
  input: number,
  windows: readonly { account: string; window: string }[] = [],
): Clearance {
  const { pricing } = candidate;
  return {
    settle: (end) => {
      if (!end.accepted) {
        attempt.costNanos = 0;
        hold?.settle({});
        return;
      }
      const { usage, estimated } = usedIn(end, input, record.stream);
      if (estimated) attempt.estimated = true;
      if (pricing.kind === 'tokens') {
        attempt.costNanos = costOf(usage, pricing.price);
        attempt.priceSource = sourceOf(pricing.price);
      } else if (pricing.kind === 'time') attempt.costNanos = 0;
      else attempt.unpriced = true;
      const nanos = attempt.costNanos ?? 0;
      hold?.settle({ nanos, tokens: (usage.input ?? 0) + (usage.output ?? 0) });
      for (const window of nanos ? windows : []) charge(record, { ...window, nanos });
    },
  };
}

function sourceOf({ source, date }: ListPrice): string {
  return date ? `${source}, ${date}` : source;
}

/** What an accepted attempt used: what the provider said, and for what it left out what its bytes show. */
function usedIn({ usage, flight, error }: AttemptEnd, input: number, stream: boolean): { usage: Usage; estimated: boolean } {
  const isWhole = usage?.input !== undefined && usage.output !== undefined && error === undefined;
  if (isWhole) return { usage, estimated: usage.estimated ?? false };
  const seen = Math.ceil((flight?.bytesIn ?? 0) / BYTES_PER_TOKEN[stream ? 'stream' : 'whole']);
  // A stream that broke off has told its input at the start, and of its output only what it had counted by then.
  return { usage: { ...usage, input: usage?.input ?? input, output: Math.max(usage?.output ?? 0, seen) }, estimated: true };
}

/** Adds to what an exchange takes from a budget: a second attempt on top of the first. */
function charge(record: ExchangeRecord, { account, window, nanos }: ChargeRecord): void {
  record.charges ??= [];
  const same = record.charges.find((one) => one.account === account && one.window === window);
  if (same) same.nanos += nanos;
  else record.charges.push({ account, window, nanos });
}

function unpriced({ provider, target }: Candidate, { account }: Limit): GatewayError {
  const address = `${provider}/${target.model}`;
  const mend = `put its price under providers.${provider}.models.${target.model}.price`;
  return new GatewayError(
    'budget',
    `${address} has no known price, and a budget holds for ${account}: ${mend}, or set unpriced: allow in the budget`,
    {
      field: 'model',
      status: 403,
    },
  );
}

/** A limit that does not suffice, as the caller reads it. */
function refusal(breach: Breach, now: number): GatewayError {
  const isBudget = breach.limit.unit === 'nanos';
  // What is for a lifetime ends when somebody raises it; what is under way at the same time, any moment.
  const retryAfter = breach.until === undefined ? (isBudget ? DAY : 1) : Math.max(1, Math.ceil((breach.until - now) / 1000));
  return new GatewayError(isBudget ? 'budget' : 'rate', told(breach), { retryAfter });
}

/** Seconds. */
const DAY = 86_400;

const UNITS = { tokens: 'tokens', requests: 'requests', concurrent: 'requests at the same time' };

function told({ limit: { account, unit, period, amount }, used, wanted }: Breach): string {
  if (unit === 'nanos')
    return `the budget of ${account} is ${dollars(amount)} ${period === 'lifetime' ? 'once' : `a ${period}`}; ${dollars(used)} are spent or set aside and this request may cost ${dollars(wanted)}`;
  const per = unit === 'concurrent' ? '' : ` a ${period}`;
  return `${account} may have ${amount} ${UNITS[unit]}${per}; ${used} are used and this request needs up to ${wanted}`;
}

function dollars(nanos: number): string {
  return `$${(nanos / NANOS).toFixed(nanos < NANOS / 100 ? 6 : 2)}`;
}
