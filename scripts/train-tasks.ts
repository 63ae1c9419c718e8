import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CLASSES, rows } from '../bench/tasks/corpus.ts';
import { asExample, heldOut, ownExamples, packed, RECIPE, temperatureOf, train } from '../bench/tasks/train.ts';

/** Trains the model of task classes and writes its weights: `npm run train:tasks`. Deterministic. */
const own = ownExamples();
// Sources unlike those trained on are what calibration has to hold for.
const sources = [...new Set(rows().map(({ source }) => source))];
const judged = heldOut(({ source }) => String(sources.indexOf(source) % 6), own);
const model = train([...rows().map((row) => asExample(row)), ...own]);
const content = {
  about: 'Weights of the model in src/tasks/model.ts, written by: npm run train:tasks',
  recipe: RECIPE,
  examples: { labelled: rows().length, made: own.length },
  classes: CLASSES,
  temperature: temperatureOf(judged),
  sure: 0.5,
  ...packed(model),
};
const path = fileURLToPath(new URL('../src/tasks/weights.json', import.meta.url));
writeFileSync(path, `${JSON.stringify(content, null, 1)}\n`);
console.log(`${path}: ${content.weights.length} characters of weights, temperature ${content.temperature}`);
