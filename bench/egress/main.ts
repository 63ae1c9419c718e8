import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as ask, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configFrom } from '../../src/config/load.ts';
import { createGateway } from '../../src/gateway.ts';

/**
 * What it costs that a request leaves: the same requests to the same server, once as a provider at home and once as a vendor, whose
 * requests are read and journalled. Gateway, client and server share one process, so only differences count.
 * Usage: node bench/egress/main.ts [--requests 1000] [--json]
 */
const argument = (name: string) => process.argv[process.argv.indexOf(name) + 1];
const REQUESTS = process.argv.includes('--requests') ? Number(argument('--requests')) : 1000;
const ANSWER = JSON.stringify({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 },
});

/** Prose of so many bytes in which nothing is found; `salt` makes it new. */
function prose(bytes: number, salt: number): string {
  const line = `line ${salt} of an ordinary text about functions, files and what they do; `;
  return line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes);
}

const server = createServer((incoming, response) => {
  incoming.resume();
  incoming.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER));
});
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
const { port } = server.address() as AddressInfo;
const data = mkdtempSync(join(tmpdir(), 'bench-egress-'));
const provider = (host: string, zone: string) => ({ dialect: 'openai-chat', url: `http://${host}:${port}`, zone, models: ['m'] });
const gateway = await createGateway({
  config: configFrom({
    server: { port: 0 },
    data,
    providers: { home: provider('127.0.0.1', 'own'), far: provider('localhost', 'vendor') },
  }),
  env: {},
});
const agent = new Agent({ keepAlive: true });

function post(body: string): Promise<number> {
  const from = performance.now();
  return new Promise((resolve, reject) => {
    const call = ask(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    call.on('error', reject);
    call.on('response', (response) => {
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
      response.resume();
      response.on('end', () => resolve(performance.now() - from));
    });
    call.end(body);
  });
}

interface Figures {
  case: string;
  parallel: number;
  zone: string;
  cpuUs: number;
  p50Ms: number;
  p99Ms: number;
}

async function measure(name: string, parallel: number, to: string, body: (n: number) => string): Promise<Figures> {
  const times: number[] = [];
  let next = 0;
  const count = name.startsWith('100') ? Math.ceil(REQUESTS / 4) : REQUESTS;
  const bodies = Array.from({ length: count }, (_, n) =>
    JSON.stringify({ model: `${to}/m`, messages: [{ role: 'user', content: body(n) }] }),
  );
  const worker = async () => {
    while (next < count) times.push(await post(bodies[next++]!));
  };
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: parallel }, worker));
  const { user, system } = process.cpuUsage(before);
  times.sort((a, b) => a - b);
  const at = (share: number) => Number(times[Math.floor(times.length * share)]!.toFixed(2));
  return { case: name, parallel, zone: to, cpuUs: Math.round((user + system) / count), p50Ms: at(0.5), p99Ms: at(0.99) };
}

let salt = 0;
const resent = { small: prose(1024, 0), large: prose(100 * 1024, 0) };
const cases: [string, (n: number) => string][] = [
  ['1 KB resent', () => resent.small],
  ['1 KB new', () => prose(1024, ++salt)],
  ['100 KB resent', () => resent.large],
  ['100 KB new', () => prose(100 * 1024, ++salt)],
];
await measure('warm-up', 8, 'home', () => resent.small);
await measure('warm-up', 8, 'far', () => resent.small);
const figures: Figures[] = [];
for (const [name, body] of cases)
  for (const parallel of [1, 32]) for (const to of ['home', 'far']) figures.push(await measure(name, parallel, to, body));
await gateway.close();
agent.destroy();
server.close();
rmSync(data, { recursive: true });
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(figures)}\n`);
else {
  console.log(
    '| case | parallel | CPU home | CPU vendor | more CPU | p50 home | p50 vendor | p99 vendor |\n|---|---|---|---|---|---|---|---|',
  );
  for (let at = 0; at < figures.length; at += 2) {
    const [home, far] = [figures[at]!, figures[at + 1]!];
    console.log(
      `| ${home.case} | ${home.parallel} | ${home.cpuUs} µs | ${far.cpuUs} µs | ${far.cpuUs - home.cpuUs} µs | ${home.p50Ms} ms | ${far.p50Ms} ms | ${far.p99Ms} ms |`,
    );
  }
}
