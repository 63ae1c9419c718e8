import { type IncomingMessage, request } from 'node:http';

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
  /** The connection ended as HTTP says it should; false when it was cut. */
  complete: boolean;
}

/** A POST as any client's HTTP library makes it. Settles when the connection is over, however it ended. */
export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return open(url, body, headers).answer;
}

export interface OpenCall {
  answer: Promise<Answer>;
  /** Settles with the head of the answer. */
  response: Promise<IncomingMessage>;
  /** Hangs up. */
  leave(): void;
}

/** A POST that can be left half-way. Strings and buffers go as they are, anything else as JSON. */
export function open(url: string, body: unknown, headers: Record<string, string> = {}): OpenCall {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const call = request(url, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(bytes), ...headers },
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    call.on('response', resolve);
    call.on('error', reject);
  });
  response.catch(() => undefined);
  const answer = response.then(
    (incoming) =>
      new Promise<Answer>((resolve) => {
        let text = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => {
          text += chunk;
        });
        incoming.on('error', () => undefined);
        incoming.on('close', () =>
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, complete: incoming.complete }),
        );
      }),
  );
  answer.catch(() => undefined);
  call.end(bytes);
  return { answer, response, leave: () => call.destroy() };
}

/** The `data:` payloads of an SSE text, in order. */
export function datas(text: string): string[] {
  return text
    .split('\n\n')
    .flatMap((event) => event.split('\n'))
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice(6));
}
