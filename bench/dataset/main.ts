// Exports a data set of made-up conversations and says how long it took and what it held: `npm run bench:dataset -- --count 20000`.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dialects } from '../../src/dialects/index.ts';
import { egressSchema } from '../../src/egress/policy.ts';
import { cleaningFor } from '../../src/evals/dataset/clean.ts';
import { exportDataset } from '../../src/evals/dataset/export.ts';
import type { Gathered } from '../../src/evals/dataset/gather.ts';
import { contents } from '../../src/gateway.ts';

const { values } = parseArgs({ options: { count: { type: 'string', default: '20000' }, kb: { type: 'string', default: '8' } } });
const count = Number(values.count);
const letters = Number(values.kb) * 1000;

/** Words from a seed, so that no two conversations are alike and every run is the same. */
function words(seed: number, size: number): string {
  let state = seed + 1;
  let text = '';
  while (text.length < size) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += `${state.toString(36)} `;
  }
  return text;
}

async function* exchanges(): AsyncGenerator<Gathered> {
  for (let at = 0; at < count; at++) {
    const message = { role: 'user', content: `${words(at, letters)} mail jane.roe${at}@acme-widgets.com` };
    const answer = { role: 'assistant', content: words(-at - 2, letters / 4) };
    yield {
      id: `x${at}`,
      at: 1_800_000_000_000 - at * 1000,
      key: null,
      session: `s${at}`,
      repository: `host/team/${at % 40}`,
      client: null,
      task: 'documentation',
      authors: [{ provider: 'box', model: 'qwen3-coder', zone: 'own' }],
      outcome: 'ok',
      partial: 0,
      dialect: dialects[0]!.name,
      asked: 'auto',
      stream: 0,
      content: {
        request: JSON.stringify({ model: 'auto', messages: [message] }),
        answer: JSON.stringify({
          id: 'c',
          object: 'chat.completion',
          model: 'm',
          choices: [{ index: 0, message: answer, finish_reason: 'stop' }],
        }),
      },
    };
  }
}

const folder = mkdtempSync(join(tmpdir(), 'freehold-dataset-'));
let most = 0;
const looking = setInterval(() => {
  most = Math.max(most, process.memoryUsage().rss);
}, 50);
const began = performance.now();
const manifest = await exportDataset(exchanges(), {
  folder,
  filters: {},
  freehold: 'bench',
  ...contents,
  url: () => undefined,
  outcome: 'ok',
  agreed: [],
  terms: false,
  repositories: { only: [], never: [] },
  ...cleaningFor(egressSchema.parse({})),
  key: randomBytes(32),
  now: Date.now,
});
clearInterval(looking);
const seconds = (performance.now() - began) / 1000;
const bytes = Object.values(manifest.parts).reduce((sum, part) => sum + part.bytes, 0);
rmSync(folder, { recursive: true });
console.log(
  `${manifest.read} exchanges, ${manifest.examples} examples, ${(bytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(1)} s (${Math.round(manifest.read / seconds)} a second); at most ${(most / 1e6).toFixed(0)} MB of memory`,
);
