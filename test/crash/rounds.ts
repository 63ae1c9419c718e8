import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { NANOS } from '../../src/catalog/price.ts';
import { exchangesIn } from '../../src/egress/journal/egress.ts';
import { decodeLine } from '../../src/egress/journal/line.ts';
import { readLines, segmentFiles } from '../../src/egress/journal/segments.ts';
import { openStore } from '../../src/store/open.ts';
import { post } from '../fake/call.ts';
import { startGateway } from '../fake/start.ts';
import { chat, FakeUpstream } from '../fake/upstream.ts';

const PROGRAM = fileURLToPath(new URL('../fake/gateway-process.ts', import.meta.url));

/** What is left when gateways have been killed again and again under load. Money in nano-dollars. */
export interface Aftermath {
  runs: number;
  /** Calls that the provider took, by its own count, and how many of them it answered in full. */
  taken: number;
  answered: number;
  /** Exchanges in the ledger that tried the provider, and those of them whose gateway died under them. */
  rows: number;
  interrupted: number;
  /** Calls on record as about to leave. Those that the provider never saw died before their first byte. */
  intents: number;
  /** What the rows cost together, what the budget says is spent, and the budget. */
  cost: number;
  spent: number;
  limit: number;
}

/**
 * Runs a gateway on one data folder, sends requests at it, kills it with SIGKILL in their midst; again and again; then starts it once more
 * and reads the books.
 * @param random in [0, 1), for the moment of each kill
 */
export async function killAgainAndAgain(data: string, runs: number, usd: number, random: () => number): Promise<Aftermath> {
  let answered = 0;
  const up = await FakeUpstream.start(async (response) => {
    await new Promise((resume) => setTimeout(resume, random() * 40));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(chat.whole('ok')), () => answered++);
  });
  const models = { fake: { price: { input: 1_000_000, output: 1_000_000 } } };
  const settings = {
    data,
    providers: { up: { dialect: 'openai-chat', url: up.url, zone: 'vendor', models } },
    budgets: { total: `${usd}/lifetime` },
  };
  for (let run = 0; run < runs; run++) await killOnce(settings, 30 + random() * 200);
  const { gateway } = await startGateway(settings);
  await gateway.close();
  await up.stop();
  return { runs, taken: up.seen.length, answered, ...(await booksOf(data)), limit: usd * NANOS };
}

async function killOnce(settings: object, after: number): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify({ server: { port: 0 }, ...settings })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = new Promise((done) => child.on('close', done));
  const url = await firstLine(child);
  const ask = { model: 'up/fake', max_tokens: 2, messages: [{ role: 'user', content: 'hi' }] };
  let isOver = false;
  const asking = Array.from({ length: 8 }, async () => {
    while (!isOver) await post(`${url}/v1/chat/completions`, ask).catch(() => undefined);
  });
  await new Promise((resume) => setTimeout(resume, after));
  isOver = true;
  child.kill('SIGKILL');
  await gone;
  await Promise.all(asking);
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.split('\n', 1)[0]!);
    });
    child.on('close', () => reject(new Error('the gateway ended before it listened')));
  });
}

async function booksOf(data: string): Promise<Pick<Aftermath, 'rows' | 'interrupted' | 'intents' | 'cost' | 'spent'>> {
  const store = await openStore({ file: `${data}/ledger.sqlite`, node: 'reader' });
  try {
    const [state] = await store.budgets.read([{ account: 'total', window: 'lifetime' }]);
    let [rows, interrupted, cost] = [0, 0, 0];
    let cursor: string | undefined;
    do {
      const page = await store.exchanges.page({ provider: 'up', limit: 500, cursor });
      for (const row of page.rows) {
        if (row.bytes_out === 0) continue;
        rows++;
        cost += row.cost_nanos ?? 0;
        if (row.outcome === 'interrupted') interrupted++;
      }
      cursor = page.next;
    } while (cursor !== undefined);
    const lines = segmentFiles(`${data}/journal`, 'egress').flatMap((file) => readLines(file).lines);
    const intents = exchangesIn(lines.map((line) => decodeLine(line)!.event)).size;
    return { rows, interrupted, intents, cost, spent: state?.spent_nanos ?? 0 };
  } finally {
    await store.close();
  }
}
