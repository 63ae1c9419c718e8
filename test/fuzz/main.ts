import { parseArgs } from 'node:util';
import fc from 'fast-check';
import type { Subject } from './subject.ts';
import { SUBJECTS } from './subjects.ts';

/**
 * Long runs of the fuzz: `npm run test:fuzz -- --cases 100000`. Prints how far it is; a failure is shrunk and shown with the command
 * that runs it again.
 */
const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '10000' },
    seed: { type: 'string' },
    part: { type: 'string' },
    path: { type: 'string' },
  },
});

/** Cases of one seed: a run is many of them, so that a failure is found again quickly. */
const BATCH = 250;
const wanted = SUBJECTS.filter(({ name }) => !values.part || name === values.part);
if (wanted.length === 0) throw new Error(`--part is one of ${SUBJECTS.map(({ name }) => name).join(', ')}`);
const total = Number(values.cases);
if (!Number.isInteger(total) || total < 1) throw new Error('--cases is a whole number above 0');
const seed = values.seed === undefined ? Date.now() % 0x7fffffff : Number(values.seed);
const shares = wanted.reduce((sum, { share }) => sum + share, 0);
let failed = 0;

for (const one of wanted) {
  await one.open?.();
  failed += await runs(one, Math.ceil((total * one.share) / shares));
  await one.close?.();
}
process.exitCode = failed ? 1 : 0;

/** @returns 1 when an invariant was broken */
async function runs(one: Subject, cases: number): Promise<number> {
  const begun = performance.now();
  let shown = begun;
  const rate = (done: number) => `${Math.round(done / ((performance.now() - begun) / 1000))} cases/s`;
  for (let done = 0; done < cases; done += BATCH) {
    const batch = seed + done;
    const numRuns = Math.min(BATCH, cases - done);
    const property = fc.asyncProperty(one.cases, async (value) => {
      await one.holds(value);
    });
    const result = await fc.check(property, { seed: batch, numRuns, ...(values.path && { path: values.path }) });
    if (result.failed) {
      report(one, batch, result);
      return 1;
    }
    if (performance.now() - shown > 5000) {
      shown = performance.now();
      console.log(`${one.name}: ${done + numRuns} of ${cases}, ${rate(done + numRuns)}`);
    }
  }
  console.log(`${one.name}: ${cases} cases, ${rate(cases)}, seed ${seed}: nothing found (${one.about})`);
  return 0;
}

/** The case as text; some are too deep to be printed. */
function shown(counterexample: unknown): string {
  try {
    return fc.stringify(counterexample);
  } catch (thrown) {
    return `a case that cannot be printed: ${String(thrown)}`;
  }
}

function report(one: Subject, batch: number, result: fc.RunDetails<[unknown]>): void {
  const { counterexample, counterexamplePath, numRuns, errorInstance } = result;
  console.log(`${one.name}: broken after ${numRuns} cases of seed ${batch}`);
  console.log(errorInstance instanceof Error ? errorInstance.stack : String(errorInstance));
  console.log(shown(counterexample).slice(0, 6000));
  console.log(`again: npm run test:fuzz -- --part ${one.name} --cases ${BATCH} --seed ${batch} --path ${counterexamplePath}`);
}
