import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CHECKED } from './cascade.ts';
import { cascades, contest } from './contest.ts';
import { coding, pairs, reasoning } from './data.ts';
import { gaps } from './gap.ts';
import { type Measured, report } from './report.ts';
import { told } from './told.ts';
import { coldStart, train } from './train.ts';
import { transfer } from './transfer.ts';

const SETS = ['coding', 'told', 'checks', 'reasoning', 'routellm', 'cold'] as const;
const TABLE = new URL('../../src/catalog/success.json', import.meta.url);
const DOCS = new URL('../../docs/routing.md', import.meta.url);
const MARKS = ['<!-- bench:routing -->', '<!-- /bench:routing -->'] as const;
/** The configuration's default for a task done well, in US dollars. */
const WORTH = 0.1;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    train: { type: 'boolean', default: false },
    /** Of the table. */
    date: { type: 'string', default: new Date().toISOString().slice(0, 10) },
    sets: { type: 'string', default: SETS.join(',') },
    docs: { type: 'boolean', default: false },
  },
});

if (values.train) console.log(`src/catalog/success.json: ${train(TABLE, values.date)} bytes`);
else run(chosen(values.sets));

function chosen(text: string): ReadonlySet<string> {
  const names = text.split(',');
  const unknown = names.filter((name) => !SETS.some((set) => set === name));
  if (unknown.length) throw new RangeError(`--sets: there is no ${unknown.join(', ')}; there are ${SETS.join(', ')}`);
  return new Set(names);
}

function run(sets: ReadonlySet<string>): void {
  const code = coding();
  const checkable = { ...code, problems: code.problems.filter((problem) => CHECKED.includes(problem.class)) };
  const all = sets.has('routellm') ? pairs() : [];
  const measured: Measured = {
    contests: [
      ...(sets.has('coding') ? [contest(code)] : []),
      ...(sets.has('told') ? [contest(told(code))] : []),
      ...(sets.has('checks') ? [cascades(checkable, WORTH)] : []),
      ...(sets.has('reasoning') ? [contest(reasoning())] : []),
    ],
    pairs: [...new Set(all.map(({ set }) => set))].map((set) => ({ set, ...gaps(all, set) })),
    transfers: all.length ? transfer(all, reasoning()) : [],
    cold: sets.has('cold') ? coldStart(values.date).forecasts : [],
  };
  const text = report(measured);
  console.log(values.json ? JSON.stringify(measured, null, 2) : text);
  if (values.docs) write(text);
}

/** Puts the report between its marks. */
function write(text: string): void {
  const page = existsSync(DOCS) ? readFileSync(DOCS, 'utf8') : '# Routing\n\n## What routing is worth\n';
  const [open, close] = MARKS;
  const section = `${open}\n${text}\n${close}`;
  const [start, end] = [page.indexOf(open), page.indexOf(close)];
  writeFileSync(
    DOCS,
    start >= 0 && end > start ? page.slice(0, start) + section + page.slice(end + close.length) : `${page.trimEnd()}\n\n${section}\n`,
  );
}
