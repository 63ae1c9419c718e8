import { parseArgs } from 'node:util';
import { builtinSuite } from '../../src/evals/builtin.ts';
import { openWorkbench } from '../../src/evals/running/workbench.ts';
import { checkSuite } from '../../src/evals/suite/self-check.ts';
import { playRuns } from './runs.ts';

/**
 * `npm run bench:eval`: whole runs with models of known quality, many times: how often a certificate is wrong, and how many cases one takes.
 * `-- --self-check`: every case of the built-in suite, its reference and all its wrong answers, in the sandbox.
 */
const { values } = parseArgs({
  options: {
    'self-check': { type: 'boolean', default: false },
    runs: { type: 'string', default: '200' },
    cases: { type: 'string', default: '1000' },
    level: { type: 'string', default: '0.9' },
    candidates: { type: 'string', default: '1' },
    ratios: { type: 'string', default: '0.5,0.8,0.9,0.95,1,1.08' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});

if (values['self-check']) await selfCheck();
else await play();

async function play(): Promise<void> {
  const began = performance.now();
  const settings = {
    runs: Number(values.runs),
    cases: Number(values.cases),
    level: Number(values.level),
    candidates: Number(values.candidates),
    seed: Number(values.seed),
    ratios: values.ratios.split(',').map(Number),
  };
  const played = await playRuns(settings, (ratio, run) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${ratio}: run ${run}  `);
  });
  if (values.json) return console.log(JSON.stringify({ settings, played }));
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  console.log(
    `reference right in ${percent(settings.level)} of ${settings.cases} cases; good enough keeps 95 % of it; ${settings.candidates} candidates side by side`,
  );
  console.log('true share   runs   good enough   not good enough   undecided   wrong   pairs: half   nine of ten');
  for (const { ratio, runs, good, bad, undecided, wrong, median, p90 } of played)
    console.log(
      `${percent(ratio).padStart(10)} ${String(runs).padStart(6)} ${percent(good).padStart(13)} ${percent(bad).padStart(17)} ${percent(undecided).padStart(11)} ${percent(wrong).padStart(7)} ${String(median ?? '–').padStart(13)} ${String(p90 ?? '–').padStart(13)}`,
    );
  console.log(`${Math.round((performance.now() - began) / 1000)} s`);
}

async function selfCheck(): Promise<void> {
  const suite = builtinSuite();
  const bench = await openWorkbench();
  for (const [language, why] of Object.entries(bench.missing)) console.warn(`SKIPPED: all of ${language}: ${why}`);
  const began = performance.now();
  const checked = await checkSuite(suite, bench);
  for (const { id, faults, skipped } of checked) {
    if (faults.length) console.log(`${id}: ${faults.join('; ')}`);
    if (skipped !== undefined) console.warn(`SKIPPED: ${id}: ${skipped}`);
  }
  const classes = Map.groupBy(suite.cases, ({ task }) => task);
  for (const [task, cases] of classes) {
    const ids = new Set(cases.map(({ id }) => id));
    const own = checked.filter(({ id }) => ids.has(id));
    const right = own.filter(({ faults, skipped }) => faults.length === 0 && skipped === undefined).length;
    console.log(
      `${task.padEnd(16)} ${right} of ${own.length} judge rightly, ${own.reduce((sum, one) => sum + one.wrongAnswers, 0)} wrong answers`,
    );
  }
  const faulty = checked.filter(({ faults }) => faults.length).length;
  console.log(
    `${checked.length} cases, ${faulty} at fault, ${Math.round((performance.now() - began) / 1000)} s, sandbox ${bench.sandbox.name}, suite ${suite.hash.slice(0, 12)}`,
  );
  process.exitCode = faulty ? 1 : 0;
}
