import { createHmac } from 'node:crypto';
import { absolve, causeOf, proceed, repeatsIn, type Signal } from '../../policy/course.ts';
import { alarms } from '../../policy/loops.ts';
import { firstNew, type News, readNews } from '../../policy/news.ts';
import { type PlanInput, plan } from '../../policy/plan.ts';
import type { RoutingSettings } from '../../policy/routing.ts';
import type { Ruling } from '../../policy/rules.ts';
import { openingOf, type Session, type SessionMemory, sessionName } from '../../policy/session.ts';
import type { Speeds } from '../../policy/speed.ts';
import type { Swap, SwapsInForce } from '../../policy/swap.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { estimatePrompt } from '../../protocol/estimate.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { IMPORTANCE } from '../../tasks/question.ts';
import type { Task } from '../../tasks/task.ts';
import { visible } from '../outlet.ts';
import type { ExchangeRecord } from '../record.ts';
import type { Admission, Admitted, Clearance, Leaving, Stage } from '../stage.ts';
import { answerer } from './answered.ts';
import { answerOf, contendersOf, type Knowledge } from './contenders.ts';
import { cachedIn, fixedBy, isBorder, modeOf, tried } from './route-choice.ts';
import { emptied, notForThat } from './route-refusals.ts';
import { armOf, isOlder, meantOnly, nobodyNamed, returned, type Swapping, swapInto, swappingOf, swapsAbout } from './route-swap.ts';

/** What the route stage is given. */
export interface RouteParts extends Knowledge {
  settings(): RoutingSettings;
  /** What kind of work a prompt is. @param headers of the client, names in lower case */
  classify(prompt: Prompt, headers: Admission['incoming']['headers']): Task;
  /** The first rule that holds. @param chance 0 to below 1, the same for all of a conversation */
  ruling(admission: Admission, prompt: Prompt, task: Task, chance: number): Ruling | undefined;
  /** Addresses that a name of a rule means now. */
  means(name: string): readonly string[];
  /** Whether a name leaves the whole choice, as `auto` does. */
  isOpen(name: string): boolean;
  /** Models in the place of others. */
  swaps: SwapsInForce;
  /** What a name means without them, by address. */
  meant(name: string): ReadonlySet<string>;
  sessions: SessionMemory<Task>;
  speeds: Speeds;
  /** What a conversation says of an earlier exchange. */
  learn(session: Session<Task>, signals: readonly Signal[]): void;
  /** Told of every exchange that was answered, for feedback. */
  answered(record: ExchangeRecord): void;
  /** Keys the hashes by which conversations are known. */
  secret: Uint8Array;
  /** Unix milliseconds. */
  now(): number;
}

const LONGEST_HEADER = 400;
const ELSEWHERE: Signal = { kind: 'retry elsewhere', score: 0, weight: 0.5 };

/** One turn of a conversation. */
interface Turn {
  session: Session<Task>;
  /** Its hash. */
  id: string;
  news: News;
  /** Tokens of what was not in the prompt before, the answer to which is known. */
  added: number;
  isFirst: boolean;
}

/** Decides who answers: the last word on the plan before the first attempt. */
export class Route implements Stage {
  readonly name = 'route';
  readonly #parts: RouteParts;

  constructor(parts: RouteParts) {
    this.#parts = parts;
  }

