import { costOf } from '../catalog/price.ts';
import type { AttemptRecord, ExchangeRecord } from '../exchange/record.ts';
import { windowOf } from '../policy/meter.ts';
import type { Usage } from '../protocol/usage.ts';
import type { Zone } from '../protocol/zone.ts';
import type { Entry, ExchangeRow, Store } from '../store/ports.ts';
import { TASKS, type Task, type TaskClass } from '../tasks/task.ts';
import type { Chance } from './chance.ts';
import { HISTORY, PEOPLE, type Person, type Place, PROVIDERS, priceOf, RHYTHM, repositoryOf, TOOLS, WORK } from './world.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The repository that stays home and the team that reaches rented hardware at most, as the demo's configuration says. */
const HOMEBOUND = 'payments';
const NEARBY = 'data';

/** Rows written together. */
const BATCH = 500;

/**
 * Some weeks of exchanges as the team would have had them, oldest first. The share that is served at home grows from day to day. Pure but
 * for the chance it is handed.
 * @param until unix milliseconds; nothing is later @param days how far it reaches back @param write makes the row of a record
 */
export function* history(chance: Chance, until: number, days: number, write: (record: ExchangeRecord) => ExchangeRow): Generator<Entry> {
  const conversations = new Map<string, Conversation>();
  const first = Math.floor(until / DAY) * DAY - (days - 1) * DAY;
  const hours = RHYTHM.hours.reduce((sum, weight) => sum + weight, 0);
  for (let start = first; start < until; start += HOUR) {
    const date = new Date(start);
    const weight = (RHYTHM.hours[date.getUTCHours()]! / hours) * RHYTHM.days[date.getUTCDay()]!;
    const mean = RHYTHM.asksADay * weight;
    const count = Math.floor(mean) + (chance.happens(mean % 1) ? 1 : 0);
    const moments = Array.from({ length: count }, () => start + Math.floor(chance.next() * HOUR)).sort((a, b) => a - b);
    for (const at of moments)
      if (at < until) yield entryOf({ at, grown: (at - first) / (days * DAY), daysAgo: (until - at) / DAY }, chance, conversations, write);
  }
}

/** Writes a history into a store. @param total rows expected, for `told` @param told the share that is written, 0 to 1 */
export async function writeHistory(
  store: Pick<Store, 'exchanges'>,
  entries: Iterable<Entry>,
  total: number,
  told: (share: number) => void,
) {
  let written = 0;
  let batch: Entry[] = [];
  const write = async () => {
    await store.exchanges.insertMissing(batch);
    written += batch.length;
    batch = [];
    told(Math.min(1, written / total));
  };
  for (const entry of entries) {
    batch.push(entry);
    if (batch.length >= BATCH) await write();
  }
  await write();
  return written;
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

function entryOf(
  moment: Moment,
  chance: Chance,
  conversations: Map<string, Conversation>,
  write: (record: ExchangeRecord) => ExchangeRow,
): Entry {
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
  const stalled = attempts.length > 1 ? 1900 : 0;
  const { first_ms, tokens_per_second } = PROVIDERS[answered.provider]!.models[answered.model]!;
  const firstTokenMs = stalled + chance.around(first_ms, 0.35);
  const isRefused = answered.error !== undefined;
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
    findings:
      answered.zone === 'vendor' && chance.happens(0.03) ? [{ rule: 'email', kind: 'personal', count: 1, action: 'note' }] : undefined,
    totalMs: isRefused ? 420 : firstTokenMs + (1000 * (answered.usage?.output ?? 0)) / tokens_per_second,
    firstTokenMs: isRefused ? undefined : firstTokenMs,
    overheadMs: chance.around(0.6, 0.4),
  };
  const nanos = attempts.reduce((sum, { costNanos = 0 }) => sum + costNanos, 0);
  const charges = nanos ? chargesOf(person, answered.zone, nanos, at) : [];
  return { row: write(record), ...(charges.length > 0 && { charges }), must: answered.zone !== 'own' };
}

/** Who was asked in turn. */
function attemptsOf(at: number, task: TaskClass, grown: number, daysAgo: number, person: Person, chance: Chance): AttemptRecord[] {
  const attempts: AttemptRecord[] = [];
  const [provider, model] = targetOf(task, grown, person, chance);
  const hour = new Date(at).getUTCHours();
  const { outage, rented } = HISTORY;
  const isOut = provider === outage.provider && Math.floor(daysAgo) === outage.days_ago && hour >= outage.from && hour < outage.to;
  if (isOut || chance.happens(0.008)) {
    attempts.push({
      provider,
      model,
      zone: PROVIDERS[provider]!.zone,
      error: isOut ? 'unavailable' : 'overload',
      costNanos: 0,
      bytesOut: 0,
      bytesIn: 0,
    });
    // Work that may not leave has nobody else to go to.
    if (person.repository === HOMEBOUND) return attempts;
    attempts.push(answer(rented, task, chance));
    return attempts;
  }
  attempts.push(answer([provider, model], task, chance));
  return attempts;
}

function answer([provider, model]: Place, task: TaskClass, chance: Chance): AttemptRecord {
  const { zone } = PROVIDERS[provider]!;
  const { input, output } = WORK[task];
  const usage: Usage = { input: Math.round(chance.around(input, 0.6)), output: Math.round(chance.around(output, 0.5)) };
  if (task !== 'completion' && task !== 'quick_chat') usage.cacheRead = Math.round(usage.input! * (0.35 + 0.5 * chance.next()));
  const price = priceOf(provider, model);
  return {
    provider,
    model,
    zone,
    usage,
    costNanos: price ? costOf(usage, price) : 0,
    ...(price && { priceSource: `${price.source}, ${price.date}` }),
    bytesOut: usage.input! * 4,
    bytesIn: usage.output! * 60,
  };
}

/** Where the work goes: home, more and more of it; the rented box; the vendor of the tool. */
function targetOf(task: TaskClass, grown: number, person: Person, chance: Chance): Place {
  const { from, to } = WORK[task];
  const { home, small, rented, hard } = HISTORY;
  if (person.repository === HOMEBOUND || chance.happens(from + (to - from) * grown))
    return task === 'completion' || task === 'quick_chat' ? small : home;
  if (person.team === NEARBY || chance.happens(0.08 + 0.14 * grown)) return rented;
  return task === 'architecture' || task === 'deep_reasoning' ? hard : TOOLS[person.tool]!.before;
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
