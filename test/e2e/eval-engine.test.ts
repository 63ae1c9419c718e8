import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runs } from '../../src/cli/fixtures/shell.ts';
import { testModel } from '../../src/engines/fixtures/models.ts';
import type { Signed } from '../../src/evals/evidence.ts';
import type { RunSummary } from '../../src/evals/run/summary.ts';
import { type Started, startGateway } from '../fake/start.ts';

/** Nothing simulated: a tiny story model beside the same one made worse (a layer is gone), in the embedded engine. */
const GOOD = testModel();
const WORSE = join(dirname(GOOD), 'stories260K-4of5-q8_0.gguf');
const isThere = GOOD.endsWith('stories260K-q8_0.gguf') && existsSync(WORSE);
if (!isThere) console.warn(`SKIPPED: no model made worse on purpose lies at ${WORSE}, so no true difference is looked for`);

/** Words of such stories. Whoever is broken makes up others. */
const WORDS =
  'a about after again all always an and angry animal animals are around as asked at away baby back bad ball bear bed best big bird birds blue boat book box boy bring but by cake came can car careful cat cold color could couldn day dad did didn do dog doll don door down each eat every everyone excited eyes family fast felt few fell find flew flower flowers fly for found friend friends frog from fun funny game garden gave get girl give go good got grass great green had happily happy hard has hat have he head heard heart help helped her here high hill him his home house how hug hurt i idea if in inside into is it its jane jump jumped kept kind kitchen knew know laughed like liked lily little lived long look looked looking lots loud love loved made make man many mark max me mia middle mom mommy more morning most mouse much mum must my named near new next nice night no not nothing now of old on once one or other out outside over park party picked pink place play played playing pretty proud put rabbit ran red ride room run running sad safe said sally sam saw say scared see she shiny shouldn side sky slide small smile smiled so soft some something soon special spot started stop store story strong sue sun swing t table take tasty than that the their them then there they thing things think this thought time timmy to together told tom too took toy toys tree trees tried truck try up us very walk walked want wanted was wasn water way we well went were what when where who why will wind with woman wood woods would yellow yes you your yummy lizard s d'.split(
    ' ',
  );
const REAL = `(?:(?:${WORDS.join('|')})\\b[^a-z]*)`;

const OPENINGS = [
  'Once upon a time, there was a little {what} named {who}.',
  'One day, {who} went to the park.',
  '{who} had a red ball.',
  '{who} and the {what} were friends.',
  'It was a sunny day and {who} wanted to play.',
];
const WHO = ['Lily', 'Tom', 'Sam', 'Mia', 'Tim', 'Sue'];
const WHAT = ['girl', 'dog', 'cat', 'bird'];

let folder: string;
let started: Started;

beforeAll(async () => {
  if (!isThere) return;
  folder = mkdtempSync(join(tmpdir(), 'eval-engine-'));
  const cases = OPENINGS.flatMap((opening, at) =>
    WHO.map((who, n) => ({
      id: `story-${at}-${n}`,
      task: 'completion',
      prompt: opening.replace('{who}', who).replace('{what}', WHAT[n % WHAT.length]!),
      // Graded by how long it keeps to real words.
      mentions: [4, 8, 12].map((count) => `^[^a-z]*${REAL}{${count}}`),
      reference: 'She wanted to play with her friend in the park. They were very happy and had a lot of fun.'.replace('a lot of', 'very'),
      wrong: ['She vviipe the shoots chicctions.', 'The boocks bloodined.'],
    })),
  );
  mkdirSync(join(folder, 'stories'));
  writeFileSync(join(folder, 'stories', 'suite.yaml'), 'name: stories\nversion: 1\n');
  writeFileSync(join(folder, 'stories', 'cases.yaml'), JSON.stringify({ cases }));
  const engines = Object.fromEntries(
    Object.entries({ good: GOOD, again: GOOD, worse: WORSE }).map(([name, model]) => [name, { model, parallel: 2, threads: 1 }]),
  );
  writeFileSync(join(folder, 'freehold.yaml'), JSON.stringify({ engines }));
  started = await startGateway({ data: join(folder, 'data'), engines });
});
afterAll(async () => {
  await started?.gateway.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

it.skipIf(!isThere)('a model that was made worse is found out, and one that is the same is not', async () => {
  await expect.poll(() => started.gateway.registry.world().models.length, { timeout: 60_000 }).toBe(3);
  const options = { cwd: folder, env: { FREEHOLD_DATA: join(folder, 'data') } };
  const check = await runs(['eval', 'check', 'stories'], options);
  expect(check.code, check.out + check.err).toBe(0);
  const models = ['good/stories260K-q8_0', 'again/stories260K-q8_0', 'worse/stories260K-4of5-q8_0'];
  const words = ['--models', models.join(','), '--max-tokens', '36', '--until-decided', '--url', started.url, '--json'];
  const { out, err } = await runs(['eval', 'run', 'stories', ...words], options);
  expect(out, err).toMatch(/^\{"version":1/);
  const { verdicts, certificates, versions } = JSON.parse(out) as RunSummary & { certificates: Signed[] };
  expect(verdicts.map(({ candidate, outcome }) => [candidate, outcome])).toEqual([
    [models[1], expect.not.stringContaining('not good')],
    [models[2], 'not good enough'],
  ]);
  expect(certificates.map(({ certificate }) => certificate.candidate.address)).toContain(models[2]);
  // The file says which weights they were, whatever the engine is called.
  expect(versions[models[0]!]).toMatch(/^weights-/);
});
