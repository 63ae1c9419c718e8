import { costOf } from '../catalog/price.ts';
import type { AttemptRecord, ExchangeRecord } from '../exchange/record.ts';
import { windowOf } from '../policy/meter.ts';
import type { Zone } from '../protocol/zone.ts';
import { TASKS, type Task, type TaskClass } from '../tasks/task.ts';
import type { Chance } from './chance.ts';
import { HISTORY, PEOPLE, type Person, type Place, PROVIDERS, priceOf, RHYTHM, repositoryOf, TOOLS, WORK } from './world.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The repository that stays home and the team that reaches rented hardware at most, as the demo's configuration says. */
const HOMEBOUND = 'payments';
const NEARBY = 'data';

/**
 * Some weeks of exchanges as the team would have had them, oldest first. The share that is served at home grows from day to day. Pure but
 * for the chance it is handed.
 * @param until unix milliseconds; nothing is later @param days how far it reaches back
 * @returns the exchanges of each hour in which there were any
 */
export function* history(chance: Chance, until: number, days: number): Generator<ExchangeRecord[]> {
  const conversations = new Map<string, Conversation>();
  const first = Math.floor(until / DAY) * DAY - (days - 1) * DAY;
  const hours = RHYTHM.hours.reduce((sum, weight) => sum + weight, 0);
  for (let start = first; start < until; start += HOUR) {
    const date = new Date(start);
    const weight = (RHYTHM.hours[date.getUTCHours()]! / hours) * RHYTHM.days[date.getUTCDay()]!;
    const mean = RHYTHM.asksADay * weight;
    const count = Math.floor(mean) + (chance.happens(mean % 1) ? 1 : 0);
    const moments = Array.from({ length: count }, () => start + Math.floor(chance.next() * HOUR)).sort((a, b) => a - b);
    const records = moments
      .filter((at) => at < until)
      .map((at) => recordOf({ at, grown: (at - first) / (days * DAY), daysAgo: (until - at) / DAY }, chance, conversations));
    if (records.length) yield records;
  }
}

/** What somebody is at: exchanges in a row mostly belong together. */
interface Conversation {
  session: string;
  task: TaskClass;
  asked: string;
  at: number;
}

/** How long a simulated conversation may pause, and how likely the next exchange belongs to it. */
const PAUSE = 40 * 60_000;
const GOES_ON = 0.66;

/** A moment of the history: how far it has come, 0 to 1, and how many days before its end that is. */
interface Moment {
  at: number;
  grown: number;
  daysAgo: number;
}

function recordOf(moment: Moment, chance: Chance, conversations: Map<string, Conversation>): ExchangeRecord {
  const { at, grown, daysAgo } = moment;
  const who = chance.weighted(PACES);
  const person = PEOPLE.find(({ name }) => name === who)!;
  const tool = TOOLS[person.tool]!;
  const before = conversations.get(who);
  const goesOn = before !== undefined && at - before.at < PAUSE && chance.happens(GOES_ON);
  const { session, task, asked } = goesOn
    ? before
    : { session: chance.hex(32), task: chance.weighted(SHARES) as TaskClass, asked: chance.weighted(tool.asks) };
  conversations.set(who, { session, task, asked, at });
  const attempts = attemptsOf(at, task, grown, daysAgo, person, chance);
  const answered = attempts.at(-1)!;
  const isRefused = answered.error !== undefined;
  const endMs = (answered.startMs ?? 0) + (answered.ms ?? 0);
  const record: ExchangeRecord = {
    id: chance.hex(32),
    at,
    dialect: tool.dialect,
    asked,
    stream: true,
    client: /^[^/]+/.exec(tool.agent)![0].toLowerCase(),
    caller: { id: person.name, name: person.name, team: person.team },
    attempts,
    ceiling: person.repository === HOMEBOUND ? 'own' : person.team === NEARBY ? 'leased' : 'vendor',
    repository: repositoryOf(person),
    session,
    task: taskOf(task, answered.usage?.input ?? 0, chance),
    path: PROVIDERS[answered.provider]!.dialect === tool.dialect ? 'relay' : 'translate',
    status: isRefused ? 503 : 200,
    outcome: answered.error ?? 'ok',
    usage: answered.usage,
    notes: [],
    findings: answered.zone === 'vendor' ? foundIn(answered, chance) : undefined,
    totalMs: endMs,
    firstTokenMs: isRefused ? undefined : (answered.startMs ?? 0) + (answered.firstTokenMs ?? 0),
    overheadMs: chance.around(0.6, 0.4),
  };
  const nanos = attempts.reduce((sum, { costNanos = 0 }) => sum + costNanos, 0);
  if (nanos) record.charges = chargesOf(person, answered.zone, nanos, at);
  return record;
}

