import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Speech } from './bodies.ts';
import { PATHS } from './client.ts';
import { micros, token } from './tokens.ts';

/**
 * A fake upstream in a process of its own that speaks OpenAI chat and Anthropic messages, whole and streamed.
 * The end of the model's name says what comes back: `-n200-g20-d300` = 200 tokens, 20 ms apart, the first after 300 ms.
 * `-l7` loses token 7, `-c7` changes it, `-e7` ends before it, as a canary for the load generator.
 * GET /counts tells what passed through.
 */
export interface Counts {
  requests: number;
  /** Requests being answered. */
  open: number;
  /** Connections closed before their answer was over. */
  aborted: number;
  tokens: number;
}

const counts: Counts = { requests: 0, open: 0, aborted: 0, tokens: 0 };

interface Task {
  speech: Speech;
  model: string;
  stream: boolean;
  /** Chat sends usage in a stream only when asked. */
  usage: boolean;
  tokens: number;
  /** Milliseconds. */
  gap: number;
  delay: number;
  lose: number;
  change: number;
  end: number;
}

interface Wording {
  whole(task: Task, text: string): unknown;
  /** Frames before, for each token, and after. */
  open(task: Task): string;
  token(task: Task): [before: string, after: string];
  close(task: Task): string;
}

const frame = (data: unknown, event?: string) => `${event ? `event: ${event}\n` : ''}data: ${JSON.stringify(data)}\n\n`;

/** A frame around a text, cut where the text stands, so that a token costs no JSON. */
function around(made: string): [string, string] {
  const [before = '', after = ''] = made.split('%');
  return [before, after];
}

const chunk = ({ model }: Task, choices: unknown, usage: unknown = null) =>
  frame({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_760_000_000, model, service_tier: 'default', choices, usage });
const choice = (delta: unknown, finish_reason: string | null = null) => [{ index: 0, delta, logprobs: null, finish_reason }];
const spent = (tokens: number) => ({ prompt_tokens: 200, completion_tokens: tokens, total_tokens: 200 + tokens });

const WORDINGS: Readonly<Record<Speech, Wording>> = {
  chat: {
    whole: ({ model, tokens }, content) => ({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_760_000_000,
      model,
      choices: [{ index: 0, message: { role: 'assistant', content, refusal: null }, logprobs: null, finish_reason: 'stop' }],
      usage: spent(tokens),
    }),
    open: (task) => chunk(task, choice({ role: 'assistant', content: '' })),
    token: (task) => around(chunk(task, choice({ content: '%' }))),
    close: (task) => `${chunk(task, choice({}, 'stop'))}${task.usage ? chunk(task, [], spent(task.tokens)) : ''}data: [DONE]\n\n`,
  },
  messages: {
    whole: ({ model, tokens }, text) => ({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model,
      content: [{ type: 'text', text }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 200, output_tokens: tokens },
    }),
    open: ({ model }) => {
      const usage = { input_tokens: 200, output_tokens: 1 };
      const message = {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage,
      };
      const block = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
      return frame({ type: 'message_start', message }, 'message_start') + frame(block, 'content_block_start');
    },
    token: () => around(frame({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: '%' } }, 'content_block_delta')),
    close: ({ tokens }) => {
      const delta = { stop_reason: 'end_turn', stop_sequence: null };
      const end = { type: 'message_delta', delta, usage: { output_tokens: tokens } };
      const stop = frame({ type: 'content_block_stop', index: 0 }, 'content_block_stop');
      return `${stop}${frame(end, 'message_delta')}${frame({ type: 'message_stop' }, 'message_stop')}`;
    },
  },
};

/** What the request asks, found in its bytes: parsing 100 KB here would cost more than the gateway. */
function taskOf(speech: Speech, body: Buffer): Task {
  const at = body.indexOf('"model":');
  const model = /"([^"]*)"/.exec(body.toString('latin1', at + 8, at + 120))?.[1] ?? '';
  const setting = (letter: string) => Number(new RegExp(`-${letter}(\\d+)`).exec(model)?.[1] ?? 0);
  const [stream, usage] = [body.includes('"stream":true'), body.includes('"include_usage":true')];
  const wrong = { lose: setting('l'), change: setting('c'), end: setting('e') };
  return { speech, model, stream, usage, tokens: setting('n'), gap: setting('g'), delay: setting('d'), ...wrong };
}

/** The next token's text; empty for one that gets lost on purpose. */
function speak({ lose, change }: Task, at: number, written: number): string {
  if (at === 0) return token(at, written);
  if (at === lose) return '';
  return at === change ? token(at, written).replace('.', '.1') : token(at, written);
}

/** Whole answers are made once: they do not vary. */
const made = new Map<string, Buffer>();

function answerWhole(task: Task, response: ServerResponse): void {
  const key = `${task.speech} ${task.model}`;
  let bytes = made.get(key);
  if (!bytes) {
    const text = Array.from({ length: task.end || task.tokens }, (_, at) => speak(task, at, 0)).join('');
    bytes = Buffer.from(JSON.stringify(WORDINGS[task.speech].whole(task, text)));
    made.set(key, bytes);
  }
  counts.tokens += task.tokens;
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
}

/** One write a token, so that each travels as a packet of its own. */
function answerStream(task: Task, response: ServerResponse): void {
  const wording = WORDINGS[task.speech];
  const [before, after] = wording.token(task);
  let at = 0;
  const step = () => {
    if (response.destroyed) return;
    if (at === task.tokens) {
      response.end(wording.close(task));
      return;
    }
    if (at === task.end && at) {
      response.end();
      return;
    }
    counts.tokens++;
    const room = response.write(before + speak(task, at++, micros()) + after);
    if (task.gap) setTimeout(step, task.gap);
    else if (room) setImmediate(step);
    else response.once('drain', step);
  };
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  response.write(wording.open(task));
  if (task.gap) setTimeout(step, task.gap);
  else step();
}

function answer(speech: Speech, body: Buffer, response: ServerResponse): void {
  const task = taskOf(speech, body);
  const go = () => (task.stream ? answerStream(task, response) : answerWhole(task, response));
  if (task.delay) setTimeout(go, task.delay);
  else go();
}

/** Any name is served, but a listing must name some. */
function listing(models: readonly string[]): unknown {
  return { object: 'list', data: models.map((id) => ({ id, object: 'model', created: 1_760_000_000, owned_by: 'bench' })) };
}

function serve(models: readonly string[], request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? '/';
  if (request.method === 'GET') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(path === '/counts' ? counts : listing(models)));
    return;
  }
  const chunks: Buffer[] = [];
  counts.requests++;
  counts.open++;
  response.on('close', () => {
    counts.open--;
    if (!response.writableFinished) counts.aborted++;
  });
  request.on('data', (bytes: Buffer) => chunks.push(bytes));
  request.on('end', () =>
    answer(path === PATHS.messages ? 'messages' : 'chat', chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks), response),
  );
}

if (import.meta.main) {
  const [port, models = ''] = process.argv.slice(2);
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) =>
    serve(models.split(','), request, response),
  );
  server.listen(Number(port), '127.0.0.1');
}
