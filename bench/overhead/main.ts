import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { provesItself } from './canary.ts';
import { CASES, type Case } from './cases.ts';
import { judge, readCeilings } from './ceilings.ts';
import { median } from './figures.ts';
import { hottest } from './profile.ts';
import { coarseness } from './readings.ts';
import { printReport } from './report.ts';
import { runRounds } from './rounds.ts';
import { soak } from './soak.ts';
import { summarise } from './summary.ts';
import { pinned, startTarget, startUpstream, stepAside, type Upstream } from './targets.ts';

const HELP = `The gateway beside two floors on the same work: npm run bench:overhead -- [OPTIONS]
  --rounds N      alternating rounds (5)
  --seconds S     full load in each measurement (3)
  --cases A,B     only these: ${CASES.map(({ name }) => name).join(', ')}
  --guards        the gateway without store, keys and limits beside one with all its guards and a vendor behind it
  --soak          only the long run: 100,000 requests, every token at 1 to 512 connections, 10,000 deserted streams
  --quick         one round of one second; with --soak a hundredth of it: shows that the bench works, the figures mean little
  --profile DIR   writes CPU profiles of the gateway's last round there and tells its hottest functions
  --json          everything as JSON
  --check         exit code 1 when a ceiling of bench/ceilings.json is broken`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    cases: { type: 'string' },
    guards: { type: 'boolean', default: false },
    soak: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const tell = (line: string) => process.stderr.write(`${line}\n`);

/** @throws Error naming the option */
function positive(option: 'rounds' | 'seconds', otherwise: number): number {
  const value = Number(values[option] ?? otherwise);
  if (!(value > 0)) throw new Error(`--${option} takes a number above 0, not "${values[option]}"`);
  return value;
}

function chosen(names: string | undefined): readonly Case[] {
  return (
    names?.split(',').map((name) => {
      const found = CASES.find((one) => one.name === name);
      if (!found) throw new Error(`--cases: there is no "${name}"; there are ${CASES.map((one) => one.name).join(', ')}`);
      return found;
    }) ?? CASES
  );
}

/** Unpinned, as a user's own start is. */
async function firstAnswer(upstream: Upstream, starts: number): Promise<number> {
  const times: number[] = [];
  for (let at = 0; at < starts; at++) {
    const target = await startTarget('freehold', upstream, { free: true });
    times.push(target.firstAnswer);
    await target.stop();
  }
  return median(times);
}

async function bench(): Promise<boolean> {
  const { quick, guards } = values;
  const cases = chosen(values.cases);
  const profile = values.profile === undefined ? undefined : resolve(values.profile);
  const options = { rounds: positive('rounds', quick ? 1 : 5), seconds: positive('seconds', quick ? 1 : 3), quick, profile, guards };
  if (profile) mkdirSync(profile, { recursive: true });
  const coarse = coarseness();
  if (coarse) tell(coarse);
  if (!pinned) tell('no taskset or no second core here: the load shares cores with what it measures');
  const upstream = await startUpstream();
  try {
    await provesItself(upstream);
    const soaked = values.soak ? await soak(upstream, quick, tell) : undefined;
    const started = values.soak || guards ? undefined : await firstAnswer(upstream, quick ? 3 : 7);
    stepAside();
    const measurements = values.soak ? [] : await runRounds(cases, upstream, options, tell);
    const rows = cases.flatMap((one) => summarise(one, measurements));
    const verdicts = judge(readCeilings(), { rows, firstAnswer: started, soak: soaked });
    if (values.json) console.log(JSON.stringify({ rows, verdicts, soak: soaked, measurements }, null, 1));
    else console.log(printReport(rows, verdicts, soaked));
    if (profile && !values.soak)
      for (const { name } of cases) tell(`\n${name}\n${hottest(join(profile, `${name}.cpuprofile`), options.seconds, 25).join('\n')}`);
    return verdicts.every(({ kept }) => kept);
  } finally {
    await upstream.stop();
  }
}

if (values.help) console.log(HELP);
else {
  try {
    const kept = await bench();
    process.exitCode = kept || !values.check ? 0 : 1;
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error));
    process.exitCode = 2;
  }
}
