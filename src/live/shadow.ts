import { compare, unfit } from '../evals/graders/judge.ts';
import { isMachine } from '../exchange/machines.ts';
import type { Candidate, Incoming } from '../exchange/ports.ts';
import type { ExchangeRecord } from '../exchange/record.ts';
import type { KeptContent, Reread } from '../exchange/reread.ts';
import type { Clearance, Leaving, Stage } from '../exchange/stage.ts';
import { answerer } from '../exchange/stages/answered.ts';
import type { Content } from '../exchange/transcript.ts';
import { textOf } from '../protocol/block.ts';
import type { Dialect } from '../protocol/dialect.ts';
import type { Reply } from '../protocol/reply.ts';
import type { Zone } from '../protocol/zone.ts';
import type { TaskClass } from '../tasks/task.ts';
import { type Aside, type AsideParts, askAside, type Repeated } from './aside.ts';
import { type Comparison, compareAnswers } from './compare.ts';
import type { Match } from './trials.ts';

/** Two models of which one is to answer what the other has answered. */
export interface Chosen {
  match: Match;
  /** Who has not answered yet: the candidate, or the old model where the new one has its place. */
  asks: string;
  /** The swap whose new model is watched. */
  swap?: string;
}

/** What shadowing is given. */
export interface ShadowParts {
  /** Anything is to be asked twice now. */
  isOn(): boolean;
  /** Share of the requests. */
  share(): number;
  concurrency(): number;
  /** Who is to be asked beside the one that answered; undefined: nobody. */
  choose(task: TaskClass, answered: string): Chosen | undefined;
  /** What was found. Never rejects. */
  found(chosen: Chosen, comparison: Comparison & { isJudged: boolean }): Promise<void>;
  /** By address; undefined where it is not served or not well. */
  candidate(address: string): Candidate | undefined;
  aside(): AsideParts;
  reread(kept: KeptContent): Reread | string;
  /** In which a judge is asked. */
  dialect: Dialect;
  /** What kind of work a request is, where nobody said yet. */
  classify(read: Reread, headers: Incoming['headers']): TaskClass;
  /** Exchanges under way. */
  inFlight(): number;
  random(): number;
  /** Milliseconds. */
  clock(): number;
}

/** Why a sampled request was not asked twice, or came to nothing. */
export type Dropped =
  | 'queue full'
  | 'nothing to find out'
  | 'too late'
  | 'unreadable'
  | 'side effects'
  | 'no candidate'
  | 'not allowed'
  | 'budget'
  | 'failed'
  | 'gave way'
  | 'judge';

interface Waiting {
  request: Omit<Repeated, 'body'>;
  record: Pick<ExchangeRecord, 'dialect' | 'asked' | 'stream' | 'task'>;
  answered: string;
  content: Content;
  at: number;
  notBefore?: number;
}

const MOST_WAITING = 16;
/** Characters of requests and answers that wait. */
const MOST_CHARACTERS = 16 * 1024 * 1024;
/** Milliseconds. */
const LONGEST_WAIT = 120_000;
const LOOKS_EVERY = 25;
const PAUSE = 1000;
/** With more exchanges under way the process has other things to do. */
const IDLE = 8;
/** Characters of a conversation that a judge is shown. */
const SHOWN = 24_000;

/** Asks a second model what a first has answered, once the answer is complete; nobody waits for it and nobody sees it. */
export class Shadow {
  /** Sees what users ask of targets: their requests come first. */
  readonly stage: Stage = { name: 'shadow', clear: (leaving) => this.#begun(leaving) };
  readonly dropped = new Map<Dropped, number>();
  readonly #parts: ShadowParts;
  readonly #waiting: Waiting[] = [];
  readonly #running = new Set<{ zone: Zone; aside: Aside | undefined; gaveWay: boolean }>();
  /** Calls of users to hardware of our own. */
  #atHome = 0;
  #characters = 0;
  #pairs = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(parts: ShadowParts) {
    this.#parts = parts;
  }

  /** Requests that both answered and whose answers were compared. */
  get pairs(): number {
    return this.#pairs;
  }

