import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { classify } from '../../src/tasks/classify.ts';
import { bare, endsOf } from '../../src/tasks/question.ts';
import weights from '../../src/tasks/weights.json' with { type: 'json' };
import { plainExample } from './baseline.ts';
import { CLASSES, challenge, rows } from './corpus.ts';
import { randomOf, shuffle } from './learn.ts';
import { accuracyOf, by, calibrationOf, confusionOf } from './measures.ts';
import { reportOf, writeReport } from './report.ts';
import { speed } from './speed.ts';
import { heldOut, type Judged, judge, ownExamples, train } from './train.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, wrong: { type: 'boolean', default: false } } });

const own = ownExamples();
const all = rows();
const order = shuffle(
  all.map((_, at) => at),
  randomOf(11),
);
const fold = new Map(order.map((at, place) => [at, place % 5]));
const parts = {
  '5 random parts': (_: unknown, at: number) => String(fold.get(at)),
  'leave one source out': ({ source }: { source: string }) => source,
};

/** The same split with plain features and no prompts of our own. */
function plain(partOf: (row: { source: string }, at: number) => string): Judged[] {
  const examples = all.map(plainExample);
  const names = all.map(partOf);
  return [...new Set(names)].flatMap((part) => {
    const model = train(examples.filter((_, at) => names[at] !== part));
    return all.flatMap((row, at) => (names[at] === part ? [judge(model, row, examples[at]!)] : []));
  });
}

const mixed = (judged: readonly Judged[]) => judged.filter(({ row }) => row.mixed);
const splits = Object.entries(parts).map(([name, partOf]) => ({ name, judged: heldOut(partOf, own), plain: plain(partOf) }));
const { judged } = splits.at(-1)!;
const counts = CLASSES.map((name) => all.filter(({ label }) => label === name).length);

const asked = challenge().map((row) => ({ row, task: classify({ ...bare('chat', row.prompt.length / 4), said: endsOf(row.prompt) }) }));
const right = asked.filter(({ row, task }) => row.label === task.class).length;

const result = {
  rows: all.length,
  made: own.length,
  splits: splits.map(({ name, judged: ours, plain: theirs }) => ({
    name,
    model: accuracyOf(ours),
    mixed: accuracyOf(mixed(ours)),
    plain: accuracyOf(theirs),
    plainMixed: accuracyOf(mixed(theirs)),
  })),
  challenge: { right, of: asked.length, share: right / asked.length },
  majority: Math.max(...counts) / all.length,
  bySource: by(judged, ({ row }) => row.source),
  byClass: by(judged, ({ row }) => row.label),
  confusion: confusionOf(judged),
  calibration: calibrationOf(judged, weights.temperature, weights.sure),
  speed: speed(20_000),
};

if (values.json) console.log(JSON.stringify(result, null, 2));
else {
  const report = reportOf(result);
  console.log(report);
  writeReport(fileURLToPath(new URL('../../docs/routing.md', import.meta.url)), report);
}
if (values.wrong)
  for (const { row, scores } of judged) {
    const taken = CLASSES[scores.indexOf(Math.max(...scores))];
    if (taken !== row.label) console.log(`[${row.label} → ${taken}] ${JSON.stringify(row.prompt.slice(0, 140))}`);
  }
