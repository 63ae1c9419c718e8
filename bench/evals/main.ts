import { builtinSuite } from '../../src/evals/builtin.ts';
import { openWorkbench } from '../../src/evals/running/workbench.ts';
import { checkSuite } from '../../src/evals/suite/self-check.ts';

/** `npm run bench:eval -- --self-check`: every case of the built-in suite, its reference and all its wrong answers, in the sandbox. */
if (!process.argv.includes('--self-check')) {
  console.error('npm run bench:eval -- --self-check   tries every case of the built-in suite');
  process.exit(2);
}
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