  /** Whether an exchange is to be looked at when it is over. @returns whom to tell then */
  sample(incoming: Incoming): ((record: ExchangeRecord, content: Content) => void) | undefined {
    const { isOn, share, random } = this.#parts;
    if (!isOn() || incoming.embeddings || isMachine(incoming) || random() >= share()) return undefined;
    const { dialect, path, query, headers, rawHeaders, caller, ceiling } = incoming;
    const request = { dialect, path, query, headers, rawHeaders, caller, ceiling };
    return (record, content) => this.#take(request, record, content);
  }

  /** Leaves what is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
    const over = [...this.#running].map(({ aside }) => aside);
    for (const aside of over) aside?.leave();
    await Promise.all(over.map((aside) => aside?.over));
  }

  #take(request: Waiting['request'], record: ExchangeRecord, content: Content): void {
    const last = answerer(record);
    if (record.outcome !== 'ok' || !last || last.error !== undefined || this.#isClosed) return;
    const size = content.request.length + content.answer.length;
    if (this.#waiting.length >= MOST_WAITING || this.#characters + size > MOST_CHARACTERS) {
      this.#drop('queue full');
      return;
    }
    const { dialect, asked, stream, task, ceiling = request.ceiling } = record;
    this.#characters += size;
    this.#waiting.push({
      request: { ...request, ceiling },
      record: { dialect, asked, stream, task },
      answered: `${last.provider}/${last.model}`,
      content,
      at: this.#parts.clock(),
    });
    this.#timer ??= setTimeout(() => this.#look(), LOOKS_EVERY).unref();
  }

  #drop(why: Dropped): void {
    this.dropped.set(why, (this.dropped.get(why) ?? 0) + 1);
  }

  #look(): void {
    this.#timer = undefined;
    const { clock, inFlight, concurrency } = this.#parts;
    const [next] = this.#waiting;
    if (!next || this.#isClosed) return;
    if (clock() - next.at > LONGEST_WAIT) {
      this.#leaveLine();
      this.#drop('too late');
    } else if (this.#running.size < concurrency() && inFlight() <= IDLE && clock() >= (next.notBefore ?? 0)) {
      this.#leaveLine();
      void this.#shadow(next).catch(() => this.#drop('failed'));
    }
    this.#timer = setTimeout(() => this.#look(), LOOKS_EVERY).unref();
  }

  #leaveLine(): void {
    const one = this.#waiting.shift();
    if (one) this.#characters -= one.content.request.length + one.content.answer.length;
  }

  /** Reads the exchange, has a second model asked, and compares. */
  async #shadow({ request, record, answered, content, at }: Waiting): Promise<void> {
    const { reread, choose, candidate, classify, clock } = this.#parts;
    const read = reread({ dialect: record.dialect, asked: record.asked, stream: record.stream ? 1 : 0, content });
    if (typeof read === 'string') return this.#drop('unreadable');
    // What a provider runs by itself may do something; nobody asked for it twice.
    if (read.prompt.tools.some(({ kind }) => kind === 'opaque') || read.prompt.meaning?.size) return this.#drop('side effects');
    const chosen = choose(record.task?.class ?? classify(read, request.headers), answered);
    if (!chosen) return this.#drop('nothing to find out');
    const target = candidate(chosen.asks);
    if (!target) return this.#drop('no candidate');
    if (target.zone === 'own' && this.#atHome > 0) {
      // Behind users, for as long as it may wait.
      this.#characters += content.request.length + content.answer.length;
      this.#waiting.push({ request, record, answered, content, at, notBefore: clock() + PAUSE });
      return;
    }
    const second = await this.#ask({ ...request, body: content.request }, target);
    if (typeof second === 'string') return this.#drop(second);
    const isSwapped = chosen.asks === chosen.match.incumbent;
    const [mine, theirs] = isSwapped ? [read.reply, second] : [second, read.reply];
    const comparison = compareAnswers(read.prompt, mine, theirs);
    const judged = await this.#judge(chosen.match, comparison, { read, mine, theirs, request });
    if (judged === 'judge') return this.#drop('judge');
    this.#pairs++;
    await this.#parts.found(chosen, { ...comparison, ...judged, isJudged: judged !== undefined });
  }

  /** @returns the answer; a word where there is none to compare */
  async #ask(request: Repeated, target: Candidate): Promise<Reply | Dropped> {
    const running = { zone: target.zone, aside: undefined as Aside | undefined, gaveWay: false };
    this.#running.add(running);
    try {
      running.aside = askAside(request, target, this.#parts.aside());
      const { record, content } = await running.aside.over;
      if (running.gaveWay) return 'gave way';
      // An answer that is none, or breaks off, is one that can be compared.
      if (record.outcome === 'malformed' || record.outcome === 'truncated') return { blocks: [] };
      if (record.outcome !== 'ok') return droppedBy(record);
      const read = this.#parts.reread({ dialect: record.dialect, asked: target.address, stream: record.stream ? 1 : 0, content });
      return typeof read === 'string' ? 'unreadable' : read.reply;
    } finally {
      this.#running.delete(running);
    }
  }

  /** What a judge says, in both orders, where there is one and both answers are sound; `judge` where it could not be asked. */
  async #judge(
    { judge, candidate, incumbent }: Match,
    comparison: Comparison,
    { read, mine, theirs, request }: { read: Reread; mine: Reply; theirs: Reply; request: Omit<Repeated, 'body'> },
  ): Promise<{ candidate: number; incumbent: number } | 'judge' | undefined> {
    if (judge === undefined || comparison.candidate < 1 || comparison.incumbent < 1 || unfit(judge, [candidate, incumbent]))
      return undefined;
    const target = this.#parts.candidate(judge);
    if (!target) return 'judge';
    const { dialect } = this.#parts;
    const ask = async (text: string): Promise<string> => {
      const { request: made } = dialect.ask(
        {
          dialect: dialect.name,
          model: judge,
          stream: false,
          turns: [{ role: 'user', blocks: [{ kind: 'text', text }] }],
          tools: [],
          sampling: { temperature: 0 },
        },
        { model: judge },
      );
      const body = JSON.stringify(made.body);
      const reply = await this.#ask({ ...request, dialect, path: dialect.doors[0]!, query: new URLSearchParams(), body }, target);
      if (typeof reply === 'string') throw new Error(reply);
      return textOf(reply.blocks);
    };
    try {
      const { score } = await compare(ask, shown(read), RUBRIC, saidIn(mine), saidIn(theirs));
      return { candidate: score >= 0.5 ? 1 : 0, incumbent: score <= 0.5 ? 1 : 0 };
    } catch {
      return 'judge';
    }
  }

  /** A user's request goes out: at home it goes before whatever nobody waits for. */
  #begun({ candidate }: Leaving): Clearance | undefined {
    if (candidate.zone !== 'own' || !this.#parts.isOn()) return undefined;
    this.#atHome++;
    for (const running of this.#running) {
      if (running.zone !== 'own') continue;
      running.gaveWay = true;
      running.aside?.leave();
    }
    return { settle: () => void this.#atHome-- };
  }
}

const RUBRIC =
  'The better answer does what was asked for, correctly and completely. A call of a tool is an answer: the better one brings the work further. Two answers that do the same are equally good.';

/** The end of a conversation, as a judge is shown it. */
function shown({ prompt }: Reread): string {
  const lines = prompt.turns.map(({ role, blocks }) => {
    const parts = blocks.map((block) => {
      if (block.kind === 'tool-result') return `[a tool gave back] ${textOf(block.content, '\n')}`;
      return block.kind === 'tool-call' ? `[calls ${block.name}] ${block.arguments}` : block.kind === 'text' ? block.text : '';
    });
    return `${role}: ${parts.filter(Boolean).join('\n')}`;
  });
  return lines.join('\n\n').slice(-SHOWN);
}

function saidIn({ blocks }: Reply): string {
  return blocks
    .map((block) => (block.kind === 'tool-call' ? `[calls ${block.name}] ${block.arguments}` : block.kind === 'text' ? block.text : ''))
    .filter(Boolean)
    .join('\n');
}

function droppedBy({ outcome }: ExchangeRecord): Dropped {
  if (outcome === 'budget') return 'budget';
  return outcome === 'forbidden' || outcome === 'rate' ? 'not allowed' : 'failed';
}