  /** @throws GatewayError `unavailable` naming the gates that left no target, `context` when the prompt fits nowhere, `invalid` for a loop that is to stop */
  admit(admission: Admission): Admitted | undefined {
    const { incoming, asked, record } = admission;
    if (incoming.embeddings) return { over: () => this.#parts.answered(record) };
    const settings = this.#parts.settings();
    const own = meantOnly(admission, this.#parts);
    const swaps = own ? [] : swapsAbout(admission.resolved, this.#parts.swaps);
    const swapping = swaps.length ? swappingOf(swaps, this.#parts.meant(asked.model)) : undefined;
    const isOpen = swapping !== undefined || (own?.size ?? admission.resolved.length) > 1;
    // A model that was asked for by its own name needs no decision: nothing is read or counted for it that nobody wants.
    if (!isOpen && !incoming.caller?.tasks && !canStop(settings)) {
      const name = sessionName(incoming.headers);
      if (name !== undefined) record.session = this.#hash(admission, name);
      return this.#parts.sessions.size > 0 ? { over: () => this.#elsewhere(admission, settings) } : undefined;
    }
    const prompt = asked.prompt();
    const turn = this.#turn(admission, prompt, settings);
    const before = turn?.session.task;
    const task = this.#task(admission, prompt, turn);
    record.task = task;
    notForThat(admission, task);
    const cause = turn && this.#watch(admission, turn.session, settings);
    if (turn) {
      returned(turn.session, this.#parts.swaps);
      turn.session.task = task;
      turn.session.asked = asked.model;
    }
    if (isOpen) this.#decide(admission, { prompt, task, before, turn, cause, settings, swapping });
    const incumbent = turn?.session.model;
    return { over: () => this.#over(record, turn?.session, cause === undefined ? undefined : incumbent) };
  }

  /** Counts what is under way: own hardware serves one after the other. */
  clear({ candidate }: Leaving): Clearance {
    const running = this.#parts.speeds.begin(candidate.address);
    return { settle: () => running.end() };
  }

  /** Reads what is new in the conversation. Undefined where none can be recognised. */
  #turn(admission: Admission, prompt: Prompt, { sessions: limits }: RoutingSettings): Turn | undefined {
    const { sessions, now, learn } = this.#parts;
    const { turns } = prompt;
    const id = this.#idOf(admission, prompt);
    if (id === undefined) return undefined;
    admission.record.session = id;
    const known = sessions.get(id, limits.idleMinutes * 60_000, now());
    const session = known ?? sessions.begin(id, limits.most, now());
    const unread = turns.slice(firstNew(turns, session.turns));
    const news = readNews(unread);
    const isAgain = known !== undefined && turns.length === known.turns;
    const isElsewhere = isAgain && session.asked !== undefined && session.asked !== admission.asked.model;
    const signals = proceed(session, news);
    if (isElsewhere) signals.push(ELSEWHERE);
    if (signals.length) learn(session, signals);
    const added =
      known && turns.length >= session.turns ? estimatePrompt({ turns: unread.filter(({ role }) => role !== 'assistant'), tools: [] }) : 0;
    session.turns = turns.length;
    session.at = now();
    return { session, id, news, added, isFirst: known === undefined };
  }

  /** The work of a turn: what tools bring back belongs to the work that a person asked for. */
  #task(admission: Admission, prompt: Prompt, turn: Turn | undefined): Task {
    const before = turn?.session.task;
    const isRaised = admission.incoming.headers[IMPORTANCE] !== undefined;
    if (!turn || !before || turn.news.spoke || isRaised) return this.#parts.classify(prompt, admission.incoming.headers);
    const { tokens } = turn.session;
    return { ...before, size: tokens > 0 ? tokens + turn.added : before.size + turn.added };
  }

  /** Why the conversation should move up, if it should. @throws GatewayError `invalid` when it is to stop */
  #watch({ headers, record }: Admission, session: Session<Task>, { loops }: RoutingSettings): string | undefined {
    const found = alarms({ repeats: repeatsIn(session), answers: session.answers, nanos: session.nanos }, loops);
    for (const { act, why } of found) {
      if (act === 'stop')
        throw new GatewayError('invalid', `this conversation was stopped: ${why}; say something else, or begin a new one`, {
          code: 'loop_stopped',
        });
      record.notes.push({ path: 'conversation', action: 'changed', why });
    }
    const loud = found.filter(({ act }) => act === 'warn' || act === 'move-up');
    if (loud.length) headers.push('x-freehold-warning', visible(loud.map(({ why }) => why).join('; ')));
    return causeOf(session) ?? found.find(({ act }) => act === 'move-up')?.why;
  }

  #decide(admission: Admission, { prompt, task, before, turn, cause, settings, swapping }: Deciding): void {
    const parts = this.#parts;
    const { record, headers, incoming } = admission;
    const session = turn?.session;
    const answer = answerOf(task, prompt.maxTokens);
    const named = swapping?.named;
    const held = named === undefined ? parts.ruling(admission, prompt, task, turn ? chanceIn(turn.id, 0) : 0) : undefined;
    const fixed = held?.models && fixedBy(held, admission, parts);
    const ruling = held?.models && !fixed ? undefined : held;
    const wish = modeOf(admission);
    const input: PlanInput = {
      work: { importance: task.importance, unsure: task.unsure, size: task.size, answer, needs: task.needs },
      mode: wish ?? ruling?.mode ?? settings.mode,
      weights: { worth: settings.worthUsd * 1e9, second: settings.secondUsd * 1e9 },
      contenders: contendersOf(admission, { task, answer, cached: cachedIn(session, parts.now()), caller: incoming.caller }, parts),
    };
    if (session?.model !== undefined) input.incumbent = session.model;
    if (cause !== undefined) input.moveUp = cause;
    // Who asks for another way to choose wants it now.
    const isNewWish = wish !== undefined && session !== undefined && wish !== session.wish;
    if (turn && !turn.isFirst && (isNewWish || isBorder(before, task, turn.news))) input.border = true;
    if (session) session.wish = wish;
    if (fixed) input.fixed = fixed;
    const affected = swapping && {
      session,
      chance: chanceIn(turn?.id ?? this.#hash(admission, incoming.id), 8),
      task,
      cause,
      isOlder: this.#older(admission, prompt, turn),
    };
    if (affected) swapInto(input, swapping, admission, affected);
    const made = plan(input);
    record.decision = { input, plan: made, ...(ruling && { rule: ruling.rule }) };
    if (affected) record.swap = armOf(input, made, swapping, affected);
    const by = made.swap ? `swap ${made.swap.swap}` : named === undefined ? (ruling?.rule ?? made.mode) : 'its name';
    const [first] = made.steps;
    headers.push('x-freehold-decision', visible(`${task.class}; ${by}; ${first?.reason ?? 'nobody'}`).slice(0, LONGEST_HEADER));
    if (!first) throw named === undefined ? emptied(admission, made, task) : nobodyNamed(admission, made, named);
    admission.plan = tried(made, admission.plan);
  }

  /** Whether the conversation had begun before a swap came. */
  #older({ incoming }: Admission, prompt: Prompt, turn: Turn | undefined): (swap: Swap) => boolean {
    if (!turn?.isFirst) return () => false;
    const { swaps, settings, now } = this.#parts;
    const hasName = sessionName(incoming.headers, prompt) !== undefined;
    return (swap) => isOlder(prompt, hasName, swap, swaps, settings().sessions.idleMinutes * 60_000, now());
  }

  /** Takes the exchange into what is remembered. @param left who was to be left for a better one */
  #over(record: ExchangeRecord, session: Session<Task> | undefined, left: string | undefined): void {
    const { attempts, outcome, usage, id, swap } = record;
    const last = answerer(record);
    if (session) for (const { costNanos = 0 } of attempts) session.nanos += costNanos;
    if (outcome !== 'ok' || !last) return;
    const address = `${last.provider}/${last.model}`;
    const { input = 0, output = 0 } = usage ?? {};
    this.#parts.answered(record);
    if (!session) return;
    if (left !== undefined && address !== left) absolve(session);
    session.model = address;
    session.swap = swap?.arm === 'new' && swap.to === address ? swap.id : undefined;
    session.exchange = id;
    session.tokens = input > 0 ? input + output : 0;
    session.cached = input;
    session.answeredAt = session.at = this.#parts.now();
  }

  /** A turn that a conversation has had already was asked of a model by name: whoever answered it did not please. */
  #elsewhere({ asked, ...admission }: Admission, { sessions: limits }: RoutingSettings): void {
    const prompt = asked.known;
    const id = prompt && this.#idOf(admission, prompt);
    const { sessions, now, learn } = this.#parts;
    const session = id === undefined ? undefined : sessions.get(id, limits.idleMinutes * 60_000, now());
    if (!session || session.turns !== prompt?.turns.length || session.asked === asked.model) return;
    session.asked = asked.model;
    learn(session, [ELSEWHERE]);
  }

