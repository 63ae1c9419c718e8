import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Answer } from './answer.ts';
import { chatAsk, completionAsk, embeddingAsk } from './ask.ts';
import { EngineFault, faultBody } from './fault.ts';
import type { Outcome, Piece } from './generate.ts';
import type { EngineModel } from './model.ts';

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** An HTTP door speaking openai-chat for one loaded model; every path but /health wants the bearer token. */
export function engineServer(model: EngineModel, name: string, token: string): Server {
  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort(new Error('the client left')));
    void answer(request, response, gone.signal).catch((error: unknown) => refuse(response, error, gone.signal));
  });
  server.requestTimeout = 0; // the gateway in front has its own clocks
  server.keepAliveTimeout = 120_000;
  return server;

  async function answer(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const path = (request.url ?? '').split('?')[0];
    if (path === '/health') {
      const { busy, waiting } = model.seats;
      return send(response, 200, { status: 'ok', busy, waiting });
    }
    if (!isAllowed(request.headers.authorization, token))
      throw new EngineFault(401, 'The bearer token is missing or wrong.', { code: 'invalid_api_key' });
    switch (`${request.method} ${path}`) {
      case 'GET /v1/models':
        return send(response, 200, { object: 'list', data: [describe(model, name)] });
      case 'POST /v1/chat/completions': {
        const ask = chatAsk(await readJson(request));
        return respond(new Answer('chat', name), model.chat(ask), ask, response, signal);
      }
      case 'POST /v1/completions': {
        const ask = completionAsk(await readJson(request));
        return respond(new Answer('text', name), model.complete(ask), ask, response, signal, ask.isEcho ? ask.prompt : '');
      }
      case 'POST /v1/embeddings': {
        const ask = embeddingAsk(await readJson(request));
        const { vectors, tokens } = await model.embed(ask, signal);
        const data = vectors.map((vector, index) => ({ object: 'embedding', index, embedding: ask.isBase64 ? base64(vector) : vector }));
        return send(response, 200, { object: 'list', data, model: name, usage: { prompt_tokens: tokens, total_tokens: tokens } });
      }
      default:
        throw new EngineFault(404, `The engine has no ${request.method} ${path}.`, { code: 'not_found' });
    }
  }
}

async function respond(
  answer: Answer,
  run: (signal: AbortSignal) => AsyncGenerator<Piece, Outcome>,
  ask: { isStream: boolean; wantsUsageChunk: boolean },
  response: ServerResponse,
  signal: AbortSignal,
  echo = '',
): Promise<void> {
  const pieces = run(signal);
  try {
    let step = await pieces.next();
    // Headers go out with the first piece, so that a refusal in the queue still has its own status.
    const isOpen = ask.isStream;
    if (isOpen) {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
      await event(response, answer.open(), signal);
    }
    if (echo !== '') {
      const chunk = answer.piece({ kind: 'text', text: echo });
      if (isOpen) await event(response, chunk, signal);
    }
    while (step.done !== true) {
      const chunk = answer.piece(step.value);
      if (isOpen) await event(response, chunk, signal);
      step = await pieces.next();
    }
    if (!isOpen) return send(response, 200, answer.whole(step.value));
    for (const chunk of answer.close(step.value, ask.wantsUsageChunk)) await event(response, chunk, signal);
    response.end('data: [DONE]\n\n');
  } finally {
    await pieces.return(undefined as never); // whatever broke off, the sequence is free again
  }
}

async function event(response: ServerResponse, chunk: object | undefined, signal: AbortSignal): Promise<void> {
  if (chunk === undefined) return;
  signal.throwIfAborted();
  if (response.write(`data: ${JSON.stringify(chunk)}\n\n`)) return;
  await new Promise<void>((resolve, reject) => {
    const leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    response.once('drain', () => {
      signal.removeEventListener('abort', leave);
      resolve();
    });
  });
}

function refuse(response: ServerResponse, error: unknown, gone: AbortSignal): void {
  if (gone.aborted || response.destroyed) return;
  const body = faultBody(error);
  if (!(error instanceof EngineFault)) console.error(error);
  // In the middle of a stream the status is long gone; the error travels as an event and no [DONE] follows.
  if (response.headersSent) return void response.end(`data: ${JSON.stringify(body)}\n\n`);
  const status = error instanceof EngineFault ? error.status : 500;
  if (error instanceof EngineFault && error.retryAfterSeconds !== undefined)
    response.setHeader('retry-after', String(error.retryAfterSeconds));
  send(response, status, body);
}

function send(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY_BYTES) throw new EngineFault(413, `The body is larger than ${MAX_BODY_BYTES} bytes.`, { code: 'body_too_large' });
    chunks.push(chunk as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw new EngineFault(400, `The body is not JSON: ${(error as Error).message}`, { code: 'invalid_json', param: 'body' });
  }
}

function describe(model: EngineModel, name: string): object {
  const { facts } = model;
  return {
    id: name,
    object: 'model',
    created: 0,
    owned_by: 'freehold',
    context_length: facts.contextTokens,
    max_context_length: facts.trainContextTokens,
    architecture: facts.architecture,
    embedding_length: facts.embeddingLength,
    capabilities: {
      chat: facts.isChat,
      completion: true,
      tools: true,
      json_schema: true,
      embeddings: true,
      fill_in_middle: facts.canFillMiddle,
      vision: false,
    },
  };
}

function isAllowed(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function base64(vector: readonly number[]): string {
  return Buffer.from(new Float32Array(vector).buffer).toString('base64');
}
