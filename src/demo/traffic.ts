import { setTimeout as sleep } from 'node:timers/promises';
import type { ExchangeRecord, Outside } from '../gateway.ts';
import { GatewayError } from '../protocol/errors.ts';
import { Fold } from '../protocol/fold.ts';
import type { Prompt, Turn } from '../protocol/prompt.ts';
import type { TaskClass } from '../tasks/task.ts';
import { Chance } from './chance.ts';
import { askOf, codeOf, resultOf, slipOf } from './sayings.ts';
import { type Pace, READ } from './simulated.ts';
import { keyOf, PEOPLE, type Person, PROVIDERS, repositoryOf, SEED, TOOLS, WORK } from './world.ts';

/** Simulated milliseconds between two questions of one person, in the middle. */
const GAP = 18_000;

/** How much quicker people ask at first, so that there is soon something of everything to see, and how much of that is left after each question. */
const HURRY = 12;
const CALM = 0.8;

/** Shares of conversations with something that should not leave, and of answers that somebody rates. */
const SLIPS = 0.07;
const RATED = 0.3;

/** Most turns that a simulated person has with one question. */
const TURNS = 4;

interface TrafficParts {
  /** The gateway's address. */
  url: string;
  /** Asks the gateway in the dialect of this name, as a client of it. */
  client(dialect: string): Outside;
  pace: Pace;
}

/** The simulated team at work: real requests over HTTP, each tool in its own dialect. */
export class Traffic {
  readonly #parts: TrafficParts;
  readonly #stopping = new AbortController();
  /** The last answer that each got, for ratings. */
  readonly #last = new Map<string, ExchangeRecord>();
  #running: Promise<unknown> = Promise.resolve();

  constructor(parts: TrafficParts) {
    this.#parts = parts;
  }

  /** Takes note of an exchange that is over. */
  heard(exchange: ExchangeRecord): void {
    if (exchange.caller && exchange.outcome === 'ok') this.#last.set(exchange.caller.id, exchange);
  }

  /** Everybody works until `stop`. */
  start(): void {
    this.#running = Promise.all(PEOPLE.map((person, at) => this.#work(person, new Chance(SEED + 100 + at))));
  }

  /** Settles when nobody asks any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #work(person: Person, chance: Chance): Promise<void> {
    const { signal } = this.#stopping;
    let hurry = HURRY;
    while (!signal.aborted) {
      hurry = Math.max(1, hurry * CALM);
      const ms = chance.around(GAP / person.pace / hurry, 0.7) / this.#parts.pace();
      await sleep(ms, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await this.#converse(person, chance);
    }
  }

  /** One question with what follows from it. Refusals are part of the show. */
  async #converse(person: Person, chance: Chance): Promise<void> {
    const { url, client } = this.#parts;
    const tool = TOOLS[person.tool]!;
    const outside = client(tool.dialect);
    const prompt = promptOf(person, chance.weighted(tool.asks), chance);
    const headers = {
      'user-agent': tool.agent,
      'x-freehold-repository': repositoryOf(person),
      'x-session-id': chance.hex(16),
    };
    try {
      for (let turn = 0; turn < TURNS && !this.#stopping.signal.aborted; turn++) {
        const fold = new Fold();
        for await (const part of outside.ask(url, keyOf(person.name), prompt, this.#stopping.signal, headers)) fold.add(part);
        const answered: Turn = { role: 'assistant', blocks: fold.reply.blocks };
        const call = fold.reply.blocks.find((block) => block.kind === 'tool-call');
        if (call?.kind !== 'tool-call') break;
        const content = [{ kind: 'text' as const, text: resultOf(chance) }];
        prompt.turns.push(answered, { role: 'user', blocks: [{ kind: 'tool-result', id: call.id, input: 'json', content }] });
      }
      if (chance.happens(RATED)) await this.#rate(person, chance, outside);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    }
  }

  async #rate({ name }: Person, chance: Chance, outside: Outside): Promise<void> {
    const exchange = this.#last.get(name);
    const { provider = '', model = '' } = exchange?.attempts.at(-1) ?? {};
    const good = PROVIDERS[provider]?.models[model]?.good;
    if (!exchange?.task || good === undefined) return;
    const body = { exchange: exchange.id, rating: chance.happens(good) ? 'good' : 'bad' };
    await outside.admin(this.#parts.url, keyOf(name), { method: 'POST', path: '/v1/feedback', body });
  }
}

/** A question as the person's tool would put it. */
function promptOf(person: Person, model: string, chance: Chance): Prompt {
  const task = chance.weighted(Object.fromEntries(Object.entries(WORK).map(([name, { share }]) => [name, share]))) as TaskClass;
  const isSmall = task === 'completion' || task === 'quick_chat';
  const words = askOf(task, chance);
  const slip = chance.happens(SLIPS) ? `\n${slipOf(chance)}` : '';
  const code = isSmall ? '' : `\n\n\`\`\`\n${codeOf(20 + Math.floor(chance.around(160, 0.8)), chance)}\n\`\`\``;
  const user: Turn = { role: 'user', blocks: [{ kind: 'text', text: `${words}${slip}${code}` }] };
  const system: Turn = {
    role: 'system',
    blocks: [
      {
        kind: 'text',
        text: `You are a coding assistant in a simulated team.\nWorking directory: /home/${person.name}/${person.repository}\n${codeOf(60, chance)}`,
      },
    ],
  };
  return {
    dialect: 'simulated',
    model,
    stream: task !== 'quick_chat',
    turns: isSmall ? [user] : [system, user],
    tools: isSmall
      ? []
      : [
          {
            kind: 'function',
            name: READ,
            description: 'Reads a file of the repository.',
            schema: { type: 'object', properties: { path: { type: 'string' }, why: { type: 'string' } }, required: ['path'] },
          },
        ],
    sampling: {},
    maxTokens: 4096,
  };
}