  /** Which conversation a request belongs to; undefined where that cannot be told. */
  #idOf(admission: Pick<Admission, 'incoming'>, { turns, tools, user, cacheKey }: Prompt): string | undefined {
    const name = sessionName(admission.incoming.headers, { user, cacheKey }) ?? openingOf(turns);
    // Beside a conversation with tools the same client asks for titles and summaries: those are not its turns.
    return name === undefined ? undefined : this.#hash(admission, `${tools.length ? 'main' : 'aside'} ${name}`);
  }

  #hash({ incoming }: Pick<Admission, 'incoming'>, name: string): string {
    return createHmac('sha256', this.#parts.secret)
      .update(`session\0${incoming.caller?.id ?? ''}\0${name}`)
      .digest('hex')
      .slice(0, 32);
  }
}

interface Deciding {
  prompt: Prompt;
  task: Task;
  /** What the conversation was about before this turn. */
  before: Task | undefined;
  turn: Turn | undefined;
  cause: string | undefined;
  settings: RoutingSettings;
  /** Absent where no swap is about it. */
  swapping: Swapping | undefined;
}

/** A figure from 0 to below 1 that is the same for all of a conversation. @param id its hash @param at where in it: another place, another figure */
function chanceIn(id: string, at: number): number {
  return Number.parseInt(id.slice(at, at + 8), 16) / 2 ** 32;
}

/** Whether conversations may be stopped, also those with a model of their own choice. */
function canStop({ loops: { repeats, turns, spending } }: RoutingSettings): boolean {
  return spending !== undefined || repeats.act === 'stop' || turns.act === 'stop';
}