/** Who was asked in turn. */
function attemptsOf(at: number, task: TaskClass, grown: number, daysAgo: number, person: Person, chance: Chance): AttemptRecord[] {
  const [provider, model] = targetOf(task, grown, person, chance);
  const hour = new Date(at).getUTCHours();
  const { outage, rented } = HISTORY;
  const isOut = provider === outage.provider && Math.floor(daysAgo) === outage.days_ago && hour >= outage.from && hour < outage.to;
  if (!isOut && !chance.happens(0.008)) return [answer([provider, model], task, 0.4, chance)];
  const { zone } = PROVIDERS[provider]!;
  const failed: AttemptRecord = {
    provider,
    model,
    zone,
    error: isOut ? 'unavailable' : 'overload',
    costNanos: 0,
    startMs: 0.4,
    ms: chance.around(900, 0.6),
  };
  // Work that may not leave has nobody else to go to.
  return person.repository === HOMEBOUND ? [failed] : [failed, answer(rented, task, failed.startMs! + failed.ms!, chance)];
}

/** @param startMs after the exchange's arrival */
function answer([provider, model]: Place, task: TaskClass, startMs: number, chance: Chance): AttemptRecord {
  const { zone, models } = PROVIDERS[provider]!;
  const { first_ms, tokens_per_second } = models[model]!;
  const { input, output } = WORK[task];
  const usage = { input: Math.round(chance.around(input, 0.6)), output: Math.round(chance.around(output, 0.5)), cacheRead: 0 };
  if (task !== 'completion' && task !== 'quick_chat') usage.cacheRead = Math.round(usage.input * (0.35 + 0.5 * chance.next()));
  const price = priceOf(provider, model);
  const firstTokenMs = chance.around(first_ms, 0.35);
  return {
    provider,
    model,
    zone,
    usage,
    costNanos: price ? costOf(usage, price) : 0,
    ...(price && { priceSource: `${price.source}, ${price.date}` }),
    startMs,
    firstTokenMs,
    ms: firstTokenMs + (1000 * usage.output) / tokens_per_second,
    bytesOut: usage.input * 4,
    bytesIn: usage.output * 60,
  };
}

/** What was found on the way out now and then, and replaced where that is what the rules want. */
function foundIn(attempt: AttemptRecord, chance: Chance): ExchangeRecord['findings'] {
  if (chance.happens(0.012)) {
    attempt.redacted = { 'stripe-key': 1 };
    return [{ rule: 'stripe-key', kind: 'secret', count: 1, action: 'redact' }];
  }
  return chance.happens(0.03) ? [{ rule: 'email', kind: 'personal', count: 1, action: 'note' }] : undefined;
}

/** Where the work goes: home and to the rented box, more and more of it as that is proven; the rest to the vendor of the tool. */
function targetOf(task: TaskClass, grown: number, person: Person, chance: Chance): Place {
  const { home, rented } = WORK[task];
  const share = (span: readonly [number, number]) => span[0] + (span[1] - span[0]) * grown;
  if (person.repository === HOMEBOUND || chance.happens(share(home)))
    return HISTORY[task === 'completion' || task === 'quick_chat' ? 'small' : 'home'];
  // What is left after those who stayed home.
  if (person.team === NEARBY || chance.happens(share(rented) / (1 - share(home)))) return HISTORY.rented;
  return task === 'architecture' || task === 'deep_reasoning' ? HISTORY.hard : TOOLS[person.tool]!.before;
}

const PACES = Object.fromEntries(PEOPLE.map(({ name, pace }) => [name, pace]));
const SHARES = Object.fromEntries(Object.entries(WORK).map(([task, { share }]) => [task, share]));

function taskOf(name: TaskClass, size: number, chance: Chance): Task {
  const sure = 0.55 + 0.44 * chance.next();
  return {
    class: name,
    probabilities: TASKS.map((one) => (one === name ? sure : (1 - sure) / (TASKS.length - 1))),
    unsure: sure < 0.6,
    complexity: Math.min(1, chance.around(0.35, 0.5)),
    size,
    needs: { tools: name === 'agent_run', vision: false, json: false, longContext: size > 32_000 },
    importance: chance.happens(0.1) ? 4 : 1,
    evidence: ['simulated'],
  };
}

/** What it takes from the budgets of the demo's configuration. */
function chargesOf({ name, team, rules }: Person, zone: Zone, nanos: number, at: number) {
  const spans = (account: string, period: 'day' | 'month') => ({
    account,
    window: windowOf({ account, unit: 'nanos', period, amount: 0, breach: 'block' }, at),
    nanos,
  });
  const charges = [spans(`team:${team}`, 'month')];
  if (team === 'product') charges.push(spans('team:product', 'day'));
  if (zone === 'vendor') charges.push(spans('zone:vendor', 'month'));
  if (rules?.['budget']) charges.push(spans(`key:${name}`, 'day'));
  return charges;
}
