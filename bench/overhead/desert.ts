import { writeSync } from 'node:fs';
import { bodyOf } from './bodies.ts';
import { tokensOf } from './cases.ts';
import { askOf, Client } from './client.ts';

/** What to leave in mid-answer: before its head, in the middle of a stream, and while a whole answer is being made. */
interface Way {
  model: string;
  stream: boolean;
  /** Leaves at this token; without it after 5 ms. */
  token?: number;
}

const WAYS: readonly Way[] = [
  { model: 'fake/bench-n50-g5-d200', stream: true },
  { model: 'fake/bench-n50-g5', stream: true, token: 3 },
  { model: 'fake/bench-n16-d200', stream: false },
];

export interface Desertions {
  port: number;
  key: string;
  /** How many streams are left; one whole answer more for every two of them. */
  streams: number;
  connections: number;
}

/** How many requests were left, and how many were answered or refused before that. */
export interface Deserted {
  left: number;
  answered: number;
}

async function desert({ port, key, streams, connections }: Desertions): Promise<Deserted> {
  const asks = WAYS.map(({ model, stream, token }) => {
    const body = bodyOf({ speech: 'chat', bytes: 1000, model, stream });
    return { token, ask: askOf({ port, speech: 'chat', body, tokens: tokensOf(model), stream, key }) };
  });
  const total = streams * 1.5;
  let begun = 0;
  let left = 0;
  let answered = 0;
  const one = ({ ask, token }: (typeof asks)[number]) =>
    new Promise<void>((resolve) => {
      const leave = (client: Client) => {
        client.leave();
        left++;
        resolve();
      };
      const seen = (client: Client) => {
        if (client.tokens === token) leave(client);
      };
      const done = (client: Client) => {
        answered++;
        client.leave();
        resolve();
      };
      const client = new Client(ask, { token: seen, done });
      client.send();
      if (token === undefined) setTimeout(() => client.busy && leave(client), 5);
    });
  const worker = async () => {
    while (begun < total) await one(asks[begun++ % asks.length]!);
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return { left, answered };
}

if (import.meta.main) {
  writeSync(1, JSON.stringify(await desert(JSON.parse(process.argv[2] ?? '') as Desertions)));
  process.exit(0);
}
