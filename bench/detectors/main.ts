import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { egressSchema } from '../../src/egress/policy.ts';
import { scannerFor } from '../../src/egress/read.ts';
import { alarms, judge, rates, type Score } from './judge.ts';
import { drawn } from './sets.ts';
import { speed } from './speed.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seed: { type: 'string', default: '977' },
    each: { type: 'string', default: '20' },
    code: { type: 'string', default: fileURLToPath(new URL('../../node_modules', import.meta.url)) },
    wrong: { type: 'boolean', default: false },
    'no-code': { type: 'boolean', default: false },
  },
});

const scanner = scannerFor(egressSchema.parse({}));
const say = (line: string) => values.json || console.log(line);
const percent = (rate: number) => `${(100 * rate).toFixed(1)}%`.padStart(7);
const short = (text: string) => JSON.stringify(text.length > 200 ? `…${text.slice(-200)}` : text);

const scores = judge(scanner, drawn(Number(values.seed), Number(values.each)), (one, found) => {
  if (values.wrong)
    say(`${one.positive ? 'missed' : `false ${found.map(({ rule }) => rule).join()}`} [${one.group}, ${one.context}] ${short(one.text)}`);
});
const of = (kind: string): Score[] => [...scores.values()].filter(({ group }) => group.startsWith(kind));
const result = {
  seed: Number(values.seed),
  secret: rates(of('secret')),
  personal: rates(of('personal')),
  groups: [...scores.values()],
  code: values['no-code']
    ? undefined
    : alarms(scannerFor(egressSchema.parse({})), values.code, (path, finding, text) => {
        if (values.wrong) say(`${finding.rule} ${path}: ${short(text.slice(Math.max(0, finding.start - 60), finding.end))}`);
      }),
  speed: speed(values.code),
};

if (values.json) console.log(JSON.stringify(result, null, 2));
else {
  say(`set of seed ${values.seed}           precision  recall      F1`);
  for (const kind of ['secret', 'personal'] as const) {
    const { precision, recall, f1 } = result[kind];
    say(`${kind.padEnd(28)} ${percent(precision)} ${percent(recall)} ${percent(f1)}`);
  }
  const imperfect = result.groups.filter(({ missed, falseAlarms }) => missed + falseAlarms > 0);
  if (imperfect.length) say('\ngroups with mistakes');
  for (const { group, found, missed, falseAlarms, quiet } of imperfect)
    say(`${group.padEnd(36)} ${missed + falseAlarms} of ${found + missed + falseAlarms + quiet} ${missed ? 'missed' : 'false alarms'}`);
  if (result.code) {
    const { files, megabytes, withSecret, withPersonal, withMail } = result.code;
    say(`\nordinary code: ${files} files, ${megabytes.toFixed(0)} MB`);
    say(`files with a false secret    ${percent(withSecret / files)} (${withSecret})`);
    say(
      `files with personal numbers  ${percent(withPersonal / files)} (${withPersonal}); with mail addresses, which are some: ${withMail}`,
    );
  }
  say('\n100 KB of conversation               processor      median         p90');
  const ms = (figure: number) => `${figure.toFixed(2)} ms`.padStart(11);
  for (const { what, cpu, median, p90 } of result.speed) say(`${what.padEnd(36)}${ms(cpu)} ${ms(median)} ${ms(p90)}`);
}
