import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call, Dialect } from '../protocol/dialect.ts';
import { asGatewayError, GatewayError } from '../protocol/errors.ts';
import { estimatePrompt, estimateText } from '../protocol/estimate.ts';
import { Fold } from '../protocol/fold.ts';
import type { BlockStart, Part } from '../protocol/part.ts';
import type { Prompt } from '../protocol/prompt.ts';
import { Chance } from './chance.ts';
import { announcementOf, sayingOf, wantedOf } from './sayings.ts';
import { FAULTS, type Fault, PROVIDERS, type SimulatedModel } from './world.ts';

/** The only tool that simulated models call: the simulated people's own. */
export const READ = 'read_simulated_file';

/** Words sent at once while a simulated model writes. */
const PIECE = 6;

/** How many seconds of the simulated world pass in one. */
export type Pace = () => number;

/** A provider that exists only here: it answers over HTTP in its own dialect, as slowly and with such usage as the real one would. */
export interface Simulated {
  url: string;
  close(): Promise<void>;
}

/** Starts a simulated provider on a free port of this machine. @param seed of its chance */
export async function simulate(name: string, dialect: Dialect, pace: Pace, seed: number): Promise<Simulated> {
  const provider = new Provider(name, dialect, pace, new Chance(seed));
  const server = createServer((request, response) => void provider.answer(request, response));
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

class Provider {
  readonly #name: string;
  readonly #dialect: Dialect;
  readonly #pace: Pace;
  readonly #chance: Chance;
  readonly #faults: readonly Fault[];
  /** Beginnings of conversations that were read lately: what a prompt cache would hold. */
  readonly #cache = new Map<string, number>();
  #asked = 0;
  #lasting: { kind: Fault['kind']; until: number } | undefined;

  constructor(name: string, dialect: Dialect, pace: Pace, chance: Chance) {
    this.#name = name;
    this.#dialect = dialect;
    this.#pace = pace;
    this.#chance = chance;
    this.#faults = FAULTS.filter(({ provider }) => provider === name);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    try {
      if (request.method !== 'POST') return json(response, 200, this.#dialect.models.answer(this.#models()));
      const body: unknown = JSON.parse(await textOf(request));
      await this.#say({ path: pathname, query: searchParams, headers: request.headers, body }, response);
    } catch (thrown) {
      if (response.headersSent || response.destroyed) return void response.destroy();
      const error = asGatewayError(thrown);
      const { status, body } = this.#dialect.fault.answer(error, randomUUID());
      json(response, status, body, error.retryAfter === undefined ? {} : { 'retry-after': String(error.retryAfter) });
    }
  }

  async #say(call: Call, response: ServerResponse): Promise<void> {
    const prompt = this.#dialect.accept(call);
    const model = PROVIDERS[this.#name]!.models[prompt.model];
    if (!model) throw new GatewayError('not-found', `there is no model ${prompt.model} here`, { field: 'model' });
    const fault = this.#fault();
    await this.#wait(this.#chance.around(model.first_ms, 0.25) * (fault === 'slow' ? 8 : 1), response);
    if (fault === 'down') throw new GatewayError('unavailable', 'simulated: the machine is restarting');
    if (fault === 'overload') throw new GatewayError('overload', 'simulated: too many requests at once', { retryAfter: 1 });
    if (fault === 'rate') throw new GatewayError('rate', 'simulated: the limit of tokens a minute is reached', { retryAfter: 1 });
    const answering = this.#dialect.answer(prompt, { id: this.#chance.hex(24), at: Math.floor(Date.now() / 1000) });
    const parts = this.#parts(prompt);
    if (!prompt.stream) {
      const fold = new Fold();
      for (const part of parts) fold.add(part);
      await this.#wait((1000 * (fold.reply.usage?.output ?? 0)) / model.tokens_per_second, response);
      return json(response, 200, answering.whole(fold.reply));
    }
    response.writeHead(200, {
      'content-type': answering.contentType ?? (this.#dialect.framing === 'sse' ? 'text/event-stream' : 'application/x-ndjson'),
    });
    await this.#stream(parts, model, response, (part) => answering.part(part), fault === 'broken');
    if (!response.destroyed) response.end(answering.end());
  }

  async #stream(
    parts: readonly Part[],
    { tokens_per_second }: SimulatedModel,
    response: ServerResponse,
    write: (part: Part) => string,
    breaks: boolean,
  ): Promise<void> {
    for (const [at, part] of parts.entries()) {
      if (response.destroyed) return;
      if (breaks && at > parts.length / 2) return void response.destroy();
      if (part.type === 'block-delta') await this.#wait((1000 * estimateText(part.text)) / tokens_per_second, response);
      const text = write(part);
      if (text) response.write(text);
    }
  }

  /** What the model says: that it will look at something, with the call of a tool, or a few sentences. */
  #parts(prompt: Prompt): Part[] {
    const chance = this.#chance;
    const parts: Part[] = [{ type: 'start', id: chance.hex(24), model: prompt.model }];
    // Of a real tool that somebody connects nothing is called: what it would do is real.
    const tool = prompt.tools.find((one) => one.kind === 'function' && one.name === READ);
    const calls = tool?.kind === 'function' && prompt.turns.length < 6 && chance.happens(0.55);
    const text = calls ? announcementOf(chance) : sayingOf(prompt, chance);
    parts.push(begins(0, { kind: 'text' }), ...piecesOf(text).map((piece) => delta(0, piece)), { type: 'block-end', index: 0 });
    let output = estimateText(text);
    if (calls) {
      const wanted = JSON.stringify(wantedOf(chance));
      const call = { kind: 'tool-call', id: `call_${chance.hex(16)}`, name: tool.name, input: 'json' } as const;
      parts.push(begins(1, call), delta(1, wanted), { type: 'block-end', index: 1 });
      output += estimateText(wanted);
    }
    const input = estimatePrompt(prompt);
    const cacheRead = this.#cached(prompt, input);
    parts.push({ type: 'usage', usage: { input, output, ...(cacheRead > 0 && { cacheRead }) } });
    parts.push({ type: 'finish', reason: calls ? 'tool-calls' : 'stop' });
    return parts;
  }

  /** Tokens of the prompt that a cache would have: what the conversation had when it was here before. */
  #cached(prompt: Prompt, input: number): number {
    const opening = JSON.stringify(prompt.turns.slice(0, 2)).slice(0, 4000);
    const before = this.#cache.get(opening) ?? 0;
    if (this.#cache.size > 200) this.#cache.clear();
    this.#cache.set(opening, input);
    return Math.min(before, input - 1);
  }

  /** A machine that is away counts seconds: who asks it now and then only, to see whether it is back, must not keep it away. */
  #fault(): Fault['kind'] | undefined {
    const now = performance.now();
    if (this.#lasting && now < this.#lasting.until) return this.#lasting.kind;
    const at = this.#asked++;
    const fault = this.#faults.find(({ every, from, count }) => at % every >= from && at % every < from + count);
    if (fault?.seconds) this.#lasting = { kind: fault.kind, until: now + (1000 * fault.seconds) / this.#pace() };
    return fault?.kind;
  }

  #models(): { id: string }[] {
    return Object.keys(PROVIDERS[this.#name]!.models).map((id) => ({ id }));
  }

  /** Time of the simulated world. @throws GatewayError when the caller left */
  async #wait(ms: number, response: ServerResponse): Promise<void> {
    await sleep(Math.min(ms, 60_000) / this.#pace(), undefined, { ref: false });
    if (response.destroyed) throw new GatewayError('cancelled', 'the caller left');
  }
}

const begins = (index: number, block: BlockStart): Part => ({ type: 'block-start', index, block });
const delta = (index: number, text: string): Part => ({ type: 'block-delta', index, text });

function piecesOf(text: string): string[] {
  const words = text.split(/(?<=\s)/);
  const pieces: string[] = [];
  for (let at = 0; at < words.length; at += PIECE) pieces.push(words.slice(at, at + PIECE).join(''));
  return pieces;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
