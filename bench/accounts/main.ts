import { Accounts } from '../../src/accounts/accounts.ts';
import { hashKey } from '../../src/accounts/directory.ts';
import { configFrom } from '../../src/config/load.ts';
import { dialects } from '../../src/dialects/index.ts';
import { Asked } from '../../src/exchange/asked.ts';
import type { Candidate, Incoming } from '../../src/exchange/ports.ts';
import type { AttemptRecord, ExchangeRecord } from '../../src/exchange/record.ts';
import type { Admission } from '../../src/exchange/stage.ts';
import { access } from '../../src/exchange/stages/access.ts';
import { Money } from '../../src/exchange/stages/money.ts';

/** What keys, rates and budgets cost on the path of one request, in microseconds: `node bench/accounts/main.ts`. */
const ROUNDS = 7;
const TIMES = 4000;

const KEY = 'fh_bench';
const everything = {
  models: ['up/*'],
  budget: ['1000000/day', '1000000/month'],
  requests_per_minute: 1e9,
  tokens_per_minute: 1e12,
  parallel: 1e6,
};
const config = configFrom({
  keys: { me: { hash: `sha256:${hashKey(KEY)}`, team: 'core', project: 'shop', ...everything } },
  teams: { core: { budget: '1000000/month', parallel: 1e6 } },
  projects: { shop: { budget: '1000000/month' } },
  budgets: { total: '1000000/month', zones: { vendor: '1000000/day' } },
});

const dialect = dialects.find(({ doors }) => doors.includes('/v1/chat/completions'))!;
const candidate = {
  provider: 'up',
  zone: 'vendor',
  pricing: { kind: 'tokens', price: { input: 3, output: 15, cacheRead: 0.3, source: 'bench', date: '' } },
  target: { model: 'fake', maxOutput: 8000 },
} as unknown as Candidate;

function measure(accounts: Accounts, body: Buffer): number {
  const money = new Money({ accounts, now: Date.now });
  const began = performance.now();
  for (let i = 0; i < TIMES; i++) {
    const caller = accounts.directory.find(KEY, Date.now());
    const incoming = { dialect, body, caller: typeof caller === 'object' ? caller : undefined } as unknown as Incoming;
    const attempt: AttemptRecord = { provider: 'up', model: 'fake', zone: 'vendor' };
    const record = { attempts: [attempt], notes: [], stream: false } as unknown as ExchangeRecord;
    const asked = new Asked(incoming);
    const admission: Admission = { incoming, asked, record, resolved: [candidate], plan: [candidate], ceiling: 'vendor', headers: [] };
    access.admit!(admission);
    const admitted = money.admit(admission);
    const clearance = money.clear({ admission, candidate, attempt, origin: '', body, asked });
    if (admitted instanceof Promise || clearance instanceof Promise) throw new Error('the path waits for something');
    clearance?.settle({ usage: { input: 300, output: 20 }, sent: true, accepted: true });
    admitted?.over(record);
  }
  return ((performance.now() - began) * 1000) / TIMES;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

for (const kilobytes of [1, 100]) {
  const text = 'const answer = compute(41) + 1; // and so on\n'.repeat(Math.ceil((kilobytes * 1024) / 45));
  const body = Buffer.from(JSON.stringify({ model: 'up/fake', max_tokens: 100, messages: [{ role: 'user', content: text }] }));
  const [without, withAll] = [new Accounts(), new Accounts()];
  withAll.configure(config);
  const pairs = Array.from({ length: ROUNDS }, () => [measure(without, body), measure(withAll, body)] as const);
  const base = median(pairs.map(([bare]) => bare));
  const all = median(pairs.map(([, full]) => full));
  console.log(
    `${kilobytes} KB: ${(all - base).toFixed(1)} µs more with a key, its team and project, 6 budgets and 4 rates (${base.toFixed(1)} µs without any)`,
  );
  for (const accounts of [without, withAll]) accounts.close();
}
